"""Clips, and copies of them as encoded files."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from benchmarks.footage.edits import PACE, edited, fitted, sized
from matcher.media.writing import write_clip
from registry.types import Image

SHORTEST = 3.0
"""Seconds of an excerpt."""

CRF = 32
SIDE = 640
"""Pixels on the long side of a copy, before it is edited."""


def frames_of(path: Path) -> tuple[list[Image], float]:
    """Frames of a video as it is put up again, smaller and at half its rate, and how many there are in a second."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate = float(stream.average_rate or Fraction(25)) / 2
        kept = (picture for number, picture in enumerate(container.decode(stream)) if number % 2 == 0)
        return [fitted(np.asarray(picture.to_ndarray(format="bgr24"), np.uint8), SIDE) for picture in kept], rate


def copy_of(path: Path, name: str, frames: Sequence[Image], others: Sequence[Image], rate: float) -> None:
    """Encode one edit of a clip."""
    write_clip(path, edited(name, frames, others), pace_of(name, rate), crf=CRF)


def excerpt_within(
    path: Path, name: str, frames: Sequence[Image], others: Sequence[Image], rate: float, start: float
) -> tuple[float, float]:
    """Three seconds of the clip, edited, between two stretches of another clip; (from, to) in seconds of the file."""
    part = list(frames[round(start * rate) : round((start + SHORTEST) * rate)])
    shown = edited(name, part, others)
    height, width = shown[0].shape[:2]
    around = [sized(other, width, height) for other in others]
    pace = pace_of(name, rate)
    lead = (around * 3)[: round(2.4 * pace)]
    write_clip(path, [*lead, *shown, *lead], pace, crf=CRF)
    return float(len(lead) / pace), float((len(lead) + len(shown)) / pace)


def pace_of(name: str, rate: float) -> Fraction:
    """Frames a second of the copy."""
    return Fraction(rate * abs(PACE.get(name, 1.0))).limit_denominator(1000)
