"""The seam for nearest-vector search, and the checks that every index makes on what it is given."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.errors import MatcherError

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]

UNIT_LENGTH_TOLERANCE = 1e-3


class IndexRefused(MatcherError):
    """Vectors that no index can hold or answer: wrong dimension, not finite, not of unit length."""


class VectorIndex(Protocol):
    """Holds n vectors of unit length under their ids, in the order in which they were given; never changes.

    Built from ``(ids, vectors)``: vectors (n, d) float32 of unit length; n may be 0.
    """

    ids: Sequence[str]

    def search(self, queries: NDArray[Any], k: int) -> tuple[Vectors, Rows]:
        """The nearest stored vectors of each query, best first.

        queries: (q, d), of unit length. Gives scores (q, m), cosines in [-1, 1], and rows (q, m), positions in ids, where
        m = min(k, n): an index of fewer vectors than were asked for gives all that it has, an empty one gives no column.
        Raises IndexRefused for queries of another dimension, or that are not finite or not of unit length, and for k < 1.
        """


class IndexBuilder(Protocol):
    """Makes an index. Raises IndexRefused as the checks here say."""

    def __call__(self, ids: Sequence[str], vectors: NDArray[Any]) -> VectorIndex: ...


def checked_vectors(vectors: NDArray[Any], *, dimension: int | None = None) -> Vectors:
    """vectors as (n, d) float32 in one piece of memory. Raises IndexRefused where an index could not answer honestly."""
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise IndexRefused(f"Vectors of shape {vectors.shape} cannot be indexed.", "Give a table of shape (n, d).")
    if dimension is not None and rows.shape[1] != dimension:
        raise IndexRefused(
            f"Queries of {rows.shape[1]} numbers cannot be compared with vectors of {dimension}.",
            "Use the encoder that made the templates, or enrol the references again.",
        )
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1)
    if not np.isfinite(lengths).all():
        raise IndexRefused("A vector holds a number that is not finite.", "Enrol the reference it came from again.")
    if (np.abs(lengths - 1.0) > UNIT_LENGTH_TOLERANCE).any():
        raise IndexRefused("A vector is not of unit length.", "Divide vectors by their length before indexing them.")
    return rows


def checked_ids(ids: Sequence[str], vectors: Vectors) -> tuple[str, ...]:
    """The ids, one for each of vectors (n, d). Raises IndexRefused for more or fewer."""
    if len(ids) != len(vectors):
        raise IndexRefused(f"{len(ids)} ids were given for {len(vectors)} vectors.", "Give one id for each vector.")
    return tuple(ids)


def checked_count(k: int) -> int:
    """How many neighbours are asked for, at least 1. Raises IndexRefused for fewer."""
    if k < 1:
        raise IndexRefused(f"An index cannot be asked for {k} neighbours.", "Ask for one or more.")
    return k
