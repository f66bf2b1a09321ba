"""A head over an encoder: of each subject a direction along which its references' parts differ from everything else's.

Ridge regression (Hoerl and Kennard, Technometrics 12, 1970) of 1 for a subject's parts and 0 for what it is not: parts of the
other subjects' references, and of pictures at large, of which only mean and covariance are known. With targets so, its solution
is the direction of linear discriminant analysis, and the background enters by those two figures alone (Hariharan, Malik and
Ramanan, "Discriminative decorrelation for clustering and classification", ECCV 2012): no vector of a picture at large is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RIDGE = 1.0
"""What is added to every variance, of their mean: chosen of .1, .3 and 1 on halves of the data (benchmarks/README.md)."""

OWN = 0.1
"""Weight of a subject's own parts beside everything else: how rare it is taken to be."""

OTHERS = 0.5
"""Weight, within everything else, of many other subjects' references; of few of them it is less."""

BEST, OF = 5, 5
"""Parts of a picture whose scores are averaged, at most, and of how many parts one: one alone may be like anything."""


STANDS_OUT = 3.5
"""Deviations of pictures at large from which on a reference's own score is what shares are taken of. The further one stays below,
the smaller the shares: a score that many pictures have tells nobody."""


@dataclass(frozen=True)
class Background:
    """Of an encoder's vectors (d,) of parts of pictures at large: mean (d,), and the covariance as spread (k, d) of its first
    directions, each by its deviation, and the variance that is left in every direction."""

    mean: Floats
    spread: Floats
    rest: float

    def covariance(self) -> Floats:
        """The covariance (d, d)."""
        made = self.spread.T @ self.spread
        made[np.diag_indices_from(made)] += self.rest
        return made

    def deviations(self, weights: Floats) -> Floats:
        """The standard deviations (c,) of pictures at large along weights (d, c)."""
        return np.asarray(np.sqrt(((self.spread @ weights) ** 2).sum(axis=0) + self.rest * (weights**2).sum(axis=0)), np.float32)


def unknown(dimensions: int) -> Background:
    """What is assumed where nothing was measured: vectors of unit length in every direction alike."""
    return Background(np.zeros(dimensions, np.float32), np.zeros((0, dimensions), np.float32), 1.0 / dimensions)


def measured(vectors: Floats, directions: int = 256) -> Background:
    """The background of parts' vectors (n, d), n > 1."""
    mean = vectors.mean(axis=0, dtype=np.float64)
    apart = np.asarray(vectors - mean, np.float64) / np.sqrt(len(vectors))
    _, lengths, rows = np.linalg.svd(apart, full_matrices=False)
    kept, left = min(directions, len(lengths)), vectors.shape[1]
    rest = float((lengths[kept:] ** 2).sum()) / left
    return Background(np.asarray(mean, np.float32), np.asarray(rows[:kept] * lengths[:kept, None], np.float32), max(rest, 1e-9))


@dataclass(frozen=True)
class Head:
    """mean: the background's (d,). weights: (d, c), for vectors less that mean. first: (s,), each subject's first column: its
    references together, and after it each of them alone where there are several, since a character has more than one style."""

    mean: Floats
    weights: Floats
    first: NDArray[np.intp]

    def scores(self, vectors: Floats) -> Floats:
        """How far a picture with these parts (n, d), n > 0, is each subject's, (s,): about 0 for what it is not, towards 1."""
        return np.asarray(np.maximum.reduceat(best_parts(self._by_part(vectors)), self.first), np.float32)

    def likest(self, vectors: Floats) -> NDArray[np.intp]:
        """The number (s,) of the part that is most like each subject."""
        return np.asarray(np.maximum.reduceat(self._by_part(vectors), self.first, axis=1).argmax(axis=0), np.intp)

    def _by_part(self, vectors: Floats) -> Floats:
        return np.asarray((vectors - self.mean) @ self.weights, np.float32)


def fitted(subjects: Sequence[Sequence[Floats]], background: Background, ridge: float = RIDGE) -> Head:
    """The head of subjects, of which there is at least one, by the parts (n, d) of each of their references."""
    parts = [[np.asarray(vectors - background.mean, np.float32) for vectors in own] for own in subjects]
    whole = [np.concatenate(own) for own in parts]
    others = OTHERS * (1 - 1 / len(whole))
    spread = (1 - others) * background.covariance()
    for vectors in whole:
        spread += (others / (len(whole) * len(vectors))) * (vectors.T @ vectors)
    spread[np.diag_indices_from(spread)] += ridge * np.trace(spread) / len(spread)
    columns = [[all_of_it, *(own if len(own) > 1 else ())] for all_of_it, own in zip(whole, parts, strict=True)]
    means = np.stack([vectors.mean(axis=0) for own in columns for vectors in own])
    directions = np.linalg.solve(spread, means.T)
    # The subject's own parts count by OWN as well: that changes the length of its direction alone (Sherman and Morrison, 1950).
    lengths = OWN / (1 + OWN * (means.T * directions).sum(axis=0))
    first = np.cumsum([0, *(len(own) for own in columns[:-1])])
    return Head(background.mean, np.asarray(directions * lengths, np.float32), first)


def in_shares(head: Head, subjects: Sequence[Sequence[Floats]], background: Background) -> Head:
    """The head of these subjects with each score as the share of what a reference itself scores, shown whole: 1 for that one.

    How high a head scores depends on how an encoder's vectors lie and on how many subjects there are; these shares do not.
    """
    own = []
    for start, references in zip(head.first, subjects, strict=True):
        columns = head.weights[:, start : start + 1 + (len(references) if len(references) > 1 else 0)]
        scores = np.stack([best_parts(np.asarray((vectors - head.mean) @ columns, np.float32)) for vectors in references])
        own += [float(scores[:, 0].max()), *scores[:, 1:].diagonal().tolist()]
    least = STANDS_OUT * background.deviations(head.weights)
    reached = np.maximum(np.array(own, np.float32), 1e-6)
    units = reached * np.maximum(1.0, least / reached) ** 2
    return Head(head.mean, np.asarray(head.weights / units, np.float32), head.first)


def best_parts(scores: Floats) -> Floats:
    """Of scores (n, c) of a picture's parts, n > 0, the mean of the largest in each column, (c,): every OFth, BEST at most."""
    kept = min(BEST, max(1, len(scores) // OF))
    return np.asarray(np.sort(scores, axis=0)[-kept:].mean(axis=0), np.float32)
