"""What a video costs beside decoding it, and beside looking at every frame with insightface, and who finds whom."""

import csv
import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import av
import numpy as np
import typer

from benchmarks.insight import InsightFaces
from matcher.assemble import recognisers_of
from matcher.evaluate import threshold_at
from matcher.media import read_picture
from matcher.packs.store import load
from matcher.scan import Limits, look
from matcher.types import Gallery, GallerySubject, Recogniser
from registry.types import SubjectKind, Template

FPIR = 0.05
"""Share of the clips that may name somebody whom they do not show."""

LIMITS = {"times_decoding": 1.6, "times_faster_than_every_frame": 15.0}
DECODING, OURS, EVERY, TWICE = "decoding only", "semblance", "insightface, every frame", "insightface, 2 frames a second"
Scores = dict[str, float]
Shown = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Task:
    """clips and the subjects that each shows, by file name; references: subject to its pictures."""

    clips: tuple[Path, ...]
    shown: Shown
    references: Mapping[str, tuple[Path, ...]]
    models: Path
    pack: str


def throughput(
    clips: Annotated[list[Path], typer.Option(help="Folders of videos; each has a truth file in it or above it.")],
    models: Annotated[Path, typer.Option(envvar="SEMBLANCE_MODELS")],
    pack: Annotated[str, typer.Option()] = "edge",
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    peers: Annotated[bool, typer.Option(help="Also insightface, which takes minutes.")] = True,
) -> None:
    """Print wall time, times real time, ratio to decoding and subjects found: medians of rounds in which all take turns.

    Each contender has as many processes as there are cores, one thread each, and its models loaded before the clock starts.
    """
    task = described(clips, models, pack)
    contenders = [DECODING, OURS, *((TWICE, EVERY) if peers else ())]
    walls: dict[str, list[float]] = {name: [] for name in contenders}
    scores: dict[str, dict[str, Scores]] = {}
    with Pools(task, contenders) as pools:
        for number in range(rounds):
            for name in contenders:
                wall, scores[name] = pools.run(name)
                walls[name].append(wall)
                print(f"round {number + 1}, {name}: {wall:.2f} s", flush=True)
    seconds = sum(_duration(clip) for clip in task.clips)
    found = [_row(name, walls, seconds, scores[name], task.shown) for name in contenders]
    about = {"clips": len(task.clips), "seconds": seconds, "processes": _cores(), "load_average": os.getloadavg()[0]}
    print(json.dumps(about | {"pack": pack, "rounds": rounds, "contenders": found, "limits": LIMITS}, indent=2))
    for row in found:
        print(_line(row))


def described(folders: Sequence[Path], models: Path, pack: str) -> Task:
    """The videos in the folders, with who is in them and by what references, from the truth files in or above each folder."""
    clips: list[Path] = []
    shown: dict[str, frozenset[str]] = {}
    references: dict[str, tuple[Path, ...]] = {}
    for folder in folders:
        clips += sorted(path for path in folder.iterdir() if path.suffix in {".mp4", ".webm", ".mkv", ".mov"})
        if (truth := next((p for p in (folder / "truth.csv", folder.parent / "truth.csv") if p.is_file()), None)) is not None:
            for row in csv.DictReader(truth.open(encoding="utf-8")):
                name, place = row["subject"], truth.parent / row["media"]
                if row["role"] == "reference":
                    references[name] = (*references.get(name, ()), place)
                elif row["role"] == "mated":
                    shown[place.name] = shown.get(place.name, frozenset()) | {name}
        if (spans := folder / "truth_spans.csv").is_file():
            pictures = {p.name: tuple(sorted(p.iterdir())) for p in sorted((folder / "references").iterdir())}
            references |= pictures
            for row in csv.DictReader(spans.open(encoding="utf-8")):
                short = row["subject"].replace("-", "_")
                name = next(known for known in pictures if short in known)
                shown[row["clip"]] = shown.get(row["clip"], frozenset()) | {name}
    return Task(tuple(clips), shown, references, models, pack)


class Pools:
    """Processes for each contender, which wait until it is their turn."""

    def __init__(self, task: Task, contenders: Sequence[str]) -> None:
        self._task, self._contenders = task, contenders

    def __enter__(self) -> "Pools":
        context = multiprocessing.get_context("spawn")
        # One thread of BLAS each: read when numpy is loaded, so it has to stand in the environment before.
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        self._pools = {n: context.Pool(_cores(), _begin, (n, self._task)) for n in self._contenders}
        for pool in self._pools.values():
            pool.map(_ready, range(4 * _cores()), chunksize=1)
        return self

    def __exit__(self, *_: object) -> None:
        for pool in self._pools.values():
            pool.terminate()
            pool.join()

    def run(self, name: str) -> tuple[float, dict[str, Scores]]:
        order = longest_first(self._task.clips)
        start = time.perf_counter()
        given = self._pools[name].map(_work, order, chunksize=1)
        return time.perf_counter() - start, {clip.name: scores for clip, scores in zip(order, given, strict=True)}


_worker: dict[str, Callable[[Path], Scores]] = {}


def _begin(name: str, task: Task) -> None:
    makers: dict[str, Callable[[], Callable[[Path], Scores]]] = {
        DECODING: lambda: _decode,
        OURS: lambda: _ours(task),
        EVERY: lambda: _insight(task, None),
        TWICE: lambda: _insight(task, 2.0),
    }
    _worker["work"] = makers[name]()


def _ready(_: int) -> None:
    time.sleep(0.2)


def _work(clip: Path) -> Scores:
    return _worker["work"](clip)


def _decode(clip: Path) -> Scores:
    for _ in _pictures(clip):
        pass
    return {}


def _pictures(clip: Path) -> Iterator[Any]:
    with av.open(str(clip)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        yield from container.decode(video=0)


def gallery_of(references: Mapping[str, Sequence[Path]], recogniser: Recogniser) -> Gallery:
    """Each subject by its pictures, as the recogniser enrols them."""
    subjects = {name: GallerySubject(name, name, SubjectKind.PERSON) for name in references}
    templates = tuple(
        Template(name, str(path), recogniser.encoder, recogniser.enrol(read_picture(path), prominent=True))
        for name, paths in references.items()
        for path in paths
    )
    return Gallery(subjects, templates)


def longest_first(clips: Iterable[Path]) -> list[Path]:
    """Or one core has nothing to do at the end."""
    return sorted(clips, key=lambda clip: -clip.stat().st_size)


def _ours(task: Task) -> Callable[[Path], Scores]:
    (recogniser,) = recognisers_of(load(task.models, task.pack))
    gallery = gallery_of(task.references, recogniser)

    def work(clip: Path) -> Scores:
        best: Scores = {}
        for finding in look(clip, gallery, [recogniser], Limits(threads=1)).findings[0]:
            for candidate in finding.candidates[:1]:
                best[candidate.subject_id] = max(best.get(candidate.subject_id, 0.0), candidate.score)
        return best

    recogniser.watch(gallery)
    return work


def _insight(task: Task, rate: float | None) -> Callable[[Path], Scores]:
    faces = InsightFaces(load(task.models, task.pack))
    names = [name for name, paths in task.references.items() for _ in paths]
    table = np.stack([faces.largest(read_picture(path)) for paths in task.references.values() for path in paths])

    def work(clip: Path) -> Scores:
        best: Scores = {}
        due = 0.0
        for picture, number in zip(_pictures(clip), count()):
            t = float(picture.time or number / 25)
            if rate is not None and t < due:
                continue
            due = due + 1 / rate if rate else 0.0
            for vector in faces.all(picture.to_ndarray(format="bgr24")):
                scores = table @ vector
                name, score = names[int(scores.argmax())], float(scores.max())
                best[name] = max(best.get(name, 0.0), score)
        return best

    return work


def _row(
    name: str, walls: Mapping[str, list[float]], seconds: float, scores: Mapping[str, Scores], shown: Shown
) -> dict[str, Any]:
    wall = statistics.median(walls[name])
    row: dict[str, Any] = {
        "contender": name,
        "wall_s": wall,
        "walls_s": walls[name],
        "times_real_time": seconds / wall,
        "times_decoding": wall / statistics.median(walls[DECODING]),
        "times_the_time_of_ours": wall / statistics.median(walls[OURS]),
    }
    return row if name == DECODING else row | _found(scores, shown)


def _found(scores: Mapping[str, Scores], shown: Shown) -> dict[str, Any]:
    """Which mated subjects score higher in their clip than the threshold at which FPIR of the clips name somebody falsely.

    first: those that come first for some face of their clip, whatever the score.
    """
    false = np.array(
        [max((v for n, v in own.items() if n not in shown.get(clip, frozenset())), default=0.0) for clip, own in scores.items()]
    )
    threshold = threshold_at(false, FPIR)
    pairs = [(clip, name) for clip, names in shown.items() if clip in scores for name in sorted(names)]
    missed = sorted(f"{name} in {clip}" for clip, name in pairs if scores[clip].get(name, 0.0) <= threshold)
    return {
        "mated": len(pairs),
        "first": sum(name in scores[clip] for clip, name in pairs),
        "found": len(pairs) - len(missed),
        "threshold": threshold,
        "missed": missed,
    }


def _line(row: Mapping[str, Any]) -> str:
    line = (
        f"{row['contender']}: {row['wall_s']:.2f} s, {row['times_real_time']:.0f} times real time, {row['times_decoding']:.2f} x "
        f"decoding, {row['times_the_time_of_ours']:.1f} x our time"
    )
    return line + (f"; finds {row['found']} of {row['mated']}" if "found" in row else "")


def _duration(clip: Path) -> float:
    with av.open(str(clip)) as container:
        return (container.duration or 0) / av.time_base


def _cores() -> int:
    return len(os.sched_getaffinity(0))
