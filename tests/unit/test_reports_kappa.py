"""Cohen's kappa: figures worked by hand, and tables of which nothing can be said."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.kappa import agreed_between, kappa


def test_two_by_two_as_worked_by_hand() -> None:
    # Of 50, 20 + 15 the same: 0.7. By chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5. So (0.7 - 0.5) / 0.5.
    found = kappa(np.array([[20, 5], [10, 15]]))
    assert found is not None
    assert found.value == pytest.approx(0.4)
    # Diagonal: 0.4 (0.5 - 1.1 * 0.3)^2 + 0.3 (0.5 - 0.9 * 0.3)^2 = 0.02743; crossed: 0.09 (0.1 * 1.1^2 + 0.2 * 0.9^2) = 0.02547,
    # where the first's row and the second's column are 0.1 (0.6 + 0.5)^2 and 0.2 (0.4 + 0.5)^2 in turn; less (0.35 - 1 + 0.7)^2.
    diagonal = 0.4 * (0.5 - 1.1 * 0.3) ** 2 + 0.3 * (0.5 - 0.9 * 0.3) ** 2
    crossed = 0.09 * (0.1 * (0.6 + 0.5) ** 2 + 0.2 * (0.4 + 0.5) ** 2)
    error = math.sqrt((diagonal + crossed - (0.35 - 1.0 + 0.7) ** 2) / 50) / 0.25
    assert found.error == pytest.approx(error)
    assert (found.low, found.high) == pytest.approx((0.4 - 1.96 * error, 0.4 + 1.96 * error))


def test_three_kinds_of_which_two_diagnosticians_agree_on_89_of_100() -> None:
    # Rows 80, 10, 10 and columns 80, 5, 15: by chance 0.64 + 0.005 + 0.015 = 0.66, and (0.89 - 0.66) / 0.34.
    found = kappa(np.array([[75, 1, 4], [5, 4, 1], [0, 0, 10]]))
    assert found is not None
    assert found.value == pytest.approx(0.23 / 0.34)
    assert found.error == pytest.approx(0.0877, abs=5e-5)


def test_less_often_than_by_chance_is_below_nothing() -> None:
    # Observed 0.29, by chance 0.5 * 0.4 + 0.3 * 0.3 + 0.2 * 0.3 = 0.35.
    found = kappa(np.array([[25, 13, 12], [12, 2, 16], [3, 15, 2]]))
    assert found is not None
    assert found.value == pytest.approx(-0.06 / 0.65)


def test_where_all_agree_it_is_one_and_without_width() -> None:
    found = kappa(np.array([[7, 0, 0], [0, 3, 0], [0, 0, 0]]))
    assert found is not None
    assert (found.value, found.error, found.low, found.high) == (1.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize("table", [[[0, 0], [0, 0]], [[9, 0], [0, 0]]])
def test_without_a_pair_and_where_chance_alone_agrees_it_is_not_defined(table: list[list[int]]) -> None:
    assert kappa(np.array(table)) is None


def test_where_one_always_says_the_same_it_is_nothing_more_than_chance() -> None:
    found = kappa(np.array([[6, 4], [0, 0]]))
    assert found is not None
    assert (found.value, found.error) == pytest.approx((0.0, 0.0), abs=1e-6)


@given(st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), min_size=3, max_size=3))
def test_it_is_the_same_whoever_is_called_the_first_and_its_interval_holds_it(rows: list[list[int]]) -> None:
    table = np.array(rows)
    found, turned = kappa(table), kappa(table.T)
    assert (found is None) is (turned is None)
    if found is None or turned is None:
        return
    assert (found.value, found.error) == pytest.approx((turned.value, turned.error))
    assert -1.0 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 1.0


def test_the_interval_of_a_share_has_a_width_also_where_all_agree() -> None:
    # (1 + z^2 / 20) / (1 + z^2 / 10) -/+ z sqrt(z^2 / 400) / (1 + z^2 / 10) of z = 1.96.
    assert agreed_between(10, 10) == pytest.approx((1 / (1 + 1.96**2 / 10), 1.0))
    assert agreed_between(0, 10) == pytest.approx((0.0, 1.96**2 / (10 + 1.96**2)))
    assert agreed_between(0, 0) is None
