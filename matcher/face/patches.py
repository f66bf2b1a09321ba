"""The few best views of each track, kept as small pictures until they are embedded."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.face.detect import Floats
from matcher.face.quality import frontality
from registry.types import Image

MOST_VIEWS = 8
"""Views of one track that are embedded: pooling more gains nothing that was measurable."""

MARGIN = 0.5
"""How much of its side a face is cut out with on each side: room for alignment."""


@dataclass(frozen=True)
class Patch:
    """A face cut out of a frame. box (4,) and landmarks (5, 2) in pixels of image. promise: a first estimate of how much it
    tells, from what the detector said. t: seconds."""

    t: float
    image: Image
    box: Floats
    landmarks: Floats
    promise: float


def promise(score: float, landmarks: NDArray[np.floating], side: float) -> float:
    """From 0 to 1: detector score, pose, and size in full-size pixels together, without a look at the pixels."""
    return score * (0.25 + 0.75 * frontality(landmarks)) * (0.3 + 0.7 * min(1.0, side / 100.0))


def cut(image: Image, t: float, box: Floats, landmarks: Floats, promised: float) -> Patch:
    """The face at box (4,) of image with its margin, copied."""
    side = float((box[2:] - box[:2]).max())
    centre = (box[:2] + box[2:]) / 2
    half = side * (0.5 + MARGIN)
    x1, y1 = np.floor(np.maximum(centre - half, 0)).astype(int)
    x2, y2 = np.ceil(centre + half).astype(int)
    corner = np.array([x1, y1], np.float32)
    return Patch(t, image[y1:y2, x1:x2].copy(), box - np.tile(corner, 2), landmarks - corner, promised)


class BestViews:
    """Keeps at most MOST_VIEWS patches of one track, spread over its time: of two that are close in time the better one."""

    def __init__(self) -> None:
        self.patches: list[Patch] = []

    def wants(self, promised: float) -> bool:
        return len(self.patches) < MOST_VIEWS or promised > min(p.promise for p in self.patches)

    def offer(self, patch: Patch) -> None:
        self.patches.append(patch)
        if len(self.patches) > MOST_VIEWS:
            times = np.array([p.t for p in self.patches])
            gaps = np.diff(times, prepend=2 * times[0] - times[1], append=2 * times[-1] - times[-2])
            crowding = 1 / (1e-3 + gaps[:-1] + gaps[1:])
            worth = np.array([p.promise for p in self.patches]) / crowding**0.5
            del self.patches[int(worth.argmin())]
