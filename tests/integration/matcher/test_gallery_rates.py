"""The miss rate is told for the size of the gallery, wherever error rates are told."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from matcher.calibration import Calibration
from matcher.packs.calibrations import EDGE_FACE
from matcher.packs.recipes import EDGE
from matcher.packs.spec import FileEntry, write_spec
from monitor.misses import people_by_references, rates_in_words
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.db import now
from registry.mandates import add_mandate
from registry.parties import add_party, find_party
from registry.references import Reference
from registry.subjects import add_subject
from registry.types import PartyKind, SubjectKind
from reports.issuing import issue_weekly
from reports.week import week_of
from tests.support.weekly_place import both_texts

OLD = EDGE_FACE.model_copy(update={"mated": ()})


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """With a pack whose manifest is as `edge` is installed; its models are never asked here."""
    monkeypatch.setenv("SEMBLANCE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("SEMBLANCE_PACK", "edge")
    install(tmp_path / "models", EDGE_FACE)
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as opened:
        yield opened


def install(models: Path, calibration: Calibration) -> None:
    folder = models / "edge"
    folder.mkdir(parents=True, exist_ok=True)
    for name in EDGE.files:
        (folder / name).write_bytes(name.encode())
    spec = EDGE.spec(dict.fromkeys(EDGE.files, 1))
    assert spec.face is not None
    files = {name: FileEntry(sha256=hashlib.sha256(name.encode()).hexdigest(), size=len(name)) for name in EDGE.files}
    face = spec.face.model_copy(update={"calibration": calibration})
    write_spec(spec.model_copy(update={"files": files, "face": face}), folder)


def enrol(session: Session, workspace: Workspace, party: str, people: int, references: int, *, mandate: bool = True) -> None:
    whose = add_party(session, party, PartyKind.UNION)
    for number in range(people):
        subject = add_subject(session, whose, f"{party} {number}", SubjectKind.PERSON)
        for photo in range(references):
            digest = hashlib.sha256(f"{subject.id} {photo}".encode()).hexdigest()
            session.add(Reference(subject_id=subject.id, file_name="a.jpg", media_type="image/jpeg", size=1, sha256=digest))
        if mandate:
            add_mandate(session, workspace.vault, subject, b"signed", verified_by="R", starts_at=now() - timedelta(days=1))
    session.commit()


def test_each_party_is_told_of_its_own_size(workspace: Workspace) -> None:
    with workspace.session() as session:
        enrol(session, workspace, "Small", 2, 1)
        enrol(session, workspace, "Large", 9, 2)
        enrol(session, workspace, "Waiting", 3, 1, mandate=False)
        lines = rates_in_words(session, workspace.settings, now())
        assert [line.split(",")[0] for line in lines] == [
            "Large: Among 9 enrolled people with 2 photos each",
            "Small: Among 2 enrolled people with 1 photo each",
        ]
        (own,) = rates_in_words(session, workspace.settings, now(), find_party(session, "Small"))
        assert own.startswith("Among 2 enrolled people with 1 photo each, about ")
        assert "photos of the kind measured would be missed" in own
        assert rates_in_words(session, workspace.settings, None, find_party(session, "Waiting"))
        assert people_by_references(session, None)[find_party(session, "Large").id] == {2: 9}


def test_the_weekly_report_says_it_in_both_forms(workspace: Workspace) -> None:
    with workspace.session() as session:
        enrol(session, workspace, "Union", 4, 1)
        at = now().replace(microsecond=0)
        rates = rates_in_words(session, workspace.settings, at)
        written = issue_weekly(session, workspace.vault, week_of(at), at, workspace.reports, rates=rates).written
    for text in both_texts(written):
        assert "Among 4 enrolled people with 1 photo each" in " ".join(text.split())


def test_a_pack_of_before_and_none_at_all_are_said_not_to_know(workspace: Workspace, tmp_path: Path) -> None:
    with workspace.session() as session:
        enrol(session, workspace, "Union", 1, 3)
        install(tmp_path / "models", OLD)
        (line,) = rates_in_words(session, workspace.settings, now())
        assert "Among 1 enrolled person with 3 photos each" in line
        assert "not known for this size" in line
        (tmp_path / "models" / "edge" / "pack.json").unlink()
        assert rates_in_words(session, workspace.settings, now()) == (
            "How many appearances are missed is not known: no pack for faces is installed.",
        )


def test_without_people_nothing_is_told(workspace: Workspace) -> None:
    with workspace.session() as session:
        add_party(session, "Union", PartyKind.UNION)
        assert rates_in_words(session, workspace.settings, now()) == ()
