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


class _Reading:
    """A file that frames are read of."""

    def __init__(self, reader: MediaReader) -> None:
        self.reader = reader
        self.frames: Iterator[Frame] = iter(())
        self.frame: Frame | None = None

    def close(self) -> None:
        self.reader.close()


class _Hearing:
    """A file that sound is read of."""

    def __init__(self, sound: SoundReader) -> None:
        self.sound = sound
        self.blocks: Iterator[Block] = iter(())

    def close(self) -> None:
        self.blocks = iter(())


class _Decoding:
    """Answers jobs. What is open is known by the number that whoever opened it gave it: files are read side by side."""

    def __init__(self) -> None:
        self._open: dict[int, _Reading | _Hearing] = {}
        self._do: Mapping[str, Callable[[dict[str, Any], memoryview], bytes]] = {
            "picture": self._picture,
            "picture at": self._picture_at,
            "frame": self._frame_at,
            "open": self._open_media,
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
            return wire.refusal(error.what, error.remedy, type(error).__name__)

    def _picture(self, about: dict[str, Any], data: memoryview) -> bytes:
        return wire.picture(_smaller(read_picture(_Given(data, about["called"])))[0])

    def _picture_at(self, about: dict[str, Any], _: memoryview) -> bytes:
        return wire.picture(_smaller(read_picture(Path(about["path"])))[0])

    def _frame_at(self, about: dict[str, Any], data: memoryview) -> bytes:
        frame = frame_at(_file(about, data), about["t"], about["track"], counted=about["counted"])
        image, shrunk = _smaller(frame.image)
        return wire.picture(image, max(0.0, frame.t), frame.scale * shrunk)

    def _open_media(self, about: dict[str, Any], data: memoryview) -> bytes:
        reader = MediaReader(_file(about, data), threads=about["threads"])
        self._open[about["of"]] = _Reading(reader)
        return self._account(reader)

    def _begin(self, about: dict[str, Any], _: memoryview) -> bytes:
        deadline = time.monotonic() + about["seconds"]
        reading = self._reading(about)
        reading.frames = reading.reader.frames(about["rate"], about["side"], deadline)
        return DONE

    def _next(self, about: dict[str, Any], _: memoryview) -> bytes:
        reading = self._reading(about)
        frame = reading.frame = next(reading.frames, None)
        if frame is None:
            return self._account(reading.reader)
        width, height = frame.size
        return wire.glimpse(wire.Glimpse(frame.track, frame.shot, frame.t, frame.scale, width, height))

    def _within(self, about: dict[str, Any], _: memoryview) -> bytes:
        frame = self._reading(about).frame
        assert frame is not None
        side = about["side"]
        return wire.picture(frame.image if side is None else frame.within(side))

    def _close(self, about: dict[str, Any], _: memoryview) -> bytes:
        if opened := self._open.pop(about["of"], None):
            opened.close()
        return DONE

    def _open_sound(self, about: dict[str, Any], data: memoryview) -> bytes:
        sound = SoundReader(_file(about, data))
        self._open[about["of"]] = _Hearing(sound)
        return _tracks(sound)

    def _begin_sound(self, about: dict[str, Any], _: memoryview) -> bytes:
        hearing = self._hearing(about)
        hearing.blocks = hearing.sound.blocks(about["track"], time.monotonic() + about["seconds"])
        return DONE

    def _next_sound(self, about: dict[str, Any], _: memoryview) -> bytes:
        hearing = self._hearing(about)
        block = next(hearing.blocks, None)
        return _tracks(hearing.sound) if block is None else wire.sound(block.samples, block.start)

    def _reading(self, about: dict[str, Any]) -> _Reading:
        opened = self._opened(about)
        assert isinstance(opened, _Reading)
        return opened

    def _hearing(self, about: dict[str, Any]) -> _Hearing:
        opened = self._opened(about)
        assert isinstance(opened, _Hearing)
        return opened

    def _opened(self, about: dict[str, Any]) -> _Reading | _Hearing:
        """Raises MediaUnreadable for what this process has not open: it was opened in one that has ended."""
        if about["of"] not in self._open:
            raise MediaUnreadable("Decoding was broken off: the process that had opened the file has ended.", "Try once more.")
        return self._open[about["of"]]

    def _told(self, about: dict[str, Any], _: memoryview) -> bytes:
        return self._account(self._reading(about).reader)

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
