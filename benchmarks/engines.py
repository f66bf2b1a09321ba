"""What a Ray cluster's workers cost beside as many processes of this machine: the same videos, the same gallery, in turns."""

import json
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from benchmarks.throughput import described, gallery_of, longest_first
from matcher.packs.adding import add
from matcher.types import Gallery
from monitor.engine.base import Engine
from monitor.engine.cluster import ClusterEngine
from monitor.engine.kinds import EngineKind
from monitor.engine.local import LocalEngine
from monitor.recognisers import RecogniserSpec, recognisers_of_packs
from monitor.settings import ScanSettings
from monitor.settings_engine import EngineSettings
from registry.vault.local import LocalVault
from registry.vault.place import FolderPlace
from tests.support.ray_cluster import Cluster, cluster, members

WORKERS = 2
MOST = 1.10
_GLANCE_SECONDS = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")


class Spent(NamedTuple):
    """Seconds: until the first answer, from there to the last one, and of the processor, which other work disturbs less."""

    start: float
    work: float
    processor: float


def engines(
    clips: Annotated[list[Path], typer.Option(help="Folders of videos; each has a truth file in it or above it.")],
    models: Annotated[Path, typer.Option(envvar="SEMBLANCE_MODELS")],
    pack: Annotated[str, typer.Option()] = "edge",
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    times: Annotated[int, typer.Option(min=1, help="How often each video is looked at in a round.")] = 1,
) -> None:
    """Print the seconds of both, their ratios as medians of rounds in turns, and whether what they found is the same."""
    folder = Path(tempfile.mkdtemp(prefix="engines-"))
    add(folder / "models", models / pack)
    spec = RecogniserSpec(folder / "models", (pack,), False, ())
    try:
        with cluster(WORKERS) as running:
            gallery, digests, vault = _furnished(folder, spec, clips)
            settings = EngineSettings(
                kind=EngineKind.RAY, address=running.address, token_file=running.token_file, workers=WORKERS
            )
            limits = ScanSettings(workers=WORKERS)
            contenders: dict[str, tuple[Engine, Callable[[], set[int]]]] = {
                "local": (LocalEngine(vault, limits), lambda: _tree(running)),
                "ray": (
                    ClusterEngine(vault, FolderPlace(folder / "vault"), limits, settings),
                    lambda: _tree(running) | {pid for node in running.nodes for pid in members(node)},
                ),
            }
            spent, found = _measured(contenders, spec, gallery, digests * times, rounds)
    finally:
        shutil.rmtree(folder)
    _tell(spent, found, len(digests) * times, pack)


def _furnished(folder: Path, spec: RecogniserSpec, clips: Sequence[Path]) -> tuple[Gallery, list[str], LocalVault]:
    """Who is looked for, and the videos' digests in a vault of their own."""
    task = described(clips, spec.models, spec.packs[0])
    (recogniser,) = recognisers_of_packs(spec)
    vault = LocalVault(folder / "vault")
    digests = [vault.put([clip.read_bytes()]).sha256 for clip in longest_first(task.clips)]
    return gallery_of(task.references, recogniser), digests, vault


def _measured(
    contenders: dict[str, tuple[Engine, Callable[[], set[int]]]],
    spec: RecogniserSpec,
    gallery: Gallery,
    digests: Sequence[str],
    rounds: int,
) -> tuple[dict[str, list[Spent]], dict[str, list[Any]]]:
    spent: dict[str, list[Spent]] = {name: [] for name in contenders}
    found: dict[str, list[Any]] = {}
    for number in range(rounds):
        # Whoever goes second has the files in memory: each goes first in turn.
        for name in list(contenders) if number % 2 else list(contenders)[::-1]:
            engine, pids = contenders[name]
            with _processor(pids) as used:
                one, found[name] = _timed(engine, spec, gallery, digests)
                spent[name].append(one._replace(processor=used()))
            print(f"round {number + 1}, {name}: {spent[name][-1]}, load {os.getloadavg()[0]:.1f}", flush=True)
    return spent, found


def _timed(engine: Engine, spec: RecogniserSpec, gallery: Gallery, digests: Sequence[str]) -> tuple[Spent, list[Any]]:
    began, first = time.perf_counter(), 0.0
    found = []
    with closing(engine.scan(spec, gallery, digests)) as every:
        for looked in every:
            first = first or time.perf_counter()
            assert looked.result is not None
            assert looked.result.failure is None, looked.result.failure
            found.append(vars(looked.result) | {"seconds": 0.0})
    return Spent(first - began, time.perf_counter() - first, 0.0), found


@contextmanager
def _processor(pids: Callable[[], set[int]]) -> Iterator[Callable[[], float]]:
    """Says, within the block, how many seconds of the processor those processes had since its beginning."""
    begun = {pid: _ticks(pid) for pid in pids()}
    last = dict(begun)
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_GLANCE_SECONDS):
            last.update({pid: max(_ticks(pid), last.get(pid, 0)) for pid in pids()})

    thread = threading.Thread(target=watch)
    thread.start()

    def used() -> float:
        over.set()
        thread.join()
        return sum(ticks - begun.get(pid, 0) for pid, ticks in last.items()) / _TICKS

    try:
        yield used
    finally:
        over.set()
        thread.join()


def _tree(running: Cluster) -> set[int]:
    """This process and what it started, without the cluster's own."""
    found, left = {os.getpid()}, [os.getpid()]
    apart = {node.pid for node in running.nodes}
    while left:
        for path in Path(f"/proc/{left.pop()}/task").glob("*/children"):
            try:
                children = {int(pid) for pid in path.read_text("ascii").split()} - apart - found
            except OSError:
                continue
            found |= children
            left += children
    return found


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def _tell(spent: dict[str, list[Spent]], found: dict[str, list[Any]], looked_at: int, pack: str) -> None:
    columns = {name: list(zip(*rounds, strict=True)) for name, rounds in spent.items()}
    ratios = [
        statistics.median(b / a for a, b in zip(local, ray, strict=True))
        for local, ray in zip(columns["local"], columns["ray"], strict=True)
    ]
    same = found["local"] == found["ray"]
    about = {"videos": looked_at, "pack": pack, "workers": WORKERS, "load_average": os.getloadavg()[0], "limit": MOST}
    print(json.dumps(about | {"spent": spent, "ratios": Spent(*ratios)._asdict(), "same": same}, indent=2))
    local, ray = (statistics.median(columns[name][0]) for name in ("local", "ray"))
    print(
        f"{looked_at} videos: the cluster takes {ratios[1]:.3f} times the time once it works (wanted {MOST}), {ratios[2]:.3f} "
        f"times the processor's with all its own processes. The first answer comes after {ray:.1f} s instead of {local:.1f} s. "
        f"What is found is {'the same' if same else 'NOT the same'}."
    )
    if not same:
        raise typer.Exit(1)
