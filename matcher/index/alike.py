"""Which of many people have one likeness: every vector of some of them against every vector of all."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ASKED, BLOCK = 256, 8192
"""Vectors that are compared with each other at a time: 8 MiB of cosines."""


@dataclass(frozen=True)
class Nearest:
    """The two rows of two owners whose vectors are most alike, and their cosine."""

    cosine: float
    row: int
    other_row: int


def alike(
    vectors: NDArray[np.float16], owners: NDArray[np.int64], asked: NDArray[np.int64], limit: float
) -> dict[tuple[int, int], Nearest]:
    """The pairs of owners, the lesser number first, of whom two vectors have a cosine of at least limit.

    vectors (n, d): of unit length, rounded to half precision, which moves a cosine by less than 0.001. owners (n,): whose each
    is. asked: the rows that are compared with all.
    """
    found: dict[tuple[int, int], Nearest] = {}
    for begin in range(0, len(asked), ASKED):
        rows = asked[begin : begin + ASKED]
        own = vectors[rows].astype(np.float32)
        for start in range(0, len(vectors), BLOCK):
            cosines = own @ vectors[start : start + BLOCK].astype(np.float32).T
            others = owners[None, start : start + BLOCK] != owners[rows][:, None]
            for place, column in zip(*np.nonzero((cosines >= limit) & others), strict=True):
                _keep(found, owners, int(rows[place]), start + int(column), float(cosines[place, column]))
    return found


def _keep(found: dict[tuple[int, int], Nearest], owners: NDArray[np.int64], row: int, other: int, cosine: float) -> None:
    first, second = (row, other) if owners[row] < owners[other] else (other, row)
    key = int(owners[first]), int(owners[second])
    if key not in found or cosine > found[key].cosine:
        found[key] = Nearest(cosine, first, second)
