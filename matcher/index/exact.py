"""Search by comparing with everything, in numpy: the oracle against which other indexes are tested."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.index.base import Rows, Vectors, checked_count, checked_ids, checked_vectors


class ExactIndex:
    """Sums in float64; of equal scores the row that was given first wins."""

    def __init__(self, ids: Sequence[str], vectors: NDArray[Any]) -> None:
        self._vectors = checked_vectors(vectors).astype(np.float64)
        self.ids = checked_ids(ids, vectors)

    def search(self, queries: NDArray[Any], k: int) -> tuple[Vectors, Rows]:
        """Cosines and row numbers (n, k) of those nearest to queries (n, d), nearest first, of equal ones the first row."""
        asked = checked_vectors(queries, dimension=self._vectors.shape[1])
        cosines = np.clip(asked.astype(np.float64) @ self._vectors.T, -1.0, 1.0)
        rows = np.argsort(-cosines, axis=1, kind="stable")[:, : checked_count(k)]
        return np.take_along_axis(cosines, rows, axis=1).astype(np.float32), rows.astype(np.int64)
