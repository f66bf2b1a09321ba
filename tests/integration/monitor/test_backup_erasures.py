"""Promise 8 after a restore: what was erased after the backup does not come back, whether the workspace of now tells of it, a
list that names nobody, or a later backup."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from monitor.backup import making
from monitor.backup.erasures import write_erasures
from monitor.backup.layout import BackupRefused, find_backup
from monitor.backup.making import make_backup
from monitor.backup.restoring import restore
from monitor.wiring import ERASERS, KEEPERS, SEEKERS
from monitor.workspace import Workspace, open_workspace
from registry.db import now
from registry.erase import Erasure, erase_subject
from registry.references import Reference
from registry.removal import remove_reference
from registry.subjects import Subject
from registry.template_rows import TemplateRow
from tests.support.backup_desk import NAMES, files_of, furnish, type_in
from tests.support.erasure_search import everything, forms_of, pieces_in

GONE, CHANGED, KEPT = NAMES


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace, and a backup of it beside it."""
    folder = tmp_path_factory.mktemp("prepared")
    with open_workspace(furnish(folder)) as workspace:
        make_backup(workspace, folder / "backups", with_keys=True)
    return folder


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    for name in ("work", "backups"):
        shutil.copytree(prepared / name, tmp_path / name)
    return tmp_path


def one(session: Session, name: str) -> Subject:
    return session.exec(select(Subject).where(Subject.name == name)).one()


def erase_one_and_a_photo(workspace: Workspace) -> tuple[str, bytes]:
    """Erase a member, and remove another one's photo; what the two were called by, and the bytes of the photos."""
    with workspace.session() as session:
        references = [
            session.exec(select(Reference).where(Reference.subject_id == one(session, name).id)).one() for name in (GONE, CHANGED)
        ]
        photos = b"".join(b"".join(workspace.vault.chunks(found.sha256)) for found in references)
        digests = " ".join(found.sha256 for found in references)
        subject = one(session, GONE)
        erase_subject(session, workspace.vault, subject, now(), "asked for", ERASERS, KEEPERS, SEEKERS)
        remove_reference(session, workspace.vault, references[1])
    return digests, photos


@pytest.mark.parametrize("told_by", ["workspace", "list", "backup"])
def test_what_was_erased_does_not_come_back(folder: Path, told_by: str) -> None:
    first = find_backup(folder / "backups").place
    with open_workspace(folder / "work") as workspace:
        digests, _ = erase_one_and_a_photo(workspace)
        write_erasures(workspace, folder / "list.json")
        make_backup(workspace, folder / "backups")
        with workspace.session() as session:
            done_at = session.exec(select(Erasure)).one().at
    source = {"workspace": folder / "work", "list": folder / "list.json", "backup": folder / "backups"}[told_by]
    before = files_of(folder / "work")
    done = restore(first, folder / "again", erasures=[source])
    assert files_of(folder / "work") == before
    assert done.replayed is not None
    assert (done.replayed.subjects, done.replayed.references, done.replayed.unknown) == (1, 1, 0)
    assert done.chains.whole
    held = everything(folder / "again")
    assert pieces_in(held, {**forms_of(GONE), **{digest: digest.encode() for digest in digests.split()[:1]}}) == set()
    assert [path.name for path in (folder / "again" / "vault" / "private").rglob("*") if path.name in digests.split()] == []
    with open_workspace(folder / "again") as workspace, workspace.session() as session:
        receipt = session.exec(select(Erasure)).one()
        assert (receipt.at, receipt.on_request, receipt.finished_at is not None) == (done_at, True, True)
        assert [row.subject_id for row in session.exec(select(Reference))] == [one(session, KEPT).id]
        assert len(session.exec(select(TemplateRow)).all()) == 1


def test_somebody_who_is_called_like_a_word_of_the_programs_is_erased_again(folder: Path) -> None:
    with open_workspace(folder / "work") as workspace, workspace.session() as session:
        subject = one(session, GONE)
        subject.name = "Backup"
        session.add(subject)
        session.commit()
        before = make_backup(workspace, folder / "named").backup.place
        erase_subject(session, workspace.vault, one(session, "Backup"), now(), "asked for", ERASERS, KEEPERS, SEEKERS)
    key = folder / "work" / "keys" / "data.key"
    done = restore(before, folder / "again", erasures=[folder / "work"], key_file=key)
    assert done.replayed is not None
    assert done.replayed.subjects == 1


def test_the_list_names_nobody(folder: Path) -> None:
    with open_workspace(folder / "work") as workspace:
        with workspace.session() as session:
            ids = set(session.exec(select(Reference.id)))
        digests, photos = erase_one_and_a_photo(workspace)
        assert write_erasures(workspace, folder / "list.json") == 3
    listed = (folder / "list.json").read_bytes()
    assert pieces_in({"list": listed}, {**forms_of(GONE), **forms_of(CHANGED)}) == set()
    assert [digest for digest in digests.split() if digest.encode() in listed] == []
    assert sum(key.encode() in listed for key in ids) == 2
    assert photos[:64] not in listed


def test_a_restore_without_erasures_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said, _ = type_in(monkeypatch, capsys, "restore", folder / "backups", "--to", folder / "again")
    assert code == 0
    assert "No erasures were given: whoever was erased since then is there again." in said


def test_who_came_after_the_backup_and_was_erased_is_counted(folder: Path) -> None:
    first = find_backup(folder / "backups").place
    listed = folder / "list.json"
    listed.write_text(
        '{"kind":"semblance erasures","references":["none"],"subjects":[["nobody-here","2026-01-01T00:00:00+00:00",true]]}'
    )
    done = restore(first, folder / "again", erasures=[listed])
    assert done.replayed is not None
    assert (done.replayed.subjects, done.replayed.unknown) == (0, 1)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"kind":"semblance erasures"}', b'{"kind":"other"}', b"\xff\xfe"])
def test_what_is_no_list_is_refused_before_anything_is_made(folder: Path, content: bytes) -> None:
    (folder / "list.json").write_bytes(content)
    with pytest.raises(BackupRefused, match="holds no erasures"):
        restore(folder / "backups", folder / "again", erasures=[folder / "list.json"])
    assert not (folder / "again").exists()


def test_an_erasure_while_a_backup_is_made_is_in_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The member goes after the database was copied, and before the photos are."""
    waiting: list[Callable[[], object]] = []
    with open_workspace(folder / "work") as workspace, open_workspace(folder / "work") as other:
        copy = making.copy_database
        waiting.append(lambda: erase_one_and_a_photo(other))

        def copy_and_erase(engine: Engine, place: Path) -> None:
            copy(engine, place)
            if waiting:
                waiting.pop()()

        monkeypatch.setattr(making, "copy_database", copy_and_erase)
        made = make_backup(workspace, folder / "others", with_keys=True)
    assert made.backup.manifest.damaged == ()
    assert pieces_in(everything(made.backup.place), forms_of(GONE)) == set()
    done = restore(made.backup.place, folder / "again")
    with open_workspace(done.root) as workspace, workspace.session() as session:
        assert GONE not in set(session.exec(select(Subject.name)))
        for reference in session.exec(select(Reference)):
            workspace.vault.verify(reference.sha256)
