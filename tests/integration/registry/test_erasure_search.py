"""Erasing looks for what is there, on record or not, and no receipt says that all went while something lies there."""

import shutil
from pathlib import Path

import pytest
from sqlmodel import select

from monitor.workspace import open_workspace
from registry.db import now
from registry.documents import Document, DocumentGone
from registry.erase import Erasure
from registry.erase import receipt as receipt_of
from registry.references import Reference
from reports.cases import case_matches
from reports.documents import issue
from reports.issuing import issue_bundle
from reports.signing.key_file import signing_key
from tests.support.documents_desk import case_of, erase, prepare, reference, traces


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    prepare(folder)
    return folder / "work"


@pytest.fixture
def root(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "work"))


def receipt_now(root: Path) -> tuple[bool, tuple[str, ...]]:
    """After the next start: whether all went, and what is left."""
    with open_workspace(root) as workspace, workspace.session() as session:
        found = receipt_of(session, session.exec(select(Erasure)).one())
        return found.finished, found.left


def test_a_document_whose_subject_is_erased_while_it_is_made_gets_no_place(root: Path, tmp_path: Path) -> None:
    said = []
    with open_workspace(root) as workspace, workspace.session() as session:
        matches = [row.id for row in case_matches(session, case_of(session))]
        session.commit()

        def write(folder: Path) -> None:
            (folder / "letter.pdf").write_bytes(reference(tmp_path))
            with open_workspace(root) as other, other.session() as erasing:
                said.append(erase(other, erasing))

        with pytest.raises(DocumentGone, match="was erased while it was made"):
            issue(session, workspace.reports, "letter", matches, now(), write)
        assert session.exec(select(Document)).all() == []
    (receipt,) = said
    assert not receipt.finished
    assert [line.partition("/")[0] for line in receipt.left] == ["staging"]
    assert receipt_now(root) == (True, ())
    assert traces(root, (tmp_path / "again.png").read_bytes()) == set()


def test_copies_of_a_bundle_in_other_folders_go_and_a_users_own_picture_is_named(root: Path, tmp_path: Path) -> None:
    picture = reference(tmp_path)
    with open_workspace(root) as workspace, workspace.session() as session:
        key = signing_key(workspace.keys)
        bundle = issue_bundle(session, workspace.vault, case_of(session), tmp_path / "out", key)
        for copy in (root / "for counsel" / "copy", tmp_path / "out" / "renamed", root / "reports" / "old" / "bundle"):
            shutil.copytree(bundle, copy)
        (stored,) = session.exec(select(Reference)).all()
        (root / "reports" / "loose.png").write_bytes(b"".join(workspace.vault.chunks(stored.sha256)))
        (root / "photos: mine").mkdir()
        (root / "photos: mine" / "figure.png").write_bytes((root / "reports" / "loose.png").read_bytes())
        receipt = erase(workspace, session)
    assert receipt.left == ("photos: mine/figure.png: is a picture that was enrolled; remove it yourself",)
    assert not receipt.finished
    assert [*(tmp_path / "out").iterdir(), *(root / "for counsel").iterdir()] == []
    assert list((root / "reports").iterdir()) == [root / "reports" / "old"]
    assert {name for name in traces(root, picture) if not name.startswith("photos")} == set()
    assert receipt_now(root)[0] is False
    (root / "photos: mine" / "figure.png").unlink()
    assert receipt_now(root)[0] is True


def test_what_lies_in_the_reports_on_no_record_keeps_a_receipt_open_until_somebody_looked(root: Path) -> None:
    (root / "reports" / "notes.pdf").write_bytes(b"nobody knows")
    with open_workspace(root) as workspace, workspace.session() as session:
        assert not erase(workspace, session).finished
    assert receipt_now(root) == (False, ("reports/notes.pdf: is on no record; look whether it shows the subject",))
    (root / "reports" / "notes.pdf").rename(root / "notes.pdf")
    assert receipt_now(root) == (True, ())


def test_what_an_earlier_version_left_hidden_goes_at_the_next_start(root: Path, tmp_path: Path) -> None:
    hidden = root / "reports" / ".case-0123-20261120T090000Z-x1y2"
    (hidden / "references").mkdir(parents=True)
    (hidden / "references" / "a.png").write_bytes(reference(tmp_path))
    with open_workspace(root):
        assert list((root / "reports").iterdir()) == []
