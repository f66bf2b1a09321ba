"""From frames of a video to stretches of a party's clips: which frames are looked at, how closely, and when."""

from collections.abc import Iterable, Sequence
from functools import cached_property

import cv2
import numpy as np

from matcher.errors import ReferenceRefused
from matcher.footage.clip import SIDE, Clip, ClipMaker
from matcher.footage.details import Details, Grey, details_of
from matcher.footage.following import Follower, Stretch
from matcher.footage.table import FootageTable
from matcher.types import Frame

PERIOD, SETTLED_PERIOD, SETTLED = 1.0, 2.0, 2.0
"""Seconds from one look to the next within a shot, and after so many seconds of it."""

SHORTEST_PERIOD = 0.2
"""A new shot is looked at no sooner than this after the last look: a video of nothing but cuts must not cost more."""

IDLE_PERIOD = 0.5
"""Seconds between the frames that are kept for a while, in case that the next look finds something in them."""

SMALL = 240
MOST_DETAILS = 500

SHORTEST_CLIP, LONGEST_CLIP = 3.0, 300.0
"""Seconds of a clip that can be enrolled."""

_MOVES = 0.02
_DETAILED = 0.05


class Greys:
    """A frame in grey and its features, each worked out once for all who look at it."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    @cached_property
    def small(self) -> Grey:
        """With SMALL pixels on the long side."""
        return grey_of(self._frame, SMALL)

    @cached_property
    def details(self) -> Details:
        return details_of(grey_of(self._frame, SIDE), MOST_DETAILS)


class FootageWatch:
    """clips: of one party, at least one; table: the same clips'."""

    def __init__(self, clips: Sequence[Clip], table: FootageTable) -> None:
        self._follower = Follower(clips, table)
        self._last: tuple[float, int] | None = None
        self._shot_start, self._kept = 0.0, 0.0

    def see(self, frame: Frame, greys: Greys | None = None) -> None:
        """Follow what is known of into a frame, and look for clips where one is due. greys: the frame's, if others look too."""
        greys = greys or Greys(frame)
        due = self._is_due(frame)
        if due or self._follower.follows or frame.t - self._kept >= IDLE_PERIOD - 1e-3:
            self._follower.see(frame.t, greys.small)
            self._kept = frame.t
        if due:
            self._last = frame.t, frame.shot
            self._follower.look(frame.t, greys.details)

    def _is_due(self, frame: Frame) -> bool:
        if self._last is None:
            return True
        t, shot = self._last
        if frame.shot != shot:
            self._shot_start = frame.t
            return frame.t - t >= SHORTEST_PERIOD
        settled = t - self._shot_start >= SETTLED
        return frame.t - t >= (SETTLED_PERIOD if settled else PERIOD) - 1e-3

    def stretches(self) -> list[Stretch]:
        """What was found, in order of time."""
        return sorted(self._follower.stretches(), key=lambda stretch: (stretch.t_start, -stretch.score))


def enrolled(frames: Iterable[Frame]) -> Clip:
    """What is remembered of a clip, of its frames in order, four or more a second.

    Raises ReferenceRefused for one that is too short or long, shows nothing, or does not move: saying so, and what would do.
    """
    maker = ClipMaker()
    for frame in frames:
        if frame.t > LONGEST_CLIP:
            raise ReferenceRefused("The clip is longer than 5 minutes.", "Cut it into parts of up to 5 minutes, and enrol those.")
        maker.see(frame.t, frame.shot, grey_of(frame, SIDE))
    if not maker.seen:
        raise _too_short(0.0)
    made = maker.made()
    if (refused := why_not(made)) is not None:
        raise refused
    return made


def why_not(clip: Clip) -> ReferenceRefused | None:
    """What stands against knowing a clip again: it is too short, shows nothing, or does not move; None where nothing does."""
    seconds = float(clip.times[-1] - clip.times[0])
    if seconds < SHORTEST_CLIP - 0.3:
        return _too_short(seconds)
    if float(np.abs(clip.seen).mean()) < _DETAILED:
        return ReferenceRefused(
            "The clip shows next to nothing: its frames are flat or black.", "Enrol a stretch with a picture."
        )
    if float(clip.seen.std(axis=0).mean()) < _MOVES:
        return ReferenceRefused(
            "Nothing moves in the clip: a still picture is no footage.", "Enrol the picture as a character's or mark's artwork."
        )
    return None


def _too_short(seconds: float) -> ReferenceRefused:
    said = f"The clip is {seconds:.1f} seconds long; footage needs {SHORTEST_CLIP:.0f} or more."
    return ReferenceRefused(said, "Enrol a longer stretch of it.")


def grey_of(frame: Frame, side: int) -> Grey:
    """The frame in grey, with at most side pixels on its long side."""
    return np.asarray(cv2.cvtColor(frame.within(side), cv2.COLOR_BGR2GRAY), np.uint8)
