"""Score normalisation: how much alike to everybody a face is, taken off before it is compared with one subject."""

import numpy as np
from numpy.typing import NDArray

from matcher.face.detect import Floats

SMALLEST, LARGEST = 100, 500
"""Subjects that a cohort has at least and at most: the same statistics whatever the size of the gallery."""

NEAREST_SHARE = 0.1
"""The share of the cohort, the most alike, whose mean is taken."""


def nearest_mean(vectors: Floats, cohort: Floats, skip: int) -> NDArray[np.float32]:
    """For each of vectors (n, d) the mean cosine (n,) to the most alike tenth of the cohort (m, d), leaving out the skip best.

    The adaptive cohort of speaker recognition (Matejka et al., "Analysis of score normalization in multilingual speaker
    recognition", 2017), with the mean alone: a spread estimated from fifty scores adds more noise than it takes away.
    """
    count = max(1, round(NEAREST_SHARE * len(cohort)))
    cosines = vectors @ cohort.T
    best = -np.partition(-cosines, count + skip - 1, axis=1)[:, : count + skip]
    best = -np.sort(-best, axis=1)[:, skip:]
    return np.asarray(best.mean(axis=1), np.float32)


class Cohort:
    """Some of a gallery's own templates, one for each of its subjects (m, d), standing in for everybody."""

    def __init__(self, vectors: Floats, mean: float) -> None:
        self._vectors, self._mean = vectors, mean

    def of_templates(self, vectors: Floats) -> NDArray[np.float32]:
        """What templates (n, d) have in common with everybody (n,); the best is left out, since it may be the template itself."""
        return nearest_mean(vectors, self._vectors, 1)

    def normalised(self, scores: Floats, probes: Floats, templates: NDArray[np.float32]) -> Floats:
        """Scores (n, k) of probes (n, d) with templates whose of_templates is (n, k), from both sides.

        The probe's best is left out as well: it may be the subject that the probe shows.
        """
        common = (nearest_mean(probes, self._vectors, 1)[:, None] + templates) / 2
        return np.asarray(scores - common + self._mean, np.float32)
