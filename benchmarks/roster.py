"""How fast a union's roster goes in, in how much memory, and what a kill in the middle costs."""

import csv
import multiprocessing
import os
import resource
import shutil
import signal
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import func, select

from benchmarks.patterns import PatternRecogniser, save_photo
from monitor.roster.photos import open_photos
from monitor.roster.table import open_roster
from monitor.roster.taking_in import RosterImport
from monitor.workspace import init_workspace, open_workspace
from registry.members import Member
from registry.parties import Party, add_party
from registry.references import Reference
from registry.subjects import Subject
from registry.templates import TemplateRow
from registry.types import PartyKind

SHOTS = 3


def roster(
    members: Annotated[int, typer.Option(help="How many members, each with three photos.")] = 1000,
    folder: Annotated[Path | None, typer.Option(help="Where the files go; a temporary folder otherwise.")] = None,
) -> None:
    """Import a synthetic roster, killed once on the way: rate, memory, and that nothing is lost or doubled."""
    root = Path(tempfile.mkdtemp(prefix="roster-", dir=folder))
    try:
        made = time.monotonic()
        table, photos = _make(root, members)
        print(f"made {members:,} members and {members * SHOTS:,} photos in {time.monotonic() - made:.0f} s", flush=True)
        killed_at = _run(root, table, photos, kill_at=members * 2 // 5)
        print(f"killed with {killed_at:,} members in; starting again", flush=True)
        _run(root, table, photos, kill_at=None)
        _check(root, members)
        again = time.monotonic()
        _run(root, table, photos, kill_at=None)
        print(f"the same file again: nothing changed, {members / (time.monotonic() - again):,.0f} members/s")
        _check(root, members)
    finally:
        shutil.rmtree(root)


def _make(root: Path, members: int) -> tuple[Path, Path]:
    photos = root / "photos"
    with (root / "roster.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["member number", "name", "photo 1", "photo 2", "photo 3"])
        for person in range(1, members + 1):
            names = [f"{person // 1000}/{person}-{shot}.png" for shot in range(SHOTS)]
            for shot, name in enumerate(names):
                save_photo(photos / name, person, shot)
            writer.writerow([person, f"Member {person:06}", *names])
    init_workspace(root / "work")
    with open_workspace(root / "work") as workspace, workspace.session() as session:
        add_party(session, "Union", PartyKind.UNION)
        session.commit()
    return root / "roster.csv", photos


def _run(root: Path, table: Path, photos: Path, kill_at: int | None) -> int:
    """Import in a process of its own; with kill_at, kill it once that many rows are through. How many members are in then."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_work, args=(theirs, root, table, photos))
    process.start()
    theirs.close()
    try:
        while True:
            rows = ours.recv()
            if kill_at is not None and rows >= kill_at:
                os.kill(process.pid or 0, signal.SIGKILL)
                break
    except EOFError:
        pass
    process.join()
    assert kill_at is not None or process.exitcode == 0
    with open_workspace(root / "work") as workspace, workspace.session() as session:
        return session.exec(select(func.count()).select_from(Member)).one()


def _work(pipe: Connection, root: Path, table: Path, photos: Path) -> None:
    with open_workspace(root / "work") as workspace, workspace.session() as session:
        party = session.exec(select(Party)).one()
        intake = RosterImport(session, workspace.vault, party, [PatternRecogniser()], open_photos(photos))
        roster, rows, new, started, told = open_roster(table), 0, 0, time.monotonic(), 0
        for outcomes in intake.run(roster):
            rows += len(outcomes)
            new += sum(made.photos > 0 for made in outcomes)
            pipe.send(rows)
            if rows - told >= roster.length // 10:
                told = rows
                seconds = time.monotonic() - started
                print(f"  {rows:>7,} rows, {new:>7,} enrolled, {rows / seconds:5.0f} rows/s, {_memory()} MiB", flush=True)
        print(f"  {rows:,} rows in {time.monotonic() - started:.0f} s, {_memory()} MiB, peak {_peak()} MiB", flush=True)
    pipe.close()


def _memory() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize() >> 20


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def _check(root: Path, members: int) -> None:
    with open_workspace(root / "work") as workspace, workspace.session() as session:
        for table, wanted in (
            (Member, members),
            (Subject, members),
            (Reference, SHOTS * members),
            (TemplateRow, SHOTS * members),
        ):
            held = session.exec(select(func.count()).select_from(table)).one()
            assert held == wanted, f"{held} rows of {table.__name__} instead of {wanted}"
        objects = sum(1 for _ in (root / "work" / "vault" / "private").glob("*/*/*"))
        assert objects == SHOTS * members, f"{objects} objects in the vault"
    print(f"lost 0, doubled 0: {members:,} members, {SHOTS * members:,} references, templates and sealed objects", flush=True)
