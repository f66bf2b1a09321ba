"""One video compared with earlier ones: which of its seconds are theirs, how, and what else it shows. Frames in, numbers out.

A video is remembered as a clip is (matcher.footage.clip): maps and features of whole frames, of no face in them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.footage.clip import SIDE, Clip, ClipMaker
from matcher.footage.following import Stretch
from matcher.footage.table import FootageTable
from matcher.footage.watching import LONGEST_CLIP, FootageWatch, Greys, grey_of, why_not
from matcher.types import Frame

SHORTEST = 2.2
"""Seconds of a stretch as they are measured, from the middle of its first frame to that of its last, by which 3 s of shared
footage are told: four frames a second are looked at, and one at either end that is half a cut says nothing."""

WHOLE, ELSE = 0.8, 0.2
"""From which share of its seconds on a video shows nothing but the other, and which share of its features may lie beside it:
a letterbox and a blurred copy behind have next to none there, another picture has many (`python -m benchmarks families`)."""


@dataclass(frozen=True)
class Remembered:
    """A video that others are compared with. size: width and height of its frames, in pixels."""

    clip: Clip
    size: tuple[float, float]


@dataclass(frozen=True)
class Shared:
    """A stretch that a video has in common with the earlier one of that number; its corners as in Stretch.

    covers: the share, 0 to 1, of the video's seconds that are the other's, by all stretches with it; beside: the share of its
    features that lie outside of the other's picture.
    """

    number: int
    stretch: Stretch
    covers: float
    beside: float

    @property
    def whole(self) -> bool:
        """Whether the video shows nothing else: no other footage before, after or around it."""
        return self.covers >= WHOLE and self.beside <= ELSE


@dataclass(frozen=True)
class Compared:
    """remembered: the video itself, for those that come; None for one that is too short, flat or still to be known again."""

    remembered: Remembered | None
    shared: tuple[Shared, ...]


def compared(frames: Iterable[Frame], earlier: Sequence[Clip], since: float = 0.0, until: float = float("inf")) -> Compared:
    """Watch a video for earlier ones, and remember of it what lies between two moments, in seconds: five minutes at most.

    frames: in order, four or more a second, of one track.
    """
    watch = FootageWatch(earlier, FootageTable(earlier)) if earlier else None
    maker, size, start, last = ClipMaker(), (0.0, 0.0), 0.0, None
    for frame in frames:
        if watch is not None:
            watch.see(frame, Greys(frame))
        start = frame.t if last is None else start
        last, size = frame.t, frame.size
        if since <= frame.t <= min(until, since + LONGEST_CLIP):
            maker.see(frame.t, frame.shot, grey_of(frame, SIDE))
    made = maker.made() if maker.seen else None
    if made is None or last is None or why_not(made) is not None:
        return Compared(None, ())
    found = [one for one in (watch.stretches() if watch else ()) if one.t_end - one.t_start >= SHORTEST]
    return Compared(Remembered(made, size), tuple(_shared(one, found, last - start, made) for one in found))


def _shared(stretch: Stretch, every: Sequence[Stretch], seconds: float, clip: Clip) -> Shared:
    own = sorted((one.t_start, one.t_end) for one in every if one.clip == stretch.clip)
    covered, end = 0.0, float("-inf")
    for first, last in own:
        covered += max(0.0, last - max(first, end))
        end = max(end, last)
    return Shared(stretch.clip, stretch, min(1.0, covered / max(seconds, 0.25)), _beside(stretch.outline, clip))


def _beside(outline: NDArray[np.float64], clip: Clip) -> float:
    """The share of the features of a clip's keyframes that lie outside of four corners (4, 2), 0 to 1 of the frame."""
    points = [details.points[:, :2] / np.array(details.size) for mirrored, details in clip.details if not mirrored]
    places = np.concatenate(points) if points else np.zeros((0, 2))
    if len(places) == 0:
        return 0.0
    along, down = outline[1] - outline[0], outline[3] - outline[0]
    within = np.linalg.lstsq(np.stack([along, down], axis=1), (places - outline[0]).T, rcond=None)[0]
    edge = 0.02
    return float(np.mean(~((within > -edge) & (within < 1 + edge)).all(axis=0)))
