"""A calibration from the vectors of labelled photos: the tail of strangers' scores, and what people score with themselves.

The tail above the 99.5th percentile of all pairs of photos of two people is fitted by a generalised Pareto distribution, to
which tails of nearly every distribution tend (Pickands, "Statistical inference using extreme order statistics", 1975; Coles,
"An introduction to statistical modeling of extreme values", 2001, chapter 4). Its last pairs are one in a million; rates below
that are carried on along the fitted tail.

What three and five references score follows from what two do by the formula of Spearman and Brown (1910): the mean of n vectors
whose cosines among themselves are r is (n / (1 + (n - 1) r))^.5 times as like to whom they show as each of them is on average.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import genpareto

from benchmarks.strangers import Cohort, Floats, People, Probes, entries, pair_scores
from matcher.calibration import Calibration, MatedScores

TAIL = 0.005
RATES = np.geomspace(3e-3, 1e-9, 20)
SHARES = (0, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)
MEASURED, PROPHESIED = (1, 2), (3, 5)
ALIKE_RATE = 1e-3
"""Rate of one reference at whose score the rates of two and three are compared with it."""


@dataclass(frozen=True)
class Trial:
    """A photo of somebody enrolled beside some of their others: its score in the gallery, and what prophecy needs."""

    shows: int
    photo: int
    score: float
    more: dict[int, float]


def tail(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """The scores (20,) that strangers reach at RATES."""
    start = np.quantile(scores, 1 - TAIL)
    shape, _, scale = genpareto.fit(scores[scores > start] - start, floc=0)
    return np.asarray(start + genpareto.isf(RATES / TAIL, shape, 0, scale))


def trials(people: People, cohort: Cohort, references: int) -> Iterator[Trial]:
    """Every photo of everybody beside every choice of so many of the same person's others."""
    for name, photos in people.items():
        for photo in range(len(photos)):
            probe = Probes.of({name: photos[photo : photo + 1]}, cohort)
            others = [i for i in range(len(photos)) if i != photo]
            for chosen in combinations(others, references):
                kept = np.concatenate(entries(photos[list(chosen)][None]))
                scores = probe.scores(kept, np.full((len(kept), 1), name))[0]
                yield Trial(name, photo, float(scores.max()), _prophesied(probe, photos[list(chosen)], kept, scores, name))


def _prophesied(probe: Probes, chosen: Floats, kept: Floats, scores: Floats, name: int) -> dict[int, float]:
    """The scores with more references that are as like to each other and to the probe as these are.

    The mean's cosines with strangers grow as those with its person do, and with them what they are normalised by.
    """
    count = len(chosen)
    among = float(np.mean([a @ b for a, b in combinations(chosen, 2)])) if count > 1 else MEAN_ALIKE
    gain = {n: np.sqrt(n / (1 + (n - 1) * among)) / np.sqrt(count / (1 + (count - 1) * among)) for n in (*MEASURED, *PROPHESIED)}
    cosine = float(probe.vectors[0] @ kept[-1])
    known = probe.cohort.known
    if known is None or probe.strangers is None:
        return {n: max(float(scores.max()), cosine * by) for n, by in gain.items() if n > count}
    theirs, pad = probe.cohort.likeness(kept[-1:], np.array([[name]])), 2 * known.spread
    own = [
        (cosine * by - float(at.mean[0]) * scale) / (float(at.spread[0]) * scale + pad)
        for by in gain.values()
        for at, scale in ((probe.strangers, 1.0), (theirs, by))
    ]
    normal = [(a + b) / 2 * (known.spread + pad) + known.mean for a, b in zip(own[::2], own[1::2], strict=True)]
    return {n: max(float(scores.max()), score) for n, score in zip(gain, normal, strict=True) if n > count}


MEAN_ALIKE = 0.71
"""Cosine of two photos of one person of LFW on average, where one reference does not show it."""


def fitted(people: People, cohort: Cohort, base: Calibration, words: str) -> Calibration:
    """base: whose cohort's figures and allowances stay."""
    plain_cohort = Cohort(cohort.names, cohort.vectors, None)
    strangers = pair_scores(Probes.of(people, cohort))
    plain = tuple(np.round(tail(pair_scores(Probes.of(people, plain_cohort))), 4).tolist())
    return base.model_copy(
        update={
            "measured_on": words,
            "scores": tuple(np.round(tail(strangers), 4).tolist()),
            "rates": tuple(float(f"{rate:.4g}") for rate in RATES),
            "cohort": base.cohort.model_copy(update={"plain": plain}) if base.cohort else None,
            "seen_to": float(f"{10 / len(strangers):.2g}"),
            "per_reference": round(per_reference(people, cohort), 2),
            "mated": mated_scores(people, cohort),
        }
    )


def mated_scores(people: People, cohort: Cohort) -> tuple[MatedScores, ...]:
    one, two = ([*trials(people, cohort, count)] for count in MEASURED)
    scores = {1: [t.score for t in one], 2: [t.score for t in two]}
    scores |= {count: [t.more[count] for t in two] for count in PROPHESIED}
    return tuple(
        MatedScores(references=count, shares=SHARES, scores=tuple(np.round(np.quantile(own, SHARES), 4).tolist()))
        for count, own in scores.items()
    )


def per_reference(people: People, cohort: Cohort) -> float:
    """How much the rate of resembling a stranger grows with the logarithm of the references, on average of 2 and 3 of them."""
    held = {name: photos for name, photos in people.items() if len(photos) > 2}
    names = np.array(list(held))
    probes = Probes.of(people, cohort)
    strange = probes.shows[:, None] != names
    scores = {}
    for count in (1, 2, 3):
        kept = entries(np.stack([photos[:count] for photos in held.values()]))
        scores[count] = np.max([probes.scores(vectors, names[:, None]) for vectors in kept], axis=0)[strange]
    limit = np.quantile(scores[1], 1 - ALIKE_RATE)
    return float(np.mean([((scores[n] >= limit).mean() / (scores[1] >= limit).mean() - 1) / np.log(n) for n in (2, 3)]))
