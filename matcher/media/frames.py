"""One decoded frame, converted to the size that is asked for and no larger."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.shots import GRID
from matcher.types import Frame
from registry.types import Image


class DecodedFrame(Frame):
    """A frame as the decoder left it, converted to the size that is asked for and no larger."""

    def __init__(self, t: float, picture: Any, shot: int, aspect: float, max_side: int) -> None:
        self.t, self.shot = t, shot
        self._picture = picture
        self._square = square(picture, aspect)
        self.scale = max(1.0, max(self._square) / max_side)
        self._max_side = max_side
        self._whole: Image | None = None

    @property
    def image(self) -> Image:
        """(h, w, 3) BGR, upright, as large as is looked at; converted when it is first asked for."""
        if self._whole is None:
            self._whole = self.within(self._max_side)
        return self._whole

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in pixels of the file, upright and of square pixels."""
        width, height = self._square
        return (height, width) if _turns(self._picture) % 2 else (width, height)

    def within(self, side: int) -> Image:
        """As image, with a long side of at most side."""
        shrink = max(1.0, max(self._square) / min(side, self._max_side))
        size = (max(1, round(self._square[0] / shrink)), max(1, round(self._square[1] / shrink)))
        # Averaging matters only where many pixels are dropped, and where none are there is nothing to interpolate.
        return converted(self._picture, size, "AREA" if shrink > 2 else "BILINEAR" if shrink > 1 else "POINT")


def square(picture: Any, aspect: float) -> tuple[int, int]:
    """Width and height of the frame in square pixels, before it is turned."""
    return max(1, round(picture.width * aspect)), picture.height


def _turns(picture: Any) -> int:
    return round((picture.rotation or 0) / 90) % 4


def converted(picture: Any, size: tuple[int, int], method: str) -> Image:
    """The frame as it is to be seen, turned upright; size: width and height before that."""
    image = picture.reformat(size[0], size[1], "bgr24", interpolation=method, threads=1).to_ndarray()
    turns = _turns(picture)
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image


def shrink(image: Image, max_side: int) -> tuple[Image, float]:
    """The picture with at most max_side pixels on its long side, and how many of its pixels each of those stands for."""
    scale = max(1.0, max(image.shape[:2]) / max_side)
    if scale == 1.0:
        return image, 1.0
    size = tuple(max(1, round(side / scale)) for side in image.shape[1::-1])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def luma_of(picture: Any) -> NDArray[np.uint8]:
    """Luma samples of one decoded frame on GRID, without converting it."""
    plane, component = picture.planes[0], picture.format.components[0]
    wide = component.bits > 8
    samples = np.frombuffer(plane, np.uint16 if wide else np.uint8)
    stride = plane.line_size // (2 if wide else 1)
    if stride <= 0 or samples.size < stride * plane.height:
        return np.zeros((1, 1), np.uint8)
    rows = samples[: stride * plane.height].reshape(plane.height, stride)
    step_y, step_x = max(1, plane.height // GRID[0]), max(1, plane.width // GRID[1])
    grid = rows[step_y // 2 :: step_y, step_x // 2 : plane.width : step_x]
    return (grid >> (component.bits - 8) if wide else grid).astype(np.uint8)


def luma_of_image(image: Image) -> NDArray[np.uint8]:
    """The same of a picture that is converted already."""
    step_y, step_x = (max(1, side // cells) for side, cells in zip(image.shape[:2], GRID, strict=True))
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image[step_y // 2 :: step_y, step_x // 2 :: step_x]), cv2.COLOR_BGR2GRAY))
