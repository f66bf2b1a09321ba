"""What is missed, and matched falsely, by the size of a gallery."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.calibration import Calibration, MatedScores
from matcher.intervals import of_others
from matcher.packs.calibrations import EDGE_FACE, OPEN_FACE
from matcher.packs.recipes import EDGE
from matcher.packs.spec import parse_spec
from matcher.rates import comparisons, gallery_rates, in_words, missed, references_advised

SIZES = st.integers(1, 160_000)
BEFORE = EDGE_FACE.model_copy(update={"mated": (), "seen_to": None, "per_reference": 0.0, "errors": ()})


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
    assert missed(EDGE_FACE, compared, many).share <= missed(EDGE_FACE, compared, few).share + 0.001


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
    assert small.startswith("Among 400 enrolled people with 1 photo each, about 2 of 100 (0 to 4) photos ")
    assert large.startswith("Among 160,000 enrolled people with 1 photo each, about 11 of 100 (7 to 16) photos ")
    assert "With 5 photos each it would be about 3 of 100 (0 to 9)" in advice


def test_false_matches_have_brackets_as_long_as_these_say_something() -> None:
    small, large = (in_words(gallery_rates(EDGE_FACE, {1: people}), EDGE_FACE)[0] for people in (400, 160_000))
    assert "about 20 (7 to 50) in 1,000 videos of nobody enrolled would raise a match; brackets hold" in small
    assert "about 20 in 1,000 videos (foretold from fewer people: it may be none, or many more) of nobody enrolled" in large


@given(st.integers(0, 400), st.integers(1, 400))
@settings(deadline=None)
def test_of_ten_thousand_other_groups_one_in_twenty_lies_outside_at_most(missed: int, people: int) -> None:
    """Others drawn as the model has them: a rate that these people leave open, and then as many people."""
    share = min(missed, people) / people
    random = np.random.default_rng(1)
    rate = random.beta(share * people + 0.5, (1 - share) * people + 0.5, 10_000)
    others = random.binomial(people, rate) / people
    told = of_others(share, people)
    assert told.low <= share <= told.high
    assert ((others < told.low - 1e-9) | (others > told.high + 1e-9)).mean() <= 0.06


@pytest.mark.parametrize("calibration", [EDGE_FACE, OPEN_FACE])
@given(size=SIZES, references=st.integers(1, 7))
@settings(deadline=None)
def test_what_is_told_lies_between_what_others_may_show(calibration: Calibration, size: int, references: int) -> None:
    rates = gallery_rates(calibration, {references: size})
    assert rates.misses_between is not None
    assert rates.misses is not None
    assert rates.misses_between.low - 0.003 <= rates.misses <= rates.misses_between.high
    if calibration.errors:
        assert rates.false_between is not None
        assert rates.false_between.low <= rates.false_matches <= rates.false_between.high


def test_what_is_foretold_for_more_photos_may_be_as_bad_as_what_was_measured_with_fewer() -> None:
    two, five = (missed(EDGE_FACE, 10_000, count).between for count in (2, 5))
    assert two is not None
    assert five is not None
    assert five.high >= two.high


def test_a_calibration_that_does_not_say_on_how_many_it_rests_gets_no_brackets() -> None:
    mated = tuple(scores.model_copy(update={"people": None}) for scores in EDGE_FACE.mated)
    (line, *_) = in_words(gallery_rates(silent := EDGE_FACE.model_copy(update={"mated": mated, "errors": ()}), {1: 400}), silent)
    assert line.endswith(
        "about 2 of 100 photos of the kind measured would be missed, "
        "and about 20 in 1,000 videos of nobody enrolled would raise a match."
    )


def test_what_a_stranger_outdoes_is_missed_as_well() -> None:
    always = MatedScores(references=1, shares=(0, 1), scores=(0.3, 0.3001))
    low = Calibration(measured_on="drawn", scores=(0.1, 0.5), rates=(0.5, 1e-3), allowed=1000, mated=(always,))
    assert low.threshold(10) < 0.3
    assert missed(low, 10, 1).share == pytest.approx(low.expected_false_matches(0.3, 10) / 1000, abs=0.01)


def test_a_pack_that_was_installed_before_is_read_and_says_that_it_does_not_know() -> None:
    sizes = dict.fromkeys(EDGE.files, 1)
    spec = EDGE.spec(sizes)
    assert spec.face is not None
    old = spec.model_dump(mode="json", exclude_none=True)
    for key in ("mated", "seen_to", "per_reference", "errors"):
        old["face"]["calibration"].pop(key)
    read = parse_spec(spec.model_validate(old).model_dump_json(), "an old pack").face
    assert read is not None
    assert read.calibration == BEFORE
    (line,) = in_words(gallery_rates(BEFORE, {2: 12_400}), BEFORE)
    assert "Among 12,400 enrolled people with 2 photos each" in line
    assert "not known for this size" in line
    assert references_advised(BEFORE, 12_400) is None
    with pytest.raises(ValueError, match="mated"):
        missed(BEFORE, 12_400, 1)


def test_beyond_what_was_looked_at_nothing_is_told() -> None:
    assert gallery_rates(EDGE_FACE, {1: 2_000_000}).misses is None
    assert in_words(gallery_rates(EDGE_FACE, {}), EDGE_FACE) == ()


def test_the_figures_of_the_benchmarks_page_are_those_of_the_calibration() -> None:
    page = (Path(__file__).resolve().parents[2] / "benchmarks" / "README.md").read_text("utf-8")
    rows = [line.split("|")[1:-1] for line in page.splitlines() if line.startswith("| the pack |")]
    assert len(rows) == 12
    for _, people, references, threshold, told, *_ in rows:
        size, count = int(people.replace(",", "")), int(references)
        assert EDGE_FACE.threshold(comparisons({count: size}, EDGE_FACE.per_reference)) == pytest.approx(
            float(threshold), abs=6e-4
        )
        assert gallery_rates(EDGE_FACE, {count: size}).misses == pytest.approx(float(told.split()[0]), abs=6e-4)
