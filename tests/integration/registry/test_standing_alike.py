"""Whom one judgement holds for: a registry of any mandates gives each subject what it gets when it is judged alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from registry.legal import Ground, grounds_of_all, held_on, note_basis
from registry.mandates import Basis, Mandate
from registry.parties import Party, add_party
from registry.standing import matchable_in, standing_of
from registry.storage.engine import open_database
from registry.subjects import Subject, add_subject
from registry.types import Modality, PartyKind, SubjectKind
from registry.validity import in_force, valid_at

AT = datetime(2026, 5, 1, tzinfo=UTC)
MOMENTS = st.sampled_from([AT + timedelta(microseconds=step) for step in (-2, -1, 0, 1)])
MAYBE = st.one_of(st.none(), MOMENTS)


@st.composite
def mandates(draw: st.DrawFn) -> Mandate:
    basis = draw(st.sampled_from(Basis))
    return Mandate(
        party_id="",
        basis=basis,
        document_sha256="0" * 64,
        scope=draw(st.sampled_from([[], [], ["face"], ["voice"], ["artwork", "face"]])),
        territory=draw(st.sampled_from([[], [], ["DE"], ["US-CA"], ["US", "FR"]])),
        verified_by="R. Egistrar",
        guardian=draw(st.sampled_from(["", "A. Parent"])) if basis is Basis.CONSENT else "",
        starts_at=draw(MOMENTS),
        ends_at=draw(MAYBE),
        revoked_at=draw(MAYBE),
        created_at=draw(MOMENTS),
    )


PEOPLE = st.lists(
    st.tuples(
        st.sampled_from([SubjectKind.PERSON, SubjectKind.PERSON, SubjectKind.CHARACTER]),
        st.booleans(),
        MAYBE,
        MAYBE,
        st.lists(mandates(), max_size=3),
        st.booleans(),
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    engine = open_database(tmp_path_factory.mktemp("alike") / Path("semblance.db"))
    with Session(engine) as session:
        yield session
    engine.dispose()


def put(session: Session, drawn: list[tuple[SubjectKind, bool, datetime | None, datetime | None, list[Mandate], bool]]) -> None:
    """Two parties, one of which asks for consent, with a mandate for all each, and the subjects as drawn."""
    parties = [add_party(session, f"Party {n}", PartyKind.UNION, consent_needed=bool(n)) for n in range(2)]
    session.add(Mandate(party_id=parties[0].id, document_sha256="0" * 64, verified_by="R", starts_at=AT, territory=["DE"]))
    for number, (kind, second, minor_until, left_at, held, noted) in enumerate(drawn):
        subject = add_subject(session, parties[second], f"Subject {number}", kind)
        subject.minor_until, subject.left_at = minor_until, left_at
        for mandate in held:
            session.add(
                Mandate(
                    **mandate.model_dump(exclude={"id", "party_id", "subject_id"}),
                    party_id=subject.party_id,
                    subject_id=subject.id,
                )
            )
        if noted and kind is SubjectKind.PERSON:
            note_basis(session, subject, Ground.CONTRACT, special="Art. 9(2)(f)", evidence="a contract", noted_by="R")
    session.flush()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=PEOPLE)
def test_everybody_may_be_looked_for_exactly_as_each_may_when_asked_about_alone(
    session: Session,
    drawn: list[tuple[SubjectKind, bool, datetime | None, datetime | None, list[Mandate], bool]],
) -> None:
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
@given(held=st.lists(mandates(), max_size=4))
def test_the_database_finds_what_is_valid_where_the_rows_themselves_say_so(session: Session, held: list[Mandate]) -> None:
    try:
        party = add_party(session, "Party", PartyKind.UNION)
        rows = [Mandate(**each.model_dump(exclude={"party_id"}), party_id=party.id) for each in held]
        session.add_all(rows)
        session.flush()
        found = set(session.exec(select(Mandate.id).join(Party).where(in_force(Mandate, AT))))
        assert found == {row.id for row in rows if valid_at(row, AT)}
    finally:
        session.rollback()
