"""Picture files as a sequence: a single picture, the pages of a TIFF or MPO, an animation that Pillow alone decodes."""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from matcher.errors import MediaUnreadable
from matcher.media.bounds import MAX_FRAME_PIXELS, MAX_PICTURE_PIXELS, TAKE_ANOTHER
from matcher.media.frames import luma_of_image, shrink
from matcher.media.pictures import read_still, read_whole
from matcher.media.track import MediaInfo, Track
from matcher.types import Frame
from registry.types import Image

PAGED = ("MPO", "TIFF")
"""Formats whose pictures stand beside each other, rather than follow each other in time: one a second is counted."""
PAGE_SECONDS, LEAST_SECONDS, USUAL_SECONDS = 1.0, 0.01, 0.1


class Still(Track):
    """One picture. Decoded at once, so that what is none is found out."""

    def __init__(self, path: Path) -> None:
        self._image, self._scale = read_still(path)
        height, width = (round(side * self._scale) for side in self._image.shape[:2])
        super().__init__(MediaInfo("image", width, height, 0.0))

    def at(self, t: float, *, counted: bool) -> Frame:  # noqa: ARG002
        """The picture itself, at any time."""
        return Frame(0.0, self._image, 0, self._scale)

    def close(self) -> None:
        pass

    def _pictures(self) -> Iterator[tuple[float, Image]]:
        yield 0.0, self._image

    def _luma(self, picture: Image) -> NDArray[np.uint8]:
        return luma_of_image(picture)

    def _frame(self, t: float, picture: Image, shot: int, max_side: int) -> Frame:
        image, scale = shrink(picture, max_side)
        return Frame(t, image, shot, scale * self._scale)

    def _ended(self, t: float, *, seen: bool) -> float:  # noqa: ARG002
        self.coverage.due = 1.0
        return 0.0


class Pages(Track):
    """Several pictures in one file. A page that is too large or damaged is said to be unseen, and the others are looked at."""

    def __init__(self, path: Path, still: Pillow.Image) -> None:
        self._path, self._still = path, still
        self._count = _count(still)
        self._paged, self._looked = still.format in PAGED, 0
        width, height = still.size
        super().__init__(MediaInfo("image" if self._paged else "video", width, height, 0.0))
        if not self._paged and width * height > MAX_FRAME_PIXELS:
            raise MediaUnreadable(
                f"{path.name} claims moving pictures of {width} x {height} pixels.", "Those of up to 8192 x 8192 pixels are read."
            )

    def at(self, t: float, *, counted: bool) -> Frame:  # noqa: ARG002
        """The page that is shown at t seconds. Raises MediaUnreadable where none is."""
        best: tuple[float, Image, float] | None = None
        for time_, (image, scale) in self._pictures():
            if best is not None and time_ > t + 1e-3:
                break
            best = time_, image, scale
        if best is None:
            raise MediaUnreadable(f"{self._path.name} shows nothing at {t:.2f} s.", TAKE_ANOTHER)
        return Frame(best[0], best[1], 0, best[2])

    def close(self) -> None:
        self._still.close()

    def _pictures(self) -> Iterator[tuple[float, tuple[Image, float]]]:
        t, bad = 0.0, 0
        for number in range(self._count):
            if time.monotonic() > self._deadline:
                break
            picture = self._page(number)
            bad += picture is None
            if picture is not None:
                yield t, picture
            t += self._seconds()
            self._looked += 1
        if bad:
            self.coverage.miss(bad * t / self._count, f"{bad} of {self._count} pictures could not be decoded.")

    def _page(self, number: int) -> tuple[Image, float] | None:
        try:
            self._still.seek(number)
            if self._still.width * self._still.height > MAX_PICTURE_PIXELS:
                return None
            return read_whole(self._still)
        except MemoryError:
            raise
        except Exception:
            # Pillow's decoders raise whatever their format's parser met.
            return None

    def _seconds(self) -> float:
        if self._paged:
            return PAGE_SECONDS
        said = self._still.info.get("duration")
        seconds = said / 1000 if isinstance(said, (int, float)) and math.isfinite(said) else 0.0
        return seconds if seconds >= LEAST_SECONDS else USUAL_SECONDS

    def _luma(self, picture: tuple[Image, float]) -> NDArray[np.uint8]:
        return luma_of_image(picture[0])

    def _frame(self, t: float, picture: tuple[Image, float], shot: int, max_side: int) -> Frame:
        image, scale = shrink(picture[0], max_side)
        return Frame(t, image, shot, scale * picture[1])

    def _ended(self, t: float, *, seen: bool) -> float:
        if not seen:
            raise MediaUnreadable(f"Not one picture of {self._path.name} can be decoded.", TAKE_ANOTHER)
        end = t + self._seconds()
        self.coverage.due = end * self._count / max(1, self._looked)
        if self._looked < self._count:
            self.coverage.miss(self.coverage.due - end, f"Only {self._looked} of {self._count} pictures: the time was over.")
        return end


def _count(still: Pillow.Image) -> int:
    """How many pictures the file holds, the first one that is broken among them where what comes after it cannot be counted."""
    try:
        return int(getattr(still, "n_frames", 1))
    except MemoryError:
        raise
    except Exception:
        # Pillow's decoders raise whatever their format's parser met; a broken page hides none of those before it.
        return _unbroken(still) + 1


def _unbroken(still: Pillow.Image) -> int:
    number = 0
    try:
        while True:
            still.seek(number)
            number += 1
    except MemoryError:
        raise
    except Exception:
        return number
