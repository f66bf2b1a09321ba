"""What a reference's file is, by its content, and the sample that is enrolled of it. Nothing is written anywhere to be read."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.decoding.in_force import decoder
from matcher.errors import MediaUnreadable
from matcher.sample import ClipSample, Frame, RecordingSample, Sample
from registry.kinds import SampleKind

if TYPE_CHECKING:
    from matcher.decoding.confined_reader import ConfinedReader
    from matcher.decoding.confined_sound import ConfinedSound


def sample_of(source: Path | bytes, called: str = "", takes: Collection[SampleKind] = tuple(SampleKind)) -> Sample:
    """A picture, a clip or a recording: whatever a file is, decoded by the decoder in force. called: its name, where source has
    none that says something. takes: what is wanted: where no clip is, a video's sound is the recording.

    A file with a still picture and sound, as music with its cover, is a recording. Raises MediaUnreadable and DecoderFailed.
    """
    name = called or (source.name if isinstance(source, Path) else "The reference")
    try:
        return decoder().picture(source, name)
    except MediaUnreadable as error:
        if error.__cause__ is not None:
            # It cost the process that decoded it, or its time: it is not given the chance to do so again.
            raise
        moves = _moves(source, name)
        if _sounds(source, name) if not moves else _is_for_its_sound(source, name, takes):
            return RecordingSample(lambda: _sound(source, name))
        if moves:
            return _clip(source, name)
        raise


def _is_for_its_sound(source: Path | bytes, name: str, takes: Collection[SampleKind]) -> bool:
    return SampleKind.CLIP not in takes and SampleKind.RECORDING in takes and _sounds(source, name)


def _moves(source: Path | bytes, name: str) -> bool:
    with suppress(MediaUnreadable), _opened(source, name, decoder().bounds.picture_seconds) as reader:
        return reader.info.kind == "video"
    return False


def _sounds(source: Path | bytes, name: str) -> bool:
    with suppress(MediaUnreadable):
        return bool(_sound(source, name).tracks)
    return False


def _clip(source: Path | bytes, name: str) -> ClipSample:
    def frames(rate: float, side: int) -> Iterator[Frame]:
        with _opened(source, name, decoder().bounds.media_seconds) as reader:
            for frame in reader.frames(rate, side):
                if frame.track:
                    return
                yield frame

    return ClipSample(frames, lambda: _sound(source, name))


def _opened(source: Path | bytes, name: str, seconds: float) -> "ConfinedReader":
    # What reads media is loaded where a file is no picture: most are.
    from matcher.decoding.confined_reader import ConfinedReader, GivenReader

    if isinstance(source, Path):
        return ConfinedReader(source)
    return GivenReader(source, name, seconds, 2)


def _sound(source: Path | bytes, name: str) -> "ConfinedSound":
    from matcher.decoding.confined_sound import ConfinedSound

    return ConfinedSound(source) if isinstance(source, Path) else ConfinedSound(Path(name), source)
