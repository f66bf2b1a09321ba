"""From scores to expected false matches: how often strangers score this high."""

import math

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

VIDEOS = 1000

BANDS = (("strong", 1.0), ("likely", 5.0), ("possible", math.inf))
"""How sure a match is, in a word, by the most expected false matches per 1,000 videos that each band holds."""


BANDS_IN_WORDS = (
    "A strong match is one of which at most 1 false one is expected in 1,000 videos that show nobody enrolled, a likely one of "
    "which at most 5 are; the others are possible."
)


def band(expected_false_matches: float) -> str:
    """The word for a match with so many expected false matches per 1,000 videos."""
    return next(word for word, most in BANDS if expected_false_matches <= most)


class CohortNorm(BaseModel):
    """What a stranger's scores against a cohort look like, for galleries too small to show it: the mean and the spread of
    the most alike fifth. See matcher.face.cohort.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: float
    spread: float = Field(gt=0)


class Calibration(BaseModel):
    """Measured on pairs that do not belong together.

    scores: rising. rates: at each score, the share of comparisons of a stranger's appearance with one subject that reach
    it. measured_on: the data, in words. allowed: expected false matches per 1,000 videos that a match may have.
    least_gallery: a smaller gallery gets the threshold of one of this size, so that a chance likeness to one of three
    subjects is no match. margin: the lead over the runner-up that a match needs. cohort: by which scores were normalised
    when they were measured; without it they are cosines as they come.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measured_on: str
    scores: tuple[float, ...] = Field(min_length=2)
    rates: tuple[float, ...] = Field(min_length=2)
    allowed: float = Field(default=20.0, gt=0)
    least_gallery: int = Field(default=1, ge=1)
    margin: float = Field(default=0.0, ge=0)
    cohort: CohortNorm | None = None

    def expected_false_matches(self, score: float, gallery_subjects: int) -> float:
        """Matches at this score or above in 1,000 videos that each show one stranger, with this many subjects enrolled."""
        if gallery_subjects <= 0:
            return 0.0
        rate = false_match_rate(score, np.asarray(self.scores), np.asarray(self.rates))
        return VIDEOS * -math.expm1(gallery_subjects * math.log1p(-min(rate, 1 - 1e-12)))

    def threshold(self, gallery_subjects: int) -> float:
        """The lowest score whose expected false matches stay within what is allowed: it rises with the gallery."""
        low, high = self.scores[0], 1.0
        gallery_subjects = max(gallery_subjects, self.least_gallery)
        for _ in range(40):
            middle = (low + high) / 2
            if self.expected_false_matches(middle, gallery_subjects) > self.allowed:
                low = middle
            else:
                high = middle
        return high


def false_match_rate(score: float, scores: NDArray[np.float64], rates: NDArray[np.float64]) -> float:
    """The rate at a score: linear in log(rate) between the measured points, and on along the last slope beyond them.

    A tail that falls exponentially is the usual first-order model of impostor scores; beyond the data it is an
    extrapolation, so the slope is taken from the last decade of points, not from the last two.
    """
    logs = np.log(rates)
    if score <= scores[-1]:
        return float(np.exp(np.interp(score, scores, logs)))
    start = int(np.searchsorted(-logs, -logs[-1] - math.log(10))) if len(logs) > 2 else 0
    start = min(start, len(logs) - 2)
    slope = (logs[-1] - logs[start]) / (scores[-1] - scores[start])
    return float(np.exp(logs[-1] + slope * (score - scores[-1])))


def measure(
    best: NDArray[np.floating], gallery_subjects: int, measured_on: str, *, allowed: float, least_gallery: int, points: int = 16
) -> Calibration:
    """A calibration from the best score (n,) that each of n videos, or photos, gave to a subject whom it does not show.

    A share p of best scores over N subjects means a rate of 1 - (1 - p)^(1/N) for one subject. The points lie evenly in
    log(share), the last at the tenth largest score: what was seen fewer than ten times is no measurement.
    """
    ordered = np.sort(np.asarray(best, np.float64))[::-1]
    ranks = np.unique(np.geomspace(10, max(11, len(ordered) // 2), points).astype(int))[::-1]
    scores, first = np.unique(np.round(ordered[ranks - 1], 4), return_index=True)
    shares = (ranks / len(ordered))[first]
    rates = -np.expm1(np.log1p(-shares) / gallery_subjects)
    return Calibration(
        measured_on=measured_on,
        scores=tuple(scores.tolist()),
        rates=tuple(float(f"{rate:.4g}") for rate in rates),
        allowed=allowed,
        least_gallery=least_gallery,
    )
