"""Where lines of writing are in a picture: a model's map of what is text, turned into boxes.

Differentiable binarisation, Liao et al., AAAI 2020 (arXiv:1911.08947): the map shows the shrunken middle of each line, so that
lines do not run together; what is found of one is grown again by its area over its outline.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.session import Session
from registry.types import Image

INSIDE, AT_LEAST, GROWTH = 0.3, 0.5, 1.6
"""Of the map: what counts as text, the mean that a line must have, and how far it is grown; as the model was made to be used."""

_STEP = 32
"""The model takes sides that are multiples of this."""

_THINNEST = 3.0
_MOST = 200


@dataclass(frozen=True)
class Line:
    """corners: (4, 2) x and y in pixels of the picture, from the upper left one clockwise. score: 0 to 1, how much it is text."""

    corners: NDArray[np.float32]
    score: float


class LineFinder:
    """The detector of a pack for words."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lines(self, image: Image, scale: float = 1.0) -> list[Line]:
        """The lines in a picture, (h, w, 3) BGR, from top to bottom. scale: how much larger or smaller the model sees it."""
        height, width = image.shape[:2]
        if min(height, width) < 2:
            return []
        size = (_whole(width * scale), _whole(height * scale))
        seen = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        (found,) = self._session.run({self._session.inputs[0]: as_input(np.asarray(seen, np.uint8))[None]})
        return lines_of(found[0, 0], width, height)

    def lines_in_each(self, cuttings: Sequence[Image]) -> list[list[Line]]:
        """The lines in each of several cuttings of at least 2 pixels a side, which are looked at together at their own size."""
        if not cuttings:
            return []
        high = -(-max(cutting.shape[0] for cutting in cuttings) // _STEP) * _STEP
        wide = -(-max(cutting.shape[1] for cutting in cuttings) // _STEP) * _STEP
        # What is filled up goes on as the cutting ends: an edge would look like a stroke.
        filled = [
            cv2.copyMakeBorder(one, 0, high - one.shape[0], 0, wide - one.shape[1], cv2.BORDER_REPLICATE) for one in cuttings
        ]
        (found,) = self._session.run({self._session.inputs[0]: np.stack([as_input(np.asarray(one, np.uint8)) for one in filled])})
        every = [lines_of(each[0], wide, high) for each in found]
        return [[line for line in lines if _is_within(line, one)] for lines, one in zip(every, cuttings, strict=True)]


def _is_within(line: Line, cutting: Image) -> bool:
    middle = line.corners.mean(axis=0)
    return bool(middle[0] < cutting.shape[1] and middle[1] < cutting.shape[0])


def as_input(image: Image) -> NDArray[np.float32]:
    """(3, h, w), -1 to 1, in the order of the picture's colours."""
    return np.ascontiguousarray((image.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1))


def lines_of(inside: NDArray[np.float32], width: int, height: int) -> list[Line]:
    """The lines of a map, (h, w) 0 to 1, in a picture of that size."""
    mask = cv2.dilate((inside > INSIDE).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    stretch = np.array([width / inside.shape[1], height / inside.shape[0]], np.float32)
    found = []
    for contour in contours[:_MOST]:
        middle, (long, short), angle = cv2.minAreaRect(contour)
        score = _mean_in(inside, _corners(middle, (long, short), angle))
        if min(long, short) < _THINNEST or score < AT_LEAST:
            continue
        more = 2 * GROWTH * long * short / (2 * (long + short))
        grown = clockwise(_corners(middle, (long + more, short + more), angle)) * stretch
        corners = np.clip(np.round(grown), 0, np.array([width - 1, height - 1])).astype(np.float32)
        if min(_along(corners, 0, 1), _along(corners, 0, 3)) > _THINNEST:
            found.append(Line(corners, score))
    return sorted(found, key=lambda line: (float(line.corners[0, 1]), float(line.corners[0, 0])))


def cut_out(image: Image, corners: NDArray[np.float32]) -> Image:
    """The line as an upright picture of its own; one that is much higher than wide is turned to lie."""
    width = max(1, round(max(_along(corners, 0, 1), _along(corners, 3, 2))))
    height = max(1, round(max(_along(corners, 0, 3), _along(corners, 1, 2))))
    onto = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = cv2.getPerspectiveTransform(corners, onto)
    cut = cv2.warpPerspective(image, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.rot90(cut) if height >= 1.5 * width else cut, np.uint8)


def clockwise(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Four corners from the upper left one on."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    left = left[np.argsort(left[:, 1], kind="stable")]
    right = right[np.argsort(right[:, 1], kind="stable")]
    return np.array([left[0], right[0], right[1], left[1]], np.float32)


def _corners(middle: Sequence[float], sides: Sequence[float], angle: float) -> NDArray[np.float32]:
    return np.asarray(cv2.boxPoints((middle, sides, angle)), np.float32)


def _mean_in(inside: NDArray[np.float32], corners: NDArray[np.float32]) -> float:
    height, width = inside.shape
    low = np.clip(np.floor(corners.min(axis=0)), 0, (width - 1, height - 1)).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)), 0, (width - 1, height - 1)).astype(int)
    part = inside[low[1] : high[1] + 1, low[0] : high[0] + 1]
    mask = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(mask, [(corners - low).astype(np.int32)], 1)
    return float(cv2.mean(np.ascontiguousarray(part), mask)[0])


def _along(corners: NDArray[np.float32], one: int, other: int) -> float:
    return math.dist(corners[one].tolist(), corners[other].tolist())


def _whole(side: float) -> int:
    return max(_STEP, round(side / _STEP) * _STEP)
