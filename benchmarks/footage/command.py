"""How much of copied footage is found, and what is found falsely: every clip against copies of every clip."""

import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import cv2
import typer

from benchmarks.footage.copies import SHORTEST, copy_of, excerpt_within, frames_of
from benchmarks.footage.edits import EDITS, PACE
from benchmarks.footage.measuring import clip_of_file, cost, watched
from matcher.footage.clip import Clip
from matcher.footage.table import FootageTable

FOLDERS = ("ai_video/probe", "real_video")
EXCERPTS = ("re-encoded", "mirror+crop+text", "speed 1.25", "reversed")
"""Edits of the excerpts whose ends are measured."""

LIMITS = {"recall": 0.98, "recall 9:16": 0.95, "recall PiP 35%": 0.95, "ends_within_1s": 1.0, "times_decoding": 0.2}
MARGIN = 1.05
"""What a threshold fitted on one half of the clips adds to the largest false score there."""


@dataclass(frozen=True)
class Copied:
    """One copy: of which clip, how. own, false: the best score with that clip, and with any that it does not show, with
    that one's number. miss: the largest of the four ends, of an excerpt. pairs: of frames with those of other clips."""

    clip: int
    edit: str
    own: float
    false: float
    false_clip: int
    pairs: int
    miss: float | None = None


def footage(
    data: Annotated[Path, typer.Argument(help="The folder with ai_video and real_video.")],
    keep: Annotated[Path | None, typer.Option(help="Make the copies here, and take those that are here already.")] = None,
) -> None:
    """Print recall by edit with thresholds of the other half of the clips, what was false, the ends of excerpts, and the cost."""
    every = tuple(path for folder in FOLDERS for path in sorted((data / folder).glob("*.mp4")))
    with TemporaryDirectory() as made, ProcessPoolExecutor(os.cpu_count(), initializer=_alone) as pool:
        where = keep or Path(made)
        where.mkdir(parents=True, exist_ok=True)
        # What is refused as a reference, such as a clip of less than three seconds, is none here either.
        made_of = [(path, clip) for path, clip in zip(every, pool.map(clip_of_file, every), strict=True) if clip is not None]
        paths, clips = tuple(path for path, _ in made_of), tuple(clip for _, clip in made_of)
        tasks = [(paths, number, where, clips) for number in range(len(paths))]
        seen = [one for some in pool.map(_of_clip, tasks) for one in some]
    whole = [one for one in seen if one.miss is None]
    halves = tuple(_fitted([one for one in whole if one.clip % 2 == half]) for half in (0, 1))
    rows = [_row(edit, [one for one in whole if one.edit == edit], halves) for edit in EDITS]
    ends = [_ends(edit, [one for one in seen if one.miss is not None and one.edit == edit], halves) for edit in EXCERPTS]
    false = [one for one in whole if one.false >= halves[1 - one.clip % 2]]
    told = {
        "clips": len(paths),
        "refused": [path.stem for path in every if path not in paths],
        "thresholds": halves,
        "frame_pairs": sum(one.pairs for one in whole),
        "false": [[one.edit, paths[one.clip].stem, paths[one.false_clip].stem, round(one.false, 3)] for one in false],
        "edits": rows,
        "excerpts": ends,
        "times_decoding": _cost(paths, clips),
        "load_average": os.getloadavg()[0],
        "limits": LIMITS,
    }
    print(json.dumps(told, indent=2))
    for row in rows:
        print(
            f"{row['edit']:18s} found {row['recall']:.3f}, "
            f"lowest score {row['lowest']:.3f}, highest false {row['highest_false']:.3f}"
        )
    for row in ends:
        print(
            f"{row['edit']:18s} {row['excerpts']} excerpts of {SHORTEST:.0f} s: found {row['recall']:.3f}, "
            f"all ends within 1 s {row['within_1s']:.3f}"
        )
    print(f"{len(false)} false in {told['frame_pairs']:,} pairs of frames; {told['times_decoding']} of decoding")


def _alone() -> None:
    cv2.setNumThreads(1)


def _of_clip(task: tuple[Sequence[Path], int, Path, Sequence[Clip]]) -> list[Copied]:
    """Everything that is asked of copies of one clip."""
    paths, number, where, clips = task
    around = (number + len(paths) // 2) % len(paths)
    frames, rate = frames_of(paths[number])
    others, _ = frames_of(paths[around])
    table, made = FootageTable(clips), []
    for edit in EDITS:
        path = where / f"{number:02d}-{list(EDITS).index(edit):02d}.mp4"
        if not path.exists():
            copy_of(path, edit, frames, others, rate)
        shown = {number, around} if edit.startswith("PiP") else {number}
        made.append(_judged(path, edit, number, shown, clips, table))
    for edit in EXCERPTS if len(frames) / rate >= SHORTEST + 0.2 else ():
        start = (len(frames) / rate - SHORTEST) / 2
        path = where / f"{number:02d}-{list(EDITS).index(edit):02d}-excerpt.mp4"
        span = excerpt_within(path, edit, frames, others, rate, start)
        part = (start, start + SHORTEST)
        made.append(_judged(path, edit, number, {number, around}, clips, table, (*span, *part)))
    return made


def _judged(
    path: Path,
    edit: str,
    number: int,
    shown: set[int],
    clips: Sequence[Clip],
    table: FootageTable,
    ends: tuple[float, float, float, float] | None = None,
) -> Copied:
    """ends: of an excerpt, in seconds of the file and of the clip."""
    seen = watched(path, clips, table)
    own = max((one for one in seen.stretches if one.clip == number), key=lambda one: one.score, default=None)
    strangers = [one for one in seen.stretches if one.clip not in shown]
    worst = max(strangers, key=lambda one: one.score, default=None)
    miss = None
    if ends is not None:
        found = (own.t_start, own.t_end, own.clip_start, own.clip_end) if own else (-9.0,) * 4
        miss = max(abs(a - b) for a, b in zip(found, ends, strict=True))
    unrelated = sum(len(clip.times) for place, clip in enumerate(clips) if place not in shown)
    return Copied(
        clip=number,
        edit=edit,
        own=own.score if own else 0.0,
        false=worst.score if worst else 0.0,
        false_clip=worst.clip if worst else -1,
        pairs=seen.frames * unrelated,
        miss=miss,
    )


def _fitted(seen: Sequence[Copied]) -> float:
    """The threshold that one half of the clips would set."""
    return MARGIN * max(one.false for one in seen)


def _row(edit: str, seen: Sequence[Copied], halves: Sequence[float]) -> Mapping[str, object]:
    found = defaultdict(list)
    for one in seen:
        found[one.clip % 2].append(one.own >= halves[1 - one.clip % 2])
    both = [hit for some in found.values() for hit in some]
    return {
        "edit": edit,
        "recall": round(sum(both) / len(both), 4),
        "of_halves": [round(sum(found[half]) / len(found[half]), 4) for half in (0, 1)],
        "lowest": round(min(one.own for one in seen), 3),
        "highest_false": round(max(one.false for one in seen), 3),
        "pace": PACE.get(edit, 1.0),
    }


def _ends(edit: str, seen: Sequence[Copied], halves: Sequence[float]) -> Mapping[str, object]:
    found = [one for one in seen if one.own >= halves[1 - one.clip % 2]]
    close = [one for one in found if one.miss is not None and one.miss <= 1.0]
    misses = sorted(one.miss for one in found if one.miss is not None)
    return {
        "edit": edit,
        "excerpts": len(seen),
        "recall": round(len(found) / len(seen), 4),
        "within_1s": round(len(close) / max(1, len(found)), 4),
        "median_miss": round(misses[len(misses) // 2], 2) if misses else None,
        "largest_miss": round(misses[-1], 2) if misses else None,
    }


def _cost(paths: Sequence[Path], clips: Sequence[Clip]) -> Mapping[str, float]:
    """Of half of the clips, with one of the other half enrolled and with all of it."""
    _alone()
    return {str(count): round(cost(paths[::2], clips[1::2][:count]), 3) for count in (1, len(clips) // 2)}
