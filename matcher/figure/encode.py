"""The seam for image encoders, and the two ways in which an ONNX model gives vectors of the parts of a picture."""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from matcher.errors import PackError
from matcher.face.encode import as_input, unit
from matcher.figure.regions import Corners, Floats, crops, pooled, regions
from matcher.packs.spec import ImageInput
from matcher.session import Session
from registry.types import Image

LONGEST = 5 / 3
"""Sides of a picture that is encoded whole, longer over shorter, at most: of a strip more would only cost more."""


@dataclass(frozen=True)
class Parts:
    """Of one picture: corners in its pixels, and vectors (n, d) of unit length. A part of which the model says nothing, an even
    patch, is none of them."""

    corners: tuple[Corners, ...]
    vectors: Floats


class FigureEncoder(Protocol):
    """id names the model by its digest and how it is asked, so that templates never meet vectors of another."""

    id: str

    def parts(self, picture: Image) -> Parts:
        """The parts of a BGR picture."""


class CropEncoder:
    """Runs the model on each part, made square as models of that kind were trained: CLIP, SigLIP, DINOv2, MobileNet.

    output: the model's, by name; where it gives a vector for each place of the picture, the first stands for the whole.
    """

    def __init__(self, session: Session, contract: ImageInput, identity: str, output: str | None = None) -> None:
        self.id = identity
        self._session, self._contract, self._output = session, contract, output

    def parts(self, picture: Image) -> Parts:
        """See FigureEncoder; at most MOST_CROPS."""
        boxes = crops(picture.shape[1], picture.shape[0])
        # One at a time: a processor's cache holds one picture's tensors and not fourteen's.
        rows = [self._vector(picture[top:bottom, left:right]) for left, top, right, bottom in boxes]
        return _telling(boxes, np.stack(rows))

    def _vector(self, crop: Image) -> Floats:
        side = self._contract.size
        chip = as_input(_resized(crop, side, side)[None], self._contract)
        made = self._session.run({self._contract.name: chip}, [self._output] if self._output else None)[0]
        return np.asarray(made[0, 0] if made.ndim == 3 else made.reshape(-1), np.float32)


class MapEncoder:
    """Runs the model once on the whole picture, and averages its map of channels over each part.

    The contract's size is the shorter side that the picture is scaled to; both sides become multiples of the model's step.
    """

    def __init__(self, session: Session, contract: ImageInput, identity: str, output: str | None = None) -> None:
        self.id = identity
        self._session, self._contract, self._output = session, contract, output

    def parts(self, picture: Image) -> Parts:
        """See FigureEncoder."""
        height, width = picture.shape[:2]
        side = self._contract.size
        scale = min(side / min(height, width), LONGEST * side / max(height, width))
        tall, wide = (max(3, round(length * scale / STEP)) * STEP for length in (height, width))
        chip = as_input(_resized(picture, wide, tall)[None], self._contract)
        made = self._session.run({self._contract.name: chip}, [self._output] if self._output else None)[0]
        if made.ndim != 4:
            raise PackError("A model gave no map of a picture.", "Leave `map` out of its pack's manifest.")
        cells = regions(made.shape[3], made.shape[2])
        across, down = width / made.shape[3], height / made.shape[2]
        corners = [(round(x1 * across), round(y1 * down), round(x2 * across), round(y2 * down)) for x1, y1, x2, y2 in cells]
        return _telling(corners, pooled(np.asarray(made[0], np.float32), cells))


STEP = 32
"""Pixels from one cell of a map to the next, of the networks that have one."""


def _telling(corners: list[Corners], vectors: Floats) -> Parts:
    scaled = unit(vectors)
    told = np.abs(np.linalg.norm(scaled, axis=1) - 1.0) < 1e-3  # zero, or not finite, is no answer
    return Parts(tuple(part for part, tells in zip(corners, told, strict=True) if tells), scaled[told])


def _resized(picture: Image, width: int, height: int) -> Image:
    smaller = picture.shape[0] > height or picture.shape[1] > width
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), np.uint8)
