"""One file's sound heard through: the voices in it, and why there are none where there are none."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.sample import Block, SoundSource
from matcher.sound_bounds import SOUND_RATE, TOO_LITTLE_SPEECH
from matcher.voice.encode import VoiceEncoder
from matcher.voice.levels import CLIPPED, LevelMeter, Levels
from matcher.voice.speech import Span, SpeechFinder
from matcher.voice.turns import speakers_of, windows_of

Floats = NDArray[np.float32]

LEAST_SPEECH = 2.0
"""Seconds of one speaker below which nothing is said of whose voice it is."""


@dataclass(frozen=True)
class VoiceModels:
    """What finds speech, and what tells voices apart."""

    finder: SpeechFinder
    encoder: VoiceEncoder


@dataclass(frozen=True)
class Voice:
    """One speaker of a track. spans: when, in seconds of the file. seconds: of speech. vector: of length 1."""

    track: int
    spans: tuple[tuple[float, float], ...]
    seconds: float
    vector: Floats


@dataclass(frozen=True)
class HeardTrack:
    """speech: seconds of it, whoever speaks."""

    levels: Levels
    speech: float


@dataclass(frozen=True)
class Listening:
    """voices: each with LEAST_SPEECH seconds or more. says: in words, what hindered hearing voices, for each track.

    unheard: what of the file was not listened to. Where there is no voice, says or unheard tell why.
    """

    voices: tuple[Voice, ...]
    tracks: tuple[HeardTrack, ...]
    says: tuple[str, ...]
    unheard: tuple[str, ...]

    @property
    def too_little(self) -> bool:
        """Whether no voice was heard well enough to be compared, so that nothing may be said of whose they are."""
        return not self.voices


class TrackEar:
    """Hears one sound track, block after block, and tells the voices in it apart at its end.

    Windows lie in samples that are counted on from block to block, with a break between blocks that do not join.
    """

    def __init__(self, track: int, models: VoiceModels) -> None:
        self._track, self._models = track, models
        self._meter, self._windows, self._places = LevelMeter(), list[Span](), list[tuple[int, float]]()
        self._vectors: list[Floats] = []
        self._speech, self._counted = 0.0, 0

    def hear(self, block: Block) -> None:
        """The next stretch of the track."""
        samples = block.samples
        self._meter.add(samples)
        self._places.append((self._counted, block.start))
        spans = self._models.finder.spans(samples)
        self._speech += sum(span.seconds for span in spans)
        own = windows_of(spans)
        self._vectors.append(self._models.encoder.encode([samples[window.start : window.end] for window in own]))
        self._windows += [Span(self._counted + window.start, self._counted + window.end) for window in own]
        self._counted += len(samples) + 1

    def conclude(self) -> tuple[tuple[Voice, ...], HeardTrack]:
        """Who speaks for long enough, the longest first; and what is to be known of the track."""
        speakers = speakers_of(self._windows, np.concatenate(self._vectors)) if self._windows else ()
        found = tuple(
            Voice(self._track, tuple(self._in_seconds(span) for span in speaker.spans), speaker.seconds, speaker.vector)
            for speaker in speakers
            if speaker.seconds >= LEAST_SPEECH
        )
        return found, HeardTrack(self._meter.levels(), self._speech)

    def _in_seconds(self, span: Span) -> tuple[float, float]:
        first, start = next(place for place in reversed(self._places) if place[0] <= span.start)
        return start + (span.start - first) / SOUND_RATE, start + (span.end - first) / SOUND_RATE


def listen(source: SoundSource, models: VoiceModels, deadline: float = math.inf) -> Listening:
    """The voices of all tracks of a file, until the moment of the monotonic clock at which work ends. Raises MediaUnreadable."""
    ears = [TrackEar(track, models) for track in range(len(source.tracks))]
    for track, ear in enumerate(ears):
        for block in source.blocks(track, deadline):
            ear.hear(block)
    return listening_of([ear.conclude() for ear in ears], tuple(source.unheard))


def listening_of(heard: Sequence[tuple[tuple[Voice, ...], HeardTrack]], unheard: tuple[str, ...] = ()) -> Listening:
    """All that was heard in the tracks of a file, in their order."""
    if not heard:
        return Listening((), (), ("It has no sound that could be heard.",), unheard)
    names = ["The sound"] if len(heard) == 1 else [f"Sound track {number}" for number in range(1, len(heard) + 1)]
    said = [in_words(name, about, bool(voices)) for name, (voices, about) in zip(names, heard, strict=True)]
    voices = tuple(voice for own, _ in heard for voice in own)
    return Listening(voices, tuple(about for _, about in heard), tuple(line for line in said if line), unheard)


def in_words(name: str, about: HeardTrack, any_voice: bool) -> str:
    """What is to be known of a track's sound; "" of one that is as it should be. name: how to call it, as a sentence begins."""
    levels = about.levels
    if not levels.seconds:
        return f"{name} is empty."
    if levels.silent:
        return f"{name} is silent."
    lines = []
    if not any_voice:
        spoken = f"{about.speech:.1f} s of speech" if about.speech else "no speech"
        lines.append(f"{name} has {TOO_LITTLE_SPEECH}: {spoken}, and one person has to speak for {LEAST_SPEECH:g} s.")
    if levels.clipped >= CLIPPED:
        lines.append(f"{name} is clipped: {100 * levels.clipped:.1f}% of it was cut off.")
    if levels.narrow:
        lines.append(f"{name} is as narrow as a telephone's (8 kHz).")
    return " ".join(lines)
