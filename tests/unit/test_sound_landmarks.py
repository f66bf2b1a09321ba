"""Landmarks of sound: what makes them, what leaves them where they are, and what never takes one recording for another."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.bands import band
from matcher.sound.aligning import SoundIndex, SoundStretch, clearest, stretches_in
from matcher.sound.landmarks import A_SECOND, FRAMES, Landmarks, joined, landmarks_of, peaks_of
from matcher.sound.recogniser import PAIRS, THRESHOLD, VOTES, SoundRecogniser, evidence, false_ones, score_of
from matcher.sound_bounds import LATEST_SOUND, SOUND_RATE
from tests.support.tunes import tune

HELD = [landmarks_of(peaks_of(tune(number, 15.0))) for number in range(4)]
INDEX = SoundIndex(HELD)
T = np.arange(12 * SOUND_RATE) / SOUND_RATE


def found(samples: np.ndarray) -> list[SoundStretch]:
    return [each for each in stretches_in(landmarks_of(peaks_of(samples)), INDEX) if score_of(each.votes) >= THRESHOLD]


@given(st.integers(0, 3), st.floats(0, 4.9), st.floats(0.05, 1.0))
def test_any_ten_seconds_are_found_where_they_are_however_loud(number: int, start: float, loud: float) -> None:
    samples = tune(number, 15.0)[round(start * SOUND_RATE) :][: 10 * SOUND_RATE]
    best = max(found(np.float32(loud) * samples), key=lambda each: each.votes)
    assert best.recording == number
    assert best.of_start - best.t_start == pytest.approx(start, abs=0.05)
    assert best.t_end - best.t_start > 8, "within a second at either end"


def test_noise_as_loud_as_a_third_of_it_leaves_it_known() -> None:
    samples = tune(2, 15.0)[: 10 * SOUND_RATE]
    noise = np.random.default_rng(1).normal(size=len(samples)).astype(np.float32)
    noise *= np.sqrt(np.square(samples).mean() / np.square(noise).mean()) * 10 ** (-10 / 20)
    assert {each.recording for each in found(samples + noise)} == {2}


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(12 * SOUND_RATE, np.float32),
        np.float32(1e-4) * np.random.default_rng(1).normal(size=12 * SOUND_RATE).astype(np.float32),
        np.sin(2 * np.pi * 1000 * T).astype(np.float32),
        np.empty(0, np.float32),
        np.ones(100, np.float32),
    ],
    ids=["silence", "hiss", "a tone", "nothing", "a click"],
)
def test_what_is_silent_or_goes_on_alike_is_nothing(samples: np.ndarray) -> None:
    assert len(landmarks_of(peaks_of(samples)).words) < 20
    assert found(samples) == []


def test_other_sounds_are_not_found() -> None:
    assert [found(tune(number, 12.0)) for number in range(10, 20)] == [[]] * 10
    assert found(np.random.default_rng(2).normal(size=12 * SOUND_RATE).astype(np.float32)) == []


def test_beeps_that_recur_cost_no_more_than_their_bound() -> None:
    """The same landmarks over and over: each word of a recording is kept a few times, so that hits do not multiply."""
    beeps = (np.sin(2 * np.pi * 700 * T) * (T % 0.5 < 0.2) + np.sin(2 * np.pi * 1300 * T) * (T % 0.5 > 0.3)).astype(np.float32)
    own = landmarks_of(peaks_of(np.tile(beeps, 10)))
    hits = SoundIndex([own] * 3).hits(own)
    assert len(hits.lines) <= 3 * 16 * len(own.words)


def test_blocks_are_one_recording() -> None:
    samples = tune(5, 9.0)
    half = 4 * SOUND_RATE
    whole = peaks_of(samples)
    parts = joined([peaks_of(samples[half:], 4 * FRAMES), peaks_of(samples[:half])])
    assert (np.diff(parts.times) >= 0).all()
    assert len(whole.times) <= 9 * A_SECOND
    same = set(zip(whole.times.tolist(), whole.bands.tolist(), strict=True))
    assert len(same & set(zip(parts.times.tolist(), parts.bands.tolist(), strict=True))) > 0.8 * len(same)


def test_sound_far_ahead_costs_no_more_and_is_found_there() -> None:
    far = round(LATEST_SOUND) * FRAMES
    ahead = landmarks_of(joined([peaks_of(tune(3, 9.0)), peaks_of(tune(1, 9.0), far)]))
    asked: list[int] = []

    class Counted(SoundIndex):
        def hits(self, landmarks: Landmarks) -> Any:
            asked.append(len(landmarks.words))
            return super().hits(landmarks)

    best = max(stretches_in(ahead, Counted(HELD)), key=lambda each: (each.recording == 1, each.votes))
    assert (best.recording, best.t_start) == (1, pytest.approx(LATEST_SOUND, abs=1))
    assert len(asked) == 2, "one for each stretch that there is, and none for the year in between"


def test_of_one_subject_the_clearest_is_said_at_each_time() -> None:
    one, repeated = SoundStretch(0, 2.0, 9.0, 0.0, 7.0, 90), SoundStretch(1, 3.0, 9.0, 8.0, 14.0, 40)
    later = SoundStretch(1, 20.0, 26.0, 0.0, 6.0, 30)
    assert clearest([repeated, later, one], ["a", "a"]) == [one, later]
    assert clearest([repeated, later, one], ["a", "b"]) == [one, repeated, later]


def test_a_match_is_possible_at_most_and_says_what_was_measured() -> None:
    recogniser = SoundRecogniser()
    assert score_of(VOTES) == pytest.approx(THRESHOLD)
    assert band(recogniser.expected_false_matches(1.0, 1)) == "possible"
    assert false_ones(PAIRS) == pytest.approx(1000 * (1 - np.exp(-3)))
    same, measured, whose = evidence(SoundStretch(0, 12.0, 19.0, 63.0, 70.0, 80), 40)
    assert same.startswith("At 0:12-0:19 of this file the same recording is heard as at 1:03-1:10 of the clip: 80 of")
    assert f"{PAIRS:,} pairs" in measured
    assert "possible at most" in whose


@given(st.integers(0, 10**5), st.integers(0, 10**5))
def test_more_landmarks_never_score_less(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert 0 <= score_of(low) <= score_of(high) <= 1
