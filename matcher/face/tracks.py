"""Linking faces from frame to frame into tracks, by where they are; what they look like is asked of the best views only."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from matcher.face.detect import Floats

MOST_GAP = 0.8
"""Seconds that a face may be hidden and still be the same track."""

REACH = 0.8
"""How far a face may move from one look to the next, in lengths of its side."""

GROWTH = 1.8
"""By what factor its side may change from one look to the next."""


@dataclass(frozen=True)
class Seen:
    """One face in one frame. box (4,) in full-size pixels."""

    t: float
    shot: int
    box: Floats

    @property
    def side(self) -> float:
        return float((self.box[2:] - self.box[:2]).max())


@dataclass(eq=False)
class Track:
    """Where one face was within one shot, in order of time."""

    seen: list[Seen] = field(default_factory=list)

    @property
    def last(self) -> Seen:
        return self.seen[-1]


class Tracker:
    """Takes the faces of one frame at a time and assigns them to tracks, so that they move least in all.

    Tracking by detection with the Hungarian method (Bewley et al., "Simple online and realtime tracking", 2016). The distance
    between centres in lengths of a face stands in for overlap: at a few looks a second a moving face no longer overlaps itself.
    """

    def __init__(self) -> None:
        self.open: list[Track] = []

    def add(self, faces: list[Seen]) -> list[Track]:
        """faces: all of one frame, which is later than every frame before. Gives the track of each, in their order."""
        placed: dict[int, Track] = {}
        if self.open and faces:
            cost = np.array([[step(track.last, face) for face in faces] for track in self.open])
            for row, column in zip(*linear_sum_assignment(np.minimum(cost, 10.0)), strict=True):
                if cost[row, column] <= REACH:
                    placed[int(column)] = self.open[row]
        for i, face in enumerate(faces):
            if i not in placed:
                placed[i] = Track()
                self.open.append(placed[i])
            placed[i].seen.append(face)
        return [placed[i] for i in range(len(faces))]

    def close(self, t: float, shot: int) -> list[Track]:
        """Take out the tracks that a look at t seconds, in that shot, can no longer continue."""
        over = [track for track in self.open if track.last.shot != shot or t - track.last.t > MOST_GAP]
        self.open = [track for track in self.open if track not in over]
        return over


def step(a: Seen, b: Seen) -> float:
    """How far b is from a, in lengths of the smaller face; infinite where one cannot go on from the other."""
    if a.shot != b.shot or b.t - a.t > MOST_GAP or max(a.side, b.side) > GROWTH * min(a.side, b.side):
        return float("inf")
    between = (b.box[:2] + b.box[2:] - a.box[:2] - a.box[2:]) / 2
    return float(np.linalg.norm(between)) / max(1e-6, min(a.side, b.side))


def pool(vectors: Floats, weights: NDArray[np.floating]) -> Floats:
    """The weighted mean (d,) of vectors (n, d), at unit length."""
    mean = (vectors * np.asarray(weights, np.float32)[:, None]).sum(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)


def pool_alike(vectors: Floats, weights: NDArray[np.floating], stray: float) -> Floats:
    """pool of the views that agree.

    stray: the cosine to the mean of the others below which a view, such as a profile or a covered face, is left out, the worst
    first and never below two.
    """
    keep = np.ones(len(vectors), bool)
    while keep.sum() > 2:
        rows = np.nonzero(keep)[0]
        weighted = vectors[rows] * np.asarray(weights, np.float32)[rows, None]
        others = weighted.sum(axis=0) - weighted
        agreement = (vectors[rows] * others).sum(axis=1) / np.maximum(np.linalg.norm(others, axis=1), 1e-12)
        if agreement.min() >= stray:
            break
        keep[rows[int(agreement.argmin())]] = False
    return pool(vectors[keep], np.asarray(weights)[keep])
