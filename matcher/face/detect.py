"""The seam for face detectors, and the geometry they share."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from registry.types import Image

Floats = NDArray[np.float32]

AT_ONCE = 512
"""Boxes whose overlaps are worked out together."""


@dataclass(frozen=True)
class Detections:
    """n faces in pixels of the image they were found in, best first.

    boxes (n, 4) as x1, y1, x2, y2; scores (n,) 0 to 1; landmarks (n, 5, 2): left and right eye, nose, left and right
    mouth corner, left meaning left in the image.
    """

    boxes: Floats
    scores: Floats
    landmarks: Floats

    def __len__(self) -> int:
        return len(self.boxes)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "Detections":
        """Only those rows, by number or by mask (n,)."""
        return Detections(self.boxes[rows], self.scores[rows], self.landmarks[rows])


class Detector(Protocol):
    """Finds faces in a picture."""

    side: int
    """The long side in pixels at which a picture is looked at hard."""

    def detect(self, image: Image, side: int) -> Detections:
        """All faces of one picture, looked at as if its long side had side pixels; none is an answer, not an error."""


def no_detections() -> Detections:
    """Of a picture without a face: arrays of no rows."""
    return Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 5, 2), np.float32))


def overlaps(boxes: Floats, others: Floats, *, of_smaller: bool = False) -> Floats:
    """Intersection of boxes (n, 4) with others (m, 4), over their union or over the smaller of the two; (n, m), 0 to 1."""
    (x1, y1, x2, y2), (u1, v1, u2, v2) = boxes.T[:, :, None], others.T[:, None]
    shared = np.maximum(np.minimum(x2, u2) - np.maximum(x1, u1), 0)
    shared *= np.maximum(np.minimum(y2, v2) - np.maximum(y1, v1), 0)
    area, areas = (x2 - x1) * (y2 - y1), (u2 - u1) * (v2 - v1)
    whole = np.minimum(area, areas) if of_smaller else area + areas - shared
    return np.asarray(shared / np.maximum(whole, np.float32(1e-9)), np.float32)


def suppress(boxes: Floats, scores: Floats, limit: float, *, of_smaller: bool = False) -> NDArray[np.intp]:
    """Greedy non-maximum suppression: rows to keep, best first. A box goes that overlaps a better one by more than limit.

    It takes the boxes in blocks, so that a picture full of candidates takes time and no more memory than AT_ONCE rows do.
    """
    order, keep = scores.argsort(kind="stable")[::-1], [np.zeros(0, np.intp)]
    while len(order):
        block, order = order[:AT_ONCE], order[AT_ONCE:]
        hides = overlaps(boxes[block], boxes[block], of_smaller=of_smaller) > limit
        gone, kept = np.zeros(len(block), np.bool_), []
        for i in range(len(block)):
            if not gone[i]:
                kept.append(i)
                gone |= hides[i]
        keep.append(block[kept])
        if len(order):
            order = order[~(overlaps(boxes[block[kept]], boxes[order], of_smaller=of_smaller) > limit).any(axis=0)]
    return np.concatenate(keep)
