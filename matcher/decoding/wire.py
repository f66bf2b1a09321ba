"""What a decoding process is asked and what it answers, as bytes.

An answer may come from a process that a hostile file has taken over. It is a head of fixed size and raw pixels, or short text;
each number is checked before it is used, and anything else is Garbled.
"""

import json
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from matcher.decoding.bounds import MOST_PIXELS
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
from registry.types import Image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PICTURE = struct.Struct("!BIIdd")
_GLIMPSE = struct.Struct("!BIIdddd")
_SOUND = struct.Struct("!BdI")
LONGEST_TEXT = 1000
_MOST_SPANS = 1_000_000
_MOST_LINES = 100
_MOST_SECONDS = 1e9


class Garbled(Exception):
    """An answer that our own code in the process would not give."""


class Said(IntEnum):
    """What an answer is."""

    REFUSED = 0
    PICTURE = 1
    GLIMPSE = 2
    ACCOUNT = 3
    SOUND = 4
    TRACKS = 5


@dataclass(frozen=True)
class Refused:
    """Why a file cannot be decoded, and what to do about it. kind: which error of the matcher's says so."""

    what: str
    remedy: str
    kind: str = ""


@dataclass(frozen=True)
class Picture:
    """t: seconds at which it is shown, 0 of a still picture. scale: see `matcher.types.Frame`."""

    image: Image
    t: float
    scale: float


@dataclass(frozen=True)
class Glimpse:
    """A frame of a file that is read from front to end, without its pixels. width, height: of the upright frame at full size."""

    track: int
    shot: int
    t: float
    scale: float
    width: float
    height: float


@dataclass(frozen=True)
class Account:
    """What is to be said of a file that frames are read of: its info, and at the end what was found out meanwhile.

    counted: of each track, see `matcher.media.MediaReader.is_counted`, and there for shots, warnings, share and unseen.
    """

    kind: str
    width: int
    height: int
    duration: float
    lead_in: float
    shots: tuple[tuple[float, float], ...]
    warnings: tuple[str, ...]
    counted: tuple[bool, ...]
    share: float
    unseen: tuple[str, ...]


@dataclass(frozen=True)
class Sound:
    """samples (n,) mono at 16 kHz, -1 to 1; start: of the first, in seconds."""

    samples: "NDArray[np.float32]"
    start: float


@dataclass(frozen=True)
class SoundTracks:
    """What is to be said of a file that sound is read of: samples a second and channels of each track, and what was not heard."""

    tracks: tuple[tuple[int, int], ...]
    unheard: tuple[str, ...]


Answer = Refused | Picture | Glimpse | Account | Sound | SoundTracks


def job(do: str, data: bytes | memoryview = b"", **about: object) -> bytes:
    """What to do, with what. No stranger writes this side: JSON in one line, then the data."""
    return b"".join((json.dumps({"do": do, **about}).encode("ascii"), b"\n", data))


def read_job(asked: bytes) -> tuple[dict[str, Any], memoryview]:
    """What is asked for, and the bytes that came along."""
    end = asked.index(b"\n")
    return json.loads(asked[:end]), memoryview(asked)[end + 1 :]


def refusal(what: str, remedy: str, kind: str) -> bytes:
    """An error of a kind, in the two sentences that a user reads."""
    return bytes([Said.REFUSED]) + f"{kind}\0{what}\0{remedy}".encode("utf-8", "replace")


def picture(image: Image, t: float = 0.0, scale: float = 1.0) -> bytes:
    """A picture (h, w, 3) of bytes, with its time in seconds, and how many pixels of the file one of its pixels stands for."""
    import numpy as np

    height, width = image.shape[:2]
    return b"".join((_PICTURE.pack(Said.PICTURE, height, width, t, scale), np.ascontiguousarray(image).data))


def glimpse(seen: Glimpse) -> bytes:
    """A frame without its pixels."""
    return _GLIMPSE.pack(Said.GLIMPSE, seen.track, seen.shot, seen.t, seen.scale, seen.width, seen.height)


def account(given: Account) -> bytes:
    """What a reader knows of a file at the end."""
    return bytes([Said.ACCOUNT]) + json.dumps(given.__dict__).encode("ascii")


def sound(samples: "NDArray[np.float32]", start: float) -> bytes:
    """A stretch of sound (n,), -1 to 1, with the time of its first sample in seconds."""
    return _SOUND.pack(Said.SOUND, start, len(samples)) + samples.astype("<f4").tobytes()


def sound_tracks(given: SoundTracks) -> bytes:
    """What a reader of sound knows of a file."""
    return bytes([Said.TRACKS]) + json.dumps(given.__dict__).encode("ascii")


def read_answer(said: bytes) -> Answer:
    """Raises Garbled."""
    try:
        return _READERS[Said(said[0])](said)
    except (IndexError, KeyError, ValueError, TypeError, OverflowError, struct.error, RecursionError) as error:
        raise Garbled(f"a decoder's answer makes no sense ({type(error).__name__})") from error


def _refused(said: bytes) -> Refused:
    kind, what, remedy, *_ = (*said[1 : 1 + 8 * LONGEST_TEXT].decode("utf-8", "replace").split("\0", 2), "", "")
    return Refused(what[:LONGEST_TEXT], remedy[:LONGEST_TEXT], kind[:LONGEST_TEXT])


def _picture(said: bytes) -> Picture:
    _, height, width, t, scale = _PICTURE.unpack_from(said)
    if not 0 < height * width <= MOST_PIXELS or len(said) != _PICTURE.size + height * width * 3:
        raise ValueError
    # A decoder is made for every command; most never ask it for pixels.
    import numpy as np

    pixels = np.frombuffer(said, np.uint8, offset=_PICTURE.size)
    return Picture(pixels.reshape(height, width, 3), _seconds(t), _scale(scale))


def _glimpse(said: bytes) -> Glimpse:
    _, track, shot, t, scale, width, height = _GLIMPSE.unpack(said)
    return Glimpse(track, shot, _seconds(t), _scale(scale), _side(width), _side(height))


def _account(said: bytes) -> Account:
    given = json.loads(said[1:])
    shots = [(_seconds(float(start)), _seconds(float(end))) for start, end in given["shots"][:_MOST_SPANS]]
    return Account(
        kind="image" if given["kind"] == "image" else "video",
        width=int(_side(given["width"])),
        height=int(_side(given["height"])),
        duration=_seconds(float(given["duration"])),
        lead_in=_seconds(float(given["lead_in"])),
        shots=tuple(shots),
        warnings=_lines(given["warnings"]),
        counted=tuple(bool(one) for one in given["counted"][:_MOST_LINES]),
        share=_within(float(given["share"]), 0.0, 1.0),
        unseen=_lines(given["unseen"]),
    )


def _sound(said: bytes) -> Sound:
    _, start, count = _SOUND.unpack_from(said)
    if not 0 < count <= BLOCK_SECONDS * SOUND_RATE or len(said) != _SOUND.size + 4 * count:
        raise ValueError
    import numpy as np

    samples = np.frombuffer(said, "<f4", offset=_SOUND.size)
    if not np.abs(samples).max() <= 1.0:  # which no number that is none fulfils
        raise ValueError
    return Sound(samples, _within(start, 0.0, LATEST_SOUND + MAX_SOUND_SECONDS))


def _sound_tracks(said: bytes) -> SoundTracks:
    given = json.loads(said[1:])
    tracks = [
        (int(_within(float(rate), MIN_SOUND_RATE, MAX_SOUND_RATE)), int(_within(float(channels), 1, MAX_CHANNELS)))
        for rate, channels in given["tracks"][:MAX_SOUND_TRACKS]
    ]
    return SoundTracks(tuple(tracks), _lines(given["unheard"]))


_READERS: Mapping[Said, Callable[[bytes], Answer]] = {
    Said.REFUSED: _refused,
    Said.PICTURE: _picture,
    Said.GLIMPSE: _glimpse,
    Said.ACCOUNT: _account,
    Said.SOUND: _sound,
    Said.TRACKS: _sound_tracks,
}


def _lines(given: list[object]) -> tuple[str, ...]:
    return tuple(str(line)[:LONGEST_TEXT] for line in given[:_MOST_LINES])


def _seconds(value: float) -> float:
    return _within(value, 0.0, _MOST_SECONDS)


def _scale(value: float) -> float:
    return _within(value, 1.0, 1e5)


def _side(value: float) -> float:
    return _within(float(value), 1.0, 1e6)


def _within(value: float, least: float, most: float) -> float:
    if not math.isfinite(value) or not least <= value <= most:
        raise ValueError
    return value
