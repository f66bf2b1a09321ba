"""Fitting a curve of likelihood ratios to scores of both kinds, and asking others whether it holds.

Scores and ratios are arrays: of mated comparisons (n,) and of strangers (m,). log: to the base of 10.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEP = 0.01
"""Steps of log ratios at which the bounds are tried."""


def cllr(mated: Floats, strangers: Floats) -> float:
    """The cost of ratios, in bits (Brümmer and du Preez, "Application-independent evaluation of speaker detection", 2006).

    0 for a method that is always right and sure, 1 for one that says nothing.
    """
    return float((np.log2(1 + 1 / mated).mean() + np.log2(1 + strangers).mean()) / 2)


def cllr_min(mated: Floats, strangers: Floats) -> float:
    """The same after the best rising curve of these very scores or ratios: pool adjacent violators."""
    return cllr(*isotonic(mated, strangers))


def isotonic(mated: Floats, strangers: Floats) -> tuple[Floats, Floats]:
    """The ratios of scores by pool adjacent violators, both sides of equal weight; equal scores have equal ratios."""
    from scipy.optimize import isotonic_regression

    scores = np.concatenate([mated, strangers])
    weights = np.concatenate([np.full(len(mated), 0.5 / len(mated)), np.full(len(strangers), 0.5 / len(strangers))])
    place = np.unique(scores, return_inverse=True)[1]
    total = np.bincount(place, weights)
    share = isotonic_regression(np.bincount(place, weights * (np.arange(len(scores)) < len(mated))) / total, weights=total).x
    with np.errstate(divide="ignore"):
        ratios = (share / (1 - share))[place]
    return ratios[: len(mated)], ratios[len(mated) :]


def logistic(mated: Floats, strangers: Floats, knots: Floats) -> Floats:
    """log10 ratios at knots (k,), rising, of the curve straight between them that costs least in cllr.

    With two knots it is logistic regression. Beyond the ends it stays as it is there.
    """
    from scipy.optimize import minimize

    (of_mated, of_strangers), width = (_shares(own, knots) for own in (mated, strangers)), len(knots)

    def cost(steps: Floats) -> tuple[float, Floats]:
        ours, theirs = of_mated @ (logs := _rising(steps)), of_strangers @ logs
        value = np.logaddexp(0, -ours).mean() + np.logaddexp(0, theirs).mean()
        slope = of_strangers.T @ _sigmoid(theirs) / len(theirs) - of_mated.T @ _sigmoid(-ours) / len(ours)
        # Of each step every log from it on is made.
        return float(value), np.asarray(slope[::-1].cumsum()[::-1], np.float64)

    start = np.concatenate([[-5.0], np.full(width - 1, 10.0 / (width - 1))])
    found = minimize(cost, start, jac=True, bounds=[(-200, 200), *[(0, 200)] * (width - 1)], method="L-BFGS-B")
    return np.asarray(_rising(found.x) / np.log(10), np.float64)


def _rising(steps: Floats) -> Floats:
    return np.asarray(np.cumsum(steps), np.float64)


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -60, 60))), np.float64)


def _shares(scores: Floats, knots: Floats) -> Floats:
    """(n, k): how much of each knot's value the straight lines between them give each score."""
    place = np.clip(np.searchsorted(knots, scores, side="right"), 1, len(knots) - 1)
    share = np.clip((scores - knots[place - 1]) / (knots[place] - knots[place - 1]), 0, 1)
    found = np.zeros((len(scores), len(knots)))
    rows = np.arange(len(scores))
    found[rows, place - 1], found[rows, place] = 1 - share, share
    return found


def bounds(mated: Floats, strangers: Floats, people: int, pairs: int) -> tuple[float, float]:
    """The empirical bounds of log10 ratios (Vergeer et al., 2016).

    They are the lowest and the highest up to which a decision by ratios costs no more than one without them, with one more
    misleading comparison on either side.

    mated, strangers: log10 ratios. people, pairs: so many comparisons of either kind are taken to be independent.
    """
    high = _bound(mated, strangers, people, pairs)
    low = -_bound(-strangers, -mated, pairs, people)
    return min(low, 0.0), max(high, 0.0)


def _bound(rightly: Floats, wrongly: Floats, right: int, wrong: int) -> float:
    """The highest log threshold up to which the share wrongly above it, times it, is no more than the share rightly so."""
    limits = np.arange(0.0, min(np.log10(wrong + 1), float(max(rightly.max(), wrongly.max()))) + STEP, STEP)
    hits = 1 - np.searchsorted(np.sort(rightly), limits, side="right") / len(rightly)
    errors = 1 - np.searchsorted(np.sort(wrongly), limits, side="right") / len(wrongly)
    costly = (errors * wrong + 1) / (wrong + 1) * 10**limits > hits * right / (right + 1)
    return float(limits[costly.argmax()] - STEP) if costly.any() else float(limits[-1])


def above(strangers: Floats, limit: float) -> float:
    """The share of strangers' ratios that reach a limit: no more than 1 / limit where the ratios are right."""
    return float((strangers >= limit).mean())
