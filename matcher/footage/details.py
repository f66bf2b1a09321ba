"""Binary local features (ORB, Rublee et al. 2011) of a grey picture: cheap enough to be taken of a frame every second."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

DESCRIPTOR = 32
SMALLEST_SIDE = 48
_BORDER = 12
_TIMES = 8
_CELLS = (12, 8)
"""Columns and rows of the grid over which features are spread."""

Grey = NDArray[np.uint8]
"""(h, w) grey picture."""


@dataclass(frozen=True)
class Details:
    """points: (n, 4) float32, each x, y, diameter in pixels and direction in degrees, of the picture as it was looked at;
    descriptors: (n, 32) uint8, 256 bits; size: width and height of that picture."""

    points: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    size: tuple[int, int]


def details_of(grey: Grey, most: int) -> Details:
    """At most ``most`` features, spread over the picture; none of one that is flat or a few pixels wide.

    The strongest alone would all lie on whatever text was laid over a picture.
    """
    size = (grey.shape[1], grey.shape[0])
    if min(size) >= SMALLEST_SIDE:
        finder = cv2.ORB.create(nfeatures=_TIMES * most, edgeThreshold=_BORDER, patchSize=31, fastThreshold=8)
        keypoints = finder.detect(grey, np.empty(0, np.uint8))
        if keypoints:
            chosen = _spread(np.array([(*p.pt, p.response) for p in keypoints], np.float32), size, most)
            keypoints, descriptors = finder.compute(grey, [keypoints[n] for n in chosen])
            if descriptors is not None and keypoints:
                points = np.array([(p.pt[0], p.pt[1], p.size, p.angle) for p in keypoints], np.float32)
                return Details(points, np.asarray(descriptors, np.uint8), size)
    return Details(np.zeros((0, 4), np.float32), np.zeros((0, DESCRIPTOR), np.uint8), size)


def _spread(found: NDArray[np.float32], size: tuple[int, int], most: int) -> NDArray[np.int64]:
    """Which of found (n, 3: x, y, strength) to take: the strongest of each cell first, then the second ones, and so on."""
    column = np.minimum((found[:, 0] * _CELLS[0] / size[0]).astype(int), _CELLS[0] - 1)
    row = np.minimum((found[:, 1] * _CELLS[1] / size[1]).astype(int), _CELLS[1] - 1)
    cell = row * _CELLS[0] + column
    order = np.lexsort((-found[:, 2], cell))
    sorted_cells = cell[order]
    place = np.arange(len(order)) - np.searchsorted(sorted_cells, sorted_cells)
    rank = np.empty(len(order), np.int64)
    rank[order] = place
    return np.lexsort((-found[:, 2], rank))[:most]


def resized(grey: Grey, long_side: int) -> Grey:
    """With this many pixels on the long side, at most: a smaller picture stays as it is."""
    side = max(grey.shape)
    if side <= long_side:
        return grey
    size = (max(1, round(grey.shape[1] * long_side / side)), max(1, round(grey.shape[0] * long_side / side)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
