"""Local features of a picture: where something distinct is, how large, turned how, and what it looks like."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from registry.types import Image

DESCRIPTOR = 128
SMALLEST_SIDE = 16


@dataclass(frozen=True)
class Features:
    """points: (n, 4) float32, each x, y, diameter in pixels and direction in degrees, of the picture as it was looked at;
    descriptors: (n, 128) uint8, as SIFT gives them; size: width and height of the picture as it was looked at."""

    points: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    size: tuple[int, int]


def extract(picture: Image, *, most: int, longest: int, shortest: int = 0) -> tuple[Features, float]:
    """At most ``most`` features, the strongest first, and how many pixels of picture one pixel looked at stands for.

    The picture is looked at with its long side between shortest and longest pixels. One without anything to hold on to
    (flat, or a few pixels wide) gives no features.
    """
    grey, shrink = _looked_at(picture, shortest, longest)
    size = (grey.shape[1], grey.shape[0])
    if min(size) < SMALLEST_SIDE:
        return _nothing(size), 1.0 / shrink
    keypoints, descriptors = cv2.SIFT.create(nfeatures=most).detectAndCompute(grey, np.empty(0, np.uint8))
    if descriptors is None or not keypoints:
        return _nothing(size), 1.0 / shrink
    points = np.array([(p.pt[0], p.pt[1], p.size, p.angle) for p in keypoints], np.float32)
    strongest = np.argsort([-p.response for p in keypoints], kind="stable")[:most]
    return Features(points[strongest], descriptors[strongest].astype(np.uint8), size), 1.0 / shrink


def _looked_at(picture: Image, shortest: int, longest: int) -> tuple[NDArray[np.uint8], float]:
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    height, width = grey.shape
    side = max(height, width)
    wanted = min(max(side, shortest), longest)
    if wanted == side:
        return grey, 1.0
    shrink = wanted / side
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    how = cv2.INTER_AREA if shrink < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, size, interpolation=how), np.uint8), shrink


def _nothing(size: tuple[int, int]) -> Features:
    return Features(np.zeros((0, 4), np.float32), np.zeros((0, DESCRIPTOR), np.uint8), size)


def root(descriptors: NDArray[np.uint8]) -> NDArray[np.float32]:
    """SIFT descriptors (n, 128) in RootSIFT form: of unit length, their inner product is the Hellinger kernel of the
    originals (Arandjelovic and Zisserman 2012). An empty descriptor becomes an even one."""
    counts = descriptors.astype(np.float32)
    counts[counts.sum(axis=1) == 0] = 1.0
    return np.asarray(np.sqrt(counts / counts.sum(axis=1, keepdims=True)), np.float32)


# A descriptor is 4 x 4 cells of 8 directions, laid along the feature's own direction. In a mirror the cells change sides
# across that direction and every direction turns round.
_MIRROR = np.arange(DESCRIPTOR).reshape(4, 4, 8)[::-1, :, (-np.arange(8)) % 8].reshape(-1)


def mirrored(features: Features) -> Features:
    """The features that the picture would have with left and right exchanged."""
    points = features.points.copy()
    points[:, 0] = features.size[0] - 1 - points[:, 0]
    points[:, 3] = (180.0 - points[:, 3]) % 360.0
    return Features(points, features.descriptors[:, _MIRROR], features.size)
