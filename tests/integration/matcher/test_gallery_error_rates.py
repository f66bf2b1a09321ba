"""Promise 7 in large galleries: the rates that are printed are those of real members and probes among drawn strangers."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest, ks_2samp

from benchmarks.coverage import asked
from benchmarks.fitting import MEASURED, trials
from benchmarks.galleries import Faces, cohort_of, faces_of, missed
from benchmarks.strangers import Floats, Probes, best_scores, draw
from matcher.calibration import Calibration
from matcher.face.recogniser import FaceRecogniser
from matcher.rates import comparisons, gallery_rates

SIZES = (450, 1_000, 10_000, 100_000)


@pytest.fixture(scope="module")
def calibration(recogniser: FaceRecogniser) -> Calibration:
    return recogniser.calibration


@pytest.fixture(scope="module")
def faces(recogniser: FaceRecogniser, shared_data: Path) -> Faces:
    """Vectors of LFW, in memory alone. The pack was calibrated on the members; the others are in none of its figures."""
    return faces_of(shared_data / "faces" / "truth.csv", recogniser)


@pytest.fixture(scope="module")
def probes(faces: Faces, calibration: Calibration) -> Probes:
    return Probes.of(faces.others, cohort_of(faces.members, calibration))


@pytest.fixture(scope="module")
def best(faces: Faces, probes: Probes) -> dict[int, dict[int, Floats]]:
    """Strangers' best scores by references and size."""
    people = {**faces.members, **faces.others}
    return {count: best_scores(probes, people, SIZES, count, np.random.default_rng(1)) for count in (1, 2)}


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("size", SIZES[1:])
def test_promise_7_the_printed_rates_lie_in_the_interval_of_the_observed(
    faces: Faces, calibration: Calibration, best: dict[int, dict[int, Floats]], size: int, count: int
) -> None:
    printed = gallery_rates(calibration, {count: size})
    threshold = calibration.threshold(comparisons({count: size}, calibration.per_reference))
    shares = missed(trials(faces.members, cohort_of(faces.members, calibration), count), threshold, best[count][size])
    false = best[count][size] >= threshold
    for rate, seen in ((printed.misses, shares.missed), (printed.false_matches / 1000, false)):
        low, high = binomtest(round(seen.sum()), len(seen)).proportion_ci(0.95, "exact")
        assert rate is not None
        assert low <= rate <= high, f"{rate:.4f} printed, {np.mean(seen):.4f} observed, {low:.4f} to {high:.4f}"
    assert printed.misses_between is not None
    assert printed.misses_between.low <= shares.mean <= printed.misses_between.high


def test_promise_7_brackets_printed_from_one_half_of_the_people_hold_for_the_other(
    faces: Faces, calibration: Calibration
) -> None:
    """For both ways to take halves of the people in ten splits: at every size and number of references, 19 times of 20."""
    found = [*asked(faces, calibration, splits=10)]
    for count in MEASURED:
        for size in SIZES[1:]:
            own = [one.covered for one in found if (one.references, one.size) == (count, size)]
            assert len(own) == 20
            assert sum(own) >= 19, f"{count} references, {size:,} people"


def test_photos_of_one_person_tell_less_than_those_of_as_many_people(faces: Faces, calibration: Calibration) -> None:
    tried = trials(faces.members, cohort_of(faces.members, calibration), 1)
    shares = tried.by_photo((tried.scores < calibration.threshold(10_000)).astype(float))
    assert len(faces.members) < shares.independent < 0.75 * len(shares.missed)


def test_drawn_strangers_score_as_real_ones_do(faces: Faces, probes: Probes, best: dict[int, dict[int, Floats]]) -> None:
    """Among 450 of either kind: single scores in the tail, and the nearest one."""
    kept = np.stack([photos[0] for photos in faces.members.values()])
    real = probes.scores(kept, np.array(list(faces.members))[:, None])
    block = next(draw({**faces.members, **faces.others}, 4_500, 1, np.random.default_rng(2)))
    scores = probes.scores(block.vectors[:, 0], block.of)[~probes.related(block.of)]
    for share in (0.5, 0.9, 0.99, 0.999):
        assert np.quantile(scores, share) == pytest.approx(np.quantile(real, share), abs=0.015)
    nearest, drawn = real.max(axis=1), best[1][450]
    assert ks_2samp(nearest, drawn).statistic < 0.15
    for share in (0.9, 0.95, 0.98):
        assert np.quantile(drawn, share) == pytest.approx(np.quantile(nearest, share), abs=0.025)
