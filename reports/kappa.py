"""How far two people agree beyond chance: Cohen's kappa of a table of counts, with its standard error."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DEVIATIONS = 1.96
"""Of a normal distribution: 95% lie within."""

FEW = 30
"""Pairs below which the interval of kappa, which holds for many, is rough."""


@dataclass(frozen=True)
class Kappa:
    """value: 1 where all agree, 0 where they agree as often as by chance, below 0 where less often. error: its standard error.
    low, high: of the interval of 95%, within -1 and 1; one without width says that nobody disagreed, and no more."""

    value: float
    error: float
    low: float
    high: float


def kappa(table: NDArray[np.int64]) -> Kappa | None:
    """Of a square table of counts, the first decision by rows and the second by columns; None where it is not defined: without a
    pair, and where chance alone would have all agree, since both always decided the same.

    J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960), 37-46. The
    standard error is that of kappa as it was observed, for many pairs: J. L. Fleiss, J. Cohen and B. S. Everitt, "Large sample
    standard errors of kappa and weighted kappa", Psychological Bulletin 72 (1969), 323-327.
    """
    pairs = int(table.sum())
    if pairs == 0:
        return None
    share = table / pairs
    first, second = share.sum(axis=1), share.sum(axis=0)
    observed, by_chance = float(np.trace(share)), float(first @ second)
    if math.isclose(by_chance, 1.0):
        return None
    value = (observed - by_chance) / (1 - by_chance)
    diagonal = np.diag(share) @ ((1 - by_chance) - (first + second) * (1 - observed)) ** 2
    # Of the first's row and the second's column it is each time the other's share that counts.
    crossed = (second[:, None] + first[None, :]) ** 2 * share
    off = (1 - observed) ** 2 * (crossed.sum() - np.trace(crossed))
    rest = (observed * by_chance - 2 * by_chance + observed) ** 2
    error = math.sqrt(max(0.0, float(diagonal + off - rest)) / pairs) / (1 - by_chance) ** 2
    aside = DEVIATIONS * error
    return Kappa(value, error, max(-1.0, value - aside), min(1.0, value + aside))


def agreed_between(agreed: int, pairs: int) -> tuple[float, float] | None:
    """The interval of 95% of a share that was seen so often among so many; None without a pair.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American Statistical
    Association 22 (1927), 209-212. It has a width also where all agree.
    """
    if pairs == 0:
        return None
    share, square = agreed / pairs, DEVIATIONS**2
    middle = (share + square / (2 * pairs)) / (1 + square / pairs)
    aside = DEVIATIONS * math.sqrt(share * (1 - share) / pairs + square / (4 * pairs**2)) / (1 + square / pairs)
    return max(0.0, middle - aside), min(1.0, middle + aside)
