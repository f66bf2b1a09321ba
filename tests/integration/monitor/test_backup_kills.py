"""Promise 4 for backups: one that is killed at any step is never taken for a whole one, leaves the workspace as it was, and is
gone on with; a restore that is killed leaves no workspace, or the whole one."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.backup.checking import verify_backup
from monitor.backup.layout import BackupRefused, backups_in, find_backup
from monitor.backup.making import make_backup
from monitor.restored import RestoredWaits
from monitor.workspace import open_workspace
from registry.errors import ExitCode
from tests.support.backup_desk import files_of, furnish, state
from tests.support.command_process import ended, started
from tests.support.kill_steps import Launcher, launcher
from tests.support.small_disk import fill, small_disk


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace, and two backups of it beside it, of which the second links to the first."""
    folder = tmp_path_factory.mktemp("prepared")
    root = furnish(folder)
    state(root)
    with open_workspace(root) as workspace:
        for _ in range(2):
            make_backup(workspace, folder / "backups", with_keys=True)
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    with launcher(tmp_path_factory.mktemp("temporary")) as started:
        yield started


@pytest.mark.parametrize("earlier", [0, 1])
def test_promise_4_a_backup_killed_at_any_step_is_no_backup_and_is_gone_on_with(
    prepared: Path, runs: Launcher, tmp_path: Path, earlier: int
) -> None:
    root, folder = prepared / "work", tmp_path / "backups"
    before = files_of(root)

    def fresh() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for place in sorted((prepared / "backups").glob("0*"))[:earlier]:
            shutil.copytree(place, folder / place.name)

    fresh()
    steps = runs.steps(root, "backup", folder, "--with-keys")
    whole = 0
    # With an earlier one the even steps, and without the odd ones: a process each takes its time.
    for number in range(1 + earlier, steps + 1, 2):
        fresh()
        assert runs.kill(root, "backup", folder, "--with-keys", last=number)
        assert files_of(root) == before, number
        left, _ = backups_in(folder)
        if not left:
            with pytest.raises(BackupRefused):
                find_backup(folder)
        for backup in left:
            assert verify_backup(backup) == [], number
        whole += len(left) == earlier + 1
        runs.steps(root, "backup", folder, "--with-keys")
        made, _ = backups_in(folder)
        assert len(made) == len(left) + 1, number
        assert verify_backup(made[-1]) == [], number
        assert sorted(path.name for path in folder.iterdir()) == [".lock", *(backup.place.name for backup in made)]
    assert steps > 30
    assert whole < 3, "the manifest is not written last"
    assert files_of(root) == before


def test_promise_4_a_restore_killed_at_any_step_leaves_no_workspace_or_the_whole_one(
    prepared: Path, runs: Launcher, tmp_path: Path
) -> None:
    backups, again = prepared / "backups", tmp_path / "again"
    before, held = files_of(backups), state(prepared / "work")
    words = ("restore", backups, "--to", again, "--erasures", prepared / "work")
    steps = runs.steps(tmp_path, *words)
    assert steps > 50
    seen = set()
    for number in range(1, steps + 1, 2):
        shutil.rmtree(again, ignore_errors=True)
        assert runs.kill(tmp_path, *words, last=number)
        if not (again / "semblance.toml").is_file():
            seen.add("none")
        elif (again / ".restoring").exists():
            seen.add("known as half")
            with pytest.raises(RestoredWaits), open_workspace(again):
                pass
        else:
            seen.add("whole")
            assert state(again) == held
            continue
        runs.steps(tmp_path, *words)
        assert state(again) == held, number
    assert seen >= {"none", "known as half"}
    assert files_of(backups) == before


def test_a_kill_by_the_system_while_the_database_is_copied(prepared: Path, tmp_path: Path) -> None:
    """SQLite's own writing of the copy, which no step divides: what it leaves is not taken for a database."""
    folder = tmp_path / "backups"
    half = folder / ".unfinished" / "workspace"
    half.mkdir(parents=True)
    (half / "semblance.db").write_bytes((prepared / "work" / "semblance.db").read_bytes()[:9000])
    (folder / ".unfinished" / ".part").write_bytes(b"half of something")
    with pytest.raises(BackupRefused, match="was broken off"):
        find_backup(folder)
    ended(started(prepared / "work", "backup", str(folder)), ExitCode.DONE, "")
    assert verify_backup(find_backup(folder)) == []


def test_a_disk_that_is_full(prepared: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(prepared / "work", tmp_path / "work"))
    before = files_of(root)
    key = str(root / "keys" / "data.key")
    with small_disk(tmp_path / "disk", "6m") as disk:
        fill(disk)
        ended(started(root, "backup", str(disk / "backups")), ExitCode.OUTSIDE_CAUSE, "disk is full")
        (disk / "filler").unlink()
        ended(started(root, "backup", str(disk / "backups")), ExitCode.DONE, "")
        fill(disk)
        ended(started(root, "backup", str(disk / "backups")), ExitCode.OUTSIDE_CAUSE, "disk is full")
        restored = disk / "again"
        ended(
            started(root, "restore", str(disk / "backups"), "--to", str(restored), "--key", key),
            ExitCode.OUTSIDE_CAUSE,
            "disk is full",
        )
        assert not (restored / "semblance.toml").exists()
        (disk / "filler").unlink()
        assert verify_backup(find_backup(disk / "backups")) == []
        ended(started(root, "restore", str(disk / "backups"), "--to", str(restored), "--key", key), ExitCode.DONE, "")
    assert files_of(root) == before


def test_a_disk_that_may_only_be_read(prepared: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(prepared / "work", tmp_path / "work"))
    with small_disk(tmp_path / "disk", "8m") as disk:
        ended(started(root, "backup", str(disk / "backups"), "--with-keys"), ExitCode.DONE, "")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for words in (("backup", str(disk / "backups")), ("restore", str(disk / "backups"), "--to", str(disk / "again"))):
            ended(started(root, *words), ExitCode.OUTSIDE_CAUSE, "only be read here")
        # A backup on such a disk is read and restored all the same.
        ended(started(root, "backup", str(disk / "backups"), "--verify"), ExitCode.DONE, "")
        ended(started(root, "restore", str(disk / "backups"), "--to", str(tmp_path / "again")), ExitCode.DONE, "")
