"""When each frame is shown, also where a file's own times are missing, out of order or absurd."""

from fractions import Fraction

ODD, BEHIND = 1.0, 4
"""Seconds behind, and frames in a row that are so far behind, from which on a file's times are given up. Less is sloppiness, or
damage: time hardly moves."""

FAR = 3600.0
"""Seconds ahead in one step from which on a time is absurd."""

LEAST = 2e-3
"""Seconds between frames whose times stand still, so that a time still names one of them."""

CROWD, CROWDED = 16, 0.9e-3
"""So many frames in a row, each closer to the one before than this, cannot be seen by anybody at these times."""


def frame_seconds(rate: Fraction | None) -> float:
    """From one frame to the next in a file without times; where its rate is missing or absurd, as in most files."""
    return float(1 / rate) if rate and 1 <= rate <= 240 else 0.04


class Clock:
    """Times of frames in the order in which they are shown, in seconds from the first; they never go back.

    counted: whether the file's own times could not be followed throughout, so that frames were counted from there on.
    origin: the file's time of the first picture. step: seconds from frame to frame where they are counted.
    """

    def __init__(self, origin: float, step: float) -> None:
        self._offset, self._step = -origin, step
        self._last: float | None = None
        self._close = self._behind = 0
        self.counted = False

    def begin(self, first: float | None, second: float | None) -> float | None:
        """The file's time of the first frame, set right where it lies behind that of the second."""
        if first is None or second is None or second >= first - ODD:
            return first
        self.counted = True
        return second - self._step

    def tell(self, raw: float | None) -> float:
        """raw: the file's time of the next frame in seconds, if it has any."""
        last = self._last
        t = self._following(raw) if last is None else self._after(last, raw)
        self._last = t
        return t

    def _following(self, raw: float | None) -> float:
        """The first frame's time. One long before or behind the beginning that the file states begins there."""
        if raw is None:
            return 0.0
        t = raw + self._offset
        if not -ODD <= t <= FAR:
            self._offset = -raw
        return max(0.0, raw + self._offset)

    def _after(self, last: float, raw: float | None) -> float:
        if raw is None:
            return last + self._step
        t = raw + self._offset
        self._behind = self._behind + 1 if t < last - ODD else 0
        if self._behind >= BEHIND or t > last + FAR:
            self._behind = 0
            return self._counted(last, raw)
        self._close = self._close + 1 if t - last < CROWDED else 0
        if self._close >= CROWD:
            return self._counted(last, raw)
        return t if t > last else last + LEAST

    def _counted(self, last: float, raw: float) -> float:
        self.counted = True
        self._offset = last + self._step - raw
        return last + self._step
