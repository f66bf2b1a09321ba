"""How hard a search by codes must try for its promise, measured on the table itself against comparing with everything."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.index.base import Rows, Vectors

PROMISED_RECALL = 0.999
SAMPLE = 512
"""Queries of each kind."""

LEAST_EFFORT, MOST_EFFORT = 128, 2048
MATED_COSINES = (0.3, 0.8)
"""What a generated face gives to a photo of the same person."""

TOGETHER = 128


class Table(Protocol):
    """What is measured: rows that have been turned, compared with in full or by their codes."""

    dimension: int

    def __len__(self) -> int: ...
    def rows(self, places: Rows) -> Vectors: ...
    def likely(self, turned: Vectors, count: int) -> Rows: ...
    def nearest_of_all(self, turned: Vectors, count: int) -> tuple[Vectors, Rows]: ...


@dataclass(frozen=True)
class RecallPromise:
    """effort: how many rows to compare with in full in a table of size rows, measured there; recall: what it gave on the
    sample with half that effort. The nearest row's place among the likely ones grows as the table does.
    """

    effort: int
    size: int
    recall: float

    def __post_init__(self) -> None:
        if self.effort < 1 or self.size < 1:
            raise ValueError("an effort and a size are at least 1")

    def effort_for(self, size: int) -> int | None:
        """None: more than can be promised without measuring again."""
        wanted = -(-self.effort * max(size, self.size) // self.size)
        return wanted if wanted <= 2 * MOST_EFFORT else None

    def is_outgrown_by(self, size: int) -> bool:
        """Whether an index of that size is twice the one that was measured, or larger."""
        return size >= 2 * self.size


def measured(table: Table) -> RecallPromise | None:
    """The effort that keeps PROMISED_RECALL on this table, or None where MOST_EFFORT does not.

    Asked for are rows that were blurred by noise to MATED_COSINES; strangers like those in the table, which are rows
    themselves: the nearest other row is to be found; and strangers unlike any, which are directions drawn at random. The
    effort is twice what the sample needs.
    """
    places = places_of_nearest(table)
    allowed = int(len(places) * (1 - PROMISED_RECALL))
    needed = int(np.sort(places)[-1 - allowed]) + 1
    if needed > MOST_EFFORT:
        return None
    return RecallPromise(max(LEAST_EFFORT, 2 * needed), len(table), float((places < needed).mean()))


def places_of_nearest(table: Table) -> NDArray[np.int64]:
    """For each query of a sample, where the nearest row stands among the likely ones; beyond MOST_EFFORT: it does not."""
    rng = np.random.default_rng(len(table))
    strangers = rng.integers(0, len(table), SAMPLE)
    mated = blurred(table.rows(rng.integers(0, len(table), SAMPLE)), rng)
    drawn = rng.normal(size=mated.shape).astype(np.float32)
    unlike = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    own = np.concatenate([np.full(2 * SAMPLE, -1), strangers])
    queries = np.concatenate([mated, unlike, table.rows(strangers)])
    parts = [_places(table, queries[i : i + TOGETHER], own[i : i + TOGETHER, None]) for i in range(0, len(queries), TOGETHER)]
    return np.concatenate(parts)


def blurred(rows: Vectors, rng: np.random.Generator) -> Vectors:
    """Unit vectors (n, d) whose cosines to rows (n, d) lie evenly in MATED_COSINES."""
    cosines = rng.uniform(*MATED_COSINES, size=(len(rows), 1))
    noise = rng.normal(size=rows.shape)
    noise -= (noise * rows).sum(axis=1, keepdims=True) * rows
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    return np.asarray(cosines * rows + np.sqrt(1 - cosines**2) * noise, np.float32)


def _places(table: Table, queries: Vectors, own: Rows) -> NDArray[np.int64]:
    _, exact = table.nearest_of_all(queries, 2)
    nearest = np.where(exact[:, :1] == own, exact[:, 1:], exact[:, :1])
    is_nearest = table.likely(queries, min(MOST_EFFORT, len(table))) == nearest
    return np.where(is_nearest.any(axis=1), is_nearest.argmax(axis=1), MOST_EFFORT + 1)
