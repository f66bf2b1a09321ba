"""What is missed, and matched falsely, by the size of a gallery."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.calibration import Calibration, MatedScores
from matcher.packs.calibrations import EDGE_FACE
from matcher.packs.recipes import EDGE
from matcher.packs.spec import parse_spec
from matcher.rates import comparisons, gallery_rates, in_words, miss_rate, references_advised

SIZES = st.integers(1, 160_000)
BEFORE = EDGE_FACE.model_copy(update={"mated": (), "seen_to": None, "per_reference": 0.0})


@given(SIZES, SIZES, st.integers(1, 7))
@settings(deadline=None)
def test_a_larger_gallery_never_misses_less(one: int, other: int, references: int) -> None:
    small, large = sorted((one, other))
    fewer, more = (gallery_rates(EDGE_FACE, {references: people}).misses for people in (small, large))
    assert fewer is not None
    assert more is not None
    assert more >= fewer - 1e-9


@settings(deadline=None)
@given(st.integers(1, 300_000), st.sampled_from([(1, 2), (1, 3), (2, 3), (1, 5), (2, 5)]))
def test_more_references_never_miss_more_than_a_thousandth_more(compared: int, counts: tuple[int, int]) -> None:
    few, many = counts
    assert miss_rate(EDGE_FACE, compared, many) <= miss_rate(EDGE_FACE, compared, few) + 0.001


@given(st.dictionaries(st.integers(1, 9), st.integers(1, 10_000), min_size=1))
def test_a_gallery_counts_for_as_many_as_its_people_at_least_and_as_its_references_at_most(held: dict[int, int]) -> None:
    people, references = sum(held.values()), sum(count * own for count, own in held.items())
    assert people <= comparisons(held, EDGE_FACE.per_reference) <= references
    assert comparisons(held, 0.0) == people


@given(SIZES)
def test_the_false_matches_that_are_told_are_those_at_the_threshold(people: int) -> None:
    rates = gallery_rates(EDGE_FACE, {1: people})
    assert rates.false_matches == EDGE_FACE.expected_false_matches(EDGE_FACE.threshold(people), people)
    assert rates.false_matches <= EDGE_FACE.allowed * 1.001


def test_the_miss_rate_depends_on_the_size_and_says_for_which_it_is() -> None:
    (small, *_), (large, advice) = (in_words(gallery_rates(EDGE_FACE, {1: people}), EDGE_FACE) for people in (400, 160_000))
    assert small.startswith("Among 400 enrolled people with 1 photo each, about 1 of 100 ")
    assert large.startswith("Among 160,000 enrolled people with 1 photo each, about 11 of 100 ")
    assert "With 5 photos each it would be about 3 of 100" in advice


def test_what_a_stranger_outdoes_is_missed_as_well() -> None:
    always = MatedScores(references=1, shares=(0, 1), scores=(0.3, 0.3001))
    low = Calibration(measured_on="drawn", scores=(0.1, 0.5), rates=(0.5, 1e-3), allowed=1000, mated=(always,))
    assert low.threshold(10) < 0.3
    assert miss_rate(low, 10, 1) == pytest.approx(low.expected_false_matches(0.3, 10) / 1000, abs=0.01)


def test_a_pack_that_was_installed_before_is_read_and_says_that_it_does_not_know() -> None:
    sizes = dict.fromkeys(EDGE.files, 1)
    spec = EDGE.spec(sizes)
    assert spec.face is not None
    old = spec.model_dump(mode="json", exclude_none=True)
    for key in ("mated", "seen_to", "per_reference"):
        old["face"]["calibration"].pop(key)
    read = parse_spec(spec.model_validate(old).model_dump_json(), "an old pack").face
    assert read is not None
    assert read.calibration == BEFORE
    (line,) = in_words(gallery_rates(BEFORE, {2: 12_400}), BEFORE)
    assert "Among 12,400 enrolled people with 2 photos each" in line
    assert "not known for this size" in line
    assert references_advised(BEFORE, 12_400) is None
    with pytest.raises(ValueError, match="mated"):
        miss_rate(BEFORE, 12_400, 1)


def test_beyond_what_was_looked_at_nothing_is_told() -> None:
    assert gallery_rates(EDGE_FACE, {1: 2_000_000}).misses is None
    assert in_words(gallery_rates(EDGE_FACE, {}), EDGE_FACE) == ()


def test_the_figures_of_the_benchmarks_page_are_those_of_the_calibration() -> None:
    page = (Path(__file__).resolve().parents[2] / "benchmarks" / "README.md").read_text("utf-8")
    rows = [line.split("|")[1:-1] for line in page.splitlines() if line.startswith("| the pack |")]
    assert len(rows) == 12
    for _, people, references, threshold, printed, *_ in rows:
        size, count = int(people.replace(",", "")), int(references)
        assert EDGE_FACE.threshold(comparisons({count: size}, EDGE_FACE.per_reference)) == pytest.approx(
            float(threshold), abs=6e-4
        )
        assert gallery_rates(EDGE_FACE, {count: size}).misses == pytest.approx(float(printed), abs=6e-4)
