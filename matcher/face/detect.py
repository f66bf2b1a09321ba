"""The seam for face detectors, and the geometry they share."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from registry.types import Image

Floats = NDArray[np.float32]


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


def overlap(box: Floats, boxes: Floats, *, of_smaller: bool = False) -> Floats:
    """Intersection of one box (4,) with boxes (n, 4), over their union or over the smaller of the two; (n,), 0 to 1."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=1)
    area, areas = np.prod(box[2:] - box[:2]), np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    whole = np.minimum(area, areas) if of_smaller else area + areas - shared
    return np.asarray(shared / np.maximum(whole, 1e-9), np.float32)


def suppress(boxes: Floats, scores: Floats, limit: float, *, of_smaller: bool = False) -> NDArray[np.intp]:
    """Greedy non-maximum suppression: rows to keep, best first. A box goes that overlaps a better one by more than limit."""
    order, keep = scores.argsort(kind="stable")[::-1], []
    while len(order):
        first, order = order[0], order[1:]
        keep.append(first)
        order = order[overlap(boxes[first], boxes[order], of_smaller=of_smaller) <= limit]
    return np.array(keep, np.intp)
