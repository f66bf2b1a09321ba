"""From a score to a likelihood ratio: how many times likelier it is if the appearance shows the subject than if it does not.

Two propositions are held against each other (ENFSI Guideline for Evaluative Reporting, 2015; ENFSI-BPM-DI-01): the appearance
shows the subject; it shows somebody else, taken at random from people like those measured. The ratio is the weight of this one
comparison. What it is worth in a gallery of thousands say the expected false matches, beside which it is printed.

A pack has the curve as figures, fitted by logistic regression with equal weight for both sides (Morrison, "Tutorial on
logistic-regression calibration and fusion", 2013; Morrison et al., "Consensus on validation of forensic voice comparison", 2021).
It is bounded by the data: beyond what they can show nothing is said (Vergeer et al., "Numerical likelihood ratios outputted by LR
systems are often based on extrapolation: when to stop extrapolating?", 2016; Rodriguez et al., FSI 334, 2022).
benchmarks.likelihood.fitting fits and tests it.
"""

import math
from bisect import bisect_right

from pydantic import BaseModel, ConfigDict, Field

from matcher.weight import Likelihood


class RatioCurve(BaseModel):
    """What a pack knows of the weight of a score.

    scores: rising, on the calibration's scale. logs: log10 of the ratio at each, rising; beyond the ends it stays what it is
    there, which are the bounds. people: how many it was fitted to. cllr, cllr_min: on people who were left out, in bits;
    the second is what any curve could reach with these scores. most_of_kind: the highest ratio up to which it held for strangers
    of each kind of face that was left out; None where that was not measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measured_on: str
    scores: tuple[float, ...] = Field(min_length=2)
    logs: tuple[float, ...] = Field(min_length=2)
    people: int = Field(ge=2)
    cllr: float = Field(ge=0)
    cllr_min: float = Field(ge=0)
    most_of_kind: float | None = None

    def of(self, score: float, as_good_as: float = 1.0) -> Likelihood:
        """At a score on the calibration's scale that is the best of so many comparisons with one subject."""
        place = min(max(bisect_right(self.scores, score), 1), len(self.scores) - 1)
        left, right = self.scores[place - 1 : place + 1]
        share = min(max((score - left) / max(right - left, 1e-9), 0.0), 1.0)
        log = self.logs[place - 1] + share * (self.logs[place] - self.logs[place - 1]) - math.log10(as_good_as)
        bounded = min(max(log, self.logs[0]), self.logs[-1])
        return Likelihood(10**bounded, 10 ** self.logs[0], 10 ** self.logs[-1])
