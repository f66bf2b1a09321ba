"""How good a recording is as a reference: its figures, and what to do about them."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.voice.levels import CLIPPED, LevelMeter, decibels
from matcher.voice.listening import LEAST_SPEECH
from matcher.voice.speech import STEP, Span

Floats = NDArray[np.float32]

QUALITY = "quality"
"""The template's array that holds the figures of RecordingQuality in their order, float32."""

GOOD_SPEECH = 10.0
"""Seconds of speech from which on more of it in one recording tells little."""

FAINT, NOISY = -40.0, 15.0
"""Level of the speech in dB of full scale, and dB from the quiet places to it, below which a recording is called so."""

_QUIET = 10
"""Percent of a recording's steps that are its quiet places."""


@dataclass(frozen=True)
class RecordingQuality:
    """seconds, speech: of the recording, and of speech in it. level: of the speech, in dB of full scale. clipped: share of what
    was cut off. clear: dB from the tenth quietest part of the recording to its speech. narrow: nothing above 4 kHz.
    speakers: who speak for long enough to be told apart."""

    seconds: float
    speech: float
    level: float
    clipped: float
    clear: float
    narrow: bool
    speakers: int = 1


def quality_of(samples: Floats, spans: tuple[Span, ...], speakers: int) -> RecordingQuality:
    """Of a recording (n,) at 16 kHz with speech in these spans."""
    meter = LevelMeter()
    meter.add(samples)
    levels = meter.levels()
    spoken = np.concatenate([np.empty(0, np.float32), *(samples[span.start : span.end] for span in spans)])
    level = decibels(float(np.square(spoken, dtype=np.float64).mean()) if len(spoken) else 0.0)
    steps = samples[: len(samples) // STEP * STEP].reshape(-1, STEP)
    quiet = decibels(float(np.percentile(np.square(steps, dtype=np.float64).mean(axis=1), _QUIET)) if len(steps) else 0.0)
    speech = sum(span.seconds for span in spans)
    return RecordingQuality(levels.seconds, speech, level, levels.clipped, max(0.0, level - quiet), levels.narrow, speakers)


def figures(quality: RecordingQuality) -> Floats:
    """As they are kept with a template."""
    return np.array(astuple(quality), np.float32)


def quality_in(arrays: Mapping[str, NDArray[Any]]) -> RecordingQuality | None:
    """What a template says of its recording; None for one that says nothing."""
    kept = arrays.get(QUALITY)
    if kept is None or kept.shape != (len(fields(RecordingQuality)),):
        return None
    *measured, narrow, speakers = kept.tolist()
    seconds, speech, level, clipped, clear = (round(float(figure), 3) for figure in measured)
    return RecordingQuality(seconds, speech, level, clipped, clear, bool(narrow), int(speakers))


def advice_on_count(recordings: int) -> str:
    """What to say of the number of a person's recordings; "" from three on."""
    if recordings >= 3:
        return ""
    return f"{recordings} of the 3 recordings that are advised: of different days and places, so that noise misses fewer."


def advice(quality: RecordingQuality) -> tuple[str, ...]:
    """What would make a reference of this recording better, the gravest first; nothing of a good one."""
    if quality.speech < LEAST_SPEECH:
        heard = f"{quality.speech:.1f} s of speech" if quality.speech else "no speech"
        return (f"It has {heard}, too little to know a voice by: record at least {GOOD_SPEECH:g} s.",)
    lines = []
    if quality.speakers > 1:
        lines.append(f"{quality.speakers} people speak in it: cut it to the one.")
    if quality.speech < GOOD_SPEECH:
        lines.append(f"It has {quality.speech:.0f} s of speech; {GOOD_SPEECH:g} s and more tell a voice better.")
    if quality.clipped >= CLIPPED:
        lines.append(f"It is clipped ({100 * quality.clipped:.1f}% cut off): record it anew, at a lower level.")
    if quality.level < FAINT:
        lines.append(f"It is faint ({quality.level:.0f} dB of full scale): record it anew, closer or louder.")
    if quality.clear < NOISY:
        lines.append(f"The voice stands only {quality.clear:.0f} dB above what else is heard: use one without music or noise.")
    if quality.narrow:
        lines.append("It has come over a telephone (nothing above 4 kHz): use a full recording if there is one.")
    return tuple(lines)
