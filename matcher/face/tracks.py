"""Linking faces from frame to frame into tracks."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from matcher.face.detect import Floats, overlap

MOST_GAP = 0.8
"""Seconds that a face may be hidden and still be the same track."""

MIN_OVERLAP, MIN_LIKENESS = 0.15, 0.25
SURE_LIKENESS = 0.55
"""Cosine at which two views within a shot are one face wherever they stand."""


@dataclass(frozen=True)
class View:
    """One face in one frame. box (4,) in full-size pixels; vector (d,) of unit length; weight: how much it tells, above 0."""

    t: float
    shot: int
    box: Floats
    vector: Floats
    weight: float


@dataclass
class Track:
    """The views of one face within one shot, in order of time."""

    views: list[View] = field(default_factory=list)

    @property
    def last(self) -> View:
        return self.views[-1]

    def pooled(self) -> Floats:
        return pool(np.stack([v.vector for v in self.views]), np.array([v.weight for v in self.views]))


class Tracker:
    """Takes the views of one frame at a time and assigns them to tracks, so that position and likeness together fit best.

    Tracking by detection with the Hungarian method (Bewley et al., "Simple online and realtime tracking", 2016), with the
    face's own vector beside its box, since AI clips are sampled a few times a second and faces move far in between.
    """

    def __init__(self) -> None:
        self.tracks: list[Track] = []
        self._open: list[Track] = []

    def add(self, views: list[View]) -> None:
        """views: all faces of one frame, which is later than every frame before."""
        if not views:
            return
        now = views[0]
        self._open = [t for t in self._open if t.last.shot == now.shot and now.t - t.last.t <= MOST_GAP]
        cost = np.array([[1 - affinity(t.last, v) for v in views] for t in self._open]).reshape(len(self._open), len(views))
        taken = set()
        for row, column in zip(*linear_sum_assignment(cost), strict=True):
            if cost[row, column] < 1:
                self._open[row].views.append(views[column])
                taken.add(int(column))
        fresh = [Track([v]) for i, v in enumerate(views) if i not in taken]
        self.tracks += fresh
        self._open += fresh


def affinity(a: View, b: View) -> float:
    """How well b goes on from a: 0 for not at all, at most 1."""
    iou = float(overlap(a.box, b.box[None])[0])
    cosine = float(a.vector @ b.vector)
    if cosine < MIN_LIKENESS or (iou < MIN_OVERLAP and cosine < SURE_LIKENESS):
        return 0.0
    return max(0.01, (iou + max(0.0, cosine)) / 2)


def pool(vectors: Floats, weights: NDArray[np.floating]) -> Floats:
    """The weighted mean (d,) of vectors (n, d), at unit length."""
    mean = (vectors * np.asarray(weights, np.float32)[:, None]).sum(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)
