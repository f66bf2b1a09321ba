"""Better landmarks for the few views that are embedded: the last network of MTCNN on the faces that a fast detector found."""

from typing import Protocol

import numpy as np

from matcher.face.detect import Floats
from matcher.face.mtcnn import blob, crops, sides, square
from matcher.session import Session
from registry.types import Image

GROWTHS = (1.0, 1.15, 1.3)
"""The crop is taken at these sizes and the answers are averaged: one answer depends on how tightly the box was drawn."""


class Refiner(Protocol):
    def refine(self, image: Image, box: Floats) -> Floats:
        """Landmarks (5, 2) in pixels of image for the face at box (4,)."""


class OutputNet:
    """MTCNN's ONet as a landmark finder (Zhang et al., 2016)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def refine(self, image: Image, box: Floats) -> Floats:
        (fitted,) = square(box[None])
        centre, half = (fitted[:2] + fitted[2:]) / 2, (fitted[2:] - fitted[:2]) / 2
        boxes = np.stack([np.concatenate([centre - half * g, centre + half * g]) for g in GROWTHS]).astype(np.float32)
        (marks,) = self._session.run({"image": blob(crops(image, boxes, 48))}, ["landmarks"])
        points = boxes[:, None, :2] + marks.reshape(-1, 2, 5).transpose(0, 2, 1) * sides(boxes)[:, None, :2]
        return np.asarray(points.mean(axis=0), np.float32)
