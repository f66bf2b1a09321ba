"""From scores to expected false matches: how often strangers score this high."""

import math

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

VIDEOS = 1000


class Calibration(BaseModel):
    """Measured on pairs that do not belong together.

    scores: rising. rates: at each score, the share of comparisons of a stranger's appearance with one subject that reach
    it. measured_on: the data, in words. allowed: expected false matches per 1,000 videos that a match may have.
    least_gallery: a smaller gallery gets the threshold of one of this size, so that a chance likeness to one of three
    subjects is no match. margin: the lead over the runner-up that a match needs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measured_on: str
    scores: tuple[float, ...] = Field(min_length=2)
    rates: tuple[float, ...] = Field(min_length=2)
    allowed: float = Field(default=20.0, gt=0)
    least_gallery: int = Field(default=1, ge=1)
    margin: float = Field(default=0.0, ge=0)

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


def tail(impostors: NDArray[np.floating], points: int = 24) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Scores and rates of a calibration from impostor scores (n,): quantiles evenly spaced in log(rate).

    The last point is the tenth largest score: a rate seen fewer than ten times is no measurement.
    """
    ordered = np.sort(np.asarray(impostors, np.float64))[::-1]
    ranks = np.unique(np.geomspace(10, len(ordered) // 2, points).astype(int))[::-1]
    scores, rates = ordered[ranks - 1], ranks / len(ordered)
    _, first = np.unique(scores, return_index=True)
    return tuple(np.round(scores[first], 5).tolist()), tuple(np.round(rates[first], 12).tolist())
