"""What a frame is made of, apart from its colours: a small band-passed map, and how far two of them agree. Pure functions."""

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.footage.details import Grey

WIDTH, HEIGHT = 64, 36
"""Of a map, whatever the shape of the frame."""

_COARSE = 3.0
_FLOOR = 2.0
"""Grey levels of contrast under which a place counts as flat."""

Map = NDArray[np.float32]
"""(HEIGHT, WIDTH): about -2 to 2, 0 where nothing is."""

Mask = NDArray[np.float32]
"""(HEIGHT, WIDTH): 1 where a map tells something, else 0."""


def structure(grey: NDArray[np.float32], mask: Mask | None = None) -> Map:
    """The map of a picture (HEIGHT, WIDTH) of grey levels: contrast with what is around, in units of the local contrast."""
    if mask is None:
        mask = np.ones((HEIGHT, WIDTH), np.float32)
    weight = np.maximum(_blurred(mask), 1e-3)
    fine: NDArray[np.float32] = np.asarray((grey - _blurred(grey * mask) / weight) * mask, np.float32)
    strength = np.sqrt(_blurred(np.square(fine)) / weight)
    return np.asarray(fine / (strength + _FLOOR), np.float32)


def _blurred(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), _COARSE), np.float32)


def map_of(grey: Grey) -> Map:
    """The map of a whole frame."""
    small = cv2.resize(grey, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return structure(np.asarray(small, np.float32))


def warped(grey: Grey, onto: NDArray[np.float64]) -> tuple[NDArray[np.float32], Mask]:
    """A frame as it lies on a reference's map, and where. onto: (2, 3) from pixels of the map to pixels of grey.

    The frame is made smaller first where the map takes fewer pixels of it than it has.
    """
    scale = float(np.sqrt(abs(np.linalg.det(onto[:, :2]))))
    if scale > 1.5:
        size = (max(1, round(grey.shape[1] / scale)), max(1, round(grey.shape[0] / scale)))
        factor = np.array([size[0] / grey.shape[1], size[1] / grey.shape[0]])
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
        onto = onto * factor[:, None]
        onto[:, 2] += (factor - 1) / 2
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(grey, onto, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    at = np.einsum("ij,jhw->ihw", onto[:, :2], np.stack([x, y]).astype(np.float64)) + onto[:, 2][:, None, None]
    inside = (at[0] >= 0) & (at[0] <= grey.shape[1] - 1) & (at[1] >= 0) & (at[1] <= grey.shape[0] - 1)
    return np.asarray(laid, np.float32), inside.astype(np.float32)


def likeness(shown: Map, mask: Mask, maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far a map agrees with each of maps (n, HEIGHT, WIDTH) where mask says: (n,), -1 to 1, 0 where either is flat."""
    a = (shown * mask).ravel()
    flat = maps.reshape(len(maps), -1)
    across = flat @ a
    own = float(a @ a)
    theirs = (flat * flat) @ mask.ravel()
    floor = 0.02 * float(mask.sum())
    return np.asarray(across / np.sqrt(np.maximum(own, floor) * np.maximum(theirs, floor)), np.float32)
