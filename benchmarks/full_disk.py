"""Every kind of write path on a disk with less and less room, and on one that may only be read: what is said, and what is left.

A copy of a workspace lies on a small file system of its own. A command that is refused must say so calmly, leave database and
files as they were (but for the steps of what goes on where it stopped: a rotation of keys, a run), both chains and the vault
whole, and succeed once there is room.
"""

import os
import shlex
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from shutil import copytree
from typing import Annotated

import cv2
import typer
from sqlmodel import select

from monitor.demo.drawings import seal
from monitor.workspace import open_workspace
from registry.errors import ExitCode
from registry.kinds import SubjectKind
from registry.parties import Party
from registry.subjects import Subject
from reports.cases import Case
from reports.matches import MatchRow, MatchStatus

SIZE, ROOMS = 48 << 20, (0, *(1 << power for power in range(13, 23)))
"""Bytes of the file system, and those that are left free; the first with which a command succeeds is its last."""
STEPWISE = ("run", "keys")
"""What writes one step after another, each whole, and goes on with the next where it stopped."""
_LEFT_OUT = ("semblance.db", "cache/", ".run.lock", ".webhooks.lock", "vault/announced/")


@dataclass(frozen=True)
class State:
    """rows: the digest of every table. files: the documents and objects that lie there."""

    rows: frozenset[tuple[str, str]]
    files: frozenset[str]


def full_disk(
    workspace: Annotated[Path, typer.Argument(help="With matches to review and cases, such as the demonstration's.")],
    only: Annotated[str, typer.Option(help="Only commands that begin so.")] = "",
) -> None:
    """Try write paths with ever more room, and on a disk for reading only; exit 1 where something is half done, or said wrong."""
    wrong = list[str]()
    with tempfile.TemporaryDirectory() as folder:
        commands = [words for words in _commands(workspace, Path(folder)) if words.startswith(only)]
        for words in commands:
            wrong += _with_more_and_more(workspace, Path(folder) / "disk", words)
        wrong += _for_reading_only(workspace, Path(folder) / "disk", commands)
    print(f"{len(commands)} commands, {len(wrong)} faults" + "".join(f"\n  {line}" for line in wrong))
    sys.exit(bool(wrong))


def _commands(workspace: Path, folder: Path) -> Iterator[str]:
    cv2.imwrite(str(folder / "seal.png"), seal(480))
    with open_workspace(workspace) as opened, opened.session() as session:
        people = select(Subject.id).where(Subject.kind == SubjectKind.PERSON)
        waiting = select(MatchRow.id).where(MatchRow.status == MatchStatus.PENDING)
        asked = (select(Party.id), people, select(Case.id), waiting)
        party, subject, case, match = (session.exec(query).first() for query in asked)
    soon = (datetime.now(UTC) + timedelta(days=20)).date()
    picture, since = folder / "seal.png", "--from 2020-01-01"
    yield from (f"subject add New --kind mark --party {party}", "party add Fresh --kind studio", f"subject alias {subject} Other")
    yield f"mandate add {subject} {picture} --verified-by 'A. Clerk' {since}"
    yield from (f"licence add {subject} --licensee X {since}", f"group add Board --party {party}")
    yield f"allow add --party {party} --host fan.example --by A --reason fans --yes-all"
    yield from (f"members link Somebody --party {party} --until {soon}", f"privacy release --party {party}")
    yield from (f"review {verb} {match} --reviewer R --reason r" for verb in ("confirm", "reject"))
    yield from (f"case export {case}", f"evidence export {case} --zip", "report weekly", "report monthly")
    yield from (f"privacy export {subject} --out {{disk}}/of-person", f"erase {subject} --reason asked --yes", "run --once")
    yield from ("account add R --role reviewer --password 'lanterns over the harbour at nine'", "keys rotate")
    yield from (f"webhook add {party} https://hooks.example/in", "backup {disk}/backups")


def _with_more_and_more(workspace: Path, disk: Path, words: str) -> Iterator[str]:
    for room in ROOMS:
        with _disk(disk):
            root = Path(copytree(workspace, disk / "work"))
            _typed(root, "party list")
            before = _state(root)
            with _filled(disk, room):
                done = _typed(root, words.replace("{disk}", str(disk)))
            after = _state(root)
            told = f"{words[:60]} with {room:,} bytes: exit {done.returncode}"
            if done.returncode == 0:
                print(f"{told}, done", flush=True)
                return
            print(f"{told}, {(done.stderr.strip().splitlines() or [''])[-1].strip()}", flush=True)
            if "disk is full" not in done.stderr + done.stdout or "Traceback" in done.stderr:
                yield f"{told}: {done.stderr.strip()[-300:]}"
            if after != before and words.split()[0] not in STEPWISE:
                yield f"{told}: left {sorted(after.rows ^ before.rows)} {sorted(after.files ^ before.files)}"
            for check in ("audit verify", "vault check", words.replace("{disk}", str(disk))):
                if (again := _typed(root, check)).returncode:
                    yield f"{told}, then {check[:40]}: exit {again.returncode}, {again.stderr.strip()[-200:]}"
    yield f"{words[:60]} found room nowhere"


def _for_reading_only(workspace: Path, disk: Path, commands: Sequence[str]) -> Iterator[str]:
    with _disk(disk):
        root = Path(copytree(workspace, disk / "work"))
        _typed(root, "party list")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for words in commands:
            done = _typed(root, words.replace("{disk}", str(disk)))
            print(f"{words[:60]} for reading only: exit {done.returncode}", flush=True)
            if done.returncode != ExitCode.OUTSIDE_CAUSE or "only be read here" not in done.stderr:
                yield f"{words[:60]} for reading only: exit {done.returncode}, {done.stderr.strip()[-300:]}"


@contextmanager
def _disk(place: Path) -> Iterator[None]:
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@contextmanager
def _filled(disk: Path, room: int) -> Iterator[None]:
    filler, free = disk / "filler", os.statvfs(disk)
    with filler.open("wb") as stream:
        if (size := free.f_bavail * free.f_frsize - room) > 0:
            os.posix_fallocate(stream.fileno(), 0, size)
    try:
        yield
    finally:
        filler.unlink()


def _typed(root: Path, words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "monitor.cli.main", "--workspace", str(root), *shlex.split(words)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def _state(root: Path) -> State:
    with closing(sqlite3.connect(f"file:{root / 'semblance.db'}?mode=ro", uri=True)) as opened:
        tables = [
            name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        ]
        rows = {name: repr(sorted(map(repr, opened.execute(f'SELECT * FROM "{name}"')))) for name in tables}
    files = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    kept = frozenset(file for file in files if not file.startswith(_LEFT_OUT))
    return State(frozenset((name, sha256(held.encode()).hexdigest()[:12]) for name, held in rows.items()), kept)
