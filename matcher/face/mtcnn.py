"""MTCNN (Zhang et al., "Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks", 2016)."""

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.face.detect import Detections, Floats, no_detections, suppress
from matcher.face.landmarks import Closeups, is_central
from matcher.session import Session
from registry.types import Image

CELL, STRIDE = 12, 2
SHRINK = 0.709
MOST_CANDIDATES = 400
BATCH = 64


class Mtcnn:
    """smallest: the least face in pixels after the picture was scaled down to at most side pixels on its long side.

    side: that of a hard look.
    """

    def __init__(
        self,
        proposal: Session,
        refinement: Session,
        output: Session,
        *,
        smallest: int = 24,
        side: int = 640,
        thresholds: tuple[float, float, float] = (0.6, 0.7, 0.8),
    ) -> None:
        self._proposal, self._refinement, self._output = proposal, refinement, output
        self._smallest, self.side, self._thresholds = smallest, side, thresholds

    def detect(self, image: Image, side: int) -> Detections:
        """See Detector; a picture is only ever made smaller."""
        scale = max(1.0, max(image.shape[:2]) / side)
        if scale > 1:
            size = tuple(max(1, round(s / scale)) for s in image.shape[1::-1])
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        boxes = self._propose(image)
        boxes = self._refine(image, boxes) if len(boxes) else boxes
        found = self._finish(image, boxes) if len(boxes) else no_detections()
        return Detections(found.boxes * np.float32(scale), found.scores, found.landmarks * np.float32(scale))

    def closeups(self, pictures: NDArray[np.uint8]) -> Closeups:
        """By the whole cascade: its points of a face that stands upright agree with those of the photos it is compared with."""
        scores, landmarks = np.zeros(len(pictures), np.float32), np.zeros((len(pictures), 5, 2), np.float32)
        for i, picture in enumerate(pictures):
            found = self.detect(picture, picture.shape[0])
            central = found.take(is_central(found.boxes, picture.shape[0]))
            if len(central):
                best = int(central.scores.argmax())
                scores[i], landmarks[i] = central.scores[best], central.landmarks[best]
        return Closeups(scores, landmarks)

    def _propose(self, image: Image) -> Floats:
        boxes, scores, scale = [np.zeros((0, 4), np.float32)], [np.zeros(0, np.float32)], CELL / self._smallest
        while min(image.shape[:2]) * scale >= CELL:
            size = tuple(int(np.ceil(s * scale)) for s in image.shape[1::-1])
            small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
            shift, probability = self._proposal.run({"image": blob(small[None])}, ["shift", "probability"])
            y, x = np.nonzero(probability[0, 1] > self._thresholds[0])
            corner = np.stack([x, y, x, y], axis=1) * STRIDE + np.array([0, 0, CELL, CELL])
            b = ((corner + shift[0][:, y, x].T * CELL) / scale).astype(np.float32)
            s = probability[0, 1][y, x]
            keep = suppress(b, s, 0.5)[:MOST_CANDIDATES]
            boxes.append(b[keep])
            scores.append(s[keep])
            scale *= SHRINK
        b, s = np.concatenate(boxes), np.concatenate(scores)
        return square(b[suppress(b, s, 0.7)[:MOST_CANDIDATES]])

    def _refine(self, image: Image, boxes: Floats) -> Floats:
        shift, probability = _in_batches(self._refinement, crops(image, boxes, 24), ["shift", "probability"])
        good = probability[:, 1] > self._thresholds[1]
        boxes, scores = boxes[good] + shift[good] * sides(boxes[good]), probability[good, 1]
        return square(boxes[suppress(boxes, scores, 0.7)])

    def _finish(self, image: Image, boxes: Floats) -> Detections:
        names = ["shift", "landmarks", "probability"]
        shift, marks, probability = _in_batches(self._output, crops(image, boxes, 48), names)
        good = probability[:, 1] > self._thresholds[2]
        boxes, scores = boxes[good], probability[good, 1]
        points = boxes[:, None, :2] + marks[good].reshape(-1, 2, 5).transpose(0, 2, 1) * sides(boxes)[:, None, :2]
        boxes = boxes + shift[good] * sides(boxes)
        keep = suppress(boxes, scores, 0.7, of_smaller=True)
        return Detections(boxes[keep], scores[keep], points[keep].astype(np.float32))


def _in_batches(session: Session, pictures: Floats, names: list[str]) -> list[Floats]:
    parts = [session.run({"image": blob(pictures[i : i + BATCH])}, names) for i in range(0, len(pictures), BATCH)]
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def blob(pictures: np.ndarray) -> Floats:
    """Pictures (n, h, w, 3) BGR 0-255 as the networks want them: (n, 3, h, w) RGB, (x - 127.5) / 128."""
    return np.ascontiguousarray(((pictures[..., ::-1] - np.float32(127.5)) / np.float32(128)).transpose(0, 3, 1, 2), np.float32)


def sides(boxes: Floats) -> Floats:
    """Width, height, width, height of boxes (n, 4)."""
    return np.tile(boxes[:, 2:] - boxes[:, :2], 2)


def square(boxes: Floats) -> Floats:
    """Boxes (n, 4) grown to squares about their centres."""
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    return np.concatenate([centre - half, centre + half], axis=1)


def crops(image: Image, boxes: Floats, size: int) -> Floats:
    """Boxes (n, 4) cut out and scaled to (n, size, size, 3); black outside the image."""
    out = np.empty((len(boxes), size, size, 3), np.float32)
    for i, (x1, y1, x2, y2) in enumerate(boxes):
        sx, sy = size / max(x2 - x1, 1e-3), size / max(y2 - y1, 1e-3)
        out[i] = cv2.warpAffine(image, np.array([[sx, 0, -x1 * sx], [0, sy, -y1 * sy]]), (size, size))
    return out
