"""Likelihood ratios: the curve that a pack has, and how it is fitted, bounded and tested."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchmarks.likelihood.fitting import above, bounds, cllr, cllr_min, logistic
from matcher.calibration import Calibration
from matcher.likelihood import RatioCurve
from matcher.packs.calibrations import EDGE_FACE, OPEN_FACE, completed

CURVE = RatioCurve(
    measured_on="drawn scores", scores=(0.1, 0.4, 0.7), logs=(-2.0, 0.5, 3.0), people=100, cllr=0.02, cllr_min=0.015
)
MADE = Calibration(measured_on="a drawn tail", scores=(0.2, 0.4), rates=(1e-2, 1e-4), per_reference=1.3, ratios=CURVE)


def drawn(seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    random = np.random.default_rng(seed)
    return random.normal(0.65, 0.12, 200), random.normal(0.1, 0.1, 5000)


@given(st.floats(-1, 2), st.floats(-1, 2))
def test_a_higher_score_never_weighs_less_and_nothing_is_said_beyond_the_bounds(a: float, b: float) -> None:
    low, high = (CURVE.of(score) for score in sorted((a, b)))
    assert low.ratio <= high.ratio * (1 + 1e-9)
    assert low.ratio >= 0.01 * (1 - 1e-9)
    assert high.ratio <= 1000 * (1 + 1e-9)
    assert (low.least, low.most) == (pytest.approx(0.01), pytest.approx(1000))


@given(st.floats(0, 1), st.integers(1, 20), st.integers(1, 5000))
def test_the_best_of_more_references_weighs_no_more_at_the_same_score(score: float, references: int, gallery: int) -> None:
    fewer, more = (MADE.likelihood(score, gallery, count) for count in (references, references + 1))
    assert fewer is not None
    assert more is not None
    assert more.ratio <= fewer.ratio


def test_the_ratio_between_two_points_lies_between_theirs() -> None:
    assert CURVE.of(0.55).ratio == pytest.approx(10**1.75)
    assert CURVE.of(0.55, as_good_as=10).ratio == pytest.approx(10**0.75)


def test_a_pack_without_a_curve_says_no_ratio() -> None:
    assert MADE.model_copy(update={"ratios": None}).likelihood(0.9, 100, 1) is None
    assert OPEN_FACE.likelihood(0.9, 100, 1) is None


def test_costs_and_bounds_are_those_of_lir() -> None:
    """NFI's lir 1.3.1 on the same drawn scores: cllr, cllr_min and elub."""
    mated, strangers = ((own - 0.4) * 20 for own in drawn(7))
    assert cllr(10**mated, 10**strangers) == pytest.approx(0.024716774558788478)
    assert cllr_min(mated, strangers) == pytest.approx(0.008585588779346672)
    found = bounds(mated / np.log(10), strangers / np.log(10), len(mated), len(strangers))
    assert found == pytest.approx((-2.15, 2.93))


def test_with_two_knots_it_is_logistic_regression() -> None:
    """scikit-learn's, with both classes of equal weight and no penalty: slope 65.245, even at .36222."""
    low, high = logistic(*drawn(7), np.array([-1.0, 2.0])) * np.log(10)
    slope = (high - low) / 3
    assert slope == pytest.approx(65.245, rel=1e-3)
    assert -1 - low / slope == pytest.approx(0.36222, abs=1e-4)


@pytest.mark.parametrize("knots", [2, 5])
def test_ratios_that_were_fitted_hold_for_fresh_scores(knots: int) -> None:
    at = np.linspace(0.0, 0.9, knots)
    logs = logistic(*drawn(7), at)
    random = np.random.default_rng(8)
    mated, strangers = random.normal(0.65, 0.12, 20_000), random.normal(0.1, 0.1, 500_000)
    ratios = [10 ** np.interp(own, at, logs) for own in (mated, strangers)]
    assert cllr(*ratios) - cllr_min(*ratios) <= 0.01
    assert (np.diff(logs) >= 0).all()


def test_of_strangers_no_more_than_one_in_t_has_a_ratio_above_t_where_the_curve_is_right() -> None:
    """Of two normal distributions the ratio is known."""
    random = np.random.default_rng(9)
    strangers = random.normal(0.0, 1.0, 1_000_000)
    known = np.exp(4 * strangers - 8)
    for limit in (10, 100, 1000):
        assert 0 < above(known, limit) * limit <= 1


def test_bounds_are_nearer_to_nothing_the_fewer_comparisons_there_are() -> None:
    mated, strangers = ((own - 0.4) * 20 / np.log(10) for own in drawn(7))
    few, many = (bounds(mated, strangers, count, count * 25) for count in (20, 200))
    assert many[0] <= few[0] < 0 < few[1] <= many[1]


def test_the_pack_edge_has_a_curve_that_rises_and_was_asked_of_people_who_were_left_out() -> None:
    curve = EDGE_FACE.ratios
    assert curve is not None
    assert list(curve.scores) == sorted(set(curve.scores))
    assert list(curve.logs) == sorted(curve.logs)
    assert curve.cllr - curve.cllr_min <= 0.01


def test_a_pack_from_before_curves_gets_one_when_it_is_read_and_one_of_other_figures_does_not() -> None:
    before = EDGE_FACE.model_copy(update={"ratios": None})
    assert completed(before) == EDGE_FACE
    assert completed(before.model_copy(update={"allowed": 5.0})).ratios is None
