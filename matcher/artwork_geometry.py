"""Do corresponding features of two pictures tell one and the same movement? Pure functions on arrays."""

from dataclasses import dataclass, fields
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.index.base import Rows

FEWEST = 4
LARGEST = 150

_PLACE = 0.12  # of the reference's diagonal: how far one feature's guess of the movement may miss another feature
_SIZE = 1.6
_DIRECTION = np.deg2rad(30.0)
_FINE_PLACE = 0.025
_SHEAR = 2.2  # the most that a reference may be stretched one way against the other
_SCALES = (0.05, 8.0)
_NARROWEST = 0.03  # of the reference's diagonal: features on one line prove nothing
_SAME_SPOT = 3.0

Points = NDArray[np.float32]


@dataclass(frozen=True)
class Placement:
    """How a reference lies in a frame. affine: (2, 3), from pixels of the reference to pixels of the frame. inliers:
    places, distinct in both pictures, that agree with it."""

    affine: NDArray[np.float64]
    inliers: int

    def outline(self, size: tuple[int, int]) -> NDArray[np.float64]:
        """The corners (4, 2) of a reference of this width and height in the frame."""
        width, height = size
        corners = np.array([(0, 0, 1), (width, 0, 1), (width, height, 1), (0, height, 1)], np.float64)
        return np.asarray(corners @ self.affine.T)


def place(reference: Points, frame: Points, size: tuple[int, int]) -> Placement | None:
    """Where the reference (of this width and height) lies in the frame, or None when the features do not agree.

    reference, frame: (n, 4) points of artwork_features.Features; row i of one corresponds to row i of the other. A single
    correspondence already tells a movement (shift, turn, size); the one with most others behind it is refined to an
    affine movement by RANSAC. Refused are movements that mirror, stretch by more than 2.2, shrink or grow out of reason,
    or that rest on features along one line.
    """
    if len(reference) < FEWEST:
        return None
    diagonal = float(np.hypot(*size))
    agree = _votes(reference[:LARGEST], frame[:LARGEST], diagonal)
    a, b = reference[:LARGEST][agree], frame[:LARGEST][agree]
    if len(a) < FEWEST:
        return None
    tolerance = max(2.0, _FINE_PLACE * diagonal * float(np.median(b[:, 2] / a[:, 2])))
    affine, kept = cv2.estimateAffine2D(
        np.ascontiguousarray(a[:, :2]),
        np.ascontiguousarray(b[:, :2]),
        method=cv2.RANSAC,
        ransacReprojThreshold=tolerance,
        maxIters=500,
        confidence=0.99,
    )
    if affine is None or not np.isfinite(affine).all():
        return None
    inside = np.asarray(kept).ravel() > 0
    inliers = min(_spots(a[inside]), _spots(b[inside]))
    if inliers < FEWEST or not _plausible(np.asarray(affine, np.float64)) or _on_a_line(a[inside], diagonal):
        return None
    return Placement(np.asarray(affine, np.float64), inliers)


@dataclass(frozen=True)
class _Movements:
    """What each of n correspondences by itself says of the movement. a, b: (..., 4) points of reference and frame; diagonal:
    the reference's."""

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    scale: NDArray[np.float64]
    turn: NDArray[np.float64]
    cos: NDArray[np.float64]
    sin: NDArray[np.float64]
    diagonal: NDArray[np.float64]

    def __getitem__(self, rows: Any) -> Self:
        return type(self)(*(getattr(self, part.name)[rows] for part in fields(self)))


def _movements(reference: Points, frame: Points, diagonal: NDArray[np.float64]) -> _Movements:
    a, b = reference.astype(np.float64), frame.astype(np.float64)
    scale = b[:, 2] / a[:, 2]
    turn = np.deg2rad(b[:, 3] - a[:, 3])
    return _Movements(a, b, scale, turn, scale * np.cos(turn), scale * np.sin(turn), diagonal)


def _agree(one: _Movements, other: _Movements) -> NDArray[np.bool_]:
    """Whether others lie where the movement that one tells would bring them, and are turned and sized as it says."""
    dx, dy = other.a[..., 0] - one.a[..., 0], other.a[..., 1] - one.a[..., 1]
    x, y = one.b[..., 0] - other.b[..., 0], one.b[..., 1] - other.b[..., 1]
    miss = np.hypot(one.cos * dx - one.sin * dy + x, one.sin * dx + one.cos * dy + y)
    turned = np.abs((one.turn - other.turn + np.pi) % (2 * np.pi) - np.pi)
    resized = np.abs(np.log(one.scale / other.scale))
    return np.asarray((miss < _PLACE * one.diagonal * one.scale) & (turned < _DIRECTION) & (resized < np.log(_SIZE)))


def _votes(reference: Points, frame: Points, diagonal: float) -> NDArray[np.bool_]:
    """Which correspondences (n,) agree with the movement that most of them agree with."""
    told = _movements(reference, frame, np.full(len(reference), diagonal))
    agree = _agree(told[:, None], told[None])
    return np.asarray(agree[agree.sum(axis=1).argmax()])


def most_agreeing(reference: Points, frame: Points, counts: Rows, diagonals: NDArray[np.float64]) -> Rows:
    """How many correspondences agree with the movement that most agree with, (k,), of each of k references.

    reference, frame: (n, 4), those of the first reference first; counts (k,): how many each has, 1 to LARGEST. It is worked out
    for all at once, because of hundreds of references that have a few features in common with a frame hardly one lies in it.
    """
    told = _movements(reference, frame, np.repeat(diagonals, counts))
    first = np.cumsum(counts) - counts
    size = np.repeat(counts, counts)
    one = np.repeat(np.arange(len(reference)), size)
    other = np.arange(len(one)) - np.repeat(np.cumsum(size) - size, size) + np.repeat(np.repeat(first, counts), size)
    votes = np.bincount(one[_agree(told[one], told[other])], minlength=len(reference))
    return np.asarray(np.maximum.reduceat(votes, first) if len(counts) else votes, np.int64)


def _plausible(affine: NDArray[np.float64]) -> bool:
    linear = affine[:, :2]
    longer, shorter = np.linalg.svd(linear, compute_uv=False)
    upright = float(np.linalg.det(linear)) > 0
    return bool(upright and longer / max(shorter, 1e-9) <= _SHEAR and shorter >= _SCALES[0] and longer <= _SCALES[1])


def _on_a_line(points: Points, diagonal: float) -> bool:
    spread = points[:, :2].astype(np.float64) / diagonal
    narrow = np.linalg.svd(spread - spread.mean(axis=0), compute_uv=False)[1] / np.sqrt(len(points))
    return bool(narrow < _NARROWEST)


def _spots(points: Points) -> int:
    """How many different places: SIFT gives one place several times, with several directions."""
    return len(np.unique(np.round(points[:, :2] / _SAME_SPOT), axis=0))
