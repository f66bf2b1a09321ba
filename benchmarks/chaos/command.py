"""`python -m benchmarks chaos`: kills at points drawn by lot, and what is lost, doubled or left undone after the next start."""

import json
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlmodel import select

from benchmarks.chaos.outcome import outcome
from benchmarks.chaos.scene import SECRETS, Scene, scene
from benchmarks.chaos.typed import Ended, Typist, typist
from monitor.workspace import open_workspace
from reports.matches import MatchRow
from reports.notices.notice import Notice
from tests.support.letter_options import ADDRESS, TERMS

VICTIMS = ("driver", "worker", "database", "store")
QUARTERS = 4
"""Parts of a run, of which each gets as many kills: crawling, capturing, scanning and recording fill one or more of them."""
TARGETS = (*("run",) * QUARTERS, "report", "send")
WITHIN = 60.0
"""Seconds in which work must be done after a kill."""
ATTEMPTS = 5
SENT, UNDECIDED = "sent", "may have been sent"


def chaos(
    victim: Annotated[str, typer.Option(help=f"One of {', '.join(VICTIMS)}; all of them where none is named.")] = "",
    points: Annotated[int, typer.Option(min=1, help="Kills of each.")] = 50,
    seed: Annotated[int, typer.Option()] = 1,
) -> None:
    """Kill a worker, a command, a database server, or connections to an object store in the middle of work.

    A site is watched, a report made, letters are sent. Exit 1 where anything is lost, doubled, half done, said with a traceback,
    or not done within a minute."""
    faults = list[str]()
    for each in [victim] if victim else VICTIMS:
        os.environ.update(SECRETS)
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
            place, hands = stack.enter_context(scene(folder, each)), stack.enter_context(typist(folder, SECRETS))
            faults += _all_points(Trial(place, hands, each, random.Random(f"{each} {seed}")), points)
    for fault in faults:
        print(f"FAULT: {fault}")
    sys.exit(bool(faults))


def _all_points(trial: "Trial", points: int) -> list[str]:
    expected, lengths = trial.undisturbed()
    faults, seconds, places = list[str](), list[float](), Counter[str]()
    for number in range(points):
        place = number % len(trial.targets)
        killed = trial.killed(place, lengths)
        wrong = list(killed.wrong(expected, trial.victim))
        faults += [f"{trial.victim}, point {number} ({killed.at}): {line}" for line in wrong]
        seconds.append(killed.seconds)
        places[trial.targets[place]] += 1
        print(f"{trial.victim} {number + 1} of {points}: {killed.at}; done after {killed.seconds:.1f} s", flush=True)
    about = {"victim": trial.victim, "kills": places, "undisturbed_s": lengths, "load_average": os.getloadavg()[0]}
    took = {"median": statistics.median(seconds), "most": max(seconds)}
    print(json.dumps(about | {"done_after_s": took, "faults": len(faults)}), flush=True)
    return faults


@dataclass(frozen=True)
class Killed:
    """One point. at: in which work, and what that had said last. seconds: from the kill to the end of the work."""

    at: str
    ended: Ended
    seconds: float
    found: dict[str, Any]
    mails: int
    checks: tuple[Ended, ...]

    def wrong(self, expected: dict[str, Any], victim: str) -> Iterator[str]:
        """All that is not as it should be, in words."""
        if "Traceback" in self.ended.told:
            yield f"a traceback: {self.ended.told[-400:]}"
        if victim != "driver" and self.ended.code not in {0, 1, 3}:
            yield f"exit {self.ended.code}: {self.ended.told[-300:]}"
        if self.seconds > WITHIN:
            yield f"took {self.seconds:.0f} s to be done again"
        letters = self.found["letters"]
        for key, value in expected.items():
            if key != "letters" and self.found[key] != value:
                yield f"{key}: {self.found[key]} instead of {value}"
        if sum(letters.values()) != sum(expected["letters"].values()) or set(letters) - {SENT, UNDECIDED}:
            yield f"letters: {letters}"
        if not letters[SENT] <= self.mails <= letters[SENT] + letters[UNDECIDED]:
            yield f"{self.mails} mails were taken, and the letters are {letters}"
        for check in self.checks:
            if check.code:
                yield f"a check ends with {check.code}: {check.said[-200:]} {check.told[-200:]}"


class Trial:
    """Does all the work in a new workspace, once for each point."""

    def __init__(self, place: Scene, hands: Typist, victim: str, lot: random.Random) -> None:
        self.victim = victim
        # Sending has no process under it.
        self.targets = TARGETS[:-1] if victim == "worker" else TARGETS
        self._place, self._hands, self._lot = place, hands, lot
        self._kill: dict[str, Callable[[int], bool]] = {
            "driver": self._kill_driver,
            "worker": self._kill_worker,
            "database": self._kill_database,
            "store": self._kill_store,
        }

    def undisturbed(self) -> tuple[dict[str, Any], dict[str, float]]:
        """What the work comes to, and how many seconds each part of it takes that is to be killed."""
        root, lengths = self._place.fresh(), dict[str, float]()
        for name, words in self._work(root):
            done = self._done(root, words)
            lengths[name] = done.seconds
        found = outcome(root)
        if not (found["matches"] and found["letters"] == {SENT: len(self._place.mail.desk.taken)}):
            raise SystemExit(f"Undisturbed, the work came to {found}.")
        self._place.forget(root)
        return found, {name: lengths[name] for name in dict.fromkeys(TARGETS)}

    def killed(self, place: int, lengths: dict[str, float]) -> Killed:
        """The work with one kill in a part of it; drawn again where that part had come to its end before."""
        target, share = self.targets[place], (place + self._lot.random()) / QUARTERS if place < QUARTERS else self._lot.random()
        while True:
            root = self._place.fresh()
            if (found := self._with_kill(root, target, share * lengths[target])) is not None:
                self._place.forget(root)
                return found
            self._place.forget(root)
            share *= 0.8

    def _with_kill(self, root: Path, target: str, moment: float) -> Killed | None:
        told, ended, seconds, killed = "", None, 0.0, False
        for name, words in self._work(root):
            if name != target or killed:
                self._done(root, words)
                continue
            pid = self._hands.begin(root, words)
            if self._hands.ends_within(moment) or not self._kill[self.victim](pid):
                self._hands.ended()
                return None
            killed, since, told = True, time.perf_counter(), f"{name} after {moment:.2f} s, {self._hands.progress()!r}"
            ended = self._hands.ended()
            self._again(root, name, words)
            seconds = time.perf_counter() - since
        assert ended is not None
        checks = tuple(self._hands.type(root, words) for words in (("audit", "verify"), ("vault", "check", "--read-all")))
        return Killed(told, ended, seconds, outcome(root), len(self._place.mail.desk.taken), checks)

    def _work(self, root: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
        """One command after the other; each is asked for once the one before it is done."""
        yield "run", ("run", "--once")
        with open_workspace(root) as workspace, workspace.session() as session:
            matches = session.exec(select(MatchRow.id).order_by(MatchRow.id)).all()
        yield "confirm", ("review", "confirm", *matches, "--reviewer", "R. Viewer", "--reason", "It is ours.", "--yes")
        yield "report", ("report", "weekly")
        terms = (part for each in TERMS.items() for part in each)
        yield "draft", ("notice", "draft", "--all", "--by", "E. Novak", *terms)
        letters = self._letters(root)
        for letter in letters:
            yield "approve", ("notice", "approve", letter, "--by", "C. Ounsel")
        for letter in letters:
            yield "send", ("notice", "send", letter, "--by", "C. Ounsel", "--to", ADDRESS, "--yes")

    def _letters(self, root: Path) -> dict[str, str]:
        with open_workspace(root) as workspace, workspace.session() as session:
            return dict(session.exec(select(Notice.id, Notice.state).order_by(Notice.id)).all())

    def _done(self, root: Path, words: tuple[str, ...]) -> Ended:
        ended = self._hands.type(root, words)
        if ended.code:
            raise SystemExit(f"{' '.join(words[:2])} ended with {ended.code}: {ended.told}")
        return ended

    def _again(self, root: Path, name: str, words: tuple[str, ...]) -> None:
        """The same command until it is done. A letter that went, or may have gone, is not sent again: a person decides."""
        for _ in range(ATTEMPTS):
            if name == "send" and self._letters(root)[words[2]] in (SENT, UNDECIDED):
                return
            if (ended := self._hands.type(root, words)).code == 0:
                return
        raise SystemExit(f"{' '.join(words[:2])} is not done after {ATTEMPTS} attempts: {ended.told}")

    def _kill_driver(self, pid: int) -> bool:
        os.kill(pid, signal.SIGKILL)
        return True

    def _kill_worker(self, pid: int) -> bool:
        """One of the processes that a command has started, once it has one; False where it ends without."""
        while not self._hands.ends_within(0.01):
            if under := list(_under(pid)):
                with suppress(ProcessLookupError):
                    os.kill(self._lot.choice(under), signal.SIGKILL)
                    return True
        return False

    def _kill_database(self, pid: int) -> bool:  # noqa: ARG002
        assert self._place.database is not None
        self._place.database.kill()
        self._place.database.start()
        return True

    def _kill_store(self, pid: int) -> bool:  # noqa: ARG002
        assert self._place.gate is not None
        self._place.gate.kill()
        self._place.gate.start()
        return True


def _under(pid: int) -> Iterator[int]:
    """The ids of all processes that a process started, and of theirs."""
    try:
        started = [int(each) for task in Path(f"/proc/{pid}/task").iterdir() for each in (task / "children").read_text().split()]
    except OSError:
        return
    for each in started:
        yield each
        yield from _under(each)
