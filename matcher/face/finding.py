"""Where faces are in a picture, whoever they are: asked of a pack's detector in a confined process."""

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

from isolation.errors import Broke, Lost
from isolation.limits import Confinement
from isolation.worker import Worker
from matcher.types import Box
from registry.types import Image

ENTRY = "matcher.face.finding_child:finding"
SIZE = struct.Struct("!II")
"""Height and width of the picture whose pixels follow."""

SECONDS = 60.0
MEMORY = 2 << 30
MOST_FACES = 2000


@dataclass(frozen=True)
class DetectorChoice:
    """Which packs may lend their detector: the first that is here, has one and may be used. models: the folder of packs."""

    models: Path
    packs: tuple[str, ...]
    commercial: bool
    accepted: tuple[str, ...]


@dataclass(frozen=True)
class FacesSeen:
    """boxes: all faces that were found, in pixels of the picture. absent: why nobody looked; "" where somebody did."""

    boxes: tuple[Box, ...]
    absent: str = ""


class FaceFinder:
    """Asks one process, started at the first picture. Any thread may ask; close it when done. choice: None finds nothing."""

    def __init__(self, choice: DetectorChoice | None) -> None:
        self._lock = RLock()
        self._worker = None if choice is None else Worker(ENTRY, _order(choice), Confinement((choice.models,), MEMORY))

    def start(self) -> None:
        """Have the process at hand before the first picture. Raises Lost."""
        if self._worker is not None:
            with self._lock:
                self._worker.start()

    def faces(self, image: Image) -> FacesSeen:
        """All faces of a picture (h, w, 3) BGR. Whatever hinders the look is said in the answer."""
        if self._worker is None:
            return FacesSeen((), "no pack with a face detector is chosen")
        height, width = image.shape[:2]
        try:
            with self._lock:
                said = self._worker.ask(SIZE.pack(height, width) + image.tobytes(), SECONDS)
            return _read(said, width, height)
        except Lost as lost:
            return FacesSeen((), f"the face detector was lost: {lost.words}")
        except (Broke, ValueError, TypeError, KeyError, RecursionError):
            return FacesSeen((), "the face detector failed on it")

    def close(self) -> None:
        """End the process, if one was started."""
        if self._worker is not None:
            self._worker.close()


def _order(choice: DetectorChoice) -> bytes:
    return json.dumps([str(choice.models.absolute()), choice.packs, choice.commercial, choice.accepted]).encode()


def _read(said: bytes, width: int, height: int) -> FacesSeen:
    """Plain values, each of its kind and within the picture. Raises ValueError and what an unexpected shape ends in."""
    given = json.loads(said)
    if given["absent"]:
        return FacesSeen((), str(given["absent"])[:300])
    boxes = [_box([float(value) for value in corners], width, height) for corners in given["boxes"][:MOST_FACES]]
    return FacesSeen(tuple(box for box in boxes if box.x1 < box.x2 and box.y1 < box.y2))


def _box(corners: list[float], width: int, height: int) -> Box:
    if len(corners) != 4 or not all(map(math.isfinite, corners)):
        raise ValueError
    x1, y1, x2, y2 = (min(max(value, 0.0), limit) for value, limit in zip(corners, (width, height) * 2, strict=True))
    return Box(x1, y1, x2, y2)
