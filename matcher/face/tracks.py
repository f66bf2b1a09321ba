"""Linking faces from frame to frame into tracks, by place alone; what a track is remembered by are its best views."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from matcher.face.detect import Floats, overlap
from registry.types import Image

MOST_GAP = 1.2
"""Seconds that a face may be hidden and still be the same track."""

BUFFER, MIN_OVERLAP = 0.3, 0.15
"""Boxes grown on each side by this share of theirs must share so much of their union to be one face."""

MOST_VIEWS = 6
"""Views of a track that are kept and encoded. More add nothing on the development splits, fewer miss dark clips."""


@dataclass(frozen=True)
class Sighting:
    """One face in one frame. box (4,) in full-size pixels; score: the detector's; worth: the most that the view can tell."""

    t: float
    shot: int
    box: Floats
    score: float
    landmarks: Floats
    worth: float

    @property
    def side(self) -> float:
        return float((self.box[2:] - self.box[:2]).max())


@dataclass(frozen=True)
class View:
    """A face cut out with what is about it. landmarks (5, 2) in pixels of crop; weight: how much it tells, above 0."""

    t: float
    box: Floats
    crop: Image
    landmarks: NDArray[np.floating]
    weight: float


@dataclass(eq=False)
class Track:
    """One face within one shot: everywhere it was seen, in order of time, and its best views, best first."""

    seen: list[Sighting]
    views: list[View] = field(default_factory=list)

    @property
    def last(self) -> Sighting:
        return self.seen[-1]

    @property
    def is_full(self) -> bool:
        return len(self.views) == MOST_VIEWS

    def wants(self, sighting: Sighting) -> bool:
        return not self.is_full or sighting.worth > self.views[-1].weight

    def keep(self, view: View) -> None:
        self.views = sorted([*self.views, view], key=lambda v: -v.weight)[:MOST_VIEWS]


class Tracker:
    """Takes the faces of one frame at a time and assigns them to tracks, so that their places fit best on the whole.

    Tracking by detection with the Hungarian method (Bewley et al., "Simple online and realtime tracking", 2016) on grown
    boxes (Yang et al., "Hard to track objects with irregular motions and similar appearances?", 2023): frames are looked
    at a few times a second, and a face moves far in between.
    """

    def __init__(self) -> None:
        self.open: list[Track] = []

    def advance(self, t: float, shot: int) -> list[Track]:
        """Go on to a frame; the tracks that ended before it."""
        ended = [track for track in self.open if track.last.shot != shot or t - track.last.t > MOST_GAP]
        self.open = [track for track in self.open if track not in ended] if ended else self.open
        return ended

    def add(self, sightings: Sequence[Sighting]) -> list[tuple[Track, Sighting]]:
        """All faces of the frame that was advanced to, each with the track that it goes on or begins."""
        fits = fit([track.last.box for track in self.open], [sighting.box for sighting in sightings])
        placed: dict[int, Track] = {}
        for row, column in zip(*linear_sum_assignment(-fits), strict=True):
            if fits[row, column] >= MIN_OVERLAP:
                placed[int(column)] = self.open[row]
                self.open[row].seen.append(sightings[column])
        for number, sighting in enumerate(sightings):
            if number not in placed:
                placed[number] = Track([sighting])
                self.open.append(placed[number])
        return [(placed[number], sighting) for number, sighting in enumerate(sightings)]


def fit(boxes: Sequence[Floats], others: Sequence[Floats]) -> NDArray[np.float32]:
    """How well each of n boxes goes on in each of m others: the overlap of both grown by BUFFER, (n, m), 0 to 1."""
    if not boxes or not others:
        return np.zeros((len(boxes), len(others)), np.float32)
    second = grown(np.stack(others))
    return np.stack([overlap(box, second) for box in grown(np.stack(boxes))])


def grown(boxes: Floats) -> Floats:
    margin = np.tile(boxes[:, 2:] - boxes[:, :2], 2) * np.float32(BUFFER)
    return np.asarray(boxes + margin * np.array([-1, -1, 1, 1], np.float32))


def pool(vectors: Floats, weights: NDArray[np.floating]) -> Floats:
    """The weighted mean (d,) of vectors (n, d), at unit length."""
    mean = (vectors * np.asarray(weights, np.float32)[:, None]).sum(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)
