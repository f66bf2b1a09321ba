"""The keyframes of a gallery's clips, searched at once by their local features."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.artwork_geometry import FEWEST, place
from matcher.correspondences import PointTable
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
        self._points = PointTable.of([(details.points, details.size) for details in self._keyframes])
        rows = [details.descriptors for details in self._keyframes] or [np.zeros((0, DESCRIPTOR), np.uint8)]
        self._index = FaissBitIndex(np.concatenate(rows))

    def find(self, frame: Details) -> list[Glimpse]:
        """Where clips may lie in a frame, the surest first. It takes more than this to say that one is there."""
        found: list[tuple[int, Glimpse]] = []
        rows, in_frame, likest = self._alike(frame)
        for number, seen, own in self._points.agreeing(rows, in_frame, frame.points, FEWEST):
            keyframe = self._keyframes[number]
            placement = place(keyframe.points[own], frame.points[seen], keyframe.size)
            if placement is not None:
                onto = placement.affine @ _of_map(keyframe.size)
                found.append((likest.index(number), Glimpse(*self._owner[number], onto, placement.inliers)))
        return [glimpse for _, glimpse in sorted(found, key=lambda one: (-one[1].inliers, one[0]))]

    def _alike(self, frame: Details) -> tuple[Rows, Rows, list[int]]:
        """Rows of the table and features of the frame that may be the same, the likest first, of the keyframes with most of them,
        which are told in that order."""
        distances, rows = self._index.search(frame.descriptors, _NEIGHBOURS)
        in_frame, column = np.nonzero(distances <= ALIKE)
        order = np.argsort(distances[in_frame, column], kind="stable")
        in_frame, found = in_frame[order], rows[in_frame[order], column[order]]
        keyframe = self._points.picture[found]
        counts = np.bincount(keyframe, minlength=len(self._keyframes))
        likest = np.argsort(-counts, kind="stable")[:_MOST_KEYFRAMES]
        chosen = np.isin(keyframe, likest)
        return found[chosen], in_frame[chosen], likest.tolist()


def _of_map(size: tuple[int, int]) -> NDArray[np.float64]:
    """(3, 3), from pixels of a map to pixels of a keyframe of this width and height."""
    x, y = size[0] / WIDTH, size[1] / HEIGHT
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])
