"""Promise 7: the error rates that are printed are those that strangers cause."""

from collections.abc import Callable
from pathlib import Path

import pytest
from scipy.stats import binom

from matcher.assemble import recognisers_of
from matcher.evaluate import PROBE, enrolled, read_truth
from matcher.packs.adding import add
from matcher.scan import look
from matcher.types import Gallery, Recogniser

SHOWS_AN_ENROLLED_MAN = "Helena_Schneider_0001"
"""The one photo among those of strangers in which somebody enrolled stands in the background."""


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory: pytest.TempPathFactory, shared_models: Path) -> Recogniser:
    (made,) = recognisers_of(add(tmp_path_factory.mktemp("models"), shared_models / "edge"))
    return made


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
def scores_in(recogniser: Recogniser, strangers: list[Path], gallery: Gallery) -> Callable[[int], list[float]]:
    """The best score that each stranger's photo gives to anybody, in a gallery of so many of the subjects."""

    def scores(size: int) -> list[float]:
        names = sorted(gallery.subjects)[:: len(gallery.subjects) // size][:size]
        subjects = {name: gallery.subjects[name] for name in names}
        part = Gallery(subjects, tuple(t for t in gallery.templates if t.subject_id in subjects))
        found = (look(path, part, [recogniser]).findings[0] for path in strangers)
        return [max((c.score for finding in own for c in finding.candidates), default=0.0) for own in found]

    return scores


@pytest.mark.parametrize("size", [450, 225])
def test_promise_7_as_many_strangers_match_as_was_printed(
    recogniser: Recogniser, scores_in: Callable[[int], list[float]], size: int
) -> None:
    best = scores_in(size)
    assert len(best) >= 400
    for printed in (2.0, 5.0, 10.0, 20.0):  # a match is printed with 20 at most
        score = _score_at(recogniser, printed, size)
        observed = sum(own >= score for own in best)
        low, high = binom.interval(0.95, len(best), printed / 1000)
        assert low <= observed <= high, f"{printed} in 1,000 printed, {observed} of {len(best)} observed"


def _score_at(recogniser: Recogniser, expected: float, subjects: int) -> float:
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if recogniser.expected_false_matches(middle, subjects) > expected else (low, middle)
    return high
