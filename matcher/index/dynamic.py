"""A gallery that changes all day: an index that adds and removes at once, exact while small, approximate when large.

A vector is turned by a fixed random rotation, which leaves inner products as they are, and kept twice: in 16-bit steps,
and as a code of two bits a number. A small table is compared with in full. In a large one the codes are scanned, and
the ``effort`` rows that look nearest are compared with in full; ``matcher.index.recall`` measures how many that must be.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from matcher.index.base import IndexRefused, Rows, Vectors, checked_count, checked_ids, checked_vectors
from matcher.index.faiss import nearest
from matcher.index.recall import RecallPromise, measured
from matcher.index.segment import CHUNK, Segment, keys_of

ROUNDING = 2.0**-12
"""Scores are right to this, for up to 256 numbers a vector; to d**.5 / 2**16 beyond."""

EXACT_UP_TO = 4096
"""Vectors that are compared with in full: up to here that is as fast."""

TAIL = 65_536
"""Rows of a segment that additions open."""

LONGEST_ID = 128

FEW_QUERIES, QUERIES = 16, 64
"""Queries that are answered together, in a small table (so few that FAISS does without BLAS) and in a large one."""


@lru_cache(maxsize=4)
def rotation(dimension: int) -> Vectors:
    """An orthogonal matrix (d, d), drawn at random, the same each time on one machine; an index keeps its own."""
    drawn = np.random.default_rng(20260401).normal(size=(dimension, dimension))
    return np.ascontiguousarray(np.linalg.qr(drawn)[0], np.float32)


class Names(Sequence[str]):
    """The ids of all rows, in order, decoded as they are asked for. Follows the index through its changes."""

    def __init__(self, segments: list[Segment]) -> None:
        self._segments = segments

    def __len__(self) -> int:
        return sum(len(segment) for segment in self._segments)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[str]: ...
    def __getitem__(self, row: int | slice) -> str | Sequence[str]:
        if isinstance(row, slice):
            return [self[i] for i in range(*row.indices(len(self)))]
        place = int(row) + len(self) if row < 0 else int(row)
        for segment in self._segments:
            if 0 <= place < len(segment):
                return segment.name(place)
            place -= len(segment)
        raise IndexError(row)

    def __iter__(self) -> Iterator[str]:
        for segment in self._segments:
            yield from (segment.name(row) for row in range(len(segment)))


class DynamicIndex:
    """See the module. For one thread at a time.

    Answers are the exact index's wherever its first and second answer are more than ROUNDING apart: always up to
    EXACT_UP_TO vectors, and beyond in the share of searches that ``promise`` says; where no effort kept the promise
    when it was last measured, every search is exact. It is measured when the index is built, by ``check``, and by
    ``check_if_due`` after it has doubled; an index that has grown since tries harder in proportion.
    """

    def __init__(self, ids: Sequence[str], vectors: NDArray[Any]) -> None:
        rows = checked_vectors(vectors)
        names = checked_ids(ids, rows)
        self.dimension, self.turn = rows.shape[1], rotation(rows.shape[1])
        self.promise: RecallPromise | None = None
        self._segments: list[Segment] = []
        self.ids: Sequence[str] = Names(self._segments)
        self._refuse_ids(names)
        if len(names):
            self._segments.append(Segment.of_capacity(len(names), self.dimension))
            self._append(names, rows)
        self.check()

    @property
    def segments(self) -> Sequence[Segment]:
        """All but the last are full."""
        return self._segments

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def effort(self) -> int | None:
        """How many rows a search compares with in full; None: all."""
        if len(self) <= EXACT_UP_TO or self.promise is None:
            return None
        return self.promise.effort_for(len(self))

    def check(self) -> None:
        """Measure anew which effort keeps the promise: seconds for a million vectors."""
        self.promise = measured(self) if len(self) > EXACT_UP_TO else None

    def check_if_due(self) -> None:
        """Measure what is found, once the index answers by approximation and has doubled since it was measured."""
        if len(self) > EXACT_UP_TO and (self.promise is None or self.promise.is_outgrown_by(len(self))):
            self.check()

    # -- changes

    def add(self, ids: Sequence[str], vectors: NDArray[Any]) -> None:
        """Add vectors (n, d) under ids that are not there yet. Raises IndexRefused, after which nothing was added."""
        rows = checked_vectors(vectors, dimension=self.dimension)
        names = checked_ids(ids, rows)
        self._refuse_ids(names)
        self._append(names, rows)

    def _append(self, names: Sequence[str], rows: Vectors) -> None:
        first = 0
        while first < len(names):
            if not self._segments or not self._segments[-1].free:
                self._segments.append(Segment.of_capacity(TAIL, self.dimension))
            stop = min(first + self._segments[-1].free, first + TAIL, len(names))
            self._segments[-1].append(names[first:stop], self._turned(rows[first:stop]))
            first = stop

    def _turned(self, rows: Vectors) -> Vectors:
        if len(rows) <= QUERIES:  # BLAS would wake its threads for these, and wait for them on a busy machine
            return np.asarray(np.einsum("nd,de->ne", rows, self.turn), np.float32)
        return np.asarray(rows @ self.turn, np.float32)

    def _refuse_ids(self, names: Sequence[str]) -> None:
        for name in names:
            if not name or "\0" in name or len(name.encode()) > LONGEST_ID:
                raise IndexRefused(f"The id {name[:LONGEST_ID]!r} cannot be kept.", f"Use 1 to {LONGEST_ID} bytes without NUL.")
        known = set(names)
        if len(known) < len(names):
            raise IndexRefused("Two vectors were given under one id.", "Give each vector an id of its own.")
        for segment in self._segments:
            rows = np.flatnonzero(np.isin(segment.arrays.keys[: len(segment)], keys_of(names)))
            if any(segment.name(row) in known for row in rows.tolist()):
                raise IndexRefused("A vector is held under one of these ids already.", "Remove it before adding the new one.")

    def remove(self, ids: Sequence[str]) -> None:
        """Take vectors out by their ids; the last row moves into the place of each. Raises IndexRefused for an unknown id."""
        for name in ids:
            self._place(name)
        if len(set(ids)) < len(ids):
            raise IndexRefused("One id was to be removed twice.", "Name each id once.")
        for name in ids:
            segment, row = self._place(name)
            last = self._segments[-1]
            moved = last.pop()
            if segment is not last or row < len(last):
                segment.overwrite(row, moved)
            if not len(last):
                self._segments.pop()

    def _place(self, name: str) -> tuple[Segment, int]:
        (key,) = keys_of([name])
        for segment in self._segments:
            for row in segment.find(key):
                if segment.name(row) == name:
                    return segment, row
        raise IndexRefused(f"No vector is held under the id {name[:LONGEST_ID]!r}.", "Name an id that was added.")

    # -- search

    def rows(self, places: Rows) -> Vectors:
        """The turned vectors of these rows, (n, d)."""
        found = np.empty((len(places), self.dimension), np.float32)
        for inside, own, segment in self._by_segment(places):
            found[inside] = segment.taken(own)
        return found

    def search(self, queries: NDArray[Any], k: int) -> tuple[Vectors, Rows]:
        """Cosines and row numbers (n, k) of those nearest to queries (n, d), nearest first; fewer where it holds fewer."""
        asked = checked_vectors(queries, dimension=self.dimension)
        count = min(checked_count(k), len(self))
        if count == 0 or not len(asked):
            return np.zeros((len(asked), count), np.float32), np.zeros((len(asked), count), np.int64)
        step = FEW_QUERIES if len(self) <= EXACT_UP_TO else QUERIES
        parts = [self._answers(self._turned(asked[i : i + step]), count) for i in range(0, len(asked), step)]
        return np.concatenate([scores for scores, _ in parts]), np.concatenate([rows for _, rows in parts])

    def _answers(self, turned: Vectors, count: int) -> tuple[Vectors, Rows]:
        effort = self.effort
        if effort is None or count > effort:
            scores, rows = self.nearest_of_all(turned, count)
        else:
            scores, rows = self._nearest_of_likely(turned, count, effort)
        return np.clip(scores, -1.0, 1.0), rows

    def _starts(self) -> list[int]:
        return [0, *accumulate(len(segment) for segment in self._segments)][:-1]

    def likely(self, turned: Vectors, count: int) -> Rows:
        """The rows that look nearest to queries (q, d) by their codes, (q, count), best first."""
        scores, rows = [], []
        for start, segment in zip(self._starts(), self._segments, strict=True):
            near, found = segment.codes.search(turned, min(count, len(segment)))
            scores.append(near)
            rows.append(found + start)
        if len(rows) == 1:
            return rows[0]
        return best(np.concatenate(scores, axis=1), np.concatenate(rows, axis=1), count)[1]

    def _nearest_of_likely(self, turned: Vectors, count: int, effort: int) -> tuple[Vectors, Rows]:
        rows = self.likely(turned, effort)
        scores = [self._scores(query, own) for query, own in zip(turned, rows, strict=True)]
        return best(np.stack(scores), rows, count)

    def _scores(self, query: Vectors, rows: Rows) -> Vectors:
        if len(self._segments) == 1:
            return self._segments[0].scores(query, rows)
        found = np.empty(len(rows), np.float32)
        for inside, own, segment in self._by_segment(rows):
            found[inside] = segment.scores(query, own)
        return found

    def _by_segment(self, rows: Rows) -> Iterator[tuple[NDArray[np.int64], Rows, Segment]]:
        """For each segment that holds some of rows (n,): where they stand in rows, and which they are in the segment."""
        for start, segment in zip(self._starts(), self._segments, strict=True):
            inside = np.flatnonzero((rows >= start) & (rows < start + len(segment)))
            if len(inside):
                yield inside, rows[inside] - start, segment

    def nearest_of_all(self, turned: Vectors, count: int) -> tuple[Vectors, Rows]:
        """The nearest rows of turned queries (q, d), every row compared with in full: scores and rows (q, count)."""
        scores = np.full((len(turned), 0), -np.inf, np.float32)
        rows = np.zeros((len(turned), 0), np.int64)
        for start, segment in zip(self._starts(), self._segments, strict=True):
            for first in range(0, len(segment), CHUNK):
                stop = min(first + CHUNK, len(segment))
                near, found = nearest(turned, segment.vectors(first, stop), min(count, stop - first))
                joined = np.concatenate([scores, near], axis=1), np.concatenate([rows, found + start + first], axis=1)
                scores, rows = best(*joined, count)
        return scores, rows


def best(scores: Vectors, rows: Rows, count: int) -> tuple[Vectors, Rows]:
    """The count best of candidates (q, m), best first, of equal ones the lower row first."""
    if scores.shape[1] > 4 * count:  # sort only the best
        places = np.argpartition(scores, -count, axis=1)[:, -count:]
        scores, rows = np.take_along_axis(scores, places, axis=1), np.take_along_axis(rows, places, axis=1)
    order = np.lexsort((rows, -scores), axis=1)[:, :count]
    return np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)
