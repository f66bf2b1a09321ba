"""One picture sequence of a file: the frames of it that are looked at, and its shots."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.media.coverage import MediaCoverage
from matcher.shots import CutFinder
from matcher.types import Frame

MOST_BETWEEN = 30
"""Frames from one that is looked at to the next, whatever their times say; at 120 a second, those of a quarter of a second."""


@dataclass(frozen=True)
class MediaInfo:
    """Size of the upright picture in pixels; duration in seconds, 0 for a still picture or where the file does not say.

    lead_in: seconds of the file before its first picture. Times everywhere count from the first picture.
    """

    kind: str
    width: int
    height: int
    duration: float
    lead_in: float = 0.0


class Track(ABC):
    """Read once from front to end. After frames() is exhausted, shots, warnings, coverage and counted are settled.

    counted: whether the times are those of counting frames, because the file's own are missing, out of order or absurd.
    """

    def __init__(self, info: MediaInfo) -> None:
        self.info = info
        self.shots: list[tuple[float, float]] = []
        self.warnings: list[str] = []
        self.coverage = MediaCoverage()
        self.counted = False
        self._most_between = MOST_BETWEEN
        self._deadline = math.inf

    def frames(self, rate: float, max_side: int, deadline: float) -> Iterator[Frame]:
        """Frames at about rate a second and one at every cut, until the moment of the monotonic clock at which work ends.

        Raises MediaUnreadable when not one can be decoded.
        """
        self._deadline = deadline
        cuts, due, shot_start, t, shot, since = CutFinder(), 0.0, 0.0, 0.0, -1, 0
        for time, picture in self._pictures():
            t, since = max(t, time), since + 1
            cut = cuts.starts_shot(self._luma(picture))
            if cut:
                if shot >= 0:
                    self.shots.append((shot_start, t))
                shot, shot_start = shot + 1, t
            if cut or t >= due or since >= self._most_between:
                due = (t if cut else max(due, t - 1 / rate)) + 1 / rate - 1e-6
                since, frame = 0, self._frame(t, picture, shot, max_side)
                if shot == 0 and not self.shots:
                    self.info = replace(self.info, width=round(frame.size[0]), height=round(frame.size[1]))
                yield frame
        end = self._ended(t, seen=shot >= 0)
        self.shots.append((shot_start, end))
        self.info = replace(self.info, duration=end)

    @abstractmethod
    def at(self, t: float, *, counted: bool) -> Frame:
        """The frame shown at t seconds, at full size. Leaves the track used up. Raises MediaUnreadable."""

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def _pictures(self) -> Iterator[tuple[float, Any]]:
        """All pictures with their times, which never go back."""

    @abstractmethod
    def _luma(self, picture: Any) -> NDArray[np.uint8]: ...

    @abstractmethod
    def _frame(self, t: float, picture: Any, shot: int, max_side: int) -> Frame: ...

    @abstractmethod
    def _ended(self, t: float, *, seen: bool) -> float:
        """The end in seconds, where t is the time of the last picture. Settles the coverage.

        Raises MediaUnreadable if none was seen.
        """
