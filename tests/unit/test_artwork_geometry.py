"""Geometric verification on correspondences that are made up, so that the truth is known."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.artwork_geometry import Placement, most_agreeing, place

SIZE = (300, 200)


def reference_points(count: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    xy = rng.uniform((0, 0), SIZE, (count, 2))
    return np.column_stack([xy, rng.uniform(4, 20, count), rng.uniform(0, 360, count)]).astype(np.float32)


def moved(points: np.ndarray, scale: float, turn: float, shift: tuple[float, float]) -> np.ndarray:
    c, s = scale * np.cos(np.deg2rad(turn)), scale * np.sin(np.deg2rad(turn))
    xy = points[:, :2] @ np.array([[c, s], [-s, c]]) + shift
    return np.column_stack([xy, points[:, 2] * scale, (points[:, 3] + turn) % 360]).astype(np.float32)


@pytest.mark.parametrize(("scale", "turn"), [(1.0, 0.0), (0.4, 35.0), (2.5, -170.0)])
def test_finds_a_movement_among_as_many_strays(scale: float, turn: float) -> None:
    a, strays = reference_points(30), reference_points(30, seed=1)
    b = moved(a, scale, turn, (120.0, 80.0))
    found = place(np.vstack([a, strays]), np.vstack([b, reference_points(30, seed=2)]), SIZE)
    assert found is not None
    assert found.inliers >= 28
    np.testing.assert_allclose(found.outline(SIZE)[0], (120.0, 80.0), atol=2.0)
    assert np.linalg.norm(found.outline(SIZE)[1] - found.outline(SIZE)[0]) == pytest.approx(300 * scale, rel=0.03)


def test_correspondences_by_chance_do_not_agree() -> None:
    agreed = [place(reference_points(40, seed=s), reference_points(40, seed=s + 1000), SIZE) for s in range(50)]
    assert max(found.inliers if found else 0 for found in agreed) < 7


def test_a_mirrored_movement_is_refused() -> None:
    a = reference_points(30)
    b = a.copy()
    b[:, 0] = SIZE[0] - b[:, 0]
    assert place(a, b, SIZE) is None


def test_features_along_one_line_prove_nothing() -> None:
    a = reference_points(30)
    a[:, 1] = 50.0
    assert place(a, moved(a, 1.0, 0.0, (5.0, 5.0)), SIZE) is None


def test_one_spot_counts_once_however_often_it_is_described() -> None:
    a = np.repeat(reference_points(2), 20, axis=0)
    assert place(a, moved(a, 1.0, 0.0, (5.0, 5.0)), SIZE) is None


def test_a_picture_shrunk_to_a_point_is_refused() -> None:
    a = reference_points(30)
    assert place(a, moved(a, 0.01, 0.0, (50.0, 50.0)), SIZE) is None


def test_too_few_correspondences_are_no_placement() -> None:
    a = reference_points(3)
    assert place(a, a, SIZE) is None


def test_outline_goes_round_the_corners() -> None:
    unmoved = Placement(np.array([[1.0, 0, 10], [0, 1.0, 20]]), 9)
    assert unmoved.outline((4, 3)).tolist() == [[10, 20], [14, 20], [14, 23], [10, 23]]


@given(seed=st.integers(0, 2**32 - 1), counts=st.lists(st.integers(1, 40), max_size=12), of_one=st.integers(0, 12))
def test_many_references_are_asked_at_once_as_each_would_be_alone(seed: int, counts: list[int], of_one: int) -> None:
    total = sum(counts)
    reference = reference_points(total, seed)
    frame = reference_points(total, seed + 1)
    moving = np.random.default_rng(seed).permutation(total)[:of_one]
    frame[moving] = moved(reference[moving], 1.4, 30.0, (40.0, -20.0))
    diagonals = np.random.default_rng(seed).uniform(100, 500, len(counts))
    first = np.cumsum([0, *counts])
    parts = [slice(a, b) for a, b in pairwise(first.tolist())]
    alone = [
        most_agreeing(reference[part], frame[part], np.array([part.stop - part.start]), diagonal[None])[0]
        for part, diagonal in zip(parts, diagonals, strict=True)
    ]
    assert most_agreeing(reference, frame, np.array(counts, np.int64), diagonals).tolist() == alone


def test_a_movement_is_counted_with_all_who_agree_with_it() -> None:
    reference, frame = np.vstack([reference_points(30), reference_points(20, 5)]), reference_points(50, 7)
    frame[:12] = moved(reference[:12], 0.7, -25.0, (90.0, 10.0))
    found = most_agreeing(reference, frame, np.array([30, 20]), np.array([360.0, 360.0]))
    assert found[0] >= 12
    assert found[1] < 8
