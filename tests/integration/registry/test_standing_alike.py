"""Whom one judgement holds for: a registry of any mandates gives each subject what it gets when it is judged alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from registry.legal import Ground, grounds_of_all, held_on, note_basis
from registry.mandates import Basis, Mandate
from registry.parties import Party, add_party
from registry.standing import matchable_in, standing_of
from registry.subjects import Subject, add_subject
from registry.types import Modality, PartyKind, SubjectKind
from registry.validity import in_force, valid_at
from tests.support.new_database import new_database

PROOF = "0" * 64
AT = datetime(2026, 5, 1, tzinfo=UTC)
MOMENTS = st.sampled_from([AT + timedelta(microseconds=step) for step in (-2, -1, 0, 1)])
MAYBE = st.one_of(st.none(), st.none(), st.none(), MOMENTS)


FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "basis": st.sampled_from([Basis.AUTHORITY, Basis.OWN, Basis.AUTHORITY, Basis.CONSENT]),
    "scope": st.sampled_from([[], ["face"], ["voice"], ["artwork", "face"]]),
    "territory": st.sampled_from([[], ["DE"], ["US-CA"], ["US", "FR"]]),
    "guardian": st.sampled_from(["", "A. Parent"]),
    "starts_at": st.one_of(st.just(AT), st.just(AT), MOMENTS),
    "ends_at": MAYBE,
    "revoked_at": MAYBE,
    "created_at": MOMENTS,
}
MANDATE = st.fixed_dictionaries(FIELDS)
NOTED = st.booleans()
KIND = st.sampled_from([SubjectKind.PERSON, SubjectKind.PERSON, SubjectKind.CHARACTER])
ABOUT = st.fixed_dictionaries({"kind": KIND, "second": st.booleans(), "minor_until": MAYBE, "left_at": MAYBE})


@dataclass(frozen=True)
class Drawn:
    """A subject. second: of the party that asks for consent. noted: with a ground in law of its own."""

    kind: SubjectKind
    second: bool
    minor_until: datetime | None
    left_at: datetime | None
    held: list[dict[str, Any]]
    noted: bool


@st.composite
def people(draw: st.DrawFn) -> list[Drawn]:
    """Some who differ from one another in one thing at most, since what tells two apart is easily left out, and some others."""
    about, held = draw(ABOUT), draw(st.lists(MANDATE, min_size=1, max_size=3))
    found = [Drawn(**about, held=held, noted=False)]
    for _ in range(draw(st.integers(0, 5))):
        other = [dict(one) for one in held]
        field = draw(st.sampled_from(sorted(FIELDS)))
        draw(st.sampled_from(other))[field] = draw(FIELDS[field])
        found.append(Drawn(**about, held=other, noted=draw(NOTED)))
    alone = st.builds(
        lambda about, held, noted: Drawn(**about, held=held, noted=noted), ABOUT, st.lists(MANDATE, max_size=2), NOTED
    )
    return [*found, *draw(st.lists(alone, max_size=3))]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    engine = new_database(tmp_path_factory.mktemp("alike") / Path("semblance.db"))
    with Session(engine) as session:
        yield session
    engine.dispose()


def put(session: Session, drawn: list[Drawn]) -> None:
    """Two parties, one of which asks for consent and one has a mandate for all its subjects, and the subjects as drawn."""
    parties = [add_party(session, f"Party {n}", PartyKind.UNION, consent_needed=bool(n)) for n in range(2)]
    session.add(Mandate(party_id=parties[0].id, document_sha256=PROOF, verified_by="R", starts_at=AT, territory=["DE"]))
    for number, one in enumerate(drawn):
        subject = add_subject(session, parties[one.second], f"Subject {number}", one.kind)
        subject.minor_until, subject.left_at = one.minor_until, one.left_at
        for mandate in one.held:
            of = {"party_id": subject.party_id, "subject_id": subject.id, "document_sha256": PROOF, "verified_by": "R"}
            session.add(Mandate(**mandate, **of))
        if one.noted and one.kind is SubjectKind.PERSON:
            note_basis(session, subject, Ground.CONTRACT, special="Art. 9(2)(f)", evidence="a contract", noted_by="R")
    session.flush()


def a_minor(guardian: str) -> Drawn:
    consent = {"basis": Basis.CONSENT, "guardian": guardian, "starts_at": AT}
    return Drawn(SubjectKind.PERSON, second=False, minor_until=AT + timedelta(days=1), left_at=None, held=[consent], noted=False)


@example(drawn=[a_minor(""), a_minor("A. Parent")])
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=people())
def test_everybody_may_be_looked_for_exactly_as_each_may_when_asked_about_alone(session: Session, drawn: list[Drawn]) -> None:
    try:
        put(session, drawn)
        found = matchable_in(session, AT, tuple(Modality))
        subjects = session.exec(select(Subject).order_by(col(Subject.name), col(Subject.id))).all()
        alone = [(subject, standing_of(session, subject, AT)) for subject in subjects]
        assert list(found.every) == [subject.id for subject, each in alone if each.allowed]
        assert list(found.reaches) == [f"{s.name}: {each.reach}" for s, each in alone if each.allowed and each.reach]
        for way in Modality:
            may = {s.id for s, each in alone if each.allowed and standing_of(session, s, AT, way).allowed}
            assert found.by_modality[way].keys() == may
        assert grounds_of_all(session, AT) == {s.id: held_on(session, s, AT).ground for s in subjects}
    finally:
        session.rollback()


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=st.lists(MANDATE, max_size=4))
def test_the_database_finds_what_is_valid_where_the_rows_themselves_say_so(session: Session, held: list[dict[str, Any]]) -> None:
    try:
        party = add_party(session, "Party", PartyKind.UNION)
        rows = [Mandate(**each, party_id=party.id, document_sha256=PROOF, verified_by="R") for each in held]
        session.add_all(rows)
        session.flush()
        found = set(session.exec(select(Mandate.id).join(Party).where(in_force(Mandate, AT))))
        assert found == {row.id for row in rows if valid_at(row, AT)}
    finally:
        session.rollback()
