"""Small objects lie in packs: plain tar files, linked whole by the next backup or taken anew, so that none holds what is gone."""

import json
import os
import shutil
import subprocess
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from monitor.backup import packs, sources
from monitor.backup.checking import verify_backup
from monitor.backup.layout import Backup, find_backup, written
from monitor.backup.making import Made, make_backup
from monitor.backup.restoring import restore
from monitor.workspace import open_workspace
from tests.support.backup_desk import files_of, furnish, state

CAPTURED = 40


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = furnish(tmp_path_factory.mktemp("prepared"))
    with open_workspace(root) as workspace, workspace.vault.together():
        for number in range(CAPTURED):
            workspace.vault.put([f"captured {number}".encode() * 100])
    return root


@pytest.fixture
def root(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "work"))


@pytest.fixture
def many_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "FULL", 8000)


def made(root: Path, folder: Path) -> Made:
    with open_workspace(root) as workspace:
        return make_backup(workspace, folder, with_keys=True)


def vault_of(root: Path) -> dict[str, bytes]:
    return {name: held for name, held in files_of(root).items() if name.startswith(("vault/sha256", "vault/private"))}


def unpacked(place: Path, to: Path) -> Path:
    """A backup as anybody puts it together who has tar and nothing of ours."""
    shutil.copytree(place / "workspace", to)
    for pack in sorted((place / "packs").iterdir()):
        subprocess.run(["tar", "-xf", str(pack), "-C", str(to)], check=True)
    return to


@pytest.mark.usefixtures("many_packs")
def test_tar_alone_gives_all_objects_as_they_lie(root: Path, tmp_path: Path) -> None:
    place = made(root, tmp_path / "backups").backup.place
    assert len(list((place / "packs").iterdir())) > 5
    assert vault_of(unpacked(place, tmp_path / "by tar")) == vault_of(root)
    assert [path for path in (place / "packs").iterdir() if path.stat().st_mode & 0o077] == []


@pytest.mark.usefixtures("many_packs")
def test_of_what_went_nothing_is_in_the_next_backup_and_all_other_packs_are_links(root: Path, tmp_path: Path) -> None:
    first = made(root, tmp_path / "backups").backup
    gone = b"captured 7" * 100
    with open_workspace(root) as workspace:
        workspace.vault.delete(sha256(gone).hexdigest(), private=False)
    second = made(root, tmp_path / "backups").backup
    assert verify_backup(second) == []
    earlier, later = ({path.name for path in (one.place / "packs").iterdir()} for one in (first, second))
    assert len(earlier - later) == len(later - earlier) == 1
    for name in earlier & later:
        assert (first.place / "packs" / name).samefile(second.place / "packs" / name)
    assert vault_of(unpacked(second.place, tmp_path / "by tar")) == vault_of(root)
    assert not [name for name, held in files_of(second.place).items() if gone in held]


def test_a_file_that_was_changed_and_dated_back_is_taken_anew(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "_SETTLED", 0)
    letter = root / "reports" / "letter.txt"
    sealed = max((root / "vault" / "private").glob("*/*/*"))
    letter.write_bytes(b"the first wording")
    made(root, tmp_path / "backups")
    for path in (letter, sealed):
        before, held = path.stat(), path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(held[:-1] + bytes([held[-1] ^ 1]))
        path.chmod(before.st_mode & 0o777)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    second = made(root, tmp_path / "backups").backup
    assert verify_backup(second) == []
    assert (second.inside / "reports" / "letter.txt").read_bytes() == letter.read_bytes()
    assert vault_of(unpacked(second.place, tmp_path / "by tar")) == vault_of(root)


def test_what_was_changed_just_now_is_read_again(root: Path, tmp_path: Path) -> None:
    """Within one step of the clock it can be changed once more, and be dated the same."""
    for held in made(root, tmp_path / "backups").backup.held():
        assert held.seen == (), held.path


@pytest.mark.parametrize("damaged", [False, True])
@pytest.mark.usefixtures("many_packs")
def test_packs_of_a_backup_that_was_broken_off_are_kept_where_they_are_whole(root: Path, tmp_path: Path, damaged: bool) -> None:
    folder = tmp_path / "backups"
    first = made(root, folder).backup.place.rename(folder / ".unfinished")
    (first / "manifest.json").unlink()
    numbers = {path.name: path.stat().st_ino for path in (first / "packs").iterdir()}
    if damaged:
        hurt = max((first / "packs").iterdir())
        hurt.write_bytes(hurt.read_bytes()[:-700])
    done = made(root, folder)
    assert verify_backup(done.backup) == []
    now = {path.name: path.stat().st_ino for path in (done.backup.place / "packs").iterdir()}
    assert now.keys() == numbers.keys()
    assert sum(now[name] != numbers[name] for name in now) == damaged


def as_of_the_first_format(backup: Backup, folder: Path) -> None:
    """Have the backup lie as earlier versions made it: each object by itself."""
    lines = [json.dumps([held.path, held.size, held.sha256]) for held in backup.held()]
    whole = unpacked(backup.place, folder)
    shutil.rmtree(backup.place / "packs")
    shutil.rmtree(backup.inside)
    whole.rename(backup.inside)
    listed = "".join(f"{line}\n" for line in lines).encode()
    (backup.place / "files.jsonl").write_bytes(listed)
    manifest = replace(backup.manifest, format=1, listed=sha256(listed).hexdigest())
    (backup.place / "manifest.json").write_bytes(written(manifest))


def test_a_backup_of_an_earlier_version_is_read_restored_and_followed(root: Path, tmp_path: Path) -> None:
    held = state(root)
    as_of_the_first_format(made(root, tmp_path / "backups").backup, tmp_path / "by tar")
    first = find_backup(tmp_path / "backups")
    assert first.manifest.format == 1
    assert verify_backup(first) == []
    assert restore(first.place, tmp_path / "again").chains.whole
    assert state(tmp_path / "again") == held
    second = made(root, tmp_path / "backups").backup
    assert verify_backup(second) == []
    assert vault_of(unpacked(second.place, tmp_path / "by tar again")) == vault_of(root)
    assert list((second.place / "packs").iterdir())
