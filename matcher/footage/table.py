"""The keyframes of a gallery's clips, searched at once by their local features."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.artwork_geometry import FEWEST, place
from matcher.footage.clip import Clip
from matcher.footage.details import DESCRIPTOR, Details
from matcher.footage.structure import HEIGHT, WIDTH
from matcher.index.base import Rows
from matcher.index.faiss import FaissBitIndex

ALIKE = 64
"""Bits of 256 in which two features may differ that may be the same."""

_NEIGHBOURS = 12
_MOST_KEYFRAMES = 24
"""Keyframes of a table that are looked at closely for one frame: those with most features alike."""


@dataclass(frozen=True)
class Glimpse:
    """A clip that may be in a frame. onto: (2, 3), from pixels of the clip's map to pixels of the frame as it was looked at."""

    clip: int
    mirrored: bool
    onto: NDArray[np.float64]
    inliers: int


class FootageTable:
    """clips: of one party, at least one."""

    def __init__(self, clips: Sequence[Clip]) -> None:
        self._owner: list[tuple[int, bool]] = []
        self._keyframes: list[Details] = []
        for number, clip in enumerate(clips):
            for mirrored, details in clip.details:
                self._owner.append((number, mirrored))
                self._keyframes.append(details)
        counts = [len(details.points) for details in self._keyframes]
        self._keyframe_of_row = np.repeat(np.arange(len(counts)), counts)
        self._first_row = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        rows = [details.descriptors for details in self._keyframes] or [np.zeros((0, DESCRIPTOR), np.uint8)]
        self._index = FaissBitIndex(np.concatenate(rows))

    def find(self, frame: Details) -> list[Glimpse]:
        """Where clips may lie in a frame, the surest first. It takes more than this to say that one is there."""
        found: list[Glimpse] = []
        for number, in_frame, in_keyframe in self._correspondences(frame):
            keyframe = self._keyframes[number]
            placement = place(keyframe.points[in_keyframe], frame.points[in_frame], keyframe.size)
            if placement is not None:
                onto = placement.affine @ _of_map(keyframe.size)
                found.append(Glimpse(*self._owner[number], onto, placement.inliers))
        return sorted(found, key=lambda glimpse: -glimpse.inliers)

    def _correspondences(self, frame: Details) -> Iterator[tuple[int, Rows, Rows]]:
        """For each keyframe with enough of them: its number, features of the frame, and features of the keyframe like them."""
        distances, rows = self._index.search(frame.descriptors, _NEIGHBOURS)
        in_frame, column = np.nonzero(distances <= ALIKE)
        order = np.argsort(distances[in_frame, column], kind="stable")
        in_frame, found = in_frame[order], rows[in_frame[order], column[order]]
        keyframe = self._keyframe_of_row[found]
        counts = np.bincount(keyframe, minlength=len(self._keyframes))
        for number in np.argsort(-counts, kind="stable")[:_MOST_KEYFRAMES]:
            of_keyframe = keyframe == number
            a, b = _one_to_one(in_frame[of_keyframe], found[of_keyframe] - self._first_row[number])
            if len(a) >= FEWEST:
                yield int(number), a, b


def _of_map(size: tuple[int, int]) -> NDArray[np.float64]:
    """(3, 3), from pixels of a map to pixels of a keyframe of this width and height."""
    x, y = size[0] / WIDTH, size[1] / HEIGHT
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])


def _one_to_one(a: Rows, b: Rows) -> tuple[Rows, Rows]:
    """Of pairs in order of likeness, those whose first member and whose second member have not been used before."""
    kept = np.sort(np.unique(a, return_index=True)[1])
    a, b = a[kept], b[kept]
    kept = np.sort(np.unique(b, return_index=True)[1])
    return a[kept], b[kept]
