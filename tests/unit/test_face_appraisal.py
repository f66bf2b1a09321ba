"""Advice on photos, in words, and the judgement whether a photo shows whom it should."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.face.appraisal import QUALITY, Quality, advice, advice_on_count, measure, quality_of, unfit
from matcher.index.compact import BLOCK, CompactIndex
from matcher.packs.calibrations import EDGE_FACE
from monitor.duplicate_check import Doubt, LikenessLimits, doubt, own_cosines
from monitor.reference_quality import worth_of_more

GOOD = Quality(220.0, 0.6, 0.9)
LIMITS = LikenessLimits(alike=0.7, apart=0.2)


def test_a_good_photo_needs_no_advice() -> None:
    assert advice(GOOD) == ()
    assert unfit(GOOD) == ""


@pytest.mark.parametrize(
    ("quality", "words"),
    [
        (Quality(64.0, 0.6, 0.9), "use a frontal photo at least 200 px wide"),
        (Quality(220.0, 0.05, 0.9), "use a sharper photo"),
        (Quality(220.0, 0.6, 0.2), "add a frontal photo"),
    ],
)
def test_each_weakness_has_its_advice(quality: Quality, words: str) -> None:
    (line,) = advice(quality)
    assert words in line
    assert unfit(quality) == ""


def test_a_blur_and_a_profile_are_unfit() -> None:
    assert "blur" in unfit(Quality(220.0, 0.001, 0.9))
    assert "at least 200 px wide" in unfit(Quality(220.0, 0.6, 0.0))


def test_the_number_of_photos_is_advised_on() -> None:
    assert "3 photos that are advised" in advice_on_count(1)
    assert advice_on_count(3) == advice_on_count(7) == ""


def test_quality_is_measured_and_read_back() -> None:
    frontal = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)
    noise = np.random.default_rng(0).integers(0, 255, (112, 112, 3), np.uint8)
    found = quality_of({QUALITY: measure(150.0, frontal, noise)})
    assert found is not None
    assert (found.width, found.sharp) == (150.0, 1.0)
    assert found.frontal > 0.9
    flat = quality_of({QUALITY: measure(150.0, frontal, np.full((112, 112, 3), 90, np.uint8))})
    assert flat is not None
    assert flat.sharp == 0.0
    assert quality_of({"vector": noise}) is None


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        ([], ("x", 0.1), None),
        ([], ("x", 0.8), Doubt("x", 0.8)),
        ([0.9], ("x", 0.8), None),  # a look-alike: the person's own photos agree better
        ([0.3], ("x", 0.8), Doubt("x", 0.8)),
        ([0.9, 0.1], ("x", 0.3), None),
        ([0.1, 0.15], ("x", 0.3), Doubt("", 0.15)),
    ],
)
def test_doubts(own: list[float], other: tuple[str, float], expected: Doubt | None) -> None:
    assert doubt(own, other, LIMITS) == expected


def test_own_cosines_leave_out_the_photo_itself() -> None:
    one, two, three = (np.eye(3, dtype=np.float32)[n] for n in range(3))
    assert own_cosines([one, one, two], [three]) == [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_the_compact_index_agrees_with_exact_search(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((count, 32), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = CompactIndex(32)
    for number, vector in enumerate(vectors):
        index.add(f"s{number}", vector * 3)
    queries = vectors[: min(count, 5)]
    for query, (key, score) in zip(queries, index.nearest(queries, but="s0"), strict=True):
        exact = vectors[1:] @ query
        if count == 1:
            assert (key, score) == ("", -1.0)
        else:
            assert abs(score - exact.max()) < 0.01
            assert exact.max() - vectors[int(key[1:])] @ query < 0.01


def test_the_compact_index_grows_past_its_first_block() -> None:
    index = CompactIndex(4)
    for number in range(BLOCK + 10):
        index.add(f"n{number}", np.array([1.0, number % 7, 0, 0]))
    index.add("last", np.array([0, 0, 0, 1.0]))
    assert index.nearest(np.array([[0, 0, 0, 1.0]]))[0] == ("last", pytest.approx(1.0, abs=1e-3))
    assert len(index) == BLOCK + 11


def test_what_more_photos_are_worth_depends_on_how_many_people_are_compared() -> None:
    few, many = worth_of_more(1, EDGE_FACE, {1: 450}), worth_of_more(1, EDGE_FACE, {1: 160_000})
    assert "Among 450 enrolled people, appearances missed by number of photos: 1: 2 of 100 (0 to 4); 2: fewer than 1 in" in few
    assert "Among 160,000 enrolled people, appearances missed by number of photos: 1: 11 of 100 (7 to 16); 2: " in many
    enough = worth_of_more(5, EDGE_FACE, {5: 10_000})
    assert enough.startswith("Among 10,000 enrolled people, appearances missed by number of photos: 5: 1 of 100 (0 to ")
    assert enough.endswith("(brackets hold what other people would show 19 times in 20).")


def test_a_pack_without_figures_says_that_it_does_not_know() -> None:
    said = worth_of_more(2, EDGE_FACE.model_copy(update={"mated": ()}), {2: 12_400})
    assert said.startswith(advice_on_count(2))
    assert "12,400 enrolled people is not known for this size" in said
