"""How many marks that generators draw over their videos are read, what is read falsely, and what looking costs."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import cv2
import numpy as np
import typer

from benchmarks.drawn_words import MARKS, drawn, joined_clip, size_of, written
from matcher.assemble import word_models_of
from matcher.media import MediaReader
from matcher.packs.store import load_folder
from matcher.scan import LONG_SIDE, RATE
from matcher.text.marks import marks_in
from matcher.text.reading import WordModels
from matcher.text.watching import WordWatch, marks_at_places

LIMITS = {"read_in_3_looks": 0.95, "false_per_1000_frames": 1.0, "times_decoding": 0.3}
SCORES = (0.6, 0.7, 0.8, 0.9, 0.95)
"""How sure a reading has to be: the least that reads nothing false in one half of the clips is asked of the other half."""

JOINED = 8
"""Clips in a row for the cost of a longer video: a generator's clip of 4 s is over before what looking begins with is paid."""


@dataclass(frozen=True)
class Watched:
    """best: the highest score with which the mark that was drawn was read, at whatever place, 0 for never. looking, decoding:
    seconds of work."""

    clip: int
    mark: str
    size: int
    opacity: float
    best: float
    looks: int
    looking: float
    decoding: float


@dataclass(frozen=True)
class Clean:
    """false: what was read, with how sure, in frames each by itself, and in the whole."""

    clip: int
    frames: int
    false: tuple[tuple[str, float], ...]


def words(
    data: Annotated[Path, typer.Argument(help="The folder with ai_video.")],
    pack: Annotated[Path, typer.Argument(help="The folder of the pack text-open.")],
) -> None:
    """Print how many marks are read with what the other half of the clips chose, what was false there, and the cost."""
    paths = [path for path in sorted((data / "ai_video" / "probe").glob("*.mp4")) if size_of(path) >= 1080]
    every = sorted((data / "ai_video" / "probe").glob("*.mp4")) + sorted((data / "real_video").glob("*.mp4"))
    with TemporaryDirectory() as made, ProcessPoolExecutor(os.cpu_count(), initializer=_alone) as pool:
        marked = list(pool.map(_marked, [(number, path, Path(made), pack) for number, path in enumerate(paths)]))
        clean = list(pool.map(_clean, [(number, path, pack) for number, path in enumerate(every)]))
        long = _cost_of_long(paths, Path(made), pack)
    told = {
        "marks": len(marked),
        "kinds_of_marks": len({one.mark for one in marked}),
        "clean_frames": sum(one.frames for one in clean),
        "halves": [_half(half, marked, clean) for half in (0, 1)],
        "false": [[every[one.clip].stem, *false] for one in clean for false in one.false],
        "missed": [[one.mark, one.size, round(one.opacity, 2)] for one in marked if one.best < SCORES[0]],
        "looks": round(sum(one.looks for one in marked) / len(marked), 2),
        "ms_a_look": round(1000 * sum(one.looking for one in marked) / sum(one.looks for one in marked), 1),
        "times_decoding": round(sum(one.looking for one in marked) / sum(one.decoding for one in marked), 3),
        "times_decoding_of_long": long,
        "load_average": os.getloadavg()[0],
        "limits": LIMITS,
    }
    print(json.dumps(told, indent=2, ensure_ascii=False))


def _alone() -> None:
    cv2.setNumThreads(1)


def _half(half: int, marked: Sequence[Watched], clean: Sequence[Clean]) -> Mapping[str, object]:
    """What the other half of the clips chose, and what it gave in this one."""
    other = [score for one in clean if one.clip % 2 != half for _, score in one.false]
    score = next((least for least in SCORES if all(false < least for false in other)), SCORES[-1])
    own, frames = [one for one in marked if one.clip % 2 == half], [one for one in clean if one.clip % 2 == half]
    false = sum(of >= score for one in frames for _, of in one.false)
    return {
        "least_score": score,
        "read": round(sum(one.best >= score for one in own) / len(own), 4),
        "of": len(own),
        "false_per_1000_frames": round(1000 * false / sum(one.frames for one in frames), 2),
    }


def _marked(task: tuple[int, Path, Path, Path]) -> Watched:
    number, path, folder, pack = task
    random = np.random.default_rng(number)
    mark = MARKS[number % len(MARKS)]
    size, opacity = int(random.integers(16, 37)), float(random.uniform(0.35, 0.9))
    file = written(folder / f"{number:02d}.mp4", drawn(path, mark, size, opacity, random))
    models = _models(pack)
    wanted = {(one.kind.value, one.name) for one in marks_in(mark)}
    watch, looking, whole = WordWatch(models), 0.0, time.process_time()
    with MediaReader(file, threads=1) as reader:
        for frame in reader.frames(RATE, LONG_SIDE):
            began = time.process_time()
            watch.see(frame)
            looking += time.process_time() - began
    began = time.process_time()
    seen = watch.conclude()
    looking += time.process_time() - began
    best = max((one.score for one in seen if (one.kind, one.name) in wanted), default=0.0)
    return Watched(number, mark, size, opacity, best, watch.looks, looking, time.process_time() - whole - looking)


def _clean(task: tuple[int, Path, Path]) -> Clean:
    """A clip as it is: every frame that a scan looks at, by itself, and all of it as a scan watches it."""
    number, path, pack = task
    models, false, frames = _models(pack), list[tuple[str, float]](), 0
    watch = WordWatch(models)
    with MediaReader(path, threads=1) as reader:
        for frame in reader.frames(RATE, LONG_SIDE):
            frames += 1
            watch.see(frame)
            false += [(one.line, one.score) for one in marks_at_places(frame, models)]
    false += [(one.line, one.score) for one in watch.conclude()]
    return Clean(number, frames, tuple(false))


def _cost_of_long(paths: Sequence[Path], folder: Path, pack: Path) -> float:
    _alone()
    file, models = joined_clip(folder / "long.mp4", paths[:JOINED]), _models(pack)
    watch, looking, whole = WordWatch(models), 0.0, time.process_time()
    with MediaReader(file, threads=1) as reader:
        for frame in reader.frames(RATE, LONG_SIDE):
            began = time.process_time()
            watch.see(frame)
            looking += time.process_time() - began
    began = time.process_time()
    watch.conclude()
    looking += time.process_time() - began
    return round(looking / (time.process_time() - whole - looking), 3)


_LOADED: dict[Path, WordModels] = {}


def _models(pack: Path) -> WordModels:
    if pack not in _LOADED:
        _LOADED[pack] = word_models_of(load_folder(pack))
    return _LOADED[pack]
