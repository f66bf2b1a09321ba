"""Commands as forks of a process that has loaded everything, so that a kill falls into their work and not into its loading."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 180.0
"""Seconds after which a command counts as one that hangs."""

_LAUNCHER = """
import json, os, sys
import monitor.cli.main, monitor.runs.once
from tests.support.warm import forked
def typed(job):
    for number, place in ((1, job["out"]), (2, job["err"])):
        os.dup2(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    sys.argv = ["semblance", "-w", *job["words"]]
    return monitor.cli.main.main()
for line in sys.stdin:
    job = json.loads(line)
    code = forked(lambda: typed(job), started=lambda pid: print(pid, flush=True))
    print("END", code, flush=True)
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended. code: its exit code, negative where a signal killed it. said, told: on its two outputs."""

    code: int
    said: str
    told: str
    seconds: float


class Typist:
    """Types one command after the other."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self._process, self._out, self._err = process, folder / "out.txt", folder / "err.txt"
        self._began = 0.0

    def type(self, root: Path, words: Sequence[str]) -> Ended:
        """Have a command come to its end."""
        self.begin(root, words)
        return self.ended()

    def begin(self, root: Path, words: Sequence[str]) -> int:
        """The process id of a command that has begun."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = {"out": str(self._out), "err": str(self._err), "words": [str(root), *words]}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        self._began = time.perf_counter()
        return int(self._process.stdout.readline())

    def ends_within(self, seconds: float) -> bool:
        """Whether it ends in that time."""
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], seconds)[0])

    def progress(self) -> str:
        """The last line that it told so far."""
        lines = self._err.read_text("utf-8", "replace").split("\n") if self._err.exists() else []
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def ended(self) -> Ended:
        assert self._process.stdout is not None
        if not self.ends_within(LONGEST):
            raise SystemExit(f"A command hangs; it said {self.progress()!r}.")
        code = int(self._process.stdout.readline().split()[1])
        said, told = (place.read_text("utf-8", "replace") if place.exists() else "" for place in (self._out, self._err))
        return Ended(code, said, told, time.perf_counter() - self._began)


@contextmanager
def typist(folder: Path, environment: dict[str, str]) -> Iterator[Typist]:
    """folder: for what commands say, and for their temporary files."""
    told, pipe = {**os.environ, **environment, "TMPDIR": str(folder)}, subprocess.PIPE
    command = [sys.executable, "-c", _LAUNCHER]
    with subprocess.Popen(command, cwd=ROOT, env=told, stdin=pipe, stdout=pipe, text=True) as process:
        yield Typist(process, folder)
