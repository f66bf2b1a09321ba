"""One file's sound heard through: the voices in it, and why there are none where there are none."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.sample import SoundSource
from matcher.sound_bounds import SOUND_RATE
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


def listen(source: SoundSource, models: VoiceModels, deadline: float = math.inf) -> Listening:
    """The voices of all tracks of a file, until the moment of the monotonic clock at which work ends. Raises MediaUnreadable."""
    voices: list[Voice] = []
    heard: list[HeardTrack] = []
    for track in range(len(source.tracks)):
        found, about = _track(source, track, models, deadline)
        voices += found
        heard.append(about)
    says = [in_words(track, about, any(v.track == number for v in voices)) for number, (track, about) in enumerate(_named(heard))]
    says = ["It has no sound that could be heard."] if not heard else [line for line in says if line]
    return Listening(tuple(voices), tuple(heard), tuple(says), tuple(source.unheard))


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
        lines.append(f"{name} has too little speech: {spoken}, and one person has to speak for {LEAST_SPEECH:g} s.")
    if levels.clipped >= CLIPPED:
        lines.append(f"{name} is clipped: {100 * levels.clipped:.1f}% of it was cut off.")
    if levels.narrow:
        lines.append(f"{name} is as narrow as a telephone's (8 kHz).")
    return " ".join(lines)


def _named(heard: list[HeardTrack]) -> list[tuple[str, HeardTrack]]:
    return [("The sound" if len(heard) == 1 else f"Sound track {number}", about) for number, about in enumerate(heard, 1)]


def _track(source: SoundSource, track: int, models: VoiceModels, deadline: float) -> tuple[list[Voice], HeardTrack]:
    """Windows lie in samples that are counted on from block to block, with a break between blocks that do not join."""
    meter, windows, vectors, places = LevelMeter(), list[Span](), [], list[tuple[int, float]]()
    speech, counted = 0.0, 0
    for block in source.blocks(track, deadline):
        meter.add(block.samples)
        places.append((counted, block.start))
        spans = models.finder.spans(block.samples)
        speech += sum(span.seconds for span in spans)
        own = windows_of(spans)
        vectors.append(models.encoder.encode([block.samples[window.start : window.end] for window in own]))
        windows += [Span(counted + window.start, counted + window.end) for window in own]
        counted += len(block.samples) + 1
    speakers = speakers_of(windows, np.concatenate(vectors)) if windows else ()
    found = [
        Voice(track, tuple(_in_seconds(span, places) for span in speaker.spans), speaker.seconds, speaker.vector)
        for speaker in speakers
        if speaker.seconds >= LEAST_SPEECH
    ]
    return found, HeardTrack(meter.levels(), speech)


def _in_seconds(span: Span, places: list[tuple[int, float]]) -> tuple[float, float]:
    first, start = next(place for place in reversed(places) if place[0] <= span.start)
    return start + (span.start - first) / SOUND_RATE, start + (span.end - first) / SOUND_RATE
