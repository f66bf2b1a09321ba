"""A run of rows of a dynamic index: vectors in 16-bit steps, their codes, and their ids."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.index.base import Rows, Vectors
from matcher.index.faiss import BLOCK, CodeScan

STEPS = 32767
"""The largest number of a row is so many steps. Within a row steps are finer than half precision is, at the same size."""

CHUNK = 8192
"""Rows that are worked on at a time."""


def keys_of(ids: Sequence[str]) -> NDArray[np.uint32]:
    """A digest of each id, short enough to look through a million of them in less than a millisecond."""
    digests = b"".join(hashlib.blake2b(name.encode(), digest_size=4).digest() for name in ids)
    return np.frombuffer(digests, "<u4").astype(np.uint32)


def names_of(ids: Sequence[str]) -> NDArray[np.bytes_]:
    """Ids as an array (n,) of UTF-8 bytes, as wide as the longest."""
    return np.array([name.encode() for name in ids], dtype=np.bytes_)


@dataclass
class Record:
    """What a segment holds of one vector."""

    steps: NDArray[np.int16]
    scale: np.float32
    key: np.uint32
    name: bytes


@dataclass
class Arrays:
    """What a segment keeps, row by row: steps (capacity, d), and scales, keys, names (capacity,)."""

    steps: NDArray[np.int16]
    scales: Vectors
    keys: NDArray[np.uint32]
    names: NDArray[np.bytes_]

    @staticmethod
    def room(capacity: int, dimension: int, width: int) -> "Arrays":
        """Arrays for so many vectors, not filled; width: bytes of the longest id."""
        return Arrays(
            np.empty((capacity, dimension), np.int16),
            np.empty(capacity, np.float32),
            np.empty(capacity, np.uint32),
            np.empty(capacity, f"S{width}"),
        )


class Segment:
    """Fills up from row 0. The capacity is a whole number of FAISS's blocks, so full segments can be laid end to end."""

    def __init__(self, arrays: Arrays, codes: CodeScan) -> None:
        self.arrays, self.codes = arrays, codes

    @classmethod
    def of_capacity(cls, capacity: int, dimension: int) -> "Segment":
        """An empty one with room for at least so many vectors of that dimension."""
        whole = -(-capacity // BLOCK) * BLOCK
        return cls(Arrays.room(whole, dimension, 1), CodeScan(dimension))

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def free(self) -> int:
        """For how many more vectors there is room."""
        return len(self.arrays.keys) - len(self)

    def append(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Vectors (m, d), turned; m <= free. A vector and its code say the same, whether it is added or moved."""
        start, names = len(self), names_of(ids)
        self._widen(names.dtype.itemsize)
        self.arrays.keys[start : start + len(ids)] = keys_of(ids)
        self.arrays.names[start : start + len(ids)] = names
        for first in range(0, len(ids), CHUNK):
            part = vectors[first : first + CHUNK]
            place = slice(start + first, start + first + len(part))
            scales = np.abs(part).max(axis=1) / np.float32(STEPS)
            self.arrays.scales[place] = scales
            np.rint(part / scales[:, None], out=part)
            self.arrays.steps[place] = part
            self.codes.add(self.vectors(place.start, place.stop))

    def _widen(self, width: int) -> None:
        if width > self.arrays.names.dtype.itemsize:
            self.arrays.names = self.arrays.names.astype(f"S{width}")

    def vectors(self, start: int, stop: int) -> Vectors:
        """The rows from start to stop, (stop - start, d), in float32."""
        return self.arrays.steps[start:stop].astype(np.float32) * self.arrays.scales[start:stop, None]

    def taken(self, rows: Rows) -> Vectors:
        """These rows, (n, d), in float32."""
        return self.arrays.steps[rows].astype(np.float32) * self.arrays.scales[rows, None]

    def scores(self, query: Vectors, rows: Rows) -> Vectors:
        """Inner products of one query (d,) with these rows, (n,)."""
        near = self.arrays.steps.take(rows, axis=0).astype(np.float32)
        return np.asarray(np.einsum("nd,d->n", near, query) * self.arrays.scales[rows])

    def pop(self) -> Record:
        """Take out the last row."""
        last, arrays = len(self) - 1, self.arrays
        record = Record(arrays.steps[last].copy(), arrays.scales[last], arrays.keys[last], bytes(arrays.names[last]))
        arrays.steps[last], arrays.scales[last], arrays.keys[last], arrays.names[last] = 0, 0, 0, b""
        self.codes.drop_last()
        return record

    def overwrite(self, row: int, record: Record) -> None:
        """Put another vector with its id into a row, in place of what was there."""
        self._widen(len(record.name))
        arrays = self.arrays
        arrays.steps[row], arrays.scales[row], arrays.keys[row] = record.steps, record.scale, record.key
        arrays.names[row] = record.name
        self.codes.overwrite(row, self.vectors(row, row + 1)[0])

    def find(self, key: np.uint32) -> list[int]:
        """Rows whose id may be the one of this key."""
        return np.flatnonzero(self.arrays.keys[: len(self)] == key).tolist()

    def name(self, row: int) -> str:
        """The id in a row."""
        return bytes(self.arrays.names[row]).decode()
