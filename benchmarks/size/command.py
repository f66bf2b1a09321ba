"""The command `size`: make a union's workspace, and time every command in it."""

import os
import selectors
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.size.asking import Asked, filled
from benchmarks.size.changing import changing
from benchmarks.size.making import is_made, make_union
from benchmarks.size.operating import servers
from benchmarks.size.reading import reading
from monitor.workspace import open_workspace

FIRST, WHOLE, RUN, REPORT = 1.0, 2.0, 10.0, 15.0
LARGEST_REPORT = 10 * 1000 * 1000
_NOTHING: Mapping[str, str] = {}

_PROGRAM = """
import atexit, sys
place = sys.argv.pop(1)
def note():
    with open("/proc/self/status") as status, open(place, "w") as file:
        file.writelines(line for line in status if line.startswith("VmHWM"))
atexit.register(note)
from monitor.cli import main
sys.exit(getattr(main, "program", main.main)())
"""
"""The command, which notes its own peak at its end: what the system tells of a child counts its parent as it was forked."""


@dataclass(frozen=True)
class Cost:
    """first, whole: seconds to the first byte that a person sees, of the result or about the work, and to the end. processor:
    seconds of it, of all processes. peak: MiB of the command's own process. rc: the exit status."""

    first: float
    whole: float
    processor: float
    peak: int
    written: int
    rc: int
    said: str


def size(
    members: Annotated[int, typer.Option(min=10)] = 20_000,
    matches: Annotated[int, typer.Option(min=10)] = 5_000,
    keep: Annotated[Path | None, typer.Option(help="Where the workspace is made and stays; one that is there is used.")] = None,
    only: Annotated[str, typer.Option(help="Only commands that begin so, such as `review list`.")] = "",
    rounds: Annotated[int, typer.Option(help="How often a command that changes nothing is timed; the median counts.")] = 1,
    before: Annotated[Path | None, typer.Option(help="A checkout of an earlier commit, timed in turn.")] = None,
) -> None:
    """Time every command in a workspace of that size: seconds to the first byte and to the end, memory; exit 1 over a limit."""
    place = keep or Path(tempfile.mkdtemp(prefix="size-", dir="/dev/shm"))
    try:
        if not is_made(place, members, matches):
            began = time.monotonic()
            make_union(place, members, matches)
            print(f"made {members:,} members and {matches:,} matches in {time.monotonic() - began:.0f} s", flush=True)
        with open_workspace(place) as workspace, workspace.session() as session:
            wanted = [ask for ask in (*reading(session), *changing(session, place)) if ask.words.startswith(only)]
        over = _time_all(place, [ask for ask in wanted if not ask.changes], rounds, before)
        over += _time_changing(place, [ask for ask in wanted if ask.changes])
    finally:
        if keep is None:
            shutil.rmtree(place)
    print(f"{len(over)} over a limit" + "".join(f"\n  {line}" for line in over))
    sys.exit(bool(over))


def _time_changing(place: Path, asks: Sequence[Asked]) -> list[str]:
    """In a copy, which goes afterwards, so that the workspace can be used again."""
    if not asks:
        return []
    words = {ask.words for ask in asks}
    needed = {ask.needs: Asked(ask.needs, changes=True) for ask in asks if ask.needs and ask.needs not in words}
    with tempfile.TemporaryDirectory(prefix="size-", dir=place.parent) as folder, servers(words) as (beside, environment):
        copy = Path(folder) / "copy"
        shutil.copytree(place, copy)
        # What a command writes to the disk is not to wait for what this wrote.
        os.sync()
        for ask in needed.values():
            _cost(copy, filled(ask, copy, beside), Path.cwd(), environment)
        return _time_all(copy, asks, 1, None, beside, environment)


def _time_all(
    place: Path,
    asks: Sequence[Asked],
    rounds: int,
    before: Path | None,
    beside: Mapping[str, str] = _NOTHING,
    environment: Mapping[str, str] = _NOTHING,
) -> list[str]:
    print(f"{'command':<58} {'first':>6} {'whole':>6} {'cpu':>6} {'MiB':>5} {'kB out':>7}" + ("  before" if before else ""))
    over = []
    for words in asks:
        ask = filled(words, place, beside)
        costs = [_cost(place, ask, Path.cwd(), environment) for _ in range(1 if ask.changes else rounds)]
        cost = sorted(costs, key=lambda one: one.whole)[len(costs) // 2]
        first = statistics.median(one.first for one in costs)
        line = f"{ask.words[:58]:<58} {first:6.2f} {cost.whole:6.2f} {cost.processor:6.2f} {cost.peak:5} {cost.written // 1000:7}"
        if before is not None and not ask.changes:
            was = _cost(place, ask, before, environment)
            line += f"  {was.first:6.2f} {was.whole:6.2f} {was.processor:6.2f}  x{cost.processor / was.processor:.2f}"
        if cost.rc not in ask.codes:
            line += f"  exit {cost.rc}: {cost.said}"
        limit = {"run": RUN, "report weekly": REPORT, "report monthly": REPORT}.get(ask.command, WHOLE)
        if cost.whole > limit or (limit == WHOLE and first > FIRST) or cost.rc not in ask.codes:
            over.append(line)
            line += "  *"
        print(line, flush=True)
        over += [
            f"{file.name}: {file.stat().st_size:,} bytes" for file in ask.files(place) if file.stat().st_size > LARGEST_REPORT
        ]
    return over


def _cost(place: Path, ask: Asked, checkout: Path, more: Mapping[str, str]) -> Cost:
    """Run one command as a process of its own; what it prints is read as it comes."""
    # As installed: a command finds its code compiled.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.monotonic()
    with tempfile.NamedTemporaryFile() as peak:
        command = [sys.executable, "-c", _PROGRAM, peak.name, "--workspace", str(place), *ask.arguments]
        process = subprocess.Popen(
            command,
            cwd=checkout,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**environment, **more, "PYTHONPATH": str(checkout)},
        )
        first, written, head, told = 0.0, 0, b"", b""
        for of_result, chunk in _as_it_comes(process):
            first = first or time.monotonic() - began
            written += len(chunk) * of_result
            head, told = head or chunk[: 200 * of_result], told + chunk * (not of_result)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        whole = time.monotonic() - began
        most = peak.read().decode()
        said = (told or head).decode(errors="replace").strip().splitlines()
    return Cost(
        first=first or whole,
        whole=whole,
        processor=used.ru_utime + used.ru_stime,
        peak=int(most.split()[1]) >> 10 if most else 0,
        written=written,
        rc=process.returncode,
        said=said[-1][:120] if said else "",
    )


def _as_it_comes(process: "subprocess.Popen[bytes]") -> Iterator[tuple[bool, bytes]]:
    """What the process writes, each piece with whether it is of the result and not about the work."""
    assert process.stdout is not None
    assert process.stderr is not None
    with selectors.DefaultSelector() as selector:
        for stream in (process.stdout, process.stderr):
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                if chunk := os.read(key.fd, 1 << 20):
                    yield key.fileobj is process.stdout, chunk
                else:
                    selector.unregister(key.fileobj)
