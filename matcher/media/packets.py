"""The packets of one stream, read past whatever is damaged in between."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import av

from matcher.media.bounds import FARTHEST
from matcher.media.container import INDEXED, READ_ERRORS, packet_places
from matcher.media.coverage import Gaps, ReadBytes

SKIPPED = 0.5
"""Seconds that are skipped first where reading breaks off; then twice as many, until there is something again."""

TRIES = 1000
"""Times that reading may fail in a row. A transport stream fails at every 64 KiB of damage."""


class Packets:
    """origin: the stream's time of its first picture. said: seconds of it that the file states. gaps: told of what is missing.

    count, hidden: packets read, and those of them that the file's list of edits hides. timed: whether all say when they are
    shown. reached, reaches_to: the latest time at which one begins and ends to be shown, in seconds from the origin. read_to:
    bytes. broke: whether reading ended by an error.
    """

    def __init__(self, path: Path, container: Any, stream: Any, origin: float, said: float) -> None:
        self._path, self._container, self._stream, self._origin, self._said = path, container, stream, origin, said
        self.count = self.hidden = self.read_to = 0
        self.timed, self.broke = True, False
        self.reached = self.reaches_to = 0.0
        self.gaps: Gaps | None = None
        self._last: Any = None
        self._bytes: ReadBytes | None = None

    def read(self, may_seek: Callable[[], bool]) -> Iterator[Any]:
        """All packets, and behind each stretch of them an empty one, at which the decoder gives out what it holds.

        may_seek: whether the stream's times can be trusted to find what lies behind a place where reading breaks off.
        """
        stretch: Iterator[Any] | None = self._demuxed()
        while stretch is not None:
            for packet in stretch:
                self._note(packet)
                yield packet
            last = av.Packet()
            last.stream, last.time_base = self._stream, self._stream.time_base
            yield last
            stretch = self._behind() if self.timed and may_seek() else None

    def time(self, packet: Any) -> float:
        """When it is shown, in seconds from the origin; -1 where it does not say."""
        return -1.0 if packet.pts is None else float(packet.pts * packet.time_base) - self._origin

    def _demuxed(self) -> Iterator[Any]:
        """Packets from here on. Where reading fails, it goes on as often as it takes to come past a damaged stretch."""
        tries = 0
        while tries < TRIES:
            try:
                for packet in self._container.demux(self._stream):
                    if packet.size:
                        tries, self.broke = 0, False
                        yield packet
            except READ_ERRORS:
                # Also a packet that says it is larger than all memory: whoever writes one must not hide what is behind it.
                tries, self.broke = tries + 1, True
            else:
                return

    def _behind(self) -> Iterator[Any] | None:
        """The packets behind the place where reading ended too early, or None where there are no more."""
        base, ahead = float(self._stream.time_base or 1), SKIPPED
        while self.reached + ahead < self._said:
            with suppress(*READ_ERRORS):
                self._container.seek(round((self.reached + ahead + self._origin) / base), stream=self._stream, backward=False)
                packets = self._demuxed()
                found = next(packets, None)
                if found is not None and self.time(found) > self.reached:
                    self._torn_before(found)
                    return chain([found], packets)
            ahead *= 2
        return None

    def _note(self, packet: Any) -> None:
        self.count, self.hidden = self.count + 1, self.hidden + packet.is_discard
        self.read_to = max(self.read_to, packet.pos or 0)
        self.timed = self.timed and packet.pts is not None
        if packet.pts is None:
            return
        t, before = self.time(packet), self._last
        if before is not None and t - self.time(before) > FARTHEST and self._is_damaged_between(before, packet):
            self._torn_before(packet)
        if t >= self.reached:
            self.reached, self.reaches_to = t, t + float((packet.duration or 0) * packet.time_base)
        if self.gaps is not None and not packet.is_discard:
            self.gaps.packet(t)
        self._last = packet

    def _torn_before(self, packet: Any) -> None:
        if self.gaps is not None:
            self.gaps.tear(self.time(packet))

    def _is_damaged_between(self, before: Any, packet: Any) -> bool:
        """Whether reading went past something from one packet to the next, rather than that nothing is there."""
        if self.gaps is None or before.pos is None or packet.pos is None or self._container.format.name == INDEXED:
            return False
        if self._bytes is None:
            self._bytes = ReadBytes(packet_places(self._path))
        return self._bytes.lacks(before.pos, packet.pos)
