"""A media file read from front to end in a decoding process: what `matcher.media.MediaReader` is at home."""

import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from matcher.decoding import wire
from matcher.decoding.bounds import GRACE_SECONDS
from matcher.decoding.confined_sound import ConfinedSound
from matcher.decoding.decoder import Decoder, asked
from matcher.decoding.in_force import decoder
from matcher.decoding.process import DecodingProcess
from matcher.errors import MediaUnreadable
from matcher.media import MediaInfo
from matcher.scan import Limits, MediaLook, look
from matcher.types import Frame, Gallery, Recogniser
from registry.types import Image


def look_confined(path: Path, gallery: Gallery, recognisers: Sequence[Recogniser]) -> MediaLook:
    """`matcher.scan.look`, with the file decoded by the decoder in force. Raises MediaUnreadable and DecoderFailed."""
    return look(path, gallery, recognisers, Limits(decoder().bounds.media_seconds), ConfinedReader, ConfinedSound)


class ConfinedReader:
    """Reads with the decoder in force, beside whatever else is read with it. Its frames' pixels are asked for when needed."""

    def __init__(self, path: Path, *, threads: int = 2) -> None:
        self._begin(decoder().media, path.name, decoder().bounds.media_seconds)
        self._take(self.ask("open", path=path, threads=threads))

    def _begin(self, process: DecodingProcess, name: str, seconds: float) -> None:
        self._process, self._name, self._seconds, self._number = process, name, seconds, process.number(self)
        self._until = time.monotonic() + seconds + GRACE_SECONDS

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.ask("close")

    @property
    def tracks(self) -> int:
        """How many picture sequences the file has."""
        return len(self._counted)

    def is_counted(self, track: int) -> bool:
        """Whether a track's times are counted, and not the file's own. Raises MediaUnreadable for an answer without sense."""
        self._take(self.ask("account"))
        if track >= len(self._counted):
            raise self._senseless()
        return self._counted[track]

    def frames(self, rate: float, max_side: int, deadline: float = math.inf) -> Iterator[Frame]:
        """As MediaReader.frames: a frame serves until the next one is asked for."""
        seconds = min(deadline - time.monotonic(), self._seconds)
        self.ask("frames", rate=rate, side=max_side, seconds=seconds)
        while isinstance(answer := self.ask("next"), wire.Glimpse):
            yield _ConfinedFrame(self, answer)
        self._take(answer)

    def ask(self, do: str, data: bytes = b"", path: Path | None = None, **about: object) -> wire.Answer:
        """Raises MediaUnreadable, also when the process is lost: what it had read is gone with it."""
        where = {} if path is None else {"path": str(path.absolute())}
        job = wire.job(do, data, of=self._number, **where, **about)
        seconds = max(1.0, self._until - time.monotonic())
        return asked(self._process, job, seconds, self._name, path, again=path is not None)

    def pixels(self, side: int | None) -> Image:
        """The current frame's picture (h, w, 3) BGR, its long side at most side; None for the most there is."""
        answer = self.ask("within", side=side)
        if not isinstance(answer, wire.Picture):
            raise self._senseless()
        return answer.image

    def _take(self, answer: wire.Answer) -> None:
        if not isinstance(answer, wire.Account):
            raise self._senseless()
        self.info = MediaInfo(answer.kind, answer.width, answer.height, answer.duration, answer.lead_in)
        self.shots, self.warnings = answer.shots, answer.warnings
        self._counted, self.share, self.unseen = answer.counted, answer.share, answer.unseen

    def _senseless(self) -> MediaUnreadable:
        self._process.end()
        return Decoder.senseless(self._name)


class GivenReader(ConfinedReader):
    """Of a file that is in memory: the process for pictures has it, which can open none."""

    def __init__(self, data: bytes, name: str, seconds: float, threads: int) -> None:
        self._begin(decoder().pictures, name, seconds)
        self._take(self.ask("open", data, called=name, threads=threads))


def look_given(
    data: bytes, name: str, seconds: float, gallery: Gallery, recognisers: Sequence[Recogniser], threads: int = 2
) -> MediaLook:
    """`matcher.scan.look` at a file that is in memory, for so many seconds. name: for people. Raises
    MediaUnreadable and DecoderFailed."""

    def given(path: Path, *, threads: int) -> ConfinedReader:
        return GivenReader(data, path.name, seconds, threads)

    def sound(path: Path) -> ConfinedSound:
        return ConfinedSound(path, data)

    return look(Path(name), gallery, recognisers, Limits(seconds, threads), given, sound)


class _ConfinedFrame(Frame):
    """A frame whose pixels are still where it was decoded."""

    def __init__(self, reader: ConfinedReader, seen: wire.Glimpse) -> None:
        self.t, self.shot, self.scale, self.track = seen.t, seen.shot, seen.scale, seen.track
        self._reader, self._size = reader, (seen.width, seen.height)
        self._whole: Image | None = None

    @property
    def image(self) -> Image:
        if self._whole is None:
            self._whole = self._reader.pixels(None)
        return self._whole

    @property
    def size(self) -> tuple[float, float]:
        return self._size

    def within(self, side: int) -> Image:
        return self._reader.pixels(side)
