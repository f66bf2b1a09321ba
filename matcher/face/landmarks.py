"""A second look at a found face: its five points, found again in close-ups in which it stands upright and at a known size.

A detector sees a face once, small, and as it happens to lie; its points are a pixel or two off, which costs an encoder as
much as a worse model would. In a close-up the face has the size at which the detector is best, and several close-ups err
in different ways. A head that leans is turned upright first: a detector that was trained on upright heads gives the points
of one that leans by 40 degrees badly and says so by a lower score.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.face.align import similarity
from registry.types import Image

Floats = NDArray[np.float32]
Points = NDArray[np.floating]

FACE = np.array([(0.31557, 0.46157), (0.68262, 0.46157), (0.50026, 0.64051), (0.34947, 0.82469), (0.65343, 0.82469)]) - 0.5
"""Where eyes, nose and mouth corners of an upright face lie about its middle, in sides of its square."""

SURE = 0.3
"""Below this score a close-up shows no face, and the points from before stay."""

LEANS, UPRIGHT = (-40.0, 40.0), 0.9
"""Degrees by which a face may lean further than its points say, tried where the score of the close-up is below UPRIGHT."""


@dataclass(frozen=True)
class Closeups:
    """scores (n,): how sure it is that a face is there, 0 to 1. landmarks (n, 5, 2) in pixels of the picture."""

    scores: Floats
    landmarks: Floats


class Landmarker(Protocol):
    """Gives the points of a face that was found a second look."""

    def closeups(self, pictures: NDArray[np.uint8]) -> Closeups:
        """The face in the middle of each of pictures (n, s, s, 3), s a multiple of 32; its square has about half their side."""


@dataclass(frozen=True)
class Glance:
    """One way of looking: pictures of side pixels, the face's square filling these shares of it, also mirrored or not."""

    side: int
    shares: tuple[float, ...]
    mirrored: bool = False


QUICK = Glance(160, (0.6,))
THOROUGH = Glance(224, (0.5, 0.7), mirrored=True)
"""Chosen on the development splits, see benchmarks/README.md."""


def is_central(boxes: Floats, side: int) -> NDArray[np.bool_]:
    """Which of boxes (n, 4) stand in the middle of a picture of that side."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    return np.asarray(np.abs(centres - side / 2).max(axis=1, initial=0) < 0.15 * side, np.bool_)


def refined(landmarker: Landmarker, image: Image, landmarks: Points, glance: Glance) -> Points:
    """The five points (5, 2) of a face in image, from those that a detector gave; both in pixels of image."""
    points, scores = _looked(landmarker, image, landmarks, QUICK, (0.0,))
    if scores[0] < UPRIGHT:
        others, beside = _looked(landmarker, image, landmarks, QUICK, LEANS)
        points, scores = np.concatenate([points, others]), np.concatenate([scores, beside])
    best = int(scores.argmax())
    if scores[best] <= SURE:
        return landmarks
    if glance is QUICK and best == 0:
        return np.asarray(points[0])
    points, scores = _looked(landmarker, image, points[best], glance, (0.0,))
    weights = np.where(scores > SURE, scores, 0.0)
    return np.asarray(np.average(points, axis=0, weights=weights)) if weights.any() else landmarks


def _looked(
    landmarker: Landmarker, image: Image, landmarks: Points, glance: Glance, leans: Sequence[float]
) -> tuple[NDArray[np.float64], Floats]:
    """Points (n, 5, 2) in pixels of image and scores (n,) that close-ups of all shares and leans give."""
    pictures, back, mirrors = [], [], []
    for share in glance.shares:
        for lean in leans:
            into = similarity(landmarks, turned(FACE * glance.side * share, lean) + glance.side / 2)
            picture = cv2.warpAffine(image, into, (glance.side, glance.side), flags=cv2.INTER_LINEAR)
            for mirrored in (False, True) if glance.mirrored else (False,):
                pictures.append(picture[:, ::-1] if mirrored else picture)
                back.append(cv2.invertAffineTransform(into))
                mirrors.append(mirrored)
    found = landmarker.closeups(np.stack(pictures))
    points = [
        (_unmirrored(marks, glance.side) if mirrored else marks) @ matrix[:, :2].T + matrix[:, 2]
        for marks, matrix, mirrored in zip(found.landmarks, back, mirrors, strict=True)
    ]
    return np.stack(points), found.scores


def turned(points: Points, degrees: float) -> Points:
    """Points (n, 2) turned about the origin."""
    angle = np.deg2rad(degrees)
    return np.asarray(points @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).T)


def _unmirrored(landmarks: Floats, side: int) -> Floats:
    """Points of a mirrored picture where they lie in the picture itself: left and right change places."""
    x = side - 1 - landmarks[[1, 0, 2, 4, 3], 0]
    return np.stack([x, landmarks[[1, 0, 2, 4, 3], 1]], axis=1)
