"""What the pages about people's data ask of the database does not grow with the people."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import Session

from monitor.privacy import holdings
from monitor.privacy_records import processing
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.db import now
from registry.kinds import Modality, PartyKind, SubjectKind
from registry.legal import Ground, grounds_of_all, held_on, note_basis
from registry.mandates import Basis, Terms, add_mandate
from registry.parties import add_party, find_party
from registry.standing import matchable_in, matchable_subjects
from registry.subjects import add_subject, list_subjects


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        yield workspace


def enrol(workspace: Workspace, names: range) -> None:
    """Of four people one has a consent, one a mandate, one another ground beside a mandate, one nothing."""
    with workspace.session() as session:
        party = find_party(session, "Union") if names.start else add_party(session, "Union", PartyKind.UNION)
        for number in names:
            subject = add_subject(session, party, f"Member {number}", SubjectKind.PERSON)
            if number % 4 < 3:
                terms = Terms(basis=Basis.CONSENT if number % 4 == 0 else Basis.AUTHORITY)
                start = now() - timedelta(days=1)
                add_mandate(session, workspace.vault, subject, b"signed", verified_by="R", starts_at=start, terms=terms)
            if number % 4 == 2:
                note_basis(
                    session, subject, Ground.LEGITIMATE_INTEREST, special="Art. 9(2)(f)", evidence="a judgment", noted_by="R"
                )
        session.commit()


def statements(workspace: Workspace, ask: Callable[[Session], object]) -> int:
    asked = [0]

    def count(*_: object) -> None:
        asked[0] += 1

    event.listen(workspace.engine, "before_cursor_execute", count)
    try:
        with workspace.session() as session:
            ask(session)
    finally:
        event.remove(workspace.engine, "before_cursor_execute", count)
    return asked[0]


def test_records_of_processing_and_holdings_ask_no_more_for_more_people(workspace: Workspace) -> None:
    policy = workspace.settings.retention

    def asked() -> list[int]:
        return [
            statements(workspace, lambda session: processing(session, policy, now())),
            statements(workspace, lambda session: grounds_of_all(session, now())),
        ]

    enrol(workspace, range(4))
    few = asked()
    enrol(workspace, range(4, 24))
    assert asked() == few


def test_who_may_be_looked_for_is_found_out_once_for_the_privacy_report(workspace: Workspace) -> None:
    enrol(workspace, range(0, 24, 4))
    whole = statements(workspace, lambda session: holdings(session, workspace.settings.retention, now()))
    enrol(workspace, range(24, 96, 4))
    assert statements(workspace, lambda session: holdings(session, workspace.settings.retention, now())) == whole


def test_everybodys_ground_is_what_it_is_for_each(workspace: Workspace) -> None:
    enrol(workspace, range(12))
    at = now()
    with workspace.session() as session:
        found = grounds_of_all(session, at)
        assert found == {subject.id: held_on(session, subject, at).ground for subject in list_subjects(session)}
    assert len(set(found.values())) == 4


def test_who_may_be_looked_for_in_all_modalities_at_once_is_who_may_be_in_each(workspace: Workspace) -> None:
    enrol(workspace, range(8))
    start = now() - timedelta(days=1)
    with workspace.session() as session:
        for name, scope in (("Of faces", [Modality.FACE]), ("Of works", [Modality.ARTWORK]), ("Of both", [])):
            subject = add_subject(session, find_party(session, "Union"), name, SubjectKind.PERSON)
            terms = Terms(basis=Basis.AUTHORITY, scope=scope)
            add_mandate(session, workspace.vault, subject, b"signed", verified_by="R", starts_at=start, terms=terms)
        at = now()
        found = matchable_in(session, at, tuple(Modality))
        for modality in Modality:
            assert found.by_modality[modality].keys() == matchable_subjects(session, at, modality).keys()
        face, works = (
            {subject.name for subject in found.by_modality[modality].values()} for modality in (Modality.FACE, Modality.ARTWORK)
        )
    assert face - works == {"Of faces"}
    assert works - face == {"Of works"}
