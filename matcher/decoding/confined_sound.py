"""A file's sound, decoded in a decoding process: what `matcher.media.sound.SoundReader` is at home."""

import math
import time
from collections.abc import Iterator
from pathlib import Path

from matcher.decoding import wire
from matcher.decoding.bounds import GRACE_SECONDS
from matcher.decoding.decoder import Decoder, asked, bytes_of
from matcher.decoding.in_force import decoder
from matcher.errors import MediaUnreadable
from matcher.sample import Block, SoundTrack


class ConfinedSound:
    """Reads with the decoder in force, beside whatever else is read with it. tracks, unheard: see SoundReader.

    A file that is not too large is handed over as bytes to the process that can open none, as pictures are: recordings that are
    enrolled are private. given: the bytes of one that is in memory. Raises MediaUnreadable, and DecoderFailed.
    """

    def __init__(self, path: Path, given: bytes | None = None) -> None:
        self._name, self._seconds = path.name, decoder().bounds.media_seconds
        self._until = time.monotonic() + self._seconds + GRACE_SECONDS
        given = bytes_of(path, path.name) if given is None else given
        self._process = decoder().media if given is None else decoder().pictures
        self._number = self._process.number(self)
        if given is None:
            self._take(self._ask("open sound", path=path))
        else:
            self._take(self._ask("open sound", given, called=path.name))

    def blocks(self, track: int, deadline: float = math.inf) -> Iterator[Block]:
        """See SoundReader.blocks."""
        seconds = min(deadline - time.monotonic(), self._seconds)
        self._ask("sound", track=track, seconds=seconds)
        while isinstance(answer := self._ask("next sound"), wire.Sound):
            yield Block(answer.start, answer.samples)
        self._take(answer)

    def _ask(self, do: str, data: bytes = b"", path: Path | None = None, **about: object) -> wire.Answer:
        where = {} if path is None else {"path": str(path.absolute())}
        job = wire.job(do, data, of=self._number, **where, **about)
        return asked(self._process, job, max(1.0, self._until - time.monotonic()), self._name, path, again=path is not None)

    def _take(self, answer: wire.Answer) -> None:
        if not isinstance(answer, wire.SoundTracks):
            raise self._senseless()
        self.tracks = tuple(SoundTrack(rate, channels) for rate, channels in answer.tracks)
        self.unheard = list(answer.unheard)

    def _senseless(self) -> MediaUnreadable:
        self._process.end()
        return Decoder.senseless(self._name)
