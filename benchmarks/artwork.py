"""How much protected artwork is found in pictures and in edits of it, and what is found falsely."""

import csv
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer

from benchmarks.artwork_edits import EDITS, shown_in
from matcher.artwork import ArtworkRecogniser
from matcher.errors import ReferenceRefused
from matcher.media import read_picture
from matcher.types import Frame, Gallery, GallerySubject
from registry.types import Image, SubjectKind, Template
from tests.support.drawn_clips import figure

LIMITS = {"found, photos of marks": 0.45, "false": 0}

DRAWN = "drawn"
"""How the names of enrolled drawings begin, which nothing shows."""


@dataclass(frozen=True)
class Probe:
    """half: 0 or 1. group: what is asked. subject: who is shown, "" for nobody. beside: who may be shown as well: characters of
    one series stand side by side, so that another one is neither found nor found falsely."""

    half: int
    group: str
    subject: str
    picture: Image
    beside: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Asked:
    """own, false: the best scores of who is shown and of anybody else, 0 for not seen."""

    half: int
    group: str
    subject: str
    own: float
    false: float


def artwork(
    data: Annotated[Path, typer.Argument(help="The folder with marks, characters, faces and ai_video.")],
    drawn: Annotated[int, typer.Option(help="Drawings that are enrolled as well, which nothing shows.")] = 1000,
    strangers: Annotated[int, typer.Option(help="Photos of people, which show nobody.")] = 450,
    edited: Annotated[int, typer.Option(help="References of each subject of which edits are shown.")] = 6,
) -> None:
    """Print shares found at the gallery's own threshold, and at that above which one half of the data has nothing false, asked of
    the other: photos of marks, pictures of characters, and edits of the references within stills of clips."""
    cv2.setNumThreads(1)
    recogniser = ArtworkRecogniser()
    references = list(_references(data))
    templates = list(_enrolled(recogniser, references, drawn))
    subjects = {one.subject_id: GallerySubject(one.subject_id, one.subject_id, SubjectKind.MARK) for one in templates}
    gallery = Gallery(subjects, tuple(templates))
    # A reference that is refused cannot be looked for.
    kept = {template.reference_id for template in templates}
    series = frozenset(one.subject for one in references if one.name.startswith("characters"))
    probes = _probes(data, list(_first([one for one in references if one.name in kept], edited)), strangers, series)
    asked = [_asked(recogniser, gallery, probe) for probe in probes]
    told = _told(asked, recogniser.threshold(len(subjects)))
    print(json.dumps(told | {"references": len(templates), "load_average": os.getloadavg()[0], "limits": LIMITS}, indent=2))
    for row in told["groups"]:
        halves, at_none = row["of_halves"], row["at_none_false"]
        print(f"{row['group']:24s} {row['asked']:5d} asked, found {row['found']:.3f} {halves}, at none false {at_none:.3f}")


@dataclass(frozen=True)
class Reference:
    half: int
    subject: str
    name: str
    picture: Image


def _rows(data: Path, name: str) -> Iterator[tuple[int, Path, Mapping[str, str]]]:
    """half, folder and row of a truth file: subjects take turns between the halves, and so do pictures of nobody."""
    with (data / name / "truth.csv").open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    subjects = sorted({row["subject"] for row in rows if row["subject"]})
    for number, row in enumerate(rows):
        yield (subjects.index(row["subject"]) if row["subject"] else number) % 2, data / name, row


def _picture(folder: Path, row: Mapping[str, str]) -> Image:
    picture = read_picture(folder / row["media"])
    if row["role"] != "reference" or not row.get("x1"):
        return picture
    x1, y1, x2, y2 = (int(row[corner]) for corner in ("x1", "y1", "x2", "y2"))
    return np.ascontiguousarray(picture[y1:y2, x1:x2])


def _references(data: Path) -> Iterator[Reference]:
    for name in ("marks", "characters"):
        for half, folder, row in _rows(data, name):
            if row["role"] == "reference":
                yield Reference(half, row["subject"], f"{name}/{row['media']}", _picture(folder, row))


def _first(references: Sequence[Reference], count: int) -> Iterator[Reference]:
    seen: Counter[str] = Counter()
    for one in references:
        seen[one.subject] += 1
        if seen[one.subject] <= count:
            yield one


def _enrolled(recogniser: ArtworkRecogniser, references: Sequence[Reference], drawn: int) -> Iterator[Template]:
    for one in references:
        try:
            yield Template(one.subject, one.name, recogniser.encoder, recogniser.enrol(one.picture))
        except ReferenceRefused:
            continue  # a few boxes are 17 pixels wide
    for number in range(drawn):
        name = f"{DRAWN}-{number}"
        yield Template(name, name, recogniser.encoder, recogniser.enrol(figure(number)))


def _probes(data: Path, references: Sequence[Reference], strangers: int, series: frozenset[str]) -> Iterator[Probe]:
    for name in ("marks", "characters"):
        for half, folder, row in _rows(data, name):
            if row["role"] in ("mated", "nonmated"):
                shown = row["subject"] if row["role"] == "mated" else ""
                beside = series if name == "characters" else frozenset[str]()
                yield Probe(half, f"{name}, {row['role']}", shown, _picture(folder, row), beside)
    people = (row for _, folder, row in _rows(data, "faces") if row["role"] == "nonmated")
    for number, row in enumerate(islice(people, strangers)):
        yield Probe(number % 2, "photos of people", "", read_picture(data / "faces" / row["media"]))
    stills = [_still(path) for path in sorted((data / "ai_video" / "probe").glob("*.mp4"))]
    for number, one in enumerate(references):
        for edit in EDITS:
            picture, beside = (
                shown_in(stills[number % len(stills)], one.picture, edit),
                series if one.subject in series else frozenset[str](),
            )
            yield Probe(one.half, f"edit: {edit}", one.subject, picture, beside)


def _still(path: Path) -> Image:
    video = cv2.VideoCapture(str(path))
    try:
        return np.asarray(video.read()[1], np.uint8)
    finally:
        video.release()


def _asked(recogniser: ArtworkRecogniser, gallery: Gallery, probe: Probe) -> Asked:
    watcher = recogniser.watch(gallery)
    watcher.see(Frame(0.0, probe.picture, 0))
    scores = {c.subject_id: c.score for finding in watcher.conclude() for c in finding.candidates}
    own = scores.pop(probe.subject, 0.0)
    false = max((score for name, score in scores.items() if name not in probe.beside), default=0.0)
    return Asked(probe.half, probe.group, probe.subject, own, false)


def _told(asked: Sequence[Asked], threshold: float) -> dict[str, Any]:
    """What came of it. none_false: for each half the threshold above all false scores of the other one."""
    none_false = [max(one.false for one in asked if one.half != half) + 1e-6 for half in (0, 1)]
    false = sorted((one.false for one in asked if one.false > 0), reverse=True)
    return {
        "threshold": threshold,
        "none_false": none_false,
        "pictures": len(asked),
        "false": [[one.group, one.subject, round(one.false, 3)] for one in asked if one.false >= threshold],
        "false_at_none_false": sum(one.false >= none_false[one.half] for one in asked),
        "highest_false": [round(score, 3) for score in false[:12]],
        "groups": [
            _row(group, [one for one in asked if one.group == group], threshold, none_false)
            for group in dict.fromkeys(one.group for one in asked if one.subject)
        ],
    }


def _row(group: str, asked: Sequence[Asked], threshold: float, none_false: Sequence[float]) -> Mapping[str, object]:
    found = [[one.own >= threshold for one in asked if one.half == half] for half in (0, 1)]
    return {
        "group": group,
        "asked": len(asked),
        "found": round(sum(map(sum, found)) / len(asked), 4),
        "of_halves": [round(sum(half) / max(1, len(half)), 3) for half in found],
        "at_none_false": round(sum(one.own >= none_false[one.half] for one in asked) / len(asked), 4),
    }
