"""Within-class covariance normalisation: directions in which photos of one person differ count less.

Hatch, Kajarekar and Stolcke, "Within-class covariance normalization for SVM-based speaker recognition", Interspeech 2006.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.strangers import Floats, People, differences, unit

SHRINK = 0.5
"""Part of the identity in the covariance: there are few photos for so many directions."""


@dataclass(frozen=True)
class Whitening:
    matrix: NDArray[np.float64]

    @classmethod
    def of(cls, people: People) -> "Whitening":
        apart = differences(people).astype(np.float64)
        within = apart.T @ apart / len(apart)
        within = (1 - SHRINK) * within + SHRINK * np.trace(within) / len(within) * np.eye(len(within))
        values, directions = np.linalg.eigh(within)
        return cls(directions / np.sqrt(values) @ directions.T * np.sqrt(values.mean()))

    def whitened(self, vectors: Floats) -> Floats:
        """(n, d) to (n, d), of unit length."""
        return unit(vectors @ self.matrix)
