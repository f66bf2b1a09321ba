"""Search with FAISS. The only importer of faiss."""

from collections.abc import Sequence
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from matcher.errors import MatcherError
from matcher.index.base import Rows, Vectors, checked_count, checked_ids, checked_vectors

# Several processes scan side by side; threads of each would only wait for one another.
faiss.omp_set_num_threads(1)


class IndexFailed(MatcherError):
    """FAISS itself gave up, for want of memory as a rule."""


class FaissIndex:
    """Compares with everything (inner product over a flat table), in float32."""

    def __init__(self, ids: Sequence[str], vectors: NDArray[Any]) -> None:
        rows = checked_vectors(vectors)
        self.ids = checked_ids(ids, rows)
        try:
            self._index = faiss.IndexFlatIP(rows.shape[1])
            self._index.add(rows)
        except (RuntimeError, MemoryError) as error:
            raise _failed(error) from error

    def search(self, queries: NDArray[Any], k: int) -> tuple[Vectors, Rows]:
        asked = checked_vectors(queries, dimension=self._index.d)
        count = min(checked_count(k), len(self.ids))
        if count == 0 or len(asked) == 0:
            return np.zeros((len(asked), count), np.float32), np.zeros((len(asked), count), np.int64)
        try:
            scores, rows = self._index.search(asked, count)
        except (RuntimeError, MemoryError) as error:
            raise _failed(error) from error
        return np.clip(scores, -1.0, 1.0), rows.astype(np.int64)


def _failed(error: Exception) -> IndexFailed:
    return IndexFailed(
        f"The vector index failed: {type(error).__name__}.",
        "Free memory or use a smaller gallery, then try again.",
    )
