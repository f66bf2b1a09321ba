"""Score normalisation: a score says little without what strangers score.

A blurred face, or one of a kind that the encoder tells apart badly, resembles everybody a little; so does a poor reference.
Adaptive symmetric normalisation (Matejka et al., "Analysis of score normalization in multilingual speaker recognition",
2017) compares a score with those that the same probe, and the same template, get from a cohort: here the other subjects of
the gallery, so that nobody is kept for it who is not enrolled anyway.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.calibration import MOST_ALIKE, CohortNorm, KindNorm, trust

Floats = NDArray[np.float32]

PAD = 2.0
"""Usual spreads added to each spread, so that one that was estimated small by chance does not blow a score up."""

SAME_FACE = 8.0
"""Usual spreads above the usual mean from which two vectors are taken for one person's, and not for two strangers'."""


APART = 2.0
"""The same for two vectors that are no more alike than strangers may be."""


@dataclass(frozen=True)
class Likeness:
    """How like strangers are: mean and spread (n,) of the scores of n probes or templates against their cohort."""

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]


def two_faces(known: CohortNorm) -> float:
    """The cosine below which two vectors show two faces, or one face so differently that they are better judged apart."""
    return known.mean + APART * known.spread


def same_face(known: CohortNorm) -> float:
    """The cosine from which two vectors show one face."""
    return known.mean + SAME_FACE * known.spread


def likeness(scores: Floats, counts: NDArray[np.bool_], known: CohortNorm, *, trusted: bool = False) -> Likeness:
    """scores (n, m) of n vectors against m members of a cohort, of which those count that counts (n, m) says.

    trusted: the cohort is large and stands for itself, whatever is known.
    """
    number = np.ceil(MOST_ALIKE * counts.sum(axis=1)).astype(int)
    ordered = -np.sort(np.where(counts, -scores.astype(np.float64), np.inf), axis=1)
    taken = np.arange(scores.shape[1])[None] < number[:, None]
    best = np.where(taken, ordered, 0.0)
    mean = best.sum(axis=1) / np.maximum(number, 1)
    spread = np.sqrt(np.where(taken, (best - mean[:, None]) ** 2, 0.0).sum(axis=1) / np.maximum(number, 1))
    believed = np.ones(len(number)) if trusted else np.array([trust(int(members)) for members in counts.sum(axis=1)])
    return Likeness(believed * mean + (1 - believed) * known.mean, believed * spread + (1 - believed) * known.spread)


def cohort_norm(vectors: Floats) -> CohortNorm:
    """The figures of a pack, from one vector each (n, d) of people who are all different."""
    found = likeness(vectors @ vectors.T, ~np.eye(len(vectors), dtype=bool), CohortNorm(mean=0.0, spread=1.0), trusted=True)
    return CohortNorm(mean=round(float(found.mean.mean()), 4), spread=round(float(found.spread.mean()), 4))


def normalised(scores: Floats, probe: Likeness, template: Likeness, known: CohortNorm) -> Floats:
    """Scores (n,) of one probe with n templates as they would be if both were as like to strangers as is usual.

    Probe and template may hold one figure for all or one for each. The scale stays that of the cosine.
    """
    pad = PAD * known.spread
    from_probe = (scores - probe.mean) / (probe.spread + pad)
    from_template = (scores - template.mean) / (template.spread + pad)
    return np.asarray((from_probe + from_template) / 2 * (known.spread + pad) + known.mean, np.float32)


def of_one_kind(scores: NDArray[np.floating], counts: NDArray[np.bool_], kind: KindNorm) -> NDArray[np.float64]:
    """The share (n,), 0 to 1, of a cohort's m members that are of one kind with each of n faces.

    scores (n, m), counts (n, m): see likeness. Faces of one kind are more alike on average, and an average over the cohort lies
    between that of strangers at large and that of the kind as the cohort lies between the two. A cohort of nobody has none.
    """
    members = counts.sum(axis=1)
    mean = np.where(counts, scores, 0.0).sum(axis=1) / np.maximum(members, 1)
    share = np.clip((mean - kind.apart) / max(kind.alike - kind.apart, 1e-6), 0.0, 1.0)
    return np.asarray(np.where(members > 0, share, 0.0), np.float64)
