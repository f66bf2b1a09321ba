"""Where writing may stand over moving pictures, told without reading: thin bright strokes that stay while what is behind moves.

The white top-hat (Serra, Image Analysis and Mathematical Morphology, 1982) of a frame is what is brighter than all around it and
thinner than a stroke of writing. Its minimum over frames keeps what stood still in all of them. That writing of a mark is dense
along a line and has less above, below and around it than within ranks the places.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.sample import Frame
from registry.types import Image

HALF = 0.5
"""The strokes are looked for at half the size of the frame: two pixels are one, as thin as the thinnest writing of 16."""

_STROKE = np.ones((5, 5), np.uint8)
_BAND, _AROUND = (33, 15), (97, 45)
_HIGH, _WIDE, _WIDEST = 32, 96, 192
_FAINT, _STRONG, _SOFT = 6, 60, 25
_REACH = 0.4


@dataclass(frozen=True)
class Place:
    """Edges in pixels of the frames that were looked at."""

    left: int
    top: int
    right: int
    bottom: int


def place_about(image: Image, left: float, top: float, right: float, bottom: float) -> Place:
    """A place with some room about what was read in a whole picture."""
    high, wide = image.shape[:2]
    return Place(max(0, int(left) - 16), max(0, int(top) - 16), min(wide, int(right) + 16), min(high, int(bottom) + 16))


class StandingMap:
    """What stood still and shone over some frames of one size; those of another size begin it anew."""

    def __init__(self) -> None:
        self._strokes: NDArray[np.uint8] | None = None
        self._darkest: Image | None = None
        self.frames = 0
        self.start = 0.0

    def see(self, frame: Frame) -> None:
        image = frame.image
        if self._darkest is not None and self._darkest.shape != image.shape:
            self.clear()
        grey = cv2.cvtColor(cv2.resize(image, None, fx=HALF, fy=HALF, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
        strokes = np.asarray(cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, _STROKE), np.uint8)
        if self._strokes is None or self._darkest is None:
            self._strokes, self._darkest, self.start = strokes, image.copy(), frame.t
        else:
            np.minimum(self._strokes, strokes, out=self._strokes)
            np.minimum(self._darkest, image, out=self._darkest)
        self.frames += 1

    def clear(self) -> None:
        """Forget everything."""
        self._strokes = self._darkest = None
        self.frames = 0

    @property
    def darkest(self) -> Image:
        """Of each pixel the darkest that it was: bright writing stands out most there."""
        assert self._darkest is not None
        return self._darkest

    def places(self, most: int, but: Sequence[Place] = ()) -> list[Place]:
        """Where writing is likeliest, the likeliest first, outside of but; none where nothing stands out."""
        assert self._strokes is not None
        found: list[Place] = []
        taken = np.ones(self._strokes.shape, np.float32)
        for place in but:
            top, left = round(place.top * HALF), round(place.left * HALF)
            taken[top : round(place.bottom * HALF), left : round(place.right * HALF)] = 0
        ranks = [_banded(self._strokes), _ringed(self._strokes)]
        while len(found) < most and ranks:
            rank = ranks.pop(0)
            y, x = np.unravel_index(int((rank * taken).argmax()), rank.shape)
            if rank[y, x] * taken[y, x] <= 0:
                continue
            ranks.append(rank)
            found.append(self._around(rank, int(y), int(x), taken))
        return found

    def _around(self, rank: NDArray[np.float32], y: int, x: int, taken: NDArray[np.float32]) -> Place:
        """The place about a peak, as far along the line as it goes on; nothing within it is taken again."""
        height, width = rank.shape
        row = rank[y] >= _REACH * rank[y, x]
        left = right = x
        while left > 0 and row[left - 1] and x - left < _WIDEST // 2:
            left -= 1
        while right < width - 1 and row[right + 1] and right - x < _WIDEST // 2:
            right += 1
        left, right = min(left - 8, x - _WIDE // 2), max(right + 8, x + _WIDE // 2)
        top = min(max(0, y - _HIGH // 2), max(0, height - _HIGH))
        left, right = max(0, left), min(width, right)
        bottom = min(height, top + _HIGH)
        taken[top:bottom, left:right] = 0
        double = round(1 / HALF)
        return Place(left * double, top * double, right * double, bottom * double)


def _banded(strokes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much more there is in a line's height than above and below it."""
    inside = cv2.blur(_above(strokes, _STRONG), _BAND, borderType=cv2.BORDER_CONSTANT)
    high = _BAND[1]
    higher, lower = np.zeros_like(inside), np.zeros_like(inside)
    higher[high:], lower[:-high] = inside[:-high], inside[high:]
    return np.asarray(inside - np.maximum(higher, lower), np.float32)


def _ringed(strokes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much more there is in a line's height and some width than around."""
    soft = _above(strokes, _SOFT)
    return np.asarray(cv2.blur(soft, _BAND) - cv2.blur(soft, _AROUND), np.float32)


def _above(strokes: NDArray[np.uint8], most: int) -> NDArray[np.float32]:
    return np.clip(strokes.astype(np.float32) - _FAINT, 0, most)
