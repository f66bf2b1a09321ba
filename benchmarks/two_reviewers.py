"""Two reviewers who go through the same queue at once, as fast as the server answers: how often both decided on one match unseen.

Each has a browser's session and asks as the console's own script does: the next match, with its lease's fence, and a decision.
"""

import re
import shutil
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import typer
from sqlmodel import select

from benchmarks.console_keys import all_waiting
from registry.accounts import Role
from reports.review import Decision, Review
from tests.support.console import Console, busy_console

NAMES = ("P. Legal", "Q. Legal")


@dataclass
class Went:
    """How one reviewer fared. decided: answers that a decision was taken; told: matches that were not decided on, each with who
    was first."""

    decided: int = 0
    told: int = 0
    untold: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Together:
    """doubled: matches on which both decided, other than as a copy of another. lost: decisions that were taken and are on no
    record."""

    matches: int
    decided: int
    told: int
    untold: tuple[str, ...]
    doubled: int
    lost: int
    seconds: float


def together(console: Console, most: int) -> Together:
    """Have both go through what waits, at most so many matches each."""
    secrets = [console.cookie(console.account(name, Role.REVIEWER)) for name in NAMES]
    went, before = [Went() for _ in NAMES], time.perf_counter()
    threads = [threading.Thread(target=_review, args=(console, each, its, most)) for each, its in zip(secrets, went, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - before
    with console.workspace.session() as session:
        query = select(Review).where(Review.reviewer.in_(NAMES), Review.decision == Decision.REJECT)  # type: ignore[attr-defined]
        own = [row for row in session.exec(query) if row.follows is None]
    by_match = Counter(row.match_id for row in own)
    decided = sum(its.decided for its in went)
    untold = tuple(text for its in went for text in its.untold)
    doubled = sum(count > 1 for count in by_match.values())
    return Together(len(by_match), decided, sum(its.told for its in went), untold, doubled, decided - len(own), round(seconds, 1))


def _review(console: Console, secret: str, went: Went, most: int) -> None:
    after = ""
    for _ in range(most):
        shown = console.ask("POST", "/queue/next", secret, urlencode({"after": after}))
        if shown.status == 204 and not after:
            return
        if shown.status == 204:
            # Round again: what others left waits at the beginning.
            after = ""
            continue
        found = re.search(r'data-id="([^"]+)"', shown.text)
        if found is None:
            went.untold.append(shown.text[:200])
            return
        after = found[1]
        if "has this until" in shown.text or _field(shown.text, "shown") != "pending":
            # The other took it or decided on it in the same moment; the page says so, and offers no such decision.
            went.told += 1
            continue
        fields = {name: _field(shown.text, name) for name in ("since", "shown", "fence")}
        sent = urlencode({**fields, "decision": "reject", "reason": "Only a look-alike"})
        answer = console.ask("POST", f"/queue/{after}/decide", secret, sent, Accept="application/json")
        if answer.status == 200:
            went.decided += 1
        elif answer.status == 409 and any(name in answer.text for name in NAMES):
            went.told += 1
        else:
            went.untold.append(f"{answer.status} {answer.text[:200]}")


def _field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    return found[1].replace("&#43;", "+") if found else ""


def two_reviewers(items: Annotated[int, typer.Argument(help="Matches that wait, for both to go through.")] = 500) -> None:
    """Have two reviewers go through one queue at once; exits with 1 after a double decision that nobody was told of."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    try:
        with busy_console(folder / "work", max(2, items // 8), items + items // 2) as console:
            all_waiting(console, items)
            found = together(console, 2 * items)
    finally:
        shutil.rmtree(folder)
    print(
        f"{found.matches} matches decided on by two at once in {found.seconds} s: {found.decided} decisions, "
        f"{found.told} told that the other was first, {found.doubled} decided on twice, {found.lost} lost."
    )
    for text in found.untold[:5]:
        print(text)
    if found.doubled or found.lost or found.untold:
        raise typer.Exit(1)
