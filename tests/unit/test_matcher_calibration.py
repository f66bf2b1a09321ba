"""Calibration: from scores to expected false matches."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.bands import BANDS_IN_WORDS, band
from matcher.calibrate import FEWEST_PROBES, FEWEST_SUBJECTS, TooLittleData, calibrate
from matcher.calibration import Calibration, calibrated, false_match_rate
from matcher.evaluate import Row

MADE = Calibration(measured_on="a drawn tail", scores=(0.2, 0.4, 0.6), rates=(1e-2, 1e-4, 1e-6), allowed=20, least_gallery=100)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 1_000_000))
def test_a_higher_score_never_expects_more_false_matches(a: float, b: float, gallery: int) -> None:
    low, high = sorted((a, b))
    assert MADE.expected_false_matches(high, gallery) <= MADE.expected_false_matches(low, gallery) + 1e-9


@given(st.floats(0, 1), st.integers(1, 100_000))
def test_a_larger_gallery_never_expects_fewer(score: float, gallery: int) -> None:
    assert MADE.expected_false_matches(score, gallery + 1) >= MADE.expected_false_matches(score, gallery) - 1e-9


@given(st.integers(1, 100_000))
def test_at_the_threshold_the_expectation_is_what_is_allowed_or_less(gallery: int) -> None:
    assert MADE.expected_false_matches(MADE.threshold(gallery), gallery) <= MADE.allowed * 1.001


def test_the_threshold_rises_with_the_gallery_and_stays_for_small_ones() -> None:
    assert MADE.threshold(10_000) > MADE.threshold(1_000) > MADE.threshold(100)
    assert MADE.threshold(3) == MADE.threshold(100)


def test_rates_between_measured_points_are_log_linear_and_go_on_beyond_them() -> None:
    scores, rates = np.array(MADE.scores), np.array(MADE.rates)
    assert false_match_rate(0.3, scores, rates) == pytest.approx(1e-3)
    assert false_match_rate(0.7, scores, rates) == pytest.approx(1e-7)


def test_a_measured_calibration_predicts_fresh_strangers() -> None:
    random = np.random.default_rng(7)
    gallery = 50
    seen, fresh = (random.normal(0.1, 0.1, (4000, gallery)).max(axis=1) for _ in range(2))
    made = calibrated(seen, gallery, "normal scores", allowed=20, least_gallery=1)
    expected = made.expected_false_matches(0.4, gallery) / 1000 * len(fresh)
    observed = int((fresh >= 0.4).sum())
    assert abs(observed - expected) < 4 * np.sqrt(expected) + 5


def test_no_subjects_no_false_matches() -> None:
    assert MADE.expected_false_matches(0.0, 0) == 0


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_a_match_with_fewer_expected_false_ones_is_never_called_less_sure(a: float, b: float) -> None:
    order = ["strong", "likely", "possible"]
    fewer, more = sorted((a, b))
    assert order.index(band(fewer)) <= order.index(band(more))


@pytest.mark.parametrize(
    ("expected", "word"), [(0, "strong"), (1, "strong"), (1.01, "likely"), (5, "likely"), (5.01, "possible"), (1000, "possible")]
)
def test_the_word_for_a_match_is_the_one_that_the_explanation_gives(expected: float, word: str) -> None:
    assert band(expected) == word
    assert word in BANDS_IN_WORDS


def rows(subjects: int, probes: int) -> list[Row]:
    """distractors, each twice, and pictures of nobody; none of the files exists."""
    enrolled = [Row("distractor", f"s{i}", f"{i}_{j}.jpg") for i in range(subjects) for j in range(2)]
    return [*enrolled, *(Row("nonmated", "", f"n{i}.jpg") for i in range(probes))]


@pytest.mark.parametrize(
    ("subjects", "probes"), [(0, 0), (FEWEST_SUBJECTS - 1, FEWEST_PROBES), (FEWEST_SUBJECTS, FEWEST_PROBES - 1)]
)
def test_too_little_data_is_refused_before_a_single_file_is_read_and_says_how_much_is_needed(subjects: int, probes: int) -> None:
    with pytest.raises(TooLittleData, match=f"{subjects} subjects and has {probes} probes") as refusal:
        calibrate(Path("own.csv"), rows(subjects, probes), object(), "own media")  # type: ignore[arg-type]
    assert "own.csv" in refusal.value.what
    assert str(FEWEST_SUBJECTS) in refusal.value.remedy
    assert str(FEWEST_PROBES) in refusal.value.remedy


@given(st.integers(1, 1_000_000), st.floats(0, 1))
def test_views_settle_nothing_while_a_match_is_near_and_all_is_settled_far_from_it(gallery: int, score: float) -> None:
    threshold = MADE.threshold(gallery)
    assert not MADE.settles(threshold, gallery) or MADE.expected_false_matches(threshold, gallery) < 0.1
    if MADE.settles(score, gallery) and score < threshold:
        assert MADE.expected_false_matches(score, gallery) > 2 * MADE.allowed


@pytest.mark.parametrize("gallery", [20, 100, 1_000, 100_000])
def test_no_likeness_at_all_is_settled_at_once_in_galleries_of_every_size(gallery: int) -> None:
    assert MADE.settles(0.0, gallery)
    assert not MADE.settles(0.0, 2), "among two, a score of nobody's has as few false matches as one near the threshold"
