"""A kill while a document is made leaves nothing that the record does not know, and nothing for others to read; what was whole
and on record gets its place when the workspace is next opened."""

import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from crawler.custody import CustodyEntry, verify_chain
from monitor.workspace import open_workspace
from registry.db import now
from registry.documents import Document, documents_in
from registry.staging import staging
from reports.evidence.verify import verify_bundle
from tests.support.documents_desk import Launcher, case_of, erase, launcher, prepare, reference, traces

FORMS = {".pdf", ".html", ".xlsx", ".json"}


@pytest.fixture(scope="module")
def runs() -> Iterator[Launcher]:
    with launcher() as started:
        yield started


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    prepare(folder)
    return folder / "work"


@pytest.fixture
def root(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "work"))


def case_id(root: Path) -> str:
    with open_workspace(root) as workspace, workspace.session() as session:
        return case_of(session).id


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("moment", ["writing", "before", "after"])
def test_promise_8_an_export_that_is_killed_leaves_nothing_that_erasing_does_not_find(
    root: Path, tmp_path: Path, runs: Launcher, moment: str, elsewhere: bool
) -> None:
    picture = reference(tmp_path)
    where = ("--out", tmp_path / "out") if elsewhere else ()
    assert runs.run(root, "evidence", "export", case_id(root), *where, moment=moment)
    assert stat.S_IMODE((root / "staging").stat().st_mode) == 0o700
    placed = [*(tmp_path / "out").glob("*"), *documents_in(root / "reports")]
    assert len(placed) == (moment == "after")
    assert all(stat.S_IMODE(bundle.stat().st_mode) == 0o700 and verify_bundle(bundle).ok for bundle in placed)
    left = traces(root, picture) - {f"{bundle.relative_to(root)}/references" for bundle in placed if bundle.is_relative_to(root)}
    assert {name.split("/")[0] for name in left} <= {"staging", "reports"}
    with open_workspace(root) as workspace, workspace.session() as session:
        assert list((root / "staging").iterdir()) == []
        placed = [*(tmp_path / "out").glob("*"), *documents_in(root / "reports")]
        assert len(placed) == (moment != "writing")
        assert all(stat.S_IMODE(bundle.stat().st_mode) == 0o700 and verify_bundle(bundle).ok for bundle in placed)
        rows = session.exec(select(Document)).all()
        assert [(row.making, row.digest is not None) for row in rows] == [(None, True)] * len(placed)
        assert verify_chain(session) is None
        exported = session.exec(select(CustodyEntry).where(CustodyEntry.action == "exported")).all()
        assert len(exported) == (moment != "writing")
        receipt = erase(workspace, session)
    assert (receipt.left, len(receipt.paths), receipt.finished) == ((), len(placed), True)
    assert traces(root, picture) == set()
    assert [*(tmp_path / "out").glob("*")] == []


@pytest.mark.parametrize("moment", ["never", "across"])
def test_promise_8_an_export_to_another_file_system_is_found(
    root: Path, tmp_path: Path, runs: Launcher, other_disk: Path, moment: str
) -> None:
    picture = reference(tmp_path)
    assert runs.run(root, "evidence", "export", case_id(root), "--out", other_disk, moment=moment) == (moment != "never")
    for left in other_disk.iterdir():
        assert stat.S_IMODE(left.stat().st_mode) == 0o700
        assert left.name.startswith(".") == (moment == "across")
    with open_workspace(root) as workspace, workspace.session() as session:
        (bundle,) = other_disk.iterdir()
        assert verify_bundle(bundle).ok
        assert erase(workspace, session).left == ()
    assert list(other_disk.iterdir()) == []
    assert traces(root, picture) == set()


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other file system to write to")
    with tempfile.TemporaryDirectory(dir=memory) as name:
        yield Path(name)


@pytest.mark.parametrize(("moment", "number", "there"), [("before", 1, 0), ("after", 1, 1), ("before", 2, 1), ("after", 2, 2)])
def test_promise_4_a_report_that_is_killed_among_its_files_is_whole_afterwards_and_found(
    root: Path, runs: Launcher, moment: str, number: int, there: int
) -> None:
    assert runs.run(root, "report", "weekly", moment=moment, number=number)
    assert len(list((root / "reports").iterdir())) == there
    with open_workspace(root) as workspace, workspace.session() as session:
        assert {path.suffix for path in (root / "reports").iterdir()} == FORMS
        assert len(session.exec(select(Document)).all()) == len(FORMS)
        receipt = erase(workspace, session)
    assert (receipt.left, len(receipt.paths)) == ((), len(FORMS))
    assert list((root / "reports").iterdir()) == []


def test_a_sent_report_stays_sent_when_its_making_anew_is_killed_before_it_is_there(root: Path, runs: Launcher) -> None:
    assert not runs.run(root, "report", "weekly")
    pages = sorted((root / "reports").iterdir())
    assert not runs.run(root, "report", "sent", *pages)
    assert runs.run(root, "report", "weekly", moment="before", number=1)
    with open_workspace(root) as workspace, workspace.session() as session:
        sent = {row.path: row.sent_at is not None for row in session.exec(select(Document))}
        assert {root / path for path, was in sent.items() if was} == set(pages)
        assert len(sent) == 2 * len(FORMS)
        assert len(erase(workspace, session).paths) == len(FORMS)
    assert sorted((root / "reports").iterdir()) == pages


def test_what_is_being_made_now_is_left_alone(root: Path, runs: Launcher) -> None:
    with staging(root) as folder:
        (folder / "half").write_bytes(b"a document")
        with open_workspace(root) as workspace, workspace.session() as session:
            about = Document(subject_id="s", path="reports/half", kind="letter", made_at=now(), making=folder.name)
            session.add(about)
            session.commit()
            key = about.id
        assert not runs.run(root, "report", "weekly")
        with open_workspace(root) as workspace, workspace.session() as session:
            assert session.get_one(Document, key).making == folder.name
        assert [path.name for path in (root / "staging").iterdir()] == [folder.name]
        assert (folder / "half").exists()
    assert list((root / "staging").iterdir()) == []
