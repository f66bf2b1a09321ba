"""Do corresponding features of two pictures tell one and the same movement? Pure functions on arrays."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

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


def _votes(reference: Points, frame: Points, diagonal: float) -> NDArray[np.bool_]:
    """Which correspondences (n,) agree with the movement that most of them agree with."""
    a, b = reference.astype(np.float64), frame.astype(np.float64)
    scale = b[:, 2] / a[:, 2]
    turn = np.deg2rad(b[:, 3] - a[:, 3])
    dx, dy = a[None, :, 0] - a[:, None, 0], a[None, :, 1] - a[:, None, 1]
    cos, sin = (scale * np.cos(turn))[:, None], (scale * np.sin(turn))[:, None]
    miss = np.hypot(cos * dx - sin * dy + b[:, None, 0] - b[None, :, 0], sin * dx + cos * dy + b[:, None, 1] - b[None, :, 1])
    turned = np.abs((turn[:, None] - turn[None] + np.pi) % (2 * np.pi) - np.pi)
    resized = np.abs(np.log(scale[:, None] / scale[None]))
    agree = (miss < _PLACE * diagonal * scale[:, None]) & (turned < _DIRECTION) & (resized < np.log(_SIZE))
    return np.asarray(agree[agree.sum(axis=1).argmax()])


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
