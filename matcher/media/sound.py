"""The sound of media files: every track of it, mono at 16 kHz, a minute at a time."""

import math
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from matcher.media.container import READ_ERRORS, open_container
from matcher.media.packets import Packets
from matcher.sample import Block, SoundTrack
from matcher.sound_bounds import (
    BLOCK_SECONDS,
    LATEST_SOUND,
    MAX_CHANNELS,
    MAX_SOUND_RATE,
    MAX_SOUND_SECONDS,
    MAX_SOUND_TRACKS,
    MIN_SOUND_RATE,
    SOUND_RATE,
)

Floats = NDArray[np.float32]

JUMP = 0.1
"""Seconds between what was heard and the next sample from which on something lies in between."""


class SoundReader:
    """Reads a file's sound. tracks: those that are heard; a file without sound has none. unheard: what was not heard, and why.

    Raises MediaUnreadable for what is no media file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.unheard: list[str] = []
        self._left = MAX_SOUND_SECONDS
        with closing(open_container(path)) as container:
            streams = list(container.streams.audio)
            self._numbers = [number for number, stream in enumerate(streams) if self._is_heard(number, stream)]
            contexts = [streams[number].codec_context for number in self._numbers]
            self.tracks = tuple(SoundTrack(context.rate, context.channels) for context in contexts)

    def blocks(self, track: int, deadline: float = math.inf) -> Iterator[Block]:
        """A track from front to end, until the moment of the monotonic clock at which work ends. Raises MediaUnreadable."""
        with closing(open_container(self._path)) as container:
            stream = container.streams.audio[self._numbers[track]]
            joined = _Joining()
            for start, samples in self._heard(container, stream, track, deadline):
                self._left -= len(samples) / SOUND_RATE
                yield from joined.add(start, samples)
            yield from joined.rest()

    def _heard(self, container: Any, stream: Any, track: int, deadline: float) -> Iterator[tuple[float | None, Floats]]:
        base = float(stream.time_base or 0)
        origin = (container.start_time or 0) / av.time_base
        packets = Packets(self._path, container, stream, origin, (stream.duration or 0) * base)
        mono, damaged, late = _Mono(), 0, False
        for packet in packets.read(lambda: time.monotonic() <= deadline):
            if self._left <= 0 or time.monotonic() > deadline:
                self.unheard.append(f"Sound track {track + 1} was not heard to its end: it is too long for one file.")
                return
            try:
                frames = stream.codec_context.decode(packet)
            except MemoryError:
                raise
            except READ_ERRORS:
                damaged += 1
                continue
            for frame in frames:
                if not _is_sound(frame.sample_rate, len(frame.layout.channels)):
                    # A stream may change on the way: a frame of a few samples a second would be hours of sound.
                    damaged += 1
                    continue
                start = None if frame.time is None else frame.time - origin
                if start is not None and start > LATEST_SOUND:
                    late = True
                    continue
                yield start, mono.of(frame)
        yield None, mono.rest()
        if damaged or packets.broke:
            self.unheard.append(f"Sound track {track + 1} is damaged in places, which were not heard.")
        if late:
            self.unheard.append(f"Sound track {track + 1} claims to go on more than a year later, which was not heard.")

    def _is_heard(self, number: int, stream: Any) -> bool:
        context = stream.codec_context
        if number >= MAX_SOUND_TRACKS:
            why = f"the file has more than {MAX_SOUND_TRACKS} of them"
        elif context is None or not context.rate:
            why = "it does not say how it is encoded"
        elif not _is_sound(context.rate, 1):
            why = f"it claims {context.rate:,} samples a second"
        elif not _is_sound(context.rate, context.channels):
            why = f"it claims {context.channels} channels"
        else:
            return True
        if number <= MAX_SOUND_TRACKS:
            self.unheard.append(f"Sound track {number + 1} was not heard: {why}.")
        return False


def _is_sound(rate: int, channels: int) -> bool:
    return MIN_SOUND_RATE <= rate <= MAX_SOUND_RATE and 0 < channels <= MAX_CHANNELS


class _Mono:
    """Brings frames to 16 kHz, and their channels to one."""

    def __init__(self) -> None:
        self._resampler: Any = None
        self._shape: tuple[str, int] | None = None
        self._heard: list[bool] = []

    def of(self, frame: Any) -> Floats:
        parts, shape = [], (frame.layout.name, frame.sample_rate)
        if shape != self._shape:
            # A stream may change on the way; what the one before holds belongs to what came before.
            parts.append(self.rest())
            self._shape = shape
            self._heard = [channel.name != "LFE" for channel in frame.layout.channels]
            self._resampler = av.AudioResampler("flt", frame.layout, SOUND_RATE)
        return np.concatenate([*parts, *self._resampled(frame)])

    def rest(self) -> Floats:
        """What the resampler still holds."""
        parts = self._resampled(None) if self._resampler is not None else []
        self._resampler = self._shape = None
        return np.concatenate([np.empty(0, np.float32), *parts])

    def _resampled(self, frame: Any) -> list[Floats]:
        with suppress(*READ_ERRORS):
            return [self._mixed(made.to_ndarray()) for made in self._resampler.resample(frame)]
        return []

    def _mixed(self, interleaved: NDArray[Any]) -> Floats:
        channels = np.asarray(interleaved, np.float32).reshape(-1, len(self._heard)).T
        return mixed(channels[self._heard] if any(self._heard) else channels)


def mixed(channels: Floats) -> Floats:
    """One channel (n,) of several (c, n), -1 to 1: their mean, or the loudest where they cancel one another, as in files made so
    that they do."""
    finite = np.clip(np.nan_to_num(channels, posinf=1.0, neginf=-1.0), -1.0, 1.0)
    if len(finite) == 1:
        return np.asarray(finite[0], np.float32)
    mean, powers = finite.mean(axis=0), np.square(finite).mean(axis=1)
    # A lone channel among c has a mean of 1/c of it, and no sum of channels that differ has less power.
    cancelled = np.square(mean).mean() < 0.5 * powers.max() / len(finite) ** 2
    return np.asarray(finite[powers.argmax()] if cancelled else mean, np.float32)


class _Joining:
    """Puts what is heard together into blocks."""

    def __init__(self) -> None:
        self._start, self._length = 0.0, 0
        self._parts: list[Floats] = []

    def add(self, start: float | None, samples: Floats) -> Iterator[Block]:
        """start: None goes on from what was before."""
        reached = self._start + self._length / SOUND_RATE
        if start is not None and math.isfinite(start) and start - reached > JUMP:
            yield from self.rest()
            self._start = start
        self._parts.append(samples)
        self._length += len(samples)
        while self._length >= BLOCK_SECONDS * SOUND_RATE:
            yield self._taken(round(BLOCK_SECONDS * SOUND_RATE))

    def rest(self) -> Iterator[Block]:
        if self._length:
            yield self._taken(self._length)

    def _taken(self, length: int) -> Block:
        whole = np.concatenate(self._parts)
        block = Block(max(0.0, self._start), whole[:length])
        self._parts, self._length = [whole[length:]], len(whole) - length
        self._start += length / SOUND_RATE
        return block
