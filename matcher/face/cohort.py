"""Score normalisation: how much alike to everybody a face is, taken off before it is compared with one subject."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.calibration import Typical
from matcher.face.detect import Floats

SMALLEST, LARGEST = 100, 500
"""Subjects that a cohort has at least and at most: the same statistics whatever the size of the gallery."""

NEAREST_SHARE = 0.2
"""The share of the cohort, the most alike, whose mean and spread are taken."""

STEADY = 0.05
"""Added to every spread, since one estimated from a hundred scores is uncertain."""


@dataclass(frozen=True)
class Common:
    """What each of n faces has in common with everybody: mean (n,) and spread (n,) of its cosines to the most alike."""

    mean: Floats
    spread: Floats

    def take(self, rows: NDArray[np.int64]) -> "Common":
        return Common(self.mean[rows], self.spread[rows])


class Cohort:
    """Some of a gallery's own templates, one for each of its subjects (m, d), standing in for everybody.

    Adaptive symmetric normalisation as in speaker recognition (Matejka et al., "Analysis of score normalization in multilingual
    speaker recognition", 2017).
    """

    def __init__(self, vectors: Floats, typical: Typical) -> None:
        self._vectors, self._typical = vectors, typical

    def common(self, vectors: Floats) -> Common:
        """Of vectors (n, d). The best score is left out: it may be the template itself, or the subject that a probe shows."""
        count = max(2, round(NEAREST_SHARE * len(self._vectors)))
        cosines = vectors @ self._vectors.T
        best = -np.sort(-cosines, axis=1)[:, 1 : count + 1]
        return Common(best.mean(axis=1), best.std(axis=1) + np.float32(STEADY))

    def normalised(self, scores: Floats, probes: Common, templates: Common) -> Floats:
        """Scores (q, k) of q probes with k templates each, whose common values are (q, k), on the encoder's usual scale."""
        from_probe = (scores - probes.mean[:, None]) / probes.spread[:, None]
        from_template = (scores - templates.mean) / templates.spread
        both = (from_probe + from_template) / 2
        return np.asarray(both * self._typical.spread + self._typical.mean, np.float32)
