"""Log energies of mel bands, as Kaldi computes them and encoders of voices were trained on them.

Kaldi's feat/feature-fbank, feature-window and mel-computations at their defaults without dither: frames of 25 ms every 10 ms
that lie wholly within the sound, the mean taken out, pre-emphasis of .97, Povey's window, power spectrum, triangles from 20 Hz
on. Only the band edges that are reckoned in 32 bits there are reckoned in 64 here.
"""

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from matcher.sound_bounds import SOUND_RATE

Floats = NDArray[np.float32]

BANDS = 80
FRAME, STEP, _FFT = SOUND_RATE // 40, SOUND_RATE // 100, 512
"""Samples of a frame, from one to the next, and of its transform."""

_LOWEST_HZ = 20.0
_PREEMPHASIS = 0.97
_BLOCK = 1000
"""Frames that are transformed at a time."""


def fbank(samples: Floats) -> Floats:
    """Log mel energies (frames, 80) of a sound (n,) at 16 kHz, -1 to 1; none for less than 25 ms."""
    if len(samples) < FRAME:
        return np.empty((0, BANDS), np.float32)
    frames = sliding_window_view(np.asarray(samples, np.float32), FRAME)[::STEP]
    return np.concatenate([_energies(frames[i : i + _BLOCK]) for i in range(0, len(frames), _BLOCK)])


def _energies(frames: Floats) -> Floats:
    from scipy.fft import rfft

    centred = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([centred[:, :1], centred[:, :-1]], axis=1)
    spectrum = rfft((centred - np.float32(_PREEMPHASIS) * before) * _window(), _FFT, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    return np.asarray(np.log(np.maximum(power @ _triangles(), np.finfo(np.float32).eps)), np.float32)


@cache
def _window() -> Floats:
    """Povey's: Hann's to the power of .85."""
    return np.asarray((0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / (FRAME - 1))) ** 0.85, np.float32)


@cache
def _triangles() -> Floats:
    """Weights (257, 80) of the spectrum's lines in each band, equally wide in mel."""
    lines = _mel(np.arange(_FFT // 2) * SOUND_RATE / _FFT)
    edges = np.linspace(_mel(np.array(_LOWEST_HZ)), _mel(np.array(SOUND_RATE / 2)), BANDS + 2)
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = ((lines[:, None] - left) / (centre - left), (right - lines[:, None]) / (right - centre))
    weights = np.zeros((_FFT // 2 + 1, BANDS), np.float32)
    weights[:-1] = np.maximum(0, np.minimum(rising, falling))
    return weights


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1127.0 * np.log1p(hertz / 700.0))
