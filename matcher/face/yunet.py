"""YuNet (Wu, Peng, Yu: "YuNet: A Tiny Millisecond-level Face Detector", 2023) on its published ONNX graph."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.face.detect import Detections, Floats, no_detections, suppress
from matcher.face.landmarks import Closeups, is_central
from matcher.session import Session
from registry.types import Image

STRIDES = (8, 16, 32)
OUTPUTS = [f"{name}_{stride}" for name in ("cls", "obj", "bbox", "kps") for stride in STRIDES]
MOST_FACES = 100

UNSURE = 0.1
"""Score below which a cell of a close-up sees no face."""

AGREEING = 5
"""Cells whose landmarks are averaged in a close-up: each sees the face from another place, and errs on its own."""


@dataclass(frozen=True)
class Cells:
    """What every cell of the three grids says: boxes (n, 4), scores (n,), landmarks (n, 5, 2), in pixels."""

    boxes: Floats
    scores: Floats
    landmarks: Floats


class YuNet:
    """side: pixels of the long side when it looks hard. threshold: the least sqrt(cls * obj)."""

    def __init__(self, session: Session, *, side: int = 640, threshold: float = 0.6) -> None:
        self._session, self.side, self._threshold = session, side, threshold

    def detect(self, image: Image, side: int) -> Detections:
        """See Detector; the picture is scaled to side, up or down, and padded to multiples of 32."""
        height, width = image.shape[:2]
        scale = side / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        scaled = image
        if size != (width, height):
            method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            scaled = np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)
        padded = np.zeros((-(-size[1] // 32) * 32, -(-size[0] // 32) * 32, 3), np.uint8)
        padded[: size[1], : size[0]] = scaled
        (found,) = self._cells(padded[None], self._threshold)
        best = found.scores.argsort()[::-1][: 4 * MOST_FACES]
        boxes, scores, marks = found.boxes[best], found.scores[best], found.landmarks[best]
        keep = suppress(boxes, scores, 0.3)[:MOST_FACES]
        if not len(keep):
            return no_detections()
        shrink = np.array([width / size[0], height / size[1]], np.float32)
        return Detections(boxes[keep] * np.tile(shrink, 2), scores[keep], marks[keep] * shrink)

    def closeups(self, pictures: NDArray[np.uint8]) -> Closeups:
        """See Landmarker; a face's points are the mean of the surest cells."""
        scores, landmarks = np.zeros(len(pictures), np.float32), np.zeros((len(pictures), 5, 2), np.float32)
        for i, cells in enumerate(self._cells(pictures, UNSURE)):
            central = is_central(cells.boxes, pictures.shape[1])
            order = np.flatnonzero(central)[cells.scores[central].argsort()[::-1][:AGREEING]]
            if len(order):
                weights = cells.scores[order] ** 2 * (cells.scores[order] > cells.scores[order[0]] / 2)
                scores[i] = cells.scores[order[0]]
                landmarks[i] = np.einsum("n,nij->ij", weights, cells.landmarks[order]) / max(float(weights.sum()), 1e-9)
        return Closeups(scores, landmarks)

    def _cells(self, pictures: NDArray[np.uint8], threshold: float) -> list[Cells]:
        """For each of pictures (n, h, w, 3), h and w multiples of 32, the cells that score above the threshold."""
        blob = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), np.float32)
        raw = dict(zip(OUTPUTS, self._session.run({"input": blob}, OUTPUTS), strict=True))
        return [_decode(raw, i, pictures.shape[2], threshold) for i in range(len(pictures))]


def _decode(raw: dict[str, np.ndarray], picture: int, width: int, threshold: float) -> Cells:
    boxes, scores, landmarks = [], [], []
    for stride in STRIDES:
        cls, obj, shift, kps = (raw[f"{name}_{stride}"][picture] for name in ("cls", "obj", "bbox", "kps"))
        squared = cls[:, 0] * obj[:, 0]  # both end in a sigmoid
        cells = np.flatnonzero(squared > threshold**2)
        columns = width // stride
        origin = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32)
        centre, half = (origin + shift[cells, :2]) * stride, np.exp(shift[cells, 2:]) * stride / 2
        boxes.append(np.concatenate([centre - half, centre + half], axis=1))
        scores.append(np.sqrt(squared[cells]))
        landmarks.append((origin[:, None] + kps[cells].reshape(-1, 5, 2)) * stride)
    return Cells(np.concatenate(boxes), np.concatenate(scores), np.concatenate(landmarks))
