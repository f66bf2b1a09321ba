"""How much of a picture sequence was looked at: where packets gave no frame, and what was not read."""

from bisect import bisect_left
from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import accumulate

from matcher.media.bounds import FARTHEST

OVERHEAD = 4096
"""Bytes between packets that need no explanation: headers, an index."""


class Gaps:
    """Spans in which there was something to decode and nothing was decoded, in seconds.

    since: what lies before was looked at. Frames come in the order in which they are shown, packets as they are stored.
    """

    def __init__(self, since: float) -> None:
        self._last, self._since = since, since
        self._waiting: list[float] = []
        self._tears: list[float] = []
        self.spans: list[tuple[float, float]] = []

    def packet(self, t: float) -> None:
        """A packet that shows its frame at t seconds was handed to the decoder."""
        if t > self._since:
            heappush(self._waiting, t)

    def tear(self, t: float) -> None:
        """Packets are missing before that of time t."""
        if t > self._since:
            heappush(self._tears, t)

    def frame(self, t: float) -> None:
        """A frame that is shown at t seconds came out; what should have come before it and did not is a gap."""
        lost = None
        while self._tears and self._tears[0] <= t + 1e-3:
            heappop(self._tears)
            lost = self._last
        while self._waiting and self._waiting[0] <= t + 1e-3:
            due = heappop(self._waiting)
            if lost is None and self._last + 1e-3 < due < t - 1e-3:
                lost = due
        if lost is not None:
            self._note(lost, t)
        self._last = max(self._last, t)

    def end(self, step: float) -> None:
        """No frame comes any more. step: how long the last one would have been shown."""
        lost = [t for t in self._waiting if t > self._last + 1e-3]
        if lost:
            self._note(min(lost), max(lost) + step)

    def _note(self, start: float, end: float) -> None:
        if end - max(self._last, 0.0) > FARTHEST:
            self.spans.append((start, end))


class ReadBytes:
    """Where in the file the packets of all streams lie. packets: places and sizes in bytes, in any order."""

    def __init__(self, packets: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(packets)
        self._starts = [start for start, _ in ordered]
        self._sums = [0, *accumulate(size for _, size in ordered)]

    def lacks(self, start: int, end: int) -> bool:
        """Whether most of the bytes from start to end belong to no packet: they are damaged, since reading went past them."""
        held = self._sums[bisect_left(self._starts, end)] - self._sums[bisect_left(self._starts, start)]
        unread = end - start - held
        return unread > OVERHEAD and 2 * unread > end - start


class MediaCoverage:
    """Of one picture sequence: what there is to look at, what of it was missed, in seconds, and why, in words."""

    def __init__(self) -> None:
        self.due = 0.0
        self.missed = 0.0
        self.unseen: list[str] = []

    def miss(self, seconds: float, why: str) -> None:
        """Note that seconds of the track were not looked at, and why."""
        self.missed += max(0.0, seconds)
        self.unseen.append(why)


def share_of(tracks: list[MediaCoverage]) -> float:
    """The share of all that there is to look at that was looked at, 0 to 1; below 1 wherever anything was missed."""
    if not any(track.unseen for track in tracks):
        return 1.0
    due = sum(max(track.due, track.missed) for track in tracks)
    return min(0.9999, max(0.0, 1.0 - sum(track.missed for track in tracks) / due)) if due > 0 else 0.0
