"""What is remembered of a recording: pairs of peaks of its spectrum, which noise and codecs leave where they are.

The method is A. Wang's, An industrial-strength audio search algorithm, ISMIR 2003. The figures of it are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, uniform_filter1d

from matcher.sound_bounds import SOUND_RATE

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

STEP: Final = 320
FRAMES: Final = SOUND_RATE // STEP
"""Spectra a second, each of WINDOW samples."""

WINDOW: Final = 1024
LOWEST, BANDS = 16, 224
"""The first band of a spectrum that is looked at, and how many: 250 to 3,734 Hz, which a telephone passes, too."""

AROUND_FRAMES, AROUND_BANDS = 6, 8
"""A peak is the highest of so many spectra to either side, and bands."""

A_SECOND = 25
"""Peaks that are kept of a second, the highest above what is usual in their band."""

USUAL_FRAMES = 101
"""Spectra in which a band's usual level is taken: what sounds on and on, such as a hum, has no peak above it."""

FLOOR = 5e-4
"""The least amplitude of a peak, of 1: below is what silence has of noise."""

FAN, AHEAD = 6, 48
"""Pairs of a peak with those after it, among the next ones in order of time."""

SOONEST, LATEST, LOWEST_STEP, WIDEST_STEP = 3, 63, 2, 40
"""Spectra from the first of a pair to the second, and bands between them: two in one band are of a tone that goes on."""

TIMES: Final = 64
STEPS: Final = 2 * WIDEST_STEP + 1


@dataclass(frozen=True)
class Peaks:
    """times, bands (n,): of each in order of time, then of band; times in spectra, FRAMES a second."""

    times: Ints
    bands: Ints


@dataclass(frozen=True)
class Landmarks:
    """words (n,): what each pair is, below TIMES * STEPS * BANDS; times (n,): of its first peak, in spectra, in order."""

    words: Ints
    times: Ints


def peaks_of(samples: Floats, first: int = 0) -> Peaks:
    """Of sound (n,) at 16 kHz, -1 to 1; first: the number of its first spectrum."""
    if len(samples) < WINDOW:
        return Peaks(np.empty(0, np.int32), np.empty(0, np.int32))
    levels = _levels(samples)
    above = levels - uniform_filter1d(levels, USUAL_FRAMES, axis=0, mode="nearest")
    near = (2 * AROUND_FRAMES + 1, 2 * AROUND_BANDS + 1)
    is_peak = (levels == maximum_filter(levels, near, mode="constant", cval=-np.inf)) & (levels > np.log(FLOOR)) & (above > 0)
    times, bands = np.nonzero(is_peak)
    kept = _highest(times // FRAMES, above[times, bands])
    return Peaks((times[kept] + first).astype(np.int32), bands[kept].astype(np.int32))


def _levels(samples: Floats) -> Floats:
    """(spectra, BANDS): the logarithm of each band's amplitude, of a sine's that fills it."""
    window = np.hanning(WINDOW).astype(np.float32)
    framed = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::STEP]
    spectra = np.fft.rfft(framed * window, axis=1)[:, LOWEST : LOWEST + BANDS]
    return np.asarray(np.log(np.abs(spectra) * np.float32(2 / window.sum()) + np.float32(1e-9)), np.float32)


def _highest(seconds: NDArray[np.intp], above: Floats) -> NDArray[np.intp]:
    """Which peaks are among the A_SECOND highest of their second, in their order."""
    order = np.lexsort((-above, seconds))
    ranked = seconds[order]
    place = np.arange(len(order)) - np.searchsorted(ranked, ranked)
    return np.sort(order[place < A_SECOND])


def joined(parts: Sequence[Peaks]) -> Peaks:
    """Those of all parts of one recording, in order."""
    times, bands = (
        np.concatenate([np.empty(0, np.int32), *each]) for each in ([p.times for p in parts], [p.bands for p in parts])
    )
    order = np.lexsort((bands, times))
    return Peaks(times[order], bands[order])


def landmarks_of(peaks: Peaks) -> Landmarks:
    """The pairs of each peak with FAN of those that follow it closely, in time and in band."""
    count = len(peaks.times)
    made = np.zeros(count, np.int32)
    words, times = [], []
    for ahead in range(1, min(AHEAD, count - 1) + 1):
        later, rise = peaks.times[ahead:] - peaks.times[:-ahead], peaks.bands[ahead:] - peaks.bands[:-ahead]
        fit = (later >= SOONEST) & (later <= LATEST) & (np.abs(rise) >= LOWEST_STEP) & (np.abs(rise) <= WIDEST_STEP)
        fit &= made[:-ahead] < FAN
        made[:-ahead] += fit
        first = np.flatnonzero(fit)
        words.append((peaks.bands[first] * STEPS + rise[first] + WIDEST_STEP) * TIMES + later[first])
        times.append(peaks.times[first])
    if not words:
        return Landmarks(np.empty(0, np.int32), np.empty(0, np.int32))
    every, at = np.concatenate(words).astype(np.int32), np.concatenate(times)
    order = np.lexsort((every, at))
    return Landmarks(every[order], at[order])
