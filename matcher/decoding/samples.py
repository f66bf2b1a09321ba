"""What a reference's file is, by its content, and the sample that is enrolled of it. Nothing is written anywhere to be read."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from matcher.decoding.confined_reader import ConfinedReader, GivenReader
from matcher.decoding.confined_sound import ConfinedSound
from matcher.decoding.in_force import decoder
from matcher.errors import MediaUnreadable
from matcher.sample import ClipSample, Frame, RecordingSample, Sample


def sample_of(source: Path | bytes, called: str = "") -> Sample:
    """A picture, a clip or a recording: whatever a file is, decoded by the decoder in force. called: its name, where source has
    none that says something.

    A file with a still picture and sound, as music with its cover, is a recording. Raises MediaUnreadable and DecoderFailed.
    """
    name = called or (source.name if isinstance(source, Path) else "The reference")
    try:
        return decoder().picture(source, name)
    except MediaUnreadable:
        if _moves(source, name):
            return _clip(source, name)
        if _sounds(source, name):
            return RecordingSample(lambda: _sound(source, name))
        raise


def _moves(source: Path | bytes, name: str) -> bool:
    with suppress(MediaUnreadable), _opened(source, name) as reader:
        return reader.info.kind == "video"
    return False


def _sounds(source: Path | bytes, name: str) -> bool:
    with suppress(MediaUnreadable):
        return bool(_sound(source, name).tracks)
    return False


def _clip(source: Path | bytes, name: str) -> ClipSample:
    def frames(rate: float, side: int) -> Iterator[Frame]:
        with _opened(source, name) as reader:
            for frame in reader.frames(rate, side):
                if frame.track:
                    return
                yield frame

    return ClipSample(frames)


def _opened(source: Path | bytes, name: str) -> ConfinedReader:
    if isinstance(source, Path):
        return ConfinedReader(source)
    return GivenReader(source, name, decoder().bounds.media_seconds, 2)


def _sound(source: Path | bytes, name: str) -> ConfinedSound:
    return ConfinedSound(source) if isinstance(source, Path) else ConfinedSound(Path(name), source)
