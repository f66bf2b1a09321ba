"""What a command says when a disk, a right or another program hinders it: one calm sentence, the right exit code, no secret."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.workspace import init_workspace, open_workspace
from registry.errors import ExitCode
from registry.kinds import PartyKind
from registry.parties import add_party
from tests.support.command_process import PASSWORD, ended, started
from tests.support.small_disk import fill, small_disk

ROOT = Path(__file__).resolve().parents[2]
NAME = "Zanzibarra Quill"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return workspace_at(tmp_path / "work")


def workspace_at(root: Path) -> Path:
    init_workspace(root)
    with open_workspace(root) as workspace, workspace.session() as session:
        add_party(session, "Studio", PartyKind.STUDIO)
        session.commit()
    return root


COMMANDS = (
    ("subject", "add", NAME, "--kind", "character", "--party", "Studio"),
    ("account", "add", NAME, "--party", "Studio", "--role", "reviewer"),
    ("subject", "list"),
    ("audit", "verify"),
    ("report", "weekly"),
)


def test_a_database_that_another_program_holds(root: Path) -> None:
    with sqlite3.connect(root / "semblance.db", isolation_level=None) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        # Each waits for half a minute: side by side they do not wait five times as long.
        processes = [started(root, *words, typed=f"{PASSWORD}\n{PASSWORD}\n") for words in COMMANDS]
        for process in processes:
            ended(process, ExitCode.OUTSIDE_CAUSE, "another program holds it", NAME)
        other.execute("ROLLBACK")
    other.close()
    ended(started(root, "subject", "list"), ExitCode.DONE, "")


def test_a_lock_that_comes_while_the_command_writes(root: Path, tmp_path: Path) -> None:
    script = """
import sqlite3, sys
from sqlalchemy import event
import monitor.cli.main as cli
from monitor import workspace
opened = workspace.open_up_to_date
def hold(path, say, **options):
    engine = opened(path, say, **options)
    def before(connection, cursor, statement, *_):
        if statement.startswith("INSERT INTO subject"):
            cursor.execute("PRAGMA busy_timeout=100")
            other = sqlite3.connect(path, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            before.other = other
    event.listen(engine, "before_cursor_execute", before)
    return engine
workspace.open_up_to_date = hold
sys.exit(cli.main())
"""
    command = [sys.executable, "-c", script, "-w", str(root), *COMMANDS[0]]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    ended(process, ExitCode.OUTSIDE_CAUSE, "another program holds it", NAME)
    assert NAME.encode() not in (root / "semblance.db").read_bytes()


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "4m") as disk:
        root = workspace_at(disk / "work")
        fill(disk)
        for words in (
            COMMANDS[0],
            COMMANDS[1],
            ("init",),
            ("source", "add", "feed", "https://example.org/feed.xml", "--kind", "feed"),
        ):
            ended(started(root, *words, typed=f"{PASSWORD}\n{PASSWORD}\n"), ExitCode.OUTSIDE_CAUSE, "disk is full", NAME)
        (disk / "filler").unlink()
        ended(started(root, *COMMANDS[0]), ExitCode.DONE, "")


def test_a_workspace_that_finds_no_room_for_its_first_file(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        fill(disk)
        ended(started(disk / "new", "init"), ExitCode.OUTSIDE_CAUSE, "disk is full")


def test_an_export_to_a_disk_that_is_full(root: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "64k") as disk:
        fill(disk)
        ended(started(root, "report", "weekly", "--out", str(disk / "out")), ExitCode.OUTSIDE_CAUSE, "could not be written")
        assert [path for path in disk.rglob("*") if path.name != "filler" and path.is_file()] == []


def test_a_disk_that_may_only_be_read(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "8m") as disk:
        root = workspace_at(disk / "work")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for words in (COMMANDS[0], COMMANDS[2]):
            ended(started(root, *words), ExitCode.OUTSIDE_CAUSE, "only be read here", NAME)


def test_a_file_size_limit_stands_for_a_full_disk_where_none_can_be_mounted(root: Path) -> None:
    limited = ["/bin/bash", "-c", 'ulimit -f 1; exec "$@"', "bash", sys.executable, "-m", "monitor.cli.main", "-w", str(root)]
    process = subprocess.Popen([*limited, *COMMANDS[0]], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    ended(process, ExitCode.OUTSIDE_CAUSE, "cannot be", NAME)


def test_a_database_with_a_broken_page_is_damage(root: Path) -> None:
    database = root / "semblance.db"
    whole = database.read_bytes()
    database.write_bytes(whole[:4096] + os.urandom(len(whole) - 4096))
    ended(started(root, *COMMANDS[2]), ExitCode.DAMAGED, "no whole database", NAME)
