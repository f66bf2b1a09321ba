"""What runs in a decoding process: the one place that decodes strangers' pictures and frames for other work than a scan."""

import io
import math
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from matcher.decoding import wire
from matcher.decoding.bounds import MOST_PIXELS
from matcher.errors import MediaUnreadable
from matcher.media import MediaReader, frame_at, read_picture
from matcher.media.given import GivenMedia
from matcher.media.sound import SoundReader
from matcher.sample import Block
from matcher.types import Frame
from registry.types import Image


def decoding(_: bytes) -> Callable[[bytes], bytes]:
    """The entry of a decoding process; see `isolation.child`."""
    return _Decoding().answer


DONE = wire.account(wire.Account("video", 1, 1, 0.0, 0.0, (), (), (), 1.0, ()))
"""The answer to what needs none."""


class _Given(io.BytesIO):
    """A file that was handed over as bytes. name: what to call it."""

    def __init__(self, data: memoryview, name: str) -> None:
        super().__init__(data)
        self.name = name


class _Decoding:
    """Answers jobs. At most one file is read frame by frame at a time."""

    def __init__(self) -> None:
        self._reader: MediaReader | None = None
        self._frames: Iterator[Frame] = iter(())
        self._frame: Frame | None = None
        self._sound: SoundReader | None = None
        self._blocks: Iterator[Block] = iter(())
        self._do: Mapping[str, Callable[[dict[str, Any], memoryview], bytes]] = {
            "picture": self._picture,
            "picture at": self._picture_at,
            "frame": self._frame_at,
            "open": self._open,
            "account": self._told,
            "frames": self._begin,
            "next": self._next,
            "within": self._within,
            "close": self._close,
            "open sound": self._open_sound,
            "sound": self._begin_sound,
            "next sound": self._next_sound,
        }

    def answer(self, asked: bytes) -> bytes:
        about, data = wire.read_job(asked)
        try:
            return self._do[about["do"]](about, data)
        except MediaUnreadable as error:
            if isinstance(error.__cause__, MemoryError):
                raise MemoryError from error
            return wire.refusal(error.what, error.remedy)

    def _picture(self, about: dict[str, Any], data: memoryview) -> bytes:
        return wire.picture(_smaller(read_picture(_Given(data, about["called"])))[0])

    def _picture_at(self, about: dict[str, Any], _: memoryview) -> bytes:
        return wire.picture(_smaller(read_picture(Path(about["path"])))[0])

    def _frame_at(self, about: dict[str, Any], data: memoryview) -> bytes:
        frame = frame_at(_file(about, data), about["t"], about["track"], counted=about["counted"])
        image, shrunk = _smaller(frame.image)
        return wire.picture(image, max(0.0, frame.t), frame.scale * shrunk)

    def _open(self, about: dict[str, Any], data: memoryview) -> bytes:
        self._close(about, data)
        self._reader = MediaReader(_file(about, data), threads=about["threads"])
        return self._account(self._reader)

    def _begin(self, about: dict[str, Any], _: memoryview) -> bytes:
        deadline = time.monotonic() + about["seconds"]
        self._frames = self._opened().frames(about["rate"], about["side"], deadline)
        return DONE

    def _next(self, _: dict[str, Any], __: memoryview) -> bytes:
        reader = self._opened()
        self._frame = next(self._frames, None)
        if self._frame is None:
            return self._account(reader)
        frame, (width, height) = self._frame, self._frame.size
        return wire.glimpse(wire.Glimpse(frame.track, frame.shot, frame.t, frame.scale, width, height))

    def _within(self, about: dict[str, Any], _: memoryview) -> bytes:
        assert self._frame is not None
        side = about["side"]
        return wire.picture(self._frame.image if side is None else self._frame.within(side))

    def _close(self, _: dict[str, Any], __: memoryview) -> bytes:
        reader, self._reader, self._frame, self._frames = self._reader, None, None, iter(())
        if reader is not None:
            reader.close()
        return DONE

    def _open_sound(self, about: dict[str, Any], data: memoryview) -> bytes:
        self._sound = SoundReader(_file(about, data))
        return _tracks(self._sound)

    def _begin_sound(self, about: dict[str, Any], _: memoryview) -> bytes:
        assert self._sound is not None
        self._blocks = self._sound.blocks(about["track"], time.monotonic() + about["seconds"])
        return DONE

    def _next_sound(self, _: dict[str, Any], __: memoryview) -> bytes:
        assert self._sound is not None
        block = next(self._blocks, None)
        return _tracks(self._sound) if block is None else wire.sound(block.samples, block.start)

    def _opened(self) -> MediaReader:
        assert self._reader is not None
        return self._reader

    def _told(self, _: dict[str, Any], __: memoryview) -> bytes:
        return self._account(self._opened())

    def _account(self, reader: MediaReader) -> bytes:
        info = reader.info
        told = wire.Account(
            kind=info.kind,
            width=info.width,
            height=info.height,
            duration=info.duration,
            lead_in=info.lead_in,
            shots=tuple(reader.shots),
            warnings=tuple(reader.warnings),
            counted=tuple(reader.is_counted(track) for track in range(reader.tracks)),
            share=reader.share,
            unseen=tuple(reader.unseen),
        )
        return wire.account(told)


def _file(about: dict[str, Any], data: memoryview) -> Path:
    """What a job reads: bytes that came along, under a name, or a file in its place."""
    return GivenMedia(about["called"], bytes(data)) if "called" in about else Path(about["path"])


def _tracks(reader: SoundReader) -> bytes:
    tracks = tuple((track.rate, track.channels) for track in reader.tracks)
    return wire.sound_tracks(wire.SoundTracks(tracks, tuple(reader.unheard)))


def _smaller(image: Image) -> tuple[Image, float]:
    """The picture with at most MOST_PIXELS, and how many of its pixels one of those stands for."""
    height, width = image.shape[:2]
    shrink = math.sqrt(height * width / MOST_PIXELS)
    if shrink <= 1:
        return image, 1.0
    size = (max(1, int(width / shrink)), max(1, int(height / shrink)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), max(1.0, width / size[0])
