"""Where one shot ends and the next begins, from small luma pictures."""

from collections import deque
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

GRID = (36, 64)
"""Rows and columns of the luma samples that are compared."""

HARD_CUT = 22.0
"""Mean absolute luma difference (0-255) below which no frame starts a shot."""

TIMES_USUAL = 3.5
"""A cut stands out by this factor from the differences of the frames before it: a fast pan is not a cut."""


def difference(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Mean absolute difference of two luma samples of one shape, 0 to 255, after removing the change in brightness.

    A flash or a fade lightens the whole picture and is no cut.
    """
    delta = cv2.subtract(a, b, dtype=cv2.CV_32F)
    return float(cv2.norm(delta, np.full_like(delta, 0.7 * cv2.mean(delta)[0]), cv2.NORM_L1)) / delta.size


class CutFinder:
    """Says of each frame in turn whether it starts a shot.

    The adaptive form of the content threshold used by shot detectors (Hanjalic, "Shot-boundary detection: unraveled and
    resolved?", 2002): a difference counts when it is large both in itself and beside its recent past.
    """

    def __init__(self) -> None:
        self._last: NDArray[np.uint8] | None = None
        self._recent: deque[float] = deque(maxlen=8)

    def starts_shot(self, luma: NDArray[np.uint8]) -> bool:
        """luma: samples on the same grid for every frame. True for the first frame."""
        last, self._last = self._last, luma
        if last is None or last.shape != luma.shape:
            self._recent.clear()
            return True
        d = difference(last, luma)
        usual = median(self._recent) if self._recent else 0.0
        cut = d > HARD_CUT and d > TIMES_USUAL * usual
        self._recent.append(min(d, HARD_CUT) if cut else d)
        return cut
