"""How many copies join the family of their clip, which of them as nothing but that clip, and what joins falsely."""

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import cv2
import typer

from benchmarks.footage.command import EXCERPTS, FOLDERS
from benchmarks.footage.copies import SHORTEST, copy_of, excerpt_within, frames_of
from benchmarks.footage.edits import EDITS
from benchmarks.footage.measuring import clip_of_file
from matcher.footage.clip import Clip
from matcher.footage.copying import Shared, compared
from matcher.footage.thresholds import SURE
from matcher.footage.watching import why_not
from matcher.media import MediaReader
from matcher.scan import LONG_SIDE, RATE

WHOLE_BY_NATURE = frozenset(set(EDITS) - {"PiP 60%", "PiP 35%"})
"""Edits that show nothing but the clip."""

LIMITS = {"joined": 0.98, "joined PiP 35%": 0.95, "false": 0, "taken for whole that is not": 0}


@dataclass(frozen=True)
class Joining:
    """What became of one copy. score, seconds, covers, beside: of its clip's best stretch, 0 where none is; false: the numbers of
    clips that it does not show and joins, each with the score."""

    clip: int
    edit: str
    excerpt: bool
    score: float
    seconds: float
    covers: float
    beside: float
    whole: bool
    false: tuple[tuple[int, float], ...]
    highest_false: float
    pairs: int


def families(
    data: Annotated[Path, typer.Argument(help="The folder with ai_video and real_video.")],
    keep: Annotated[Path | None, typer.Option(help="Make the copies here, and take those that are here already.")] = None,
    every: Annotated[int, typer.Option(help="Take every so many clips alone: 1 takes all.")] = 1,
) -> None:
    """Print by edit how many copies join their clip's family, as copies of nothing else or beside other things; and false joins.

    Each copy is compared with all clips, as a run compares a new capture with earlier ones.
    """
    found = tuple(path for folder in FOLDERS for path in sorted((data / folder).glob("*.mp4")))[::every]
    with TemporaryDirectory() as made, ProcessPoolExecutor(os.cpu_count(), initializer=_alone) as pool:
        where = keep or Path(made)
        where.mkdir(parents=True, exist_ok=True)
        known = [(path, clip) for path, clip in zip(found, pool.map(clip_of_file, found), strict=True) if why_not(clip) is None]
        paths, clips = tuple(path for path, _ in known), tuple(clip for _, clip in known)
        tasks = [(paths, number, where, clips) for number in range(len(paths))]
        seen = [one for some in pool.map(_of_clip, tasks) for one in some]
    rows = [_row(edit, [one for one in seen if one.edit == edit and not one.excerpt]) for edit in EDITS]
    rows += [_row(f"3 s of {edit}", [one for one in seen if one.edit == edit and one.excerpt]) for edit in EXCERPTS]
    told = {
        "clips": len(paths),
        "not_remembered": [path.stem for path in found if path not in paths],
        "threshold": SURE,
        "frame_pairs": sum(one.pairs for one in seen),
        "false": [[one.edit, paths[one.clip].stem, [paths[other].stem for other, _ in one.false]] for one in seen if one.false],
        "highest_false_of_halves": [max(one.highest_false for one in seen if one.clip % 2 == half) for half in (0, 1)],
        "edits": rows,
        "load_average": os.getloadavg()[0],
        "limits": LIMITS,
    }
    print(json.dumps(told, indent=2))
    for row in rows:
        print(
            f"{row['edit']:26s} joined {row['joined']:.3f}, as nothing else {row['whole']:.3f}; "
            f"lowest score {row['lowest']}, shortest {row['shortest']} s, beside at most {row['beside'][1]}"
        )
    print(f"{len(told['false'])} false in {told['frame_pairs']:,} pairs of frames")


def _alone() -> None:
    cv2.setNumThreads(1)


def _of_clip(task: tuple[Sequence[Path], int, Path, Sequence[Clip]]) -> list[Joining]:
    paths, number, where, clips = task
    around = (number + len(paths) // 2) % len(paths)
    frames, rate = frames_of(paths[number])
    others, _ = frames_of(paths[around])
    made = []
    for edit in EDITS:
        path = where / f"{paths[number].stem}-{list(EDITS).index(edit):02d}.mp4"
        if not path.exists():
            copy_of(path, edit, frames, others, rate)
        made.append(_judged(path, edit, number, {number, around} if edit.startswith("PiP") else {number}, clips))
    for edit in EXCERPTS if len(frames) / rate >= SHORTEST + 0.2 else ():
        path = where / f"{paths[number].stem}-{list(EDITS).index(edit):02d}-excerpt.mp4"
        if not path.exists():
            excerpt_within(path, edit, frames, others, rate, (len(frames) / rate - SHORTEST) / 2)
        made.append(_judged(path, edit, number, {number, around}, clips, excerpt=True))
    return made


def _judged(path: Path, edit: str, number: int, shown: set[int], clips: Sequence[Clip], *, excerpt: bool = False) -> Joining:
    with MediaReader(path, threads=1) as reader:
        count = round(reader.info.duration * RATE)
        found = compared(reader.frames(RATE, LONG_SIDE), clips).shared
    own = max((one for one in found if one.number == number), key=_score, default=None)
    strangers = [(one.number, _score(one)) for one in found if one.number not in shown]
    return Joining(
        clip=number,
        edit=edit,
        excerpt=excerpt,
        score=_score(own) if own else 0.0,
        seconds=own.stretch.t_end - own.stretch.t_start if own else 0.0,
        covers=own.covers if own else 0.0,
        beside=own.beside if own else 1.0,
        whole=own is not None and own.whole and _score(own) >= SURE,
        false=tuple((other, score) for other, score in strangers if score >= SURE),
        highest_false=max((score for _, score in strangers), default=0.0),
        pairs=count * sum(len(clip.times) for place, clip in enumerate(clips) if place not in shown),
    )


def _score(one: Shared) -> float:
    return one.stretch.score


def _row(edit: str, seen: Sequence[Joining]) -> Mapping[str, object]:
    joined = [one.score >= SURE for one in seen]
    of_halves = [[one.score >= SURE for one in seen if one.clip % 2 == half] for half in (0, 1)]
    found = [one for one in seen if one.score > 0]
    return {
        "edit": edit,
        "copies": len(seen),
        "joined": round(sum(joined) / len(joined), 4),
        "of_halves": [round(sum(half) / max(1, len(half)), 4) for half in of_halves],
        "whole": round(sum(one.whole for one in seen) / len(seen), 4),
        "lowest": round(min(one.score for one in seen), 3),
        "shortest": round(min((one.seconds for one in found), default=0.0), 2),
        "covers": [round(side([one.covers for one in found], default=0.0), 2) for side in (min, max)],
        "beside": [round(side([one.beside for one in found], default=1.0), 3) for side in (min, max)],
    }
