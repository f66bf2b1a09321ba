"""How far a printed rate may be from what other people show: it was measured on some, and they are others.

A rate is an estimate twice over: its own people were a choice, and so are those in whom it is observed. What is told is
therefore a prediction interval for another group of as many people, wider by half than a confidence interval of the rate.
"""

import math
from dataclasses import dataclass

from matcher.calibration import VIDEOS, Calibration

OUTSIDE = 0.05
"""Share of other groups that may lie outside what is told."""

DEVIATIONS = 1.96
"""The same in standard deviations of a normal distribution."""


@dataclass(frozen=True)
class Between:
    """What another group of as many people shows 19 times of 20."""

    low: float
    high: float


def of_others(share: float, people: int) -> Between:
    """What as many other people show where this share was missed of the photos of these.

    The predictive distribution of a binomial share under Jeffreys' prior, which is beta-binomial. People are counted, not
    photos: those of one person are missed together, and this is right however much they are.
    """
    lost, kept = share * people + 0.5, (1 - share) * people + 0.5
    logs = [_log_weight(lost + i, kept + people - i) - _log_weight(i + 1, people - i + 1) for i in range(people + 1)]
    weights = [math.exp(log - max(logs)) for log in logs]
    total, reached, low = sum(weights), 0.0, None
    for missed, weight in enumerate(weights):
        reached += weight / total
        if low is None and reached >= OUTSIDE / 2:
            low = missed / people
        if low is not None and reached >= 1 - OUTSIDE / 2:
            return Between(low, missed / people)
    return Between(low or 0.0, 1.0)


def _log_weight(a: float, b: float) -> float:
    """The logarithm of the beta function."""
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def false_matches_of_others(calibration: Calibration, score: float, compared: int) -> Between | None:
    """In 1,000 videos of other people who are not enrolled, from this score on; None where the errors were not measured."""
    error = calibration.error(score, compared)
    if error is None or not compared:
        return None
    aside = DEVIATIONS * math.sqrt(2) * error
    low, high = (calibration.expected_false_matches(at, compared) for at in (score + aside, score - aside))
    return Between(low, min(high, VIDEOS))
