"""A calibration of voices from few people, and how far it holds for people whom it has not seen.

The scores that strangers reach are those of all pairs of clips and references of two speakers. Their tail above the 95th
percentile is carried on as an exponential one (the first-order model of impostor scores; a generalised Pareto fitted to so few
people ends below the next ones' best). Clips of one pair of people are alike, so that ten speakers are ten, however many their
clips: by how much the score at a rate differs from one choice of people to another follows from halves of them (the delete-half
jackknife, as in benchmarks/fitting.py). What is printed must be true of other people on average. Where the score at a rate is
uncertain by a standard deviation s and rates fall by e every b, other people show exp(s^2 / 2 b^2) times the rate on average;
the scores are therefore higher by s^2 / 2 b, where s counts both choices, theirs and ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from matcher.calibration import Calibration

Floats = NDArray[np.float32]

TAIL = 0.05
RATES = np.array([3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 1e-6, 1e-7, 1e-8])
ALIKE_RATES = (3e-3, 1e-3)
"""Rates of one reference at whose scores the rates of all references are compared with it."""

TOLD = (1e-2, 1e-3, 1e-4)
"""Rates whose truth among other people is printed."""

HEAD = "| printed rate | other people show: mean | 5 to 95% of choices | without the allowance: mean |\n|---|---|---|---|"


@dataclass(frozen=True)
class Compared:
    """scores (n, people, references) of n clips with each reference; best (n, people): with all of somebody's references and
    their mean; shows (n,): who speaks."""

    scores: Floats
    best: Floats
    shows: NDArray[np.int_]

    @property
    def people(self) -> int:
        return self.scores.shape[1]

    def strangers(self, people: Sequence[int], scores: Floats) -> Floats:
        """The scores of clips of these people with others of them."""
        clips, columns = np.isin(self.shows, people), np.array(people)
        own = self.shows[clips, None] == columns
        return scores[clips][:, columns][~own].ravel()


@dataclass(frozen=True)
class Tail:
    """scores: at RATES. slope: by how much a score rises where the rate falls by e."""

    scores: NDArray[np.float64]
    slope: float


def tail(scores: Floats) -> Tail:
    start = float(np.quantile(scores, 1 - TAIL))
    slope = float((scores[scores > start] - start).mean())
    return Tail(start + slope * np.log(TAIL / RATES), slope)


def allowing(found: Tail, uncertain: NDArray[np.float64]) -> NDArray[np.float64]:
    """The scores at which RATES are true of other people on average. uncertain: standard deviations, both choices counted."""
    return np.asarray(found.scores + uncertain**2 / (2 * found.slope))


def fitted(compared: Compared, words: str) -> Calibration:
    everybody = range(compared.people)
    strangers = compared.strangers(everybody, compared.scores)
    found, errors = tail(strangers), _errors(compared, everybody)
    return Calibration(
        measured_on=words,
        scores=tuple(np.round(allowing(found, np.sqrt(2) * errors), 4).tolist()),
        rates=tuple(RATES.tolist()),
        least_gallery=100,
        per_reference=round(_per_reference(compared), 2),
        seen_to=float(f"{10 / len(strangers):.2g}"),
        errors=tuple(np.round(errors, 4).tolist()),
    )


def held_out(compared: Compared) -> str:
    """Fitted on every half of the people, and asked of the other half: rows of a table under HEAD."""
    # Half as many people are uncertain by the square root of two more than all are, and so are the others whom it is told of.
    told, uncertain = np.isin(RATES, TOLD), 2 * _errors(compared, range(compared.people))
    seen: dict[bool, list[NDArray[np.float64]]] = {True: [], False: []}
    for half in combinations(range(compared.people), compared.people // 2):
        others = [person for person in range(compared.people) if person not in half]
        strangers = compared.strangers(others, compared.scores)
        found = tail(compared.strangers(half, compared.scores))
        for allowed in seen:
            scores = allowing(found, uncertain) if allowed else found.scores
            seen[allowed].append(np.array([(strangers >= score).mean() for score in scores[told]]))
    rows = []
    for place, rate in enumerate(RATES[told]):
        own, plain = (np.array(seen[allowed])[:, place] for allowed in (True, False))
        low, high = np.quantile(own, (0.05, 0.95))
        rows.append(f"| {rate:g} | {own.mean():.2g} | {low:.2g} to {high:.2g} | {plain.mean():.2g} |")
    return "\n".join(rows)


def _errors(compared: Compared, people: Sequence[int]) -> NDArray[np.float64]:
    """The standard deviation of the score at each rate from one choice of as many people to another."""
    halves = [tail(compared.strangers(half, compared.scores)).scores for half in combinations(people, len(people) // 2)]
    return np.asarray(np.std(halves, axis=0, ddof=1) / np.sqrt(2))


def _per_reference(compared: Compared) -> float:
    everybody, references = range(compared.people), compared.scores.shape[2]
    one, all_of_them = (compared.strangers(everybody, scores) for scores in (compared.scores, compared.best))
    limits = [np.quantile(one, 1 - rate) for rate in ALIKE_RATES]
    return float(np.mean([((all_of_them >= limit).mean() / (one >= limit).mean() - 1) / np.log(references) for limit in limits]))
