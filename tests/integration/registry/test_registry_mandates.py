"""Mandates: whom a party may act for, in what, where and until when, and the consent beside it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from registry.mandates import (
    Basis,
    Mandate,
    MandateRefused,
    Terms,
    add_mandate,
    add_party_mandate,
    declare_own,
    list_mandates,
    mandates_for,
    revoke_mandate,
)
from registry.parties import add_party
from registry.standing import matchable_subjects, standing, standing_of
from registry.subjects import Subject, add_subject
from registry.territory import TerritoryRefused
from registry.types import Modality, PartyKind, SubjectKind
from registry.vault.base import Vault

AT = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def a_member(session: Session, name: str = "Ada", *, consent_needed: bool = False) -> Subject:
    union = add_party(session, f"Union of {name}", PartyKind.UNION, consent_needed=consent_needed)
    return add_subject(session, union, name, SubjectKind.PERSON)


def test_without_a_mandate_a_subject_is_not_matched(session: Session) -> None:
    member = a_member(session)
    assert matchable_subjects(session, AT) == {}
    assert standing_of(session, member, AT).reason == "there is no mandate"


def test_a_mandate_keeps_its_proof_and_its_terms(session: Session, vault: Vault) -> None:
    terms = Terms(
        scope=[Modality.FACE], territory=["us-ca", "de"], compensation="2% of receipts, quarterly", how="called the office"
    )
    made = add_mandate(session, vault, a_member(session), b"signed", verified_by=" R. Reader ", starts_at=AT, terms=terms)
    assert (made.scope, made.territory, made.how) == (["face"], ["DE", "US-CA"], "called the office")
    assert (made.verified_by, made.compensation, made.basis) == ("R. Reader", "2% of receipts, quarterly", Basis.AUTHORITY)
    with vault.opened(made.document_sha256) as proof:
        assert proof.read_bytes() == b"signed"


def test_a_mandate_covers_its_scope_alone(session: Session, vault: Vault) -> None:
    member = a_member(session)
    add_mandate(session, vault, member, b"s", verified_by="R", starts_at=AT, terms=Terms(scope=[Modality.ARTWORK]))
    assert not standing_of(session, member, AT, Modality.FACE).allowed
    assert standing_of(session, member, AT, Modality.ARTWORK).allowed
    assert set(matchable_subjects(session, AT, Modality.ARTWORK)) == set(matchable_subjects(session, AT)) == {member.id}
    assert matchable_subjects(session, AT, Modality.FACE) == {}


def test_one_mandate_of_a_union_covers_all_its_members(session: Session, vault: Vault) -> None:
    member = a_member(session)
    stranger = a_member(session, "Bo")
    union = add_party(session, "Other union", PartyKind.UNION)
    made = add_party_mandate(session, vault, union, b"statute", verified_by="R. Reader", starts_at=AT)
    later = add_subject(session, union, "Cleo", SubjectKind.PERSON)
    assert set(matchable_subjects(session, AT)) == {later.id}
    assert [mandate.id for mandate in mandates_for(session, later)] == [made.id]
    assert mandates_for(session, member) == mandates_for(session, stranger) == list_mandates(session, later) == []
    revoke_mandate(session, made.id, AT + DAY)
    assert matchable_subjects(session, AT + DAY) == {}
    assert "1 revoked" in standing_of(session, later, AT + DAY).reason


def test_a_members_own_consent_stands_beside_the_unions_mandate(session: Session, vault: Vault) -> None:
    member = a_member(session, consent_needed=True)
    add_mandate(session, vault, member, b"by the union", verified_by="R", starts_at=AT)
    assert standing_of(session, member, AT).reason == "there is no consent"
    consent = add_mandate(session, vault, member, b"by me", verified_by="R", starts_at=AT, terms=Terms(Basis.CONSENT))
    assert standing_of(session, member, AT).allowed
    revoke_mandate(session, consent.id, AT + DAY)
    assert not standing_of(session, member, AT + DAY).allowed
    assert "consent" in standing_of(session, member, AT + DAY).reason


def test_consent_alone_is_no_authority_and_its_end_counts_even_where_none_was_asked_for(session: Session, vault: Vault) -> None:
    member = a_member(session)
    add_mandate(session, vault, member, b"by me", verified_by="R", starts_at=AT, ends_at=AT + DAY, terms=Terms(Basis.CONSENT))
    assert not standing_of(session, member, AT).allowed
    add_mandate(session, vault, member, b"by the union", verified_by="R", starts_at=AT)
    assert standing_of(session, member, AT).allowed
    assert not standing_of(session, member, AT + DAY).allowed


def test_a_party_declares_its_own_works_and_nobody_else(session: Session, vault: Vault) -> None:
    studio = add_party(session, "Studio", PartyKind.STUDIO)
    fox = add_subject(session, studio, "Fox", SubjectKind.CHARACTER)
    made = declare_own(session, vault, fox, verified_by="A. Counsel", starts_at=AT)
    assert (made.basis, made.how) == (Basis.OWN, "took the party's declaration")
    assert set(matchable_subjects(session, AT)) == {fox.id}
    with pytest.raises(MandateRefused, match="nobody's own work"):
        declare_own(session, vault, add_subject(session, studio, "Star", SubjectKind.PERSON), verified_by="A", starts_at=AT)
    performer = add_party(session, "Ada herself", PartyKind.PERFORMER)
    herself = add_subject(session, performer, "Ada", SubjectKind.PERSON)
    assert declare_own(session, vault, herself, verified_by="A. Counsel", starts_at=AT).basis is Basis.OWN


@pytest.mark.parametrize("code", ["USA", "u", "U$", "US-", "US-CALIF", "DE;FR"])
def test_what_is_no_territory_is_refused(session: Session, vault: Vault, code: str) -> None:
    with pytest.raises(TerritoryRefused, match="no territory"):
        add_mandate(session, vault, a_member(session), b"s", verified_by="R", starts_at=AT, terms=Terms(territory=[code]))


def test_how_it_was_verified_must_be_said(session: Session, vault: Vault) -> None:
    with pytest.raises(MandateRefused, match="how"):
        add_mandate(session, vault, a_member(session), b"s", verified_by="R", starts_at=AT, terms=Terms(how=" "))
    party = add_party(session, "Union", PartyKind.UNION)
    with pytest.raises(MandateRefused, match="one subject"):
        add_party_mandate(session, vault, party, b"s", verified_by="R", starts_at=AT, terms=Terms(Basis.CONSENT))


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
mandates = st.builds(
    Mandate,
    id=st.uuids().map(str),
    party_id=st.just("p"),
    subject_id=st.sampled_from([None, "s"]),
    basis=st.sampled_from(Basis),
    scope=st.sampled_from([[], ["face"], ["artwork"]]),
    territory=st.sampled_from([[], ["US"], ["US-CA"]]),
    verified_by=st.just("R"),
    starts_at=moments,
    ends_at=st.none() | moments,
    revoked_at=st.none() | moments,
)


@given(st.lists(mandates, max_size=5), moments, st.booleans())
def test_nobody_is_matched_on_what_has_ended_was_revoked_or_has_not_begun(
    held: list[Mandate], at: datetime, consent_needed: bool
) -> None:
    found = standing(held, at, Modality.FACE, consent_needed=consent_needed)
    if not found.allowed:
        assert (found.mandate_id, bool(found.reason)) == (None, True)
        return
    (named,) = (mandate for mandate in held if mandate.id == found.mandate_id)
    assert named.starts_at <= at
    assert named.ends_at is None or named.ends_at > at
    assert named.revoked_at is None or named.revoked_at > at
    assert named.basis is not Basis.CONSENT
    assert named.scope in ([], ["face"])
