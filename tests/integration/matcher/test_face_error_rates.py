"""Promise 7: the error rates that are printed are those that strangers cause."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from scipy.stats import binom

from matcher.evaluate import PROBE, enrolled, read_truth
from matcher.scan import look
from matcher.types import Finding, Gallery, Recogniser

SIZES = (450, 225)
SHOWS_AN_ENROLLED_MAN = "Helena_Schneider_0001"
"""The one photo among those of strangers in which somebody enrolled stands in the background."""


@pytest.fixture(scope="module")
def strangers(shared_data: Path) -> list[Path]:
    """Photos of strangers, on none of which the pack's calibration was measured."""
    truth = shared_data / "faces" / "truth.csv"
    rows = [row for row in read_truth(truth) if row.role == "nonmated" and SHOWS_AN_ENROLLED_MAN not in row.media]
    return [truth.parent / row.media for row in rows]


@pytest.fixture(scope="module")
def gallery(shared_data: Path, recogniser: Recogniser) -> Gallery:
    truth = shared_data / "faces" / "truth.csv"
    return enrolled(truth, [row for row in read_truth(truth) if row.role not in PROBE], recogniser, [])


@pytest.fixture(scope="module")
def best(recogniser: Recogniser, strangers: list[Path], gallery: Gallery) -> Mapping[int, Sequence[float]]:
    """The best score that each stranger's photo gives to anybody, among so many of the subjects.

    Each choice of subjects is a party's own, and a party's subjects are compared among themselves: each photo is looked at once.
    """
    both = _as_parties(gallery, SIZES)
    found = [look(path, both, [recogniser]).findings[0] for path in strangers]
    return {size: [_best_of(findings, str(size)) for findings in found] for size in SIZES}


def _as_parties(gallery: Gallery, sizes: Sequence[int]) -> Gallery:
    subjects, templates = {}, []
    for size in sizes:
        for name in sorted(gallery.subjects)[:: len(gallery.subjects) // size][:size]:
            own = f"{size} {name}"
            subjects[own] = replace(gallery.subjects[name], id=own, party=str(size))
            templates += [replace(t, subject_id=own) for t in gallery.templates if t.subject_id == name]
    return Gallery(subjects, tuple(templates))


def _best_of(findings: Sequence[Finding], party: str) -> float:
    return max((c.score for each in findings for c in each.candidates if c.subject_id.startswith(f"{party} ")), default=0.0)


@pytest.mark.parametrize("size", SIZES)
def test_promise_7_as_many_strangers_match_as_was_printed(
    recogniser: Recogniser, best: Mapping[int, Sequence[float]], size: int
) -> None:
    assert len(best[size]) >= 400
    for printed in (2.0, 5.0, 10.0, 20.0):  # a match is printed with 20 at most
        score = _score_at(recogniser, printed, size)
        observed = sum(own >= score for own in best[size])
        low, high = binom.interval(0.95, len(best[size]), printed / 1000)
        assert low <= observed <= high, f"{printed} in 1,000 printed, {observed} of {len(best[size])} observed"


def _score_at(recogniser: Recogniser, expected: float, subjects: int) -> float:
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if recogniser.expected_false_matches(middle, subjects) > expected else (low, middle)
    return high
