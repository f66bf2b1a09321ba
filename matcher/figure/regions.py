"""Which parts of a picture are compared: the whole, and squares of several sizes that overlap."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Corners = tuple[int, int, int, int]
"""Of a part of a picture, in pixels or cells: left, top, right, bottom."""

Floats = NDArray[np.float32]

LEVELS = (1, 2, 3)
"""Sizes of squares: a square of level n is 2 / (n + 1) of the shorter side (Tolias, Sicre, Jegou, "Particular object retrieval
with integral max-pooling of CNN activations", ICLR 2016)."""

STEP = 0.6
"""From one square to the next, of its side, at most."""

FURTHEST = 12
"""Squares side by side at most: of a picture that is a strip, they lie further apart."""

MOST_CROPS = 14
"""Parts of one picture that an encoder is run on, where it has to be run on each."""


def regions(width: int, height: int, levels: Sequence[int] = LEVELS) -> list[Corners]:
    """The whole and, level by level, squares that cover it; the same part once."""
    shorter, made = min(width, height), [(0, 0, width, height)]
    for level in levels:
        side = min(shorter, max(1, round(2 * shorter / (level + 1))))
        made += [(left, top, left + side, top + side) for top in _starts(height, side) for left in _starts(width, side)]
    return list(dict.fromkeys(made))


def crops(width: int, height: int) -> list[Corners]:
    """The same of two levels, MOST_CROPS of them at most: the whole, and of the squares every so many."""
    whole, *squares = regions(width, height, LEVELS[:2])
    kept = np.unique(np.linspace(0, len(squares) - 1, min(len(squares), MOST_CROPS - 1)).round().astype(int))
    return [whole, *(squares[number] for number in kept.tolist())]


def _starts(length: int, side: int) -> list[int]:
    count = 1 if length == side else max(2, math.ceil((length - side) / (STEP * side)) + 1)
    places = np.linspace(0, length - side, min(count, FURTHEST)).round().astype(int)
    return [int(place) for place in dict.fromkeys(places.tolist())]


def pooled(channels: Floats, parts: Sequence[Corners]) -> Floats:
    """Means (n, d) of a map (d, height, width) over parts of it, whose corners are in cells."""
    sums = np.zeros((channels.shape[0], channels.shape[1] + 1, channels.shape[2] + 1), np.float64)
    sums[:, 1:, 1:] = channels.cumsum(axis=1, dtype=np.float64).cumsum(axis=2)
    left, top, right, bottom = np.array(parts).T
    over = sums[:, bottom, right] - sums[:, top, right] - sums[:, bottom, left] + sums[:, top, left]
    return np.asarray((over / ((right - left) * (bottom - top))).T, np.float32)
