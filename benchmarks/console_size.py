"""What each page of the console takes in a workspace as `size` makes it: the server's time, its statements, its memory."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from fastapi import FastAPI
from sqlmodel import Session, col, select

from monitor.workspace import Workspace, open_workspace
from registry.accounts import Account, Caller, Role
from registry.parties import Party
from registry.subjects import Subject
from reports.cases import Case
from reports.matches import MatchRow, MatchStatus
from reports.second_review import next_second
from tests.support.api_desk import serving
from tests.support.console import Console, served
from tests.support.statements import asked_statements

STATEMENTS, MILLISECONDS, MEMORY = 12, 50, 300
"""Of a page, at p95, and MiB of the server's process."""

LOOKER = "P. Legal"
"""Who looks: an account that administers the union, so that signing in and the wall of its account are counted along."""


def _account(console: Console) -> Caller:
    with console.workspace.session() as session:
        held = session.exec(select(Account).where(Account.name == LOOKER)).first()
        if held is None:
            return console.account(LOOKER, Role.ADMIN, session.exec(select(Party.id).where(col(Party.parent_id).is_(None))).one())
        return Caller(held.id, held.name, held.role, held.party_id)


def console_size(
    place: Annotated[Path, typer.Argument(help="A workspace that `size --keep` made.")],
    rounds: Annotated[int, typer.Option(min=2)] = 10,
) -> None:
    """Milliseconds p50 and p95, SQL statements and bytes of each page of the console; exit 1 over a limit."""
    sys.exit(ask_pages(place, rounds, MILLISECONDS))


def ask_pages(place: Path, rounds: int, limit: float) -> bool:
    """Print what each page takes; whether one is over the limit, of milliseconds at p95, or another."""
    over = False
    with open_workspace(place) as workspace, served(workspace) as console:
        secret = console.cookie(_account(console))
        print(f"{'page':<40} {'p50':>7} {'p95':>7} {'first':>7} {'SQL':>5} {'kB':>6}")
        for path in _pages(workspace):
            times, asked, size = _measured(console, path, secret, rounds)
            p50, p95 = np.percentile(times[1:], [50, 95])
            many = bool(asked > STATEMENTS or p95 > limit)
            over |= many
            print(f"{path[:40]:<40} {p50:7.0f} {p95:7.0f} {times[0]:7.0f} {asked:5} {size >> 10:6}" + "  *" * many, flush=True)
        peak = _peak(workspace, rounds)
    print(f"peak {peak} MiB of `serve`" + "  *" * (peak > MEMORY))
    return over or peak > MEMORY


def _peak(workspace: Workspace, rounds: int) -> int:
    """MiB that `serve`, as a process of its own, held at most while all pages were asked for."""
    with serving(workspace.root) as (base, process):
        console = Console(workspace, f"{base}/", FastAPI())
        secret = console.cookie(_account(console))
        for path in [*_pages(workspace)] * rounds:
            assert console.ask("GET", path, secret).status in (200, 303), path
        status = Path(f"/proc/{process.pid}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) >> 10 for line in status if line.startswith("VmHWM"))


def _pages(workspace: Workspace) -> Iterator[str]:
    """Every page that the console has, but those of a link, a letter, a roster and an erasure, of which there is none,
    and the machine's owner's."""
    with Session(workspace.engine) as session:
        pending = select(MatchRow.id).where(MatchRow.status == MatchStatus.PENDING)
        first = (pending, select(Subject.id), select(Case.id), select(Account.id))
        match, subject, case, account = (session.exec(query.limit(1)).one() for query in first)
        second = next_second(session, LOOKER).match_id
    yield from ("/", "/queue", f"/queue/{match}", "/queue/list", "/queue/agreement", "/queue/second", f"/queue/second/{second}")
    yield from ("/cases", f"/cases/{case}", f"/cases/{case}/letter", "/letters", "/weekly", "/registry")
    yield from (f"/registry/subjects/{subject}{more}" for more in ("", "/erase", "/references/upload", "/mandates/upload"))
    yield from ("/registry/links", "/registry/rosters/upload", "/sources")
    yield from (
        "/search?q=clip+00042",
        "/search?q=nobody+of+that+name",
        "/audit",
        "/settings",
        "/settings/factors",
        "/settings/password",
    )
    yield from ("/accounts", f"/accounts/{account}", f"/accounts/{account}/tokens", "/webhooks")


def _measured(console: Console, path: str, secret: str, rounds: int) -> tuple[list[float], int, int]:
    """Milliseconds of each round, the most statements of one, and the bytes of the last answer."""
    times, most, size = list[float](), 0, 0
    for _ in range(rounds):
        with asked_statements() as asked:
            began = time.monotonic()
            answer = console.ask("GET", path, secret)
            times.append(1000 * (time.monotonic() - began))
        assert answer.status in (200, 303), (path, answer.status)
        most, size = max(most, len(asked)), len(answer.content)
    return times, most, size
