"""Whom a pack's error rates were measured on, as one figure of all: whether a face is of a kind that was among them.

A face that the measured people resemble less than they resemble almost anybody is of a kind of which they say nothing: one pair
of portraits that no photo came near scored as one person's (benchmarks cohorts). What is kept is the covariance of all their
vectors together, which says how far scores with them spread, and in which nobody is to be found.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.calibration import PeopleNorm
from matcher.errors import PackError

Floats = NDArray[np.float32]

MEASURED = Path(__file__).parent / "measured"
"""Files that come with Semblance, one a pack."""


@dataclass(frozen=True)
class MeasuredPeople:
    """covariance (d, d) of their vectors; least: the spread of scores that all but a few in a hundred people reach."""

    covariance: Floats
    least: float

    def unlike(self, vectors: Floats) -> NDArray[np.bool_]:
        """Of vectors (n, d) of unit length, which (n,) are of a kind that was not among them. Raises PackError for another d."""
        self.refuse_other(vectors.shape[1])
        return spreads(vectors, self.covariance) < self.least

    def refuse_other(self, dimensions: int) -> None:
        """Raise PackError for vectors of another length than theirs."""
        if dimensions != len(self.covariance):
            raise PackError(
                f"The pack's vectors have {dimensions} numbers, and those of the people it names {len(self.covariance)}.",
                "Calibrate the pack on your own media, or add it again from its origin.",
            )


def covariance(vectors: Floats) -> NDArray[np.float64]:
    """Of one vector each (n, d) of people who are all different: (d, d)."""
    apart = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    return np.asarray(apart.T @ apart / len(apart))


def spreads(vectors: Floats, known: NDArray[np.floating]) -> NDArray[np.float64]:
    """Of the scores of vectors (n, d) with people of this covariance (d, d), the standard deviation (n,)."""
    exact = vectors.astype(np.float64)
    return np.asarray(np.sqrt(np.maximum(((exact @ known) * exact).sum(axis=1), 0.0)))


@lru_cache(maxsize=4)
def measured_people(known: PeopleNorm) -> MeasuredPeople:
    """What a calibration names. Raises PackError where this version of Semblance does not hold it."""
    try:
        held = np.load(MEASURED / f"{known.name}.npy", allow_pickle=False).astype(np.float32)
    except (OSError, ValueError) as error:
        raise PackError(
            f"The pack names people whom this version of Semblance does not know: {known.name}.",
            "Calibrate the pack on your own media, or add it again from its origin.",
        ) from error
    size = int((8 * len(held) + 1) ** 0.5 - 1) // 2
    whole = np.zeros((size, size), np.float32)
    whole[np.triu_indices(size)] = held
    return MeasuredPeople(whole + np.triu(whole, 1).T, known.least)


def write_people(known: NDArray[np.floating], path: Path) -> None:
    """Write a covariance (d, d) as measured_people reads it: the upper triangle row by row, in half precision."""
    np.save(path, known[np.triu_indices(len(known))].astype(np.float16), allow_pickle=False)
