"""What confining the process that looks at media costs: the same work in one that is confined and in one that is not."""

import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from isolation.limits import Confinement
from isolation.worker import Worker, bare_environment
from matcher.scan import Limits
from matcher.types import Gallery
from monitor.engine.scan_child import job_bytes, scanning, shared_bytes
from monitor.recognisers import RecogniserSpec

MOST = 1.02
_MEMORY = 4 << 30
_SECONDS = 600.0


class Spent(NamedTuple):
    """Seconds of one round: by the clock, and of the processor, which other work on the machine disturbs less."""

    wall: float
    processor: float


def confinement(
    clips: Annotated[Path, typer.Option(help="A folder of videos.")],
    models: Annotated[Path, typer.Option(envvar="SEMBLANCE_MODELS")],
    pack: Annotated[str, typer.Option()] = "edge",
    rounds: Annotated[int, typer.Option(min=1)] = 5,
) -> None:
    """Print the seconds for all videos, confined and not, and their ratio: medians of rounds in which both take turns."""
    files = sorted(clips.rglob("*.mp4"))
    shared = shared_bytes(RecogniserSpec(models, (pack,), False, ()), Gallery({}, ()), Limits(_SECONDS, 1))
    os.environ |= bare_environment()
    spent: dict[str, list[Spent]] = {"confined": [], "not confined": []}
    with (
        Worker("monitor.engine.scan_child:scanning", shared, Confinement((models, clips), _MEMORY)) as worker,
        _Open(shared) as other,
    ):
        started = time.perf_counter()
        worker.start()
        start_seconds = time.perf_counter() - started
        other.ask(job_bytes(files[0]))
        for _ in range(rounds):
            spent["confined"].append(_timed(lambda job: worker.ask(job, _SECONDS), files, worker.pid))
            spent["not confined"].append(_timed(other.ask, files, other.pid))
    ratios = Spent(
        *(
            statistics.median(a / b for a, b in zip(*both, strict=True))
            for both in zip(*map(_columns, spent.values()), strict=True)
        )
    )
    print(json.dumps({"clips": len(files), "pack": pack, "spent": spent, "ratios": ratios, "limit": MOST}, indent=2))
    print(
        f"Confined, {len(files)} videos take {ratios.wall:.3f} times the time and {ratios.processor:.3f} times the processor's "
        f"(wanted {MOST}); the process starts in {start_seconds:.2f} s."
    )


def _columns(rounds: Sequence[Spent]) -> list[tuple[float, ...]]:
    return [tuple(spent.wall for spent in rounds), tuple(spent.processor for spent in rounds)]


def _timed(ask: Callable[[bytes], bytes], files: Sequence[Path], pid: int | None) -> Spent:
    began, before = time.perf_counter(), _processor(pid)
    answers = [ask(job_bytes(path)) for path in files]
    spent = Spent(time.perf_counter() - began, _processor(pid) - before)
    # A file that may not be opened costs nothing, and would make confining look cheap.
    if failed := [path.name for path, answer in zip(files, answers, strict=True) if json.loads(answer)["failure"]]:
        raise typer.BadParameter(
            f"{len(failed)} videos were not looked at, the first is {failed[0]}: links lead out of the folder."
        )
    return spent


def _processor(pid: int | None) -> float:
    """Seconds of processor time that a process has had, its own and the system's for it."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Open:
    """The same work in a process of its own that nothing confines."""

    def __init__(self, shared: bytes) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, shared), daemon=True)
        self._process.start()

    def __enter__(self) -> "_Open":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def ask(self, job: bytes) -> bytes:
        self._pipe.send_bytes(job)
        return self._pipe.recv_bytes()


def _work(pipe: Connection, shared: bytes) -> None:
    answer = scanning(shared)
    while True:
        pipe.send_bytes(answer(pipe.recv_bytes()))
