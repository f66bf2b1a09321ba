"""Log mel energies are Kaldi's: the encoder was trained on those."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.voice.fbank import fbank

# What kaldi-native-fbank 1.23.0 says of the sound below: 80 bands, 16 kHz, no dither, the rest as it comes.
BANDS = (0, 1, 7, 19, 33, 47, 60, 71, 78, 79)
SAID = {
    0: (-6.495, -8.159, -3.694, -1.553, -0.014, 1.496, 2.971, 4.54, 4.123, 4.052),
    11: (-4.556, -4.013, -3.589, -1.838, 0.078, 1.821, 4.133, 3.391, 4.959, 5.207),
    22: (-4.568, -3.993, -3.168, -1.717, -0.748, 1.852, 4.259, 3.458, 4.91, 5.192),
}


def sound() -> np.ndarray:
    n = np.arange(4000)
    return (((n * n * 7 + n * 13) % 2003) / 4006 - 0.25).astype(np.float32)


@pytest.mark.parametrize("frame", SAID)
def test_it_says_what_kaldi_says(frame: int) -> None:
    energies = fbank(sound())
    assert energies.shape == (23, 80)
    np.testing.assert_allclose(energies[frame, list(BANDS)], SAID[frame], atol=1e-3)


@given(length=st.integers(0, 3000))
def test_frames_lie_wholly_within_the_sound(length: int) -> None:
    assert len(fbank(np.zeros(length, np.float32))) == max(0, (length - 400) // 160 + 1)


def test_a_long_sound_is_worked_on_in_blocks_that_cannot_be_told() -> None:
    whole = fbank(np.tile(sound(), 60))
    again = fbank(np.tile(sound(), 60)[160 * 995 :])
    np.testing.assert_allclose(whole[995:], again, atol=1e-5)


def test_silence_has_a_floor() -> None:
    assert np.isfinite(fbank(np.zeros(1600, np.float32))).all()
