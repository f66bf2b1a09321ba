"""Pictures that look like nothing else, and a recogniser of figures that tells them apart by their patches."""

import cv2
import numpy as np

from matcher.calibration import Calibration
from matcher.face.encode import unit
from matcher.figure.encode import Parts
from matcher.figure.head import unknown
from matcher.figure.recogniser import FigureRecogniser
from matcher.figure.regions import crops
from registry.types import Image

CALIBRATION = Calibration(measured_on="this test", scores=(0.15, 0.3, 0.95), rates=(0.1, 0.01, 1e-4), allowed=20.0)


class GridEncoder:
    """Six by six colours of each part, less their mean; of an even part it says nothing."""

    id = "grid-1"

    def parts(self, picture: Image) -> Parts:
        boxes = crops(picture.shape[1], picture.shape[0])
        cells = np.stack(
            [cv2.resize(picture[y1:y2, x1:x2], (6, 6), interpolation=cv2.INTER_AREA).reshape(-1) for x1, y1, x2, y2 in boxes]
        ).astype(np.float32)
        cells -= cells.mean(axis=1, keepdims=True)
        told = np.linalg.norm(cells, axis=1) > 1e-3
        return Parts(tuple(box for box, tells in zip(boxes, told, strict=True) if tells), unit(cells[told]))


GRID = 6 * 6 * 3


def figures() -> FigureRecogniser:
    return FigureRecogniser(GridEncoder(), unknown(GRID), "test", CALIBRATION)


def quilt(seed: int, side: int = 240) -> Image:
    patches = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), dtype=np.uint8)
    return cv2.resize(patches, (side, side), interpolation=cv2.INTER_NEAREST)


def frame_with(picture: Image, x: int) -> Image:
    frame = np.full((240, 520, 3), 128, np.uint8)
    frame[:, x : x + 240] = picture
    return frame
