"""How loud a sound is, whether it was cut off at the top, and whether its high notes are missing."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.sound_bounds import SOUND_RATE

Floats = NDArray[np.float32]

SILENT = -70.0
"""Level in dB of full scale below which nobody hears anything; digital silence has none at all."""

CLIPPED = 0.002
"""Share of cut samples from which on a recording is called clipped."""

_TOP, _RUN = 0.985, 3
"""Of the peak: samples that lie above it, so many in a row, were cut off."""

_LEAST_PEAK = 0.25
"""A peak below which nothing was cut off: whoever turns a clipped recording down still leaves more."""

_NARROW_HZ, _NARROW = 4_250, 1e-5
"""Where telephones end, and the share of the power above it below which a sound has come through one."""

_SLICE = 1 << 14


@dataclass(frozen=True)
class Levels:
    """level: mean power in dB of full scale, -120 for none. clipped: share of samples that were cut off. narrow: whether there is
    nothing above 4 kHz, as in telephone sound of 8 kHz."""

    seconds: float
    level: float
    clipped: float
    narrow: bool

    @property
    def silent(self) -> bool:
        return self.level < SILENT


class LevelMeter:
    """Adds up the levels of a sound that comes in blocks."""

    def __init__(self) -> None:
        self._samples = self._cut = 0
        self._power = self._all = self._high = 0.0

    def add(self, samples: Floats) -> None:
        """The next samples (n,) at 16 kHz."""
        # Whoever asks what kept recordings are worth hears none: SciPy takes longer to load than to answer.
        from scipy.fft import rfft

        self._samples += len(samples)
        self._power += float(np.square(samples, dtype=np.float64).sum())
        self._cut += cut_off(samples)
        for start in range(0, len(samples) - _SLICE + 1, _SLICE):
            spectrum = rfft(samples[start : start + _SLICE] * np.hanning(_SLICE).astype(np.float32))
            power = spectrum.real**2 + spectrum.imag**2
            self._all += float(power.sum())
            self._high += float(power[_NARROW_HZ * _SLICE // SOUND_RATE :].sum())

    def levels(self) -> Levels:
        """Of all that was added."""
        level = decibels(self._power / max(1, self._samples))
        narrow = level >= SILENT and self._all > 0 and self._high < _NARROW * self._all
        return Levels(self._samples / SOUND_RATE, level, self._cut / max(1, self._samples), narrow)


def decibels(power: float) -> float:
    """Of full scale, a power of 1; -120 at least."""
    return 10 * math.log10(max(power, 1e-12))


def cut_off(samples: Floats) -> int:
    """How many samples (n,) stand at the peak, three or more in a row: what a recorder that was set too loud leaves."""
    peak = float(np.abs(samples).max(initial=0.0))
    if peak < _LEAST_PEAK:
        return 0
    found = 0
    for sign in (1, -1):
        edges = np.diff((sign * samples > _TOP * peak).astype(np.int8), prepend=0, append=0)
        runs = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
        found += int(runs[runs >= _RUN].sum())
    return found
