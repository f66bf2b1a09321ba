"""A backup is whole, takes what changed, and tells when it was changed; what is restored is the workspace as it was."""

import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import select

from monitor.backup.checking import verify_backup
from monitor.backup.layout import FORMAT, BackupDamaged, BackupRefused, backups_in, find_backup, written
from monitor.backup.making import make_backup
from monitor.backup.restoring import restore
from monitor.backup.taking import READ_IN_TURN
from monitor.doctor import examine
from monitor.restored import RestoredWaits, resume
from monitor.runs.once import run_once
from monitor.workspace import open_workspace
from registry.crypto import KeyAbsent
from registry.kinds import PartyKind
from registry.parties import add_party
from registry.storage.base import DatabaseUnusable
from registry.subjects import Subject
from tests.support.backup_desk import NAMES, files_of, furnish, state, type_in

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnish(tmp_path_factory.mktemp("prepared"))


@pytest.fixture
def root(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "work"))


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Type:
    return lambda *words: type_in(monkeypatch, capsys, *words)


def made(root: Path, folder: Path, **options: bool) -> Path:
    with open_workspace(root) as workspace:
        return make_backup(workspace, folder, **options).backup.place


def test_what_is_restored_is_what_was_there(root: Path, tmp_path: Path, typing: Type) -> None:
    held = state(root)
    before = files_of(root)
    code, said, _ = typing("-w", root, "backup", tmp_path / "backups")
    assert code == 0
    assert "Not in it: the key keys/data.key." in said
    assert files_of(root) == before
    code, said, _ = typing("backup", tmp_path / "backups", "--verify")
    assert code == 0, said
    code, said, _ = typing(
        *("restore", tmp_path / "backups", "--to", tmp_path / "again", "--key", root / "keys" / "data.key", "--erasures", root)
    )
    assert code == 0, said
    assert "log of writes is whole" in said
    assert state(tmp_path / "again") == held
    assert held["names"] == sorted(NAMES)
    assert not [path for path in (tmp_path / "again").rglob("*") if path.is_file() and path.stat().st_mode & 0o077]


def test_keys_are_in_it_only_when_asked_for(root: Path, tmp_path: Path, typing: Type) -> None:
    key = (root / "keys" / "data.key").read_bytes()
    without = made(root, tmp_path / "without")
    assert [name for name, held in files_of(without).items() if key.strip() in held] == []
    with pytest.raises(KeyAbsent, match="is not here"):
        restore(without, tmp_path / "no")
    assert list((tmp_path / "no").iterdir()) == []
    code, said, _ = typing("-w", root, "backup", tmp_path / "with", "--with-keys")
    assert code == 0
    assert "The keys are in it" in said
    assert restore(tmp_path / "with", tmp_path / "yes").chains.whole
    assert state(tmp_path / "yes") == state(root)


def test_a_wrong_key_is_told_before_anything_is_a_workspace(root: Path, tmp_path: Path, typing: Type) -> None:
    folder = made(root, tmp_path / "backups")
    _, key, _ = typing("keys", "new")
    (tmp_path / "other.key").write_text(key)
    with pytest.raises(KeyAbsent, match="is not here"):
        restore(folder, tmp_path / "no", key_file=tmp_path / "other.key")
    assert list((tmp_path / "no").iterdir()) == []


def test_the_next_backup_takes_only_what_changed(root: Path, tmp_path: Path) -> None:
    first = made(root, tmp_path / "backups")
    with open_workspace(root) as workspace:
        new = workspace.vault.put([b"captured since" * 1000])
        second = make_backup(workspace, tmp_path / "backups")
    database = (second.backup.inside / "semblance.db").stat().st_size
    assert second.new == database + new.size
    same = objects_in(first)
    assert same
    for path in same:
        assert path.samefile(second.backup.place / path.relative_to(first))
    # Each is whole by itself: the earlier one may go.
    shutil.rmtree(first)
    assert verify_backup(find_backup(tmp_path / "backups")) == []


def objects_in(place: Path) -> list[Path]:
    """The packs of small objects, and the files of large ones."""
    return sorted(path for top in ("packs", "workspace/vault") for path in (place / top).rglob("*") if path.is_file())


def let_rot(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


def test_what_rotted_in_the_backup_before_is_copied_anew_when_asked_for(root: Path, tmp_path: Path, typing: Type) -> None:
    for path in objects_in(made(root, tmp_path / "backups")):
        let_rot(path)
    code, said, told = typing("backup", tmp_path / "backups", "--verify")
    assert (code, "--read-all" in said + told) == (4, True)
    code, said, _ = typing("-w", root, "backup", tmp_path / "backups", "--read-all")
    assert code == 0
    assert verify_backup(find_backup(tmp_path / "backups")) == []


def test_what_rotted_in_the_backup_before_is_copied_anew_in_turn(root: Path, tmp_path: Path) -> None:
    with open_workspace(root) as workspace:
        for number in range(20):
            workspace.vault.put([f"captured {number}".encode() * 6000])
    first = made(root, tmp_path / "backups")
    for path in objects_in(first):
        let_rot(path)
    wrong = [len(wrong_with(made(root, tmp_path / "backups"))) for _ in range(READ_IN_TURN)]
    assert wrong[-1] == 0
    assert wrong == sorted(wrong, reverse=True)
    assert wrong[0] > 0


def test_an_earlier_backup_that_is_damaged_stops_neither_the_next_nor_a_restore(root: Path, tmp_path: Path) -> None:
    first, second = made(root, tmp_path / "backups"), made(root, tmp_path / "backups")
    (first / "manifest.json").write_bytes(b"{}")
    assert restore(tmp_path / "backups", tmp_path / "again", key_file=root / "keys" / "data.key").backup.place == second
    (second / "manifest.json").write_bytes(b"{}")
    with pytest.raises(BackupDamaged, match=second.name):
        find_backup(tmp_path / "backups")
    said = list[str]()
    with open_workspace(root) as workspace:
        third = make_backup(workspace, tmp_path / "backups", say=said.append).backup
    assert third.manifest.number == 3
    assert [name for name in (first.name, second.name) if not any(name in line for line in said)] == []
    assert verify_backup(find_backup(tmp_path / "backups")) == []


def test_secrets_in_the_settings_stay_out(root: Path, tmp_path: Path) -> None:
    with (root / "semblance.toml").open("a") as settings:
        settings.write('youtube_key = "AIzaNobodyMayReadThis"\nmax_pages = 7\n')
    place = made(root, tmp_path / "backups")
    assert [name for name, held in files_of(place).items() if b"AIzaNobodyMayReadThis" in held] == []
    assert "max_pages = 7" in (place / "workspace" / "semblance.toml").read_text()
    assert "the setting crawl.youtube_key, which is a secret" in find_backup(place).manifest.left_out


def test_a_secret_that_cannot_be_left_out_is_refused(root: Path, tmp_path: Path) -> None:
    (root / "semblance.toml").write_text('crawl = { max_pages = 7, youtube_key = "AIzaNobodyMayReadThis" }\n')
    with pytest.raises(BackupRefused, match=r"crawl\.youtube_key"):
        made(root, tmp_path / "backups")
    assert backups_in(tmp_path / "backups") == ([], [])


def wrong_with(place: Path) -> list[str]:
    try:
        return verify_backup(find_backup(place))
    except BackupDamaged as error:
        return [error.what]


def test_any_byte_that_changed_is_told(root: Path, tmp_path: Path) -> None:
    place = made(root, tmp_path / "backups", with_keys=True)
    for path in sorted(path for path in place.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        path.chmod(0o600)
        middle = len(whole) // 2
        flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
        for changed in (flipped, whole[:-1]):
            path.write_bytes(changed)
            assert wrong_with(place), path
            with pytest.raises(BackupDamaged):
                restore(place, tmp_path / "no")
            assert list((tmp_path / "no").iterdir()) == []
        path.write_bytes(whole)
    assert verify_backup(find_backup(place)) == []


def test_a_file_that_is_absent_or_strange_is_told(root: Path, tmp_path: Path, typing: Type) -> None:
    place = made(root, tmp_path / "backups")
    (place / "workspace" / "extra").write_bytes(b"x")
    (place / "packs" / "extra.tar").write_bytes(b"x")
    objects_in(place)[-1].unlink()
    code, said, told = typing("backup", place, "--verify")
    assert code == 4
    assert "is absent" in said
    assert "extra is on no list" in said
    assert "extra.tar is on no list" in said
    assert "make a new one" in told
    with pytest.raises(BackupDamaged, match="is absent"):
        restore(place, tmp_path / "no", key_file=root / "keys" / "data.key")


@pytest.mark.parametrize("path", ["../out", "/tmp/out", "a/../../out"])
def test_a_list_that_leads_elsewhere_is_refused(root: Path, tmp_path: Path, path: str) -> None:
    place = made(root, tmp_path / "backups", with_keys=True)
    listed = json.dumps([path, 1, sha256(b"x").hexdigest()]).encode() + b"\n"
    (place / "files.jsonl").write_bytes(listed)
    manifest = find_backup(place).manifest
    (place / "manifest.json").write_bytes(written(replace(manifest, listed=sha256(listed).hexdigest())))
    with pytest.raises(BackupDamaged):
        restore(place, tmp_path / "no")
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_restored_is_refused_with_what_to_do(root: Path, tmp_path: Path) -> None:
    place = made(root, tmp_path / "backups", with_keys=True)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    with pytest.raises(BackupRefused, match="is not empty: it holds letter"):
        restore(place, tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["letter.txt"]
    half = Path(shutil.copytree(place, tmp_path / "half"))
    (half / "manifest.json").unlink()
    for refused, words in ((half, "was broken off"), (tmp_path / "photos", "There is no backup"), (root, "There is no backup")):
        with pytest.raises(BackupRefused, match=words) as found:
            restore(refused, tmp_path / "no")
        assert found.value.remedy


def test_a_backup_of_a_newer_version_is_refused(root: Path, tmp_path: Path) -> None:
    place = made(root, tmp_path / "backups", with_keys=True)
    manifest = find_backup(place).manifest
    (place / "manifest.json").write_bytes(written(replace(manifest, revision="9999")))
    with pytest.raises(DatabaseUnusable, match="newer version"):
        restore(place, tmp_path / "no")
    (place / "manifest.json").write_bytes(written(replace(manifest, format=FORMAT + 1)))
    with pytest.raises(BackupRefused, match="newer version"):
        restore(place, tmp_path / "no")


def test_into_the_workspace_itself_is_refused(root: Path) -> None:
    with pytest.raises(BackupRefused, match="lies in the workspace itself"):
        made(root, root / "backups")


def test_a_copy_is_consistent_while_others_write(root: Path, tmp_path: Path) -> None:
    """Each writing adds two parties at once: a copy has both or neither."""
    stop, added = threading.Event(), threading.Semaphore(0)

    def write() -> None:
        with open_workspace(root) as workspace:
            number = 0
            while not stop.is_set():
                with workspace.session() as session:
                    for name in (f"A{number}", f"B{number}"):
                        add_party(session, name, PartyKind.STUDIO)
                    session.commit()
                number += 1
                added.release()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(3):
            added.acquire()
            place = made(root, tmp_path / "backups")
            assert verify_backup(find_backup(place)) == []
            engine = create_engine(f"sqlite:///{place / 'workspace' / 'semblance.db'}")
            with engine.connect() as connection:
                names = set(connection.execute(text("SELECT name FROM party")).scalars())
            engine.dispose()
            first, second = ({name[1:] for name in names if name[0] == letter} for letter in "AB")
            assert first == second != set()
    finally:
        stop.set()
        writer.join()


def test_nothing_starts_from_a_restored_workspace_until_somebody_says_so(root: Path, tmp_path: Path) -> None:
    made(root, tmp_path / "backups", with_keys=True)
    again = restore(tmp_path / "backups", tmp_path / "again").root
    with open_workspace(again) as workspace, pytest.raises(RestoredWaits, match="runs and sends nothing yet"):
        run_once(workspace)
    assert [(one.state, one.check) for one in examine(again) if one.check == "restored"] == [("missing", "restored")]
    with open_workspace(again) as workspace, workspace.session() as session:
        assert resume(session)
        assert not resume(session)
        run_once(workspace)
    assert [one for one in examine(again) if one.check == "restored"] == []


def test_a_half_restored_folder_is_no_workspace(root: Path, tmp_path: Path, typing: Type) -> None:
    made(root, tmp_path / "backups", with_keys=True)
    again = restore(tmp_path / "backups", tmp_path / "again").root
    (again / ".restoring" / "workspace").mkdir(parents=True)
    for words in (("subject", "list"), ("init",)):
        code, _, told = typing("-w", again, *words)
        assert code == 2
        assert "was broken off" in told
        assert "Restore the backup to it again" in told


def test_a_rotted_object_is_told_and_does_not_hinder_the_backup(root: Path, tmp_path: Path, typing: Type) -> None:
    rotted = next(path for path in (root / "vault" / "sha256").rglob("*") if path.is_file())
    rotted.chmod(0o600)
    rotted.write_bytes(b"rotted")
    lost = next(path for path in (root / "vault" / "private").rglob("*") if path.is_file())
    lost.unlink()
    code, _, told = typing("-w", root, "backup", tmp_path / "backups")
    assert code == 4
    assert f"the object {rotted.name} has other bytes now" in told
    assert f"the object {lost.name} is on record, and not in the vault" in told
    with open_workspace(root) as workspace, workspace.session() as session:
        assert len(session.exec(select(Subject)).all()) == len(NAMES)
