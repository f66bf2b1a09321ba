"""How much one view of a face tells."""

import cv2
import numpy as np
from numpy.typing import NDArray

from registry.types import Image


def frontality(landmarks: NDArray[np.floating]) -> float:
    """1 for a face seen from the front, falling to 0 in profile: where the nose stands between the two eyes.

    landmarks (5, 2) in pixels. In profile the nose leaves the span between the eyes and the eyes' distance shrinks.
    """
    left, right, nose, mouth_left, mouth_right = np.asarray(landmarks, np.float64)
    across = right - left
    span = float(np.linalg.norm(across))
    height = float(np.linalg.norm((mouth_left + mouth_right) / 2 - (left + right) / 2))
    if span < 1e-6 or height < 1e-6:
        return 0.0
    offset = abs(float((nose - (left + right) / 2) @ across) / span**2)
    breadth = min(1.0, span / height / 0.9)
    return max(0.0, 1 - 1.6 * offset) * breadth


def sharpness(chip: Image) -> float:
    """0 for a flat blur to 1: the variance of the Laplacian of an aligned face, which saturates at that of a clear photo.

    Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", 2000.
    """
    grey = cv2.resize(cv2.cvtColor(chip, cv2.COLOR_BGR2GRAY), (96, 96), interpolation=cv2.INTER_AREA)
    return min(1.0, float(cv2.Laplacian(grey, cv2.CV_32F).var()) / 400.0)


def weight(score: float, landmarks: NDArray[np.floating], side: float, sharp: float = 1.0) -> float:
    """Above 0 to 1: detector score (0-1), pose, side of the box in full-size pixels and sharpness (0-1) together.

    Without the sharpness it is the most that a view can be worth.
    """
    size = min(1.0, side / 100.0)
    return max(1e-3, score * (0.25 + 0.75 * frontality(landmarks)) * (0.3 + 0.7 * size) * (0.4 + 0.6 * sharp))
