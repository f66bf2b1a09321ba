"""A workspace that was moved, and documents that were: what is said of them is true, and erasing finds them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from monitor.workspace import Workspace, open_workspace
from registry.db import now
from registry.documents import Document, documents_in, mark_sent
from registry.erase import Erasure
from registry.errors import NotFound
from reports.evidence.verify import verify_bundle
from reports.issuing import issue_bundle, issue_weekly
from reports.signing.key_file import signing_key
from reports.week import week_of
from tests.support.documents_desk import Launcher, case_of, erase, launcher, prepare_at, reference, traces
from tests.support.loopback_site import open_site


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("prepared")
    # A letter is drafted only of what its address shows.
    with open_site() as site:
        prepare_at(site, folder)
        yield folder / "work"


@pytest.fixture
def root(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "first" / "work"))


@pytest.fixture(scope="module")
def runs() -> Iterator[Launcher]:
    with launcher() as started:
        yield started


def move(root: Path) -> Path:
    """The workspace in another folder, under another name; nothing is left where it was."""
    place = root.parent.parent / "second" / "moved"
    place.parent.mkdir()
    shutil.move(root.parent, place.parent / "along")
    shutil.move(place.parent / "along" / root.name, place)
    assert not root.exists()
    return place


def make(workspace: Workspace, session: Session, *outside: Path) -> list[Path]:
    """A report in its four forms, and a bundle for the workspace's folder and for each outside."""
    vault, at = workspace.vault, now().replace(microsecond=0)
    written = issue_weekly(session, vault, week_of(at), at, workspace.reports).written
    key, case = signing_key(workspace.keys), case_of(session)
    bundles = [issue_bundle(session, vault, case, out, key, at=at) for out in (workspace.reports, *outside)]
    return [*written.files, *bundles]


def rows(root: Path) -> list[Document]:
    with open_workspace(root) as workspace, workspace.session() as session:
        return list(session.exec(select(Document).order_by(Document.path)))


def test_a_moved_workspace_verifies_exports_reports_and_erases_as_before(root: Path, tmp_path: Path, runs: Launcher) -> None:
    picture = reference(tmp_path)
    with open_workspace(root) as workspace, workspace.session() as session:
        case = case_of(session).id
    considered = ("--fair-use-by", "C. Ounsel", "--fair-use-on", "2026-11-01", "--fair-use-reason", "No parody.")
    for command in (
        ("report", "weekly"),
        ("notice", "draft", case, "--by", "C. Ounsel", *considered),
        ("evidence", "export", case),
        ("evidence", "export", case, "--out", tmp_path / "out"),
        ("evidence", "export", case, "--out", tmp_path / "sent"),
    ):
        assert not runs.run(root, *command)
    (sent,) = (tmp_path / "sent").iterdir()
    assert not runs.run(root, "report", "sent", sent)
    names = {row.path for row in rows(root)}
    assert {name.startswith("/") for name in names if name.startswith("reports/")} == {False}
    assert len([name for name in names if name.startswith("/")]) == 2

    there = move(root)

    (bundle,) = (there / "reports").glob("*/case-*")
    kept = bundle.relative_to(there / "reports")
    for command in (
        ("evidence", "verify", bundle),
        ("audit", "verify"),
        ("evidence", "export", case),
        ("report", "weekly"),
        ("report", "sent", bundle),
        ("privacy", "retention", "--apply"),
    ):
        assert not runs.run(there, *command)
    assert {row.path: row.sent_at is not None for row in rows(there)}[f"reports/{kept}"]
    with open_workspace(there) as workspace, workspace.session() as session:
        receipt = erase(workspace, session)
    assert (receipt.finished, receipt.left) == (True, ())
    assert list(documents_in(there / "reports")) == [bundle]
    assert list((tmp_path / "out").iterdir()) == []
    assert verify_bundle(sent).ok
    assert {name.split("/")[2] for name in traces(there, picture)} == {bundle.name}
    assert sum("sent documents" in line and bundle.name in line and sent.name in line for line in receipt.kept) == 1


def test_documents_that_an_earlier_version_noted_by_their_absolute_paths_are_found_after_a_move(
    root: Path, tmp_path: Path
) -> None:
    picture = reference(tmp_path)
    with open_workspace(root) as workspace, workspace.session() as session:
        made = make(workspace, session, tmp_path / "out")
        session.connection().execute(
            text("UPDATE document SET digest = NULL, path = :root || path WHERE path NOT LIKE '/%'"), {"root": f"{root}/"}
        )
        session.commit()
    there = move(root)
    shutil.move(made[-1], tmp_path / "elsewhere")
    with open_workspace(there) as workspace, workspace.session() as session:
        mark_sent(session, there / "reports" / made[0].name, now())
        receipt = erase(workspace, session)
    assert receipt.paths == tuple(sorted(f"reports/{path.name}" for path in made[1:-1]))
    assert [path.name for path in (there / "reports").iterdir()] == [made[0].name]
    assert receipt.left == (f"{made[-1]}: is not where it was made; remove it yourself",)
    assert traces(there, picture) == set()


def test_an_old_path_is_not_taken_for_another_document_of_the_same_name(root: Path, tmp_path: Path) -> None:
    """Somebody's weekly report was written to another folder called reports, and is gone; the one here is on record itself."""
    with open_workspace(root) as workspace, workspace.session() as session:
        pdf = make(workspace, session)[0]
        session.add(Document(subject_id="another", path=f"/gone/reports/{pdf.name}", kind="weekly report", made_at=now()))
        session.commit()
        with pytest.raises(NotFound):
            mark_sent(session, tmp_path / "gone" / "reports" / pdf.name, now())
        mark_sent(session, pdf, now())
        assert [row.path for row in session.exec(select(Document).where(Document.sent_at != None))] == [  # noqa: E711
            f"reports/{pdf.name}"
        ]


def test_renamed_documents_and_copies_go_and_what_is_not_found_is_said(root: Path, tmp_path: Path) -> None:
    picture = reference(tmp_path)
    with open_workspace(root) as workspace, workspace.session() as session:
        pdf, page, sheet, figures, bundle, outside = make(workspace, session, tmp_path / "out")
        bundle.rename(workspace.reports / "for counsel")
        shutil.copytree(workspace.reports / "for counsel", workspace.reports / "old" / "copy")
        page.rename(workspace.reports / "week.html")
        sheet.rename(root / "sheet.xlsx")
        figures.rename(workspace.reports / "figures")
        pdf.unlink()
        outside.rename(tmp_path / "gone")
        (workspace.reports / "notes.txt").write_text("mine", encoding="utf-8")
        receipt = erase(workspace, session)
        kept = session.exec(select(Erasure)).one()
    assert receipt.paths == ("reports/figures", "reports/for counsel", "reports/old/copy", "reports/week.html", "sheet.xlsx")
    assert sorted(receipt.left) == sorted(kept.left)
    assert set(receipt.left) == {
        f"{outside}: is not where it was made; remove it yourself",
        f"reports/{pdf.name}: is not where it was made; remove it yourself",
        "reports/notes.txt: is on no record; look whether it shows the subject",
    }
    assert (root / "reports" / "notes.txt").read_text() == "mine"
    assert traces(root, picture) == set()


def test_bundles_on_no_record_and_what_an_old_version_left_half_made_go(root: Path, tmp_path: Path) -> None:
    picture = reference(tmp_path)
    with open_workspace(root) as workspace, workspace.session() as session:
        bundle = make(workspace, session)[-1]
        session.connection().execute(text("DELETE FROM document"))
        session.commit()
        half = workspace.reports / f".{bundle.name}-abcd" / bundle.name / "references"
        half.mkdir(parents=True)
        (half / "x.png").write_bytes(picture)
        receipt = erase(workspace, session)
    assert f"reports/{bundle.name}" in receipt.paths
    assert not bundle.exists()
    assert traces(root, picture) - {name for name in traces(root, picture) if name.startswith("reports/weekly")} == set()
    assert [Path(line.partition(":")[0]).suffix for line in receipt.left] == [".html", ".json", ".pdf", ".xlsx"]


def test_a_document_made_anew_shows_whom_it_shows_now(root: Path) -> None:
    with open_workspace(root) as workspace, workspace.session() as session:
        pdf = make(workspace, session)[0]
        session.add(Document(subject_id="left since", path=f"reports/{pdf.name}", kind="weekly report", made_at=now()))
        session.commit()
        session.commit()
        at = now().replace(microsecond=0)
        assert issue_weekly(session, workspace.vault, week_of(at), at, workspace.reports).replaced
        (row,) = session.exec(select(Document).where(Document.path == f"reports/{pdf.name}")).all()
        assert (row.sent_at, row.making, row.subject_id != "left since") == (None, None, True)


def test_a_report_that_was_sent_is_not_written_over(root: Path) -> None:
    with open_workspace(root) as workspace, workspace.session() as session:
        pdf = make(workspace, session)[0]
        before = pdf.read_bytes()
        assert mark_sent(session, pdf, now()) == 1
        session.commit()
        at = now().replace(microsecond=0)
        again = issue_weekly(session, workspace.vault, week_of(at), at, workspace.reports)
        assert (again.replaced, again.written.pdf.name) == (False, f"{pdf.stem}.2.pdf")
        assert pdf.read_bytes() == before
        sent = {row.path: row.sent_at is not None for row in session.exec(select(Document)) if row.path.endswith(".pdf")}
        assert sent == {f"reports/{pdf.name}": True, f"reports/{pdf.stem}.2.pdf": False}


def test_a_file_that_is_nobodys_report_is_not_written_over(root: Path, tmp_path: Path) -> None:
    at = now().replace(microsecond=0)
    with open_workspace(root) as workspace, workspace.session() as session:
        theirs = tmp_path / "out" / f"weekly-{week_of(at)}.pdf"
        theirs.parent.mkdir()
        theirs.write_text("another's", encoding="utf-8")
        written = issue_weekly(session, workspace.vault, week_of(at), at, theirs.parent).written
        assert (written.pdf.name, written.html.name) == (f"{theirs.stem}.2.pdf", f"{theirs.stem}.2.html")
        assert theirs.read_text(encoding="utf-8") == "another's"
