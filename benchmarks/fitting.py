"""A calibration from the vectors of labelled photos: the tail of strangers' scores, and what people score with themselves.

The tail above the 99.5th percentile of all pairs of photos of two people is fitted by a generalised Pareto distribution, to
which tails of nearly every distribution tend (Pickands, "Statistical inference using extreme order statistics", 1975; Coles,
"An introduction to statistical modeling of extreme values", 2001, chapter 4). Its last pairs are one in a million; rates below
that are carried on along the fitted tail.

Photos of one person are missed together, and two photos of somebody are the same pair both ways round. What is printed counts
people therefore (matcher/intervals.py); what is observed divides the number of photos by the design effect (Korn and Graubard,
"Confidence intervals for proportions with small expected number of positive counts estimated from survey data", Survey
Methodology 24, 1998), which gives a narrower interval. How far the tail is uncertain follows from halves of the people: the
delete-half jackknife (Shao and Wu, "A general theory for jackknife variance estimation", Annals of Statistics 17, 1989).

What three and five references score follows from what two do by the formula of Spearman and Brown (1910): the mean of n vectors
whose cosines among themselves are r is (n / (1 + (n - 1) r))^.5 times as like to whom they show as each of them is on average.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import genpareto

from benchmarks.strangers import Cohort, Floats, People, Probes, entries, pair_scores
from matcher.calibration import Calibration, MatedScores
from matcher.face.cohort import Likeness, normalised

TAIL = 0.005
RATES = np.geomspace(3e-3, 1e-9, 20)
SHARES = (0, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)
MEASURED, PROPHESIED = (1, 2), (3, 5)
ALIKE_RATE = 1e-3
"""Rate of one reference at whose score the rates of two and three are compared with it."""


HALVES = 40


@dataclass(frozen=True)
class Shares:
    """Of photos (n,): whom each shows, and the share of choices of references with which it is missed."""

    shows: NDArray[np.int_]
    missed: NDArray[np.float64]

    @property
    def mean(self) -> float:
        return float(self.missed.mean())

    @property
    def independent(self) -> float:
        """So many photos of different people would tell as much; as many as there are people, if none or all are missed."""
        people, place = np.unique(self.shows, return_inverse=True)
        sizes, lost, count, mean = np.bincount(place), np.bincount(place, self.missed), len(people), self.mean
        if not 0 < mean < 1 or count < 2:
            return float(count)
        variance = count / (count - 1) * float(((lost - mean * sizes) ** 2).sum()) / len(self.missed) ** 2
        return min(float(len(self.missed)), mean * (1 - mean) / variance) if variance > 0 else float(count)


@dataclass(frozen=True)
class Trials:
    """Photos beside references of the same person, (t,) each: whom and which photo it is, and its score in the gallery.

    more: the scores with more references, as they are foretold.
    """

    shows: NDArray[np.int_]
    photo: NDArray[np.int_]
    scores: Floats
    more: dict[int, Floats]

    def by_photo(self, missed: NDArray[np.floating]) -> Shares:
        """missed (t,): each trial's share; a photo counts once, however many choices of references there are."""
        photos, place = np.unique(np.stack([self.shows, self.photo]), axis=1, return_inverse=True)
        place = place.ravel()
        return Shares(photos[0], np.bincount(place, missed) / np.bincount(place))

    def quantiles(self, scores: Floats) -> NDArray[np.float64]:
        """Of scores (t,) at SHARES, every photo counted once."""
        _, place, choices = np.unique(np.stack([self.shows, self.photo]), axis=1, return_inverse=True, return_counts=True)
        weights, order = (1 / choices)[place.ravel()], np.argsort(scores)
        below = (np.cumsum(weights[order]) - weights[order] / 2) / weights.sum()
        ends = [0.0, *below, 1.0], [scores.min(), *scores[order], scores.max()]
        return np.interp(SHARES, *ends)


def tail(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """The scores (20,) that strangers reach at RATES."""
    start = np.quantile(scores, 1 - TAIL)
    shape, _, scale = genpareto.fit(scores[scores > start] - start, floc=0)
    return np.asarray(start + genpareto.isf(RATES / TAIL, shape, 0, scale))


def trials(people: People, cohort: Cohort, references: int) -> Trials:
    """Every photo of everybody beside every choice of so many of the same person's others."""
    shows, photos, probes, kept = [], [], [], []
    for name, own in people.items():
        for photo in range(len(own)):
            for chosen in combinations([i for i in range(len(own)) if i != photo], references):
                shows.append(name)
                photos.append(photo)
                probes.append(own[photo])
                kept.append(own[list(chosen)])
    names, asked, chosen_of = np.array(shows), np.stack(probes), np.stack(kept)
    known = [_likeness(cohort, vectors, names) for vectors in (asked, *entries(chosen_of))]
    cosines = [np.asarray((asked * vectors).sum(axis=1)) for vectors in entries(chosen_of)]
    scores = np.max([_score(cohort, own, known[0], at) for own, at in zip(cosines, known[1:], strict=True)], axis=0)
    more = _foretold(cohort, chosen_of, cosines[-1], scores, known[0], known[-1])
    return Trials(names, np.array(photos), scores, more)


def _likeness(cohort: Cohort, vectors: Floats, names: NDArray[np.int_]) -> Likeness | None:
    return cohort.likeness(vectors, names[:, None]) if cohort.known else None


def _score(cohort: Cohort, cosines: Floats, probe: Likeness | None, kept: Likeness | None) -> Floats:
    return normalised(cosines, probe, kept, cohort.known) if cohort.known and probe and kept else cosines


def _foretold(
    cohort: Cohort, chosen: Floats, cosines: Floats, scores: Floats, probe: Likeness | None, mean: Likeness | None
) -> dict[int, Floats]:
    """The scores with more references that are as like to each other and to the probe as these are.

    The mean's cosines with strangers grow as those with its person do, and with them what they are normalised by.
    """
    count = chosen.shape[1]
    pairs = [(chosen[:, i] * chosen[:, j]).sum(axis=1) for i, j in combinations(range(count), 2)]
    among = np.mean(pairs, axis=0) if pairs else np.full(len(chosen), MEAN_ALIKE)
    found = {}
    for n in (n for n in (*MEASURED, *PROPHESIED) if n > count):
        by = np.sqrt(n / (1 + (n - 1) * among)) / np.sqrt(count / (1 + (count - 1) * among))
        grown = Likeness(mean.mean * by, mean.spread * by) if mean else None
        found[n] = np.maximum(scores, _score(cohort, np.asarray(cosines * by, np.float32), probe, grown))
    return found


MEAN_ALIKE = 0.71
"""Cosine of two photos of one person of LFW on average, where one reference does not show it."""


def fitted(people: People, cohort: Cohort, base: Calibration, words: str, halves: int = HALVES) -> Calibration:
    """base: whose cohort's figures and allowances stay. halves: by how many the tail's errors are measured; 0: not."""
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
            "errors": tuple(np.round(tail_errors(people, cohort, halves), 4).tolist()) if halves else (),
            "per_reference": round(per_reference(people, cohort), 2),
            "mated": mated_scores(people, cohort),
        }
    )


def tail_errors(people: People, cohort: Cohort, halves: int) -> NDArray[np.float64]:
    """The standard deviations (20,) of the scores at RATES from one choice of so many people to another."""
    random, names = np.random.default_rng(1), np.array(list(people))
    found = []
    for _ in range(halves):
        half = {name: people[name] for name in random.permutation(names)[: len(names) // 2].tolist()}
        among = np.isin(cohort.names, list(half))
        found.append(tail(pair_scores(Probes.of(half, Cohort(cohort.names[among], cohort.vectors[among], cohort.known)))))
    return np.std(found, axis=0, ddof=1)


def mated_scores(people: People, cohort: Cohort) -> tuple[MatedScores, ...]:
    measured = {count: trials(people, cohort, count) for count in MEASURED}
    known = [_told(count, own, own.scores, len(np.unique(own.shows))) for count, own in measured.items()]
    last = measured[MEASURED[-1]]
    return (*known, *(_told(count, last, last.more[count], None) for count in PROPHESIED))


def _told(count: int, tried: Trials, scores: Floats, people: int | None) -> MatedScores:
    quantiles = tuple(np.round(tried.quantiles(scores), 4).tolist())
    return MatedScores(references=count, shares=SHARES, scores=quantiles, people=people)


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
