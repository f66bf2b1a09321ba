"""Silent, clipped, telephone-narrow, faint and noisy recordings are told apart, in words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, sosfilt

from matcher.sound_bounds import SOUND_RATE
from matcher.voice.appraisal import RecordingQuality, advice, quality_of
from matcher.voice.levels import LevelMeter, Levels, cut_off
from matcher.voice.listening import HeardTrack, in_words
from matcher.voice.speech import Span


def voiced(seconds: float = 4.0, level: float = 0.1) -> np.ndarray:
    """Noise that swells and fades as syllables do."""
    random, n = np.random.default_rng(0), round(seconds * SOUND_RATE)
    return (level * random.normal(size=n) * (0.6 + 0.4 * np.sin(np.arange(n) / 800))).astype(np.float32)


def levels(samples: np.ndarray) -> Levels:
    meter = LevelMeter()
    for start in range(0, len(samples), 30_000):
        meter.add(samples[start : start + 30_000])
    return meter.levels()


def test_a_good_sound_is_none_of_it() -> None:
    found = levels(voiced())
    assert (found.silent, found.clipped, found.narrow) == (False, 0, False)
    assert found.level == pytest.approx(-23.6, abs=1)
    assert found.seconds == 4


@settings(max_examples=20)
@given(level=st.floats(1.5, 20), down=st.floats(0.3, 1))
def test_what_was_cut_off_is_seen_also_when_it_was_turned_down_afterwards(level: float, down: float) -> None:
    samples = np.clip(level * voiced(1.0, 1.0), -1, 1) * np.float32(down)
    assert levels(samples).clipped > 0.02


def test_a_loud_tone_is_not_clipped_because_it_has_a_top() -> None:
    assert cut_off((0.9 * np.sin(np.arange(16000) * 0.3)).astype(np.float32)) == 0
    assert cut_off(np.zeros(100, np.float32)) == cut_off(np.empty(0, np.float32)) == 0


def test_silence_and_the_sound_of_telephones_are_told() -> None:
    telephone = sosfilt(butter(20, 3400, fs=SOUND_RATE, output="sos"), voiced()).astype(np.float32)
    assert levels(telephone).narrow
    assert levels(np.zeros(32000, np.float32)).silent
    assert not levels(np.zeros(32000, np.float32)).narrow
    assert not levels(np.empty(0, np.float32)).seconds


@pytest.mark.parametrize(
    ("track", "voice", "says"),
    [
        (HeardTrack(Levels(0, -120, 0, False), 0), False, "The sound is empty."),
        (HeardTrack(Levels(9, -120, 0, False), 0), False, "The sound is silent."),
        (HeardTrack(Levels(9, -20, 0, False), 0), False, "too little speech: no speech"),
        (
            HeardTrack(Levels(9, -20, 0, False), 1.2),
            False,
            "too little speech: 1.2 s of speech, and one person has to speak for 2 s",
        ),
        (HeardTrack(Levels(9, -5, 0.03, False), 8), True, "The sound is clipped: 3.0% of it was cut off."),
        (HeardTrack(Levels(9, -20, 0, True), 8), True, "narrow as a telephone's (8 kHz)"),
        (HeardTrack(Levels(9, -20, 0, False), 8), True, ""),
    ],
)
def test_a_track_is_described_by_what_hinders(track: HeardTrack, voice: bool, says: str) -> None:
    said = in_words("The sound", track, any_voice=voice)
    assert says in said
    assert bool(said) == bool(says)


def test_a_good_recording_has_no_advice_and_a_bad_one_has_the_gravest_first() -> None:
    assert advice(RecordingQuality(30, 25, -22, 0, 40, False)) == ()
    assert "no speech, too little" in advice(RecordingQuality(30, 0, -22, 0, 40, False))[0]
    said = advice(RecordingQuality(30, 6, -45, 0.02, 8, True, speakers=2))
    for place, word in enumerate(("2 people speak", "6 s of speech", "clipped (2.0%", "faint (-45 dB", "only 8 dB", "telephone")):
        assert word in said[place]


def test_the_figures_of_a_recording_are_those_of_its_speech_beside_its_quiet_places() -> None:
    quiet = 0.001 * np.random.default_rng(1).normal(size=2 * SOUND_RATE)
    samples = np.concatenate([quiet, voiced(3.0), quiet]).astype(np.float32)
    found = quality_of(samples, (Span(2 * SOUND_RATE, 5 * SOUND_RATE),), 1)
    assert found.speech == 3
    assert found.seconds == 7
    assert found.level == pytest.approx(-23.6, abs=1)
    assert found.clear == pytest.approx(-23.6 + 60, abs=3)
    assert quality_of(np.empty(0, np.float32), (), 0).speech == 0
