"""Where somebody speaks: Silero VAD's probabilities, and the spans that follow from them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from matcher.session import Session
from matcher.sound_bounds import SOUND_RATE

Floats = NDArray[np.float32]

STEP = 512
"""Samples of which one probability is given: 32 ms."""

_BEFORE = 64
"""Samples before a step that the model hears with it."""

_BLOCK = 512
"""Steps that the model is asked for at a time."""

BEGINS, ENDS = 0.5, 0.35
"""Probability from which speech begins, and below which it ends (the figures that Silero's own front end goes by)."""

_PAUSE, _SHORTEST, _MARGIN = 0.1, 0.25, 0.03
"""Seconds of a pause that ends a span, of the shortest span that counts, and that are added at both of its ends."""


@dataclass(frozen=True)
class Span:
    """From start to end, in samples of a sound."""

    start: int
    end: int

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / SOUND_RATE


class SpeechFinder:
    """The model that Silero VAD has for whole stretches of sound: ``input`` (steps, 576), ``h`` and ``c`` (1, 1, 128)."""

    def __init__(self, model: Path, *, threads: int = 1) -> None:
        self._session = Session(model, threads=threads)

    def probabilities(self, samples: Floats) -> Floats:
        """Of speech in each 32 ms of a sound (n,) at 16 kHz, the last of which may be in part."""
        state = [np.zeros((1, 1, 128), np.float32)] * 2
        steps = -(-len(samples) // STEP)
        padded = np.zeros(_BEFORE + steps * STEP, np.float32)
        padded[_BEFORE : _BEFORE + len(samples)] = samples
        heard = sliding_window_view(padded, _BEFORE + STEP)[::STEP] if steps else padded.reshape(1, -1)
        found = [np.empty(0, np.float32)]
        for start in range(0, steps, _BLOCK):
            block = np.ascontiguousarray(heard[start : start + _BLOCK])
            said, *state = self._session.run({"input": block, "h": state[0], "c": state[1]}, ("speech_probs", "hn", "cn"))
            found.append(np.asarray(said, np.float32).reshape(-1))
        return np.concatenate(found)

    def spans(self, samples: Floats) -> tuple[Span, ...]:
        """The spans of speech in a sound (n,), in order."""
        return spans_of(self.probabilities(samples), len(samples))


def spans_of(probabilities: Floats, samples: int) -> tuple[Span, ...]:
    """The spans of speech in a sound of so many samples, from the probability of each 32 ms of it."""
    runs: list[tuple[int, int]] = []
    start: int | None = None
    silent = 0
    longest_pause = round(_PAUSE * SOUND_RATE / STEP)
    for place, probability in enumerate(probabilities):
        if start is None:
            start = place if probability >= BEGINS else None
            silent = 0
        elif probability >= ENDS:
            silent = 0
        else:
            silent += 1
            if silent > longest_pause:
                runs.append((start, place + 1 - silent))
                start = None
    if start is not None:
        runs.append((start, len(probabilities) - silent))
    margin = round(_MARGIN * SOUND_RATE)
    long_enough = [run for run in runs if (run[1] - run[0]) * STEP >= _SHORTEST * SOUND_RATE]
    return tuple(Span(max(0, a * STEP - margin), min(samples, b * STEP + margin)) for a, b in long_enough)
