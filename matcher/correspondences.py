"""Of many pictures' features that resemble a frame's: which agree with one movement of their picture, asked of all at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from matcher.artwork_geometry import LARGEST, Points, most_agreeing
from matcher.index.base import Rows


@dataclass(frozen=True)
class PointTable:
    """The features of k pictures, one picture's after the other's. points: (n, 4), see artwork_features.Features. picture: (n,),
    whose each is. first: (k,), the row of each picture's first. diagonals: (k,), of the pictures in pixels."""

    points: Points
    picture: Rows
    first: Rows
    diagonals: NDArray[np.float64]

    @classmethod
    def of(cls, pictures: Sequence[tuple[Points, tuple[int, int]]]) -> Self:
        """pictures: points (n, 4), width and height of each."""
        counts = np.array([len(points) for points, _ in pictures], np.int64)
        points = np.concatenate([np.zeros((0, 4), np.float32), *(points for points, _ in pictures)])
        diagonals = np.array([np.hypot(*size) for _, size in pictures], np.float64)
        return cls(points, np.repeat(np.arange(len(counts)), counts), np.cumsum(counts) - counts, diagonals)

    def agreeing(self, rows: Rows, in_frame: Rows, frame: Points, fewest: int) -> Iterator[tuple[int, Rows, Rows]]:
        """Of pairs of a row here and of frame (m, 4), the likest first: each picture of which so many or more agree with one
        movement. Its number, and its pairs, which use no feature twice: rows of frame, and places among its features."""
        picture = self.picture[rows]
        kept = _enough(_one_to_one(picture, in_frame, rows), picture, len(self.first), fewest)
        rows, in_frame, picture = rows[kept], in_frame[kept], picture[kept]
        numbers, first, counts = np.unique(picture, return_index=True, return_counts=True)
        agree = most_agreeing(self.points[rows], frame[in_frame], counts, self.diagonals[numbers])
        for number, start, count in zip(*(of[agree >= fewest].tolist() for of in (numbers, first, counts)), strict=True):
            own = slice(start, start + count)
            yield number, in_frame[own], rows[own] - self.first[number]


def _one_to_one(picture: Rows, in_frame: Rows, rows: Rows) -> Rows:
    """Of pairs, the likest first, those whose features no likelier pair of the same picture has."""
    kept = np.sort(np.unique(picture * (in_frame.max(initial=0) + 1) + in_frame, return_index=True)[1])
    return np.asarray(kept[np.sort(np.unique(rows[kept], return_index=True)[1])], np.int64)


def _enough(pairs: Rows, picture: Rows, pictures: int, fewest: int) -> Rows:
    """The pairs of pictures that have enough of them, picture by picture; of each the likest, as many as are looked at."""
    pairs = pairs[np.argsort(picture[pairs], kind="stable")]
    own = picture[pairs]
    counts = np.bincount(own, minlength=pictures)
    rank = np.arange(len(pairs)) - (np.cumsum(counts) - counts)[own]
    return np.asarray(pairs[(counts[own] >= fewest) & (rank < LARGEST)], np.int64)
