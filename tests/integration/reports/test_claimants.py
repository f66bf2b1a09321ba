"""Two parties that claim the same right are told that there is a conflict, and not whose claim the other one is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, delete

from registry.claimants import is_claimed_twice
from registry.db import now
from registry.identities import Sameness, decide
from registry.identity_lines import listed_identities
from registry.mandates import Basis, Mandate, Terms, add_mandate, add_party_mandate, revoke_mandate
from registry.parties import find_party
from registry.portrayals import add_portrayal
from registry.references import list_references
from registry.standing import standing_of
from registry.subjects import Subject, add_subject, find_subject
from registry.territory import shared
from registry.types import Modality, SubjectKind
from reports.character_claims import CONTESTED, contested
from tests.support.shared_people import People, people_in

AT = now()
BEFORE, AFTER = AT - timedelta(days=400), AT + timedelta(days=400)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    with people_in(tmp_path_factory.mktemp("claimants")) as people:
        for party in ("Actors", "Singers", "Studio", "Agency"):
            people.party(party)
        people.enrol("Actors", "Ada", 1)
        people.enrol("Singers", "A. Lovelace", 1)
        people.enrol("Studio", "Somebody else", 2)
        yield people


@pytest.fixture(autouse=True)
def _no_mandates(people: People) -> None:
    with people.workspace.session() as session:
        session.exec(delete(Mandate))
        session.commit()


@dataclass(frozen=True)
class Held:
    """A mandate as a test gives it."""

    scope: tuple[Modality, ...] = ()
    territory: tuple[str, ...] = ()
    ends_in: int | None = None
    basis: Basis = Basis.AUTHORITY


def give(people: People, name: str, held: Held) -> None:
    with people.workspace.session() as session:
        subject = find_subject(session, name)
        terms = Terms(held.basis, held.scope, held.territory)
        ends = None if held.ends_in is None else AT + timedelta(days=held.ends_in)
        dates = {"starts_at": BEFORE, "ends_at": ends}
        add_mandate(session, people.workspace.vault, subject, b"signed", verified_by="R. Reader", terms=terms, **dates)  # type: ignore[arg-type]
        session.commit()


def seen_by(people: People, party: str, name: str, modality: Modality = Modality.FACE, **place: Any) -> str:
    """As the party's own account sees it."""
    with people.account(party) as session:
        return contested(session, find_subject(session, name).id, modality, AT, **place)


def both(people: People, **place: Any) -> tuple[str, str]:
    return seen_by(people, "Actors", "Ada", **place), seen_by(people, "Singers", "A. Lovelace", **place)


FACE, DRAWN = (Modality.FACE,), (Modality.ARTWORK,)


@pytest.mark.parametrize(
    ("one", "other", "conflict"),
    [
        (Held(), Held(), True),
        (Held(), None, False),
        (None, Held(), False),
        (Held(FACE), Held(), True),
        (Held(FACE), Held(DRAWN), False),
        (Held(), Held(ends_in=-1), False),
        (Held(ends_in=1), Held(ends_in=1), True),
        (Held((), ("US",)), Held((), ("GB",)), False),
        (Held((), ("US",)), Held((), ("US-CA", "GB")), True),
        (Held((), ("US",)), Held(), True),
    ],
)
def test_mandates_for_one_likeness_meet_or_do_not(people: People, one: Held | None, other: Held | None, conflict: bool) -> None:
    for name, held in (("Ada", one), ("A. Lovelace", other)):
        if held is not None:
            give(people, name, held)
    assert both(people) == ((CONTESTED, CONTESTED) if conflict else ("", ""))
    give(people, "Somebody else", Held())
    assert seen_by(people, "Studio", "Somebody else") == ""


def test_the_place_of_a_letter_is_what_both_must_cover(people: People) -> None:
    give(people, "Ada", Held((), ("US", "GB")))
    give(people, "A. Lovelace", Held((), ("US", "FR")))
    assert both(people, territory="US-CA") == (CONTESTED, CONTESTED)
    assert both(people, territory="GB") == both(people, territory="FR") == ("", "")


def test_consent_that_is_needed_and_absent_gives_no_claim(people: People) -> None:
    give(people, "Ada", Held())
    give(people, "A. Lovelace", Held())
    give(people, "A. Lovelace", Held(basis=Basis.CONSENT, ends_in=-1))
    assert both(people) == ("", "")
    give(people, "A. Lovelace", Held(basis=Basis.CONSENT))
    assert both(people) == (CONTESTED, CONTESTED)


def test_a_conflict_ends_with_the_mandate_and_with_two_people(people: People) -> None:
    give(people, "Ada", Held())
    with people.workspace.session() as session:
        whole = add_party_mandate(
            session,
            people.workspace.vault,
            find_party(session, "Singers"),
            b"joined",
            verified_by="R. Reader",
            starts_at=BEFORE,
        )
        session.commit()
        mandate_id = whole.id
    assert both(people) == (CONTESTED, CONTESTED)
    with people.workspace.session() as session:
        (identity,) = (each.identity for each, _ in listed_identities(session).rows)
        for made, told in ((Sameness.TWO, ""), (Sameness.UNDECIDED, CONTESTED)):
            decide(session, identity, made, "O. Owner", "looked", now())
            session.commit()
            assert both(people) == (told, told)
        revoke_mandate(session, mandate_id, AT)
        session.commit()
    assert both(people) == ("", "")


def character(session: Session, people: People, party: str, name: str) -> Subject:
    subject = add_subject(session, find_party(session, party), name, SubjectKind.CHARACTER)
    add_mandate(session, people.workspace.vault, subject, b"own", verified_by="R. Reader", starts_at=BEFORE)
    return subject


def test_two_studios_whose_characters_one_person_plays_are_told_where_the_roles_meet(people: People) -> None:
    with people.workspace.session() as session:
        ada, lovelace = find_subject(session, "Ada"), find_subject(session, "A. Lovelace")
        (photo, *_), hero = list_references(session, ada), character(session, people, "Studio", "Hero")
        villain, queen = character(session, people, "Agency", "Villain"), character(session, people, "Agency", "Queen")
        add_portrayal(session, hero, ada, photo)
        add_portrayal(session, villain, ada, photo)
        # A role with a picture of its own, of another subject of the same likeness: nothing says that the roles meet.
        add_portrayal(session, queen, lovelace, list_references(session, lovelace)[0])
        session.flush()
        told = {row.name: is_claimed_twice(session, row, Modality.FACE, AT) for row in (hero, villain, queen, ada)}
        assert told == {"Hero": True, "Villain": True, "Queen": False, "Ada": False}
        add_portrayal(session, queen, lovelace)
        session.flush()
        assert is_claimed_twice(session, queen, Modality.FACE, AT)
        session.rollback()


helds = st.builds(
    Held,
    st.sampled_from([(), FACE, DRAWN]),
    st.sampled_from([(), ("US",), ("US-CA",), ("GB",), ("GB", "US-NY")]),
    st.sampled_from([None, -1, 1]),
    st.sampled_from([Basis.AUTHORITY, Basis.CONSENT]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(helds, max_size=3), st.lists(helds, max_size=3))
def test_both_are_told_alike_and_exactly_where_both_may_act(people: People, ones: list[Held], others: list[Held]) -> None:
    with people.workspace.session() as session:
        session.exec(delete(Mandate))
        session.commit()
    for name, every in (("Ada", ones), ("A. Lovelace", others)):
        for held in every:
            give(people, name, held)
    with people.workspace.session() as session:
        one, other = (standing_of(session, find_subject(session, name), AT, Modality.FACE) for name in ("Ada", "A. Lovelace"))
    meet = one.allowed and other.allowed and shared(one.territory, other.territory) is not None
    assert both(people) == ((CONTESTED, CONTESTED) if meet else ("", ""))
