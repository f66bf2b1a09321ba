"""One stream of pictures of a container: decoded from front to end, and what of it could not be."""

import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from matcher.errors import MediaUnreadable
from matcher.media.bounds import FARTHEST, TAKE_ANOTHER
from matcher.media.clock import Clock, frame_seconds
from matcher.media.container import FOUND_AT_END, READ_ERRORS, begin_stream, is_still, is_tile, late_tracks, open_container
from matcher.media.coverage import Gaps
from matcher.media.frames import DecodedFrame, converted, luma_of, square
from matcher.media.packets import Packets
from matcher.media.track import MOST_BETWEEN, MediaInfo, Track
from matcher.types import Frame
from registry.types import Image

STUCK = 8
"""Packets in a row that cannot be decoded, from which on the decoder starts anew at the next that stands for itself."""

CLOSE_SECONDS = 1.0
"""The last picture of a stream is shown no longer than this."""


class Stream(Track):
    """number: among the streams of pictures. container: opened already, or None. Raises MediaUnreadable."""

    def __init__(self, path: Path, number: int, threads: int, container: Any = None, *, thoroughly: bool = False) -> None:
        self._path, self._number, self._threads, self._thoroughly = path, number, threads, thoroughly
        self._container = container
        self._damaged = 0
        self._stopped = self._hides = False
        self._gaps: Gaps | None = None
        super().__init__(self._open())

    def close(self) -> None:
        """Close the file; it may be opened again by at()."""
        if self._container is not None:
            self._container.close()
            self._container = None

    @property
    def has_late_company(self) -> bool:
        """Whether tracks have come up while this one was read."""
        return self._container is not None and late_tracks(self._container)

    def at(self, t: float, *, counted: bool) -> Frame:
        """The frame that is shown at t seconds, by a seek where that lands well, else from the start. Raises MediaUnreadable."""
        self._hides = counted
        best = self._shown_at(t) if not counted and self._sought(t) else None
        if best is None or best[0] > t + 1e-3 or not self._packets.timed:
            self._open_again()  # without an index a file is sought badly or not at all: from the start
            best = self._shown_at(t)
        if best is None:
            raise MediaUnreadable(f"{self._path.name} shows nothing at {t:.2f} s.", TAKE_ANOTHER)
        return Frame(best[0], self._whole(best[1]), 0)

    def _open(self) -> MediaInfo:
        if self._container is None:
            self._container = open_container(self._path, thoroughly=self._thoroughly, edited=not self._hides)
        self._stream = begin_stream(self._path, self._container, self._number, self._threads)
        base = float(self._stream.time_base or 0)
        origin = (self._stream.start_time or 0) * base
        aspect = float(self._stream.sample_aspect_ratio or 1)
        self._aspect = aspect if 0.1 < aspect < 10 else 1.0
        self._step = frame_seconds(self._stream.average_rate)
        self._most_between = max(MOST_BETWEEN, round(0.5 / self._step))
        lead_in = max(0.0, origin - (self._container.start_time or 0) / av.time_base)
        whole = max(0.0, (self._container.duration or 0) / av.time_base - lead_in)
        own = (self._stream.duration or 0) * base
        # What the stream itself says is right where a container's duration is that of its sound.
        self._said, self._surely = (own, True) if own > 0 else (whole, False)
        self._found_at_end = self._container.format.name in FOUND_AT_END
        self._clock = Clock(origin, self._step)
        self._packets = Packets(self._path, self._container, self._stream, origin, self._said)
        self._origin = origin
        kind = "image" if is_still(self._container, self._stream) or is_tile(self._stream) else "video"
        context = self._stream.codec_context
        return MediaInfo(kind, context.width, context.height, whole, lead_in)

    def _open_again(self) -> None:
        self.close()
        self._damaged = 0
        self._open()

    def _luma(self, picture: Any) -> NDArray[np.uint8]:
        return luma_of(picture)

    def _frame(self, t: float, picture: Any, shot: int, max_side: int) -> Frame:
        return DecodedFrame(t, picture, shot, self._aspect, max_side)

    def _whole(self, picture: Any) -> Image:
        return converted(picture, square(picture, self._aspect), "BILINEAR")

    def _sought(self, t: float) -> bool:
        try:
            self._container.seek(int((max(0.0, t) + self._origin) / (self._stream.time_base or 1)), stream=self._stream)
        except READ_ERRORS:
            return False
        return True

    def _shown_at(self, t: float) -> tuple[float, Any] | None:
        """The last frame from here on that is shown by then, or the first one of all."""
        best: tuple[float, Any] | None = None
        for time_, picture in self._decoded():
            if best is not None and time_ > t + 1e-3:
                break
            best = time_, picture
        return best

    def _pictures(self) -> Iterator[tuple[float, Any]]:
        """Times and frames without those that no other frame refers to: a third of the work, and every frame left is exact.

        Where that leaves too few, as in a file made to hide behind it, all frames from there on; and all where the file does
        not say when each is shown, so that they have to be counted.
        """
        self._stream.codec_context.skip_frame = "NONREF"
        last = -1e-3
        for time_, picture in self._decoded():
            if not self._packets.timed or self._clock.counted or time_ - last > FARTHEST:
                break
            yield time_, picture
            last = time_
        else:
            # Where the file's list of edits has players show less than half of it, it hides the rest.
            self._hides = 2 * self._packets.hidden > self._packets.count
            if self._stopped or (self._packets.timed and not self._hides and self._packets.reached - last <= FARTHEST):
                return
        self._open_again()
        self._gaps = self._packets.gaps = Gaps(last)
        for time_, picture in self._decoded():
            self._gaps.frame(time_)
            if time_ > last:
                yield time_, picture
        if not self._stopped:
            self._gaps.end(self._step)

    def _decoded(self) -> Iterator[tuple[float, Any]]:
        """Times and frames from here on, past what is broken."""
        pictures = self._decoded_pictures()
        ahead = [picture for picture in (next(pictures, None), next(pictures, None)) if picture is not None]
        first = self._clock.begin(*(ahead[i].time if i < len(ahead) else None for i in (0, 1)))
        for place, picture in enumerate(chain(ahead, pictures)):
            yield self._clock.tell(first if place == 0 else picture.time), picture

    def _decoded_pictures(self) -> Iterator[Any]:
        context, failed = self._stream.codec_context, 0
        for packet in self._packets.read(self._may_seek):
            if time.monotonic() > self._deadline:
                self._stopped = True
                return
            if failed >= STUCK and packet.is_keyframe:
                context.flush_buffers()
            try:
                pictures = context.decode(packet)
            except MemoryError:
                raise
            except READ_ERRORS:
                self._damaged, failed = self._damaged + 1, failed + 1
                continue
            if pictures:
                failed = 0
                yield from pictures

    def _may_seek(self) -> bool:
        return not self._clock.counted and time.monotonic() <= self._deadline

    @property
    def _keeps_time(self) -> bool:
        """Whether the times that the file states can be followed."""
        return self._packets.timed and not self.counted

    def _ended(self, t: float, *, seen: bool) -> float:
        if not seen:
            in_time = " in the time for one file" if self._stopped else ""
            raise MediaUnreadable(f"Not one frame of {self._path.name} can be decoded{in_time}.", TAKE_ANOTHER)
        self.counted = self._clock.counted or self._hides
        if self.info.kind == "image":
            return self._ended_picture(t)
        stated = self._packets.reaches_to if self._found_at_end else self._said
        end = max(t, min(stated, t + CLOSE_SECONDS)) if self._keeps_time else t
        self.coverage.due = max(end, stated if self._keeps_time else 0.0, self._step)
        self._tell_what_was_missed(t)
        self._tell_of_times()
        return end

    def _ended_picture(self, t: float) -> float:
        self.coverage.due = 1.0
        if is_tile(self._stream):
            self.coverage.miss(1.0, "It is one piece of a larger picture, which was looked at piece by piece and not as a whole.")
        return t

    def _tell_what_was_missed(self, t: float) -> None:
        """t: the time of the last picture."""
        told, broken = self.coverage, self._damaged * self._step
        if self._damaged:
            self.warnings.append(f"{self._damaged} of {self._packets.count} packets could not be decoded.")
        for start, end in self._gaps.spans if self._gaps is not None and self._keeps_time else ():
            told.miss(end - start, f"Nothing could be decoded from {start:.1f} to {end:.1f} s.")
        if not self._keeps_time and broken > FARTHEST:
            told.miss(broken, f"{broken:.1f} s of it could not be decoded.")
        if self._stopped:
            told.miss(self._left(t), f"Stopped at {t:.1f} s, when the time for one file was over; the rest was not looked at.")
        elif self._is_cut_off(t):
            ends = max(t, self._packets.reaches_to)
            told.miss(self._left(t), f"It ends after {ends:.1f} s: the file is damaged or cut off.")

    def _left(self, t: float) -> float:
        """Seconds behind t, by what the file says of its length or, where that is nothing, by its bytes; they are due, too."""
        ends = max(t, self._packets.reaches_to)
        if self._said > ends and self._keeps_time and not self._found_at_end:
            return self._said - ends
        size, read = self._container.size, self._packets.read_to
        left = ends * (size - read) / read if 0 < read < size else 0.0
        self.coverage.due = max(self.coverage.due, ends + left)
        return left

    def _is_cut_off(self, t: float) -> bool:
        """Whether reading ended before the pictures did."""
        if self._packets.broke:
            return True
        left = self._said - max(t, self._packets.reaches_to)
        if not self._keeps_time or self._found_at_end or left <= max(FARTHEST, 2 * self._step):
            return False
        return self._surely or len(self._container.streams) == 1 or not self._sounds_go_on()

    def _sounds_go_on(self) -> bool:
        """Whether other streams go on to the end that the container states, so that it is the pictures that end early."""
        start = (self._container.start_time or 0) / av.time_base
        try:
            self._container.seek(round((start + (self._container.duration or 0) / av.time_base - CLOSE_SECONDS) * av.time_base))
            found = next((p for p in self._container.demux() if p.size and p.pts is not None), None)
        except READ_ERRORS:
            return False
        return found is not None and float(found.pts * found.time_base) - self._origin > self._packets.reaches_to

    def _tell_of_times(self) -> None:
        if self.counted:
            self.warnings.append("The times that the file states are out of order or absurd: frames were counted instead.")
        elif self.info.lead_in > 0.1:
            self.warnings.append(
                f"The first picture comes {self.info.lead_in:.2f} s into the file; times here count from that picture, "
                "players may not."
            )
