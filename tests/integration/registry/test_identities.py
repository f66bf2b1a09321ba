"""A likeness that several parties hold is told to each, and to none whose it is; a person decides what it means."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from registry.accounts import AccessRefused
from registry.arrays import to_bytes
from registry.audit import AuditEntry, verify_audit
from registry.db import now
from registry.identities import (
    ComparedSubject,
    DecisionRefused,
    IdentityDecision,
    Sameness,
    SharedIdentity,
    decide,
    decisions_on,
    undecided,
)
from registry.identity_lines import listed_identities
from registry.references import find_reference
from registry.removal import remove_reference
from registry.subjects import Subject
from registry.templates import TemplateRow
from tests.support.shared_people import People, people_in


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    with people_in(tmp_path) as people:
        for party in ("Actors", "Singers", "Studio", "Agency"):
            people.party(party)
        yield people


def decision(people: People, made: Sameness, reason: str = "I have met both") -> None:
    with people.workspace.session() as session:
        (identity,) = (each.identity for each, _ in listed_identities(session).rows)
        decide(session, identity, made, "O. Owner", reason, now())
        session.commit()


def test_both_parties_are_told_and_neither_whose_it_is(people: People) -> None:
    ada = people.enrol("Actors", "Ada", 1)
    assert people.told("Actors") == []
    hers = people.enrol("Singers", "A. Lovelace", 1)
    people.enrol("Studio", "Somebody else", 2)
    (one,), (other,) = people.told("Actors"), people.told("Singers")
    assert (one.subject_id, one.own_id) == (ada, None)
    assert (other.subject_id, other.own_id) == (hers, None)
    assert one.since == other.since
    assert people.told("Studio") == people.told("Agency") == []
    with people.account("Actors") as session:
        for table in (SharedIdentity, IdentityDecision, ComparedSubject):
            assert session.exec(select(table)).all() == []
    with people.workspace.session() as session:
        (identity,) = (each.identity for each, _ in listed_identities(session).rows)
        assert {identity.one_id, identity.other_id} == {ada, hers}
        assert undecided(session) == 1


def test_a_party_is_told_once_however_many_others_there_are(people: People) -> None:
    ada = people.enrol("Actors", "Ada", 1)
    people.enrol("Singers", "Ada", 1)
    (first,) = people.told("Actors")
    people.enrol("Studio", "Ada", 1)
    people.enrol("Agency", "Ada", 1)
    assert people.told("Actors") == [first]
    people.erase("Singers", "Ada", now())
    assert [(held.subject_id, held.own_id) for held in people.told("Actors")] == [(ada, None)]
    assert people.told("Singers") == []


def test_an_account_neither_decides_nor_hides_that_it_was_compared(people: People) -> None:
    ada = people.enrol("Actors", "Ada", 1)
    people.enrol("Singers", "Ada", 1)
    with people.workspace.session() as session:
        (identity,) = (each.identity for each, _ in listed_identities(session).rows)
    for row in (
        ComparedSubject(subject_id=ada, templates="0" * 32),
        IdentityDecision(identity_id=identity.id, decision=Sameness.TWO, decided_by="me", reason="none", at=now()),
    ):
        with people.account("Actors") as session:
            session.add(row)
            with pytest.raises(AccessRefused, match="may not write"):
                session.flush()


def test_what_was_not_compared_before_a_kill_is_compared_the_next_time(people: People) -> None:
    people.enrol("Actors", "Ada", 1)
    people.enrol("Singers", "Ada", 1, compare=False)
    assert people.told("Actors") == []
    people.enrol("Studio", "Somebody else", 2)
    assert len(people.told("Actors")) == len(people.told("Singers")) == 1


@pytest.mark.parametrize(
    "junk", [b"no template", to_bytes({"vector": np.full(64, np.nan, np.float32)}), to_bytes({"vector": np.ones(3)})]
)
def test_what_one_party_keeps_in_a_templates_place_hinders_no_other(people: People, junk: bytes) -> None:
    people.enrol("Studio", "Somebody", 2)
    with people.account("Studio") as session:
        row = session.exec(select(TemplateRow)).one()
        row.arrays = junk
        session.add(row)
        session.commit()
    people.enrol("Actors", "Ada", 1)
    people.enrol("Singers", "Ada", 1)
    assert len(people.told("Actors")) == len(people.told("Singers")) == 1
    assert people.told("Studio") == []


def test_comparing_again_writes_nothing(people: People) -> None:
    people.enrol("Actors", "Ada", 1)
    people.enrol("Singers", "Ada", 1)
    with people.workspace.session() as session:
        before = verify_audit(session).entries
    people.compare()
    with people.workspace.session() as session:
        assert verify_audit(session).entries == before


def test_twins_are_told_until_a_person_says_so_and_not_again(people: People) -> None:
    people.enrol("Actors", "Castor", 1)
    people.enrol("Singers", "Pollux", 1)
    decision(people, Sameness.TWO, "twins: I have seen both passports")
    assert people.told("Actors") == people.told("Singers") == []
    # Neither another photo nor a photo that goes brings it back.
    people.enrol("Actors", "Castor", 1)
    people.compare()
    assert people.told("Actors") == people.told("Singers") == []
    decision(people, Sameness.UNDECIDED, "the passports were of one person")
    assert len(people.told("Actors")) == len(people.told("Singers")) == 1
    with people.workspace.session() as session:
        (identity,) = (each.identity for each, _ in listed_identities(session).rows)
        assert [(row.decision, row.decided_by, row.reason) for row in decisions_on(session, identity)] == [
            (Sameness.TWO, "O. Owner", "twins: I have seen both passports"),
            (Sameness.UNDECIDED, "O. Owner", "the passports were of one person"),
        ]
        logged = session.exec(select(AuditEntry).where(AuditEntry.table_name == "identity_decision")).all()
        assert [entry.action for entry in logged] == ["add", "add"]
        assert verify_audit(session).ok
        with pytest.raises(IntegrityError, match="is not changed"):
            session.execute(text("UPDATE identity_decision SET reason = 'another'"))


def test_a_decision_taken_back_brings_nothing_back_that_no_photo_shows(people: People) -> None:
    people.enrol("Actors", "Castor", 1)
    wrong = people.enrol("Singers", "Pollux", 1)
    decision(people, Sameness.TWO)
    people.enrol("Singers", "Pollux", 2)
    with people.account("Singers") as session:
        remove_reference(session, people.workspace.vault, find_reference(session, shown_in(people, wrong)))
    people.compare()
    decision(people, Sameness.UNDECIDED)
    assert people.told("Actors") == people.told("Singers") == []


def shown_in(people: People, subject_id: str) -> str:
    """The reference of the subject that shows the likeness."""
    with people.workspace.session() as session:
        (identity,) = (each.identity for each, _ in listed_identities(session).rows)
        return identity.one_reference if identity.one_id == subject_id else identity.other_reference


def test_one_person_stays_told_and_is_not_open_any_more(people: People) -> None:
    people.enrol("Actors", "Ada", 1)
    people.enrol("Singers", "Ada", 1)
    decision(people, Sameness.ONE)
    assert len(people.told("Actors")) == len(people.told("Singers")) == 1
    with people.workspace.session() as session:
        assert undecided(session) == 0


@pytest.mark.parametrize(("by", "reason"), [("", "why"), ("O. Owner", "  ")])
def test_a_decision_says_who_and_why(people: People, by: str, reason: str) -> None:
    people.enrol("Actors", "Ada", 1)
    people.enrol("Singers", "Ada", 1)
    with people.workspace.session() as session, pytest.raises(DecisionRefused):
        decide(session, next(each.identity for each, _ in listed_identities(session).rows), Sameness.TWO, by, reason, now())


def test_a_member_with_somebody_elses_face_is_told_though_other_photos_are_right(people: People) -> None:
    ada = people.enrol("Actors", "Ada", 1)
    people.enrol("Actors", "Ada", 1)
    wrong = people.enrol("Singers", "Mallory", 3)
    people.enrol("Singers", "Mallory", 3)
    assert people.told("Actors") == []
    before = set(people.references(wrong))
    people.enrol("Singers", "Mallory", 1)
    assert [held.subject_id for held in people.told("Actors")] == [ada]
    # The wrong photo goes, and with it what was told of it.
    (photo,) = set(people.references(wrong)) - before
    with people.account("Singers") as session:
        remove_reference(session, people.workspace.vault, find_reference(session, photo))
    people.compare()
    assert people.told("Actors") == people.told("Singers") == []
    people.enrol("Singers", "Mallory", 1)
    assert [held.subject_id for held in people.told("Actors")] == [ada]


def test_a_person_who_was_enrolled_wrongly_before_the_right_one_came_is_told_too(people: People) -> None:
    people.enrol("Singers", "Mallory", 3)
    people.enrol("Singers", "Mallory", 1)
    people.enrol("Singers", "Mallory", 3)
    ada = people.enrol("Actors", "Ada", 1)
    assert [held.subject_id for held in people.told("Actors")] == [ada]
    assert len(people.told("Singers")) == 1


def test_a_person_under_two_names_of_one_party_is_told_with_both(people: People) -> None:
    born, stage = people.enrol("Actors", "Ada", 1), people.enrol("Actors", "A. D. A.", 1)
    assert {(held.subject_id, held.own_id) for held in people.told("Actors")} == {(born, stage), (stage, born)}
    people.enrol("Singers", "Ada", 1)
    assert {(held.subject_id, held.own_id) for held in people.told("Actors")} == {
        (born, stage),
        (stage, born),
        (born, None),
        (stage, None),
    }
    assert [held.own_id for held in people.told("Singers")] == [None]


def test_an_erased_person_is_like_nobody(people: People) -> None:
    ada = people.enrol("Actors", "Ada", 1)
    people.enrol("Singers", "Ada", 1)
    decision(people, Sameness.ONE, "Ada of the Actors, says her agent")
    people.erase("Actors", "Ada", now())
    assert people.told("Singers") == []
    with people.workspace.session() as session:
        assert session.exec(select(SharedIdentity)).all() == session.exec(select(IdentityDecision)).all() == []
        assert session.get(ComparedSubject, ada) is None
        assert session.get_one(Subject, ada).erased_at is not None
        removed = session.exec(select(AuditEntry).where(AuditEntry.table_name == "shared_identity")).all()[-1]
        assert (removed.action, removed.row_ids, removed.who) == ("remove", [ada], "Actors clerk")
    people.compare()
    assert people.told("Singers") == []


def test_no_account_removes_what_says_whom_another_partys_subject_is_like(people: People) -> None:
    from registry.identities import forget_identity

    ada = people.enrol("Actors", "Ada", 1)
    people.enrol("Singers", "Ada", 1)
    with people.account("Studio") as session:
        forget_identity(session, ada)
        session.commit()
    assert len(people.told("Actors")) == len(people.told("Singers")) == 1
