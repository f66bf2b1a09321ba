"""A growing table of vectors at one byte a number, for comparing newcomers with everybody enrolled in little memory."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 8192


class CompactIndex:
    """Exact search over vectors rounded to 8 bits: a cosine is off by about 0.001. 128 numbers take 128 bytes and a key 32."""

    def __init__(self, dimension: int) -> None:
        self._rows = np.zeros((BLOCK, dimension), np.int8)
        self._scales = np.zeros(BLOCK, np.float32)
        self._keys = np.zeros(BLOCK, "S32")
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, key: str, vector: NDArray[Any]) -> None:
        """key: at most 32 ASCII characters. vector (d,): its length does not matter."""
        if self._count == len(self._rows):
            self._rows, self._scales, self._keys = (_doubled(a) for a in (self._rows, self._scales, self._keys))
        self._count += 1
        self._set(self._count - 1, key, vector)

    def put(self, key: str, vector: NDArray[Any]) -> None:
        """As add, in place of the vectors that the key has."""
        held = np.flatnonzero(self._keys[: self._count] == key.encode("ascii"))
        if not len(held):
            self.add(key, vector)
        for row in held:
            self._set(int(row), key, vector)

    def _set(self, row: int, key: str, vector: NDArray[Any]) -> None:
        plain = np.asarray(vector, np.float32)
        plain = plain / max(float(np.linalg.norm(plain)), 1e-12)
        scale = max(float(np.abs(plain).max()) / 127, 1e-12)
        self._rows[row] = np.rint(plain / scale)
        self._scales[row], self._keys[row] = scale, key.encode("ascii")

    def nearest(self, queries: NDArray[Any], but: str | None = None) -> list[tuple[str, float]]:
        """For each of queries (n, d) of unit length the key and cosine of the nearest vector, ("", -1) where there is none.

        but: a key that does not count.
        """
        best, where = np.full(len(queries), -1.0, np.float32), np.full(len(queries), -1, np.int64)
        asked, left_out = np.asarray(queries, np.float32), but.encode("ascii") if but else b""
        for start in range(0, self._count, BLOCK):
            end = min(start + BLOCK, self._count)
            scores = asked @ self._rows[start:end].T.astype(np.float32) * self._scales[start:end]
            if left_out:
                scores[:, self._keys[start:end] == left_out] = -1.0
            rows = scores.argmax(axis=1)
            found = np.take_along_axis(scores, rows[:, None], axis=1)[:, 0]
            better = found > best
            best[better], where[better] = found[better], rows[better] + start
        return [(self._keys[w].decode("ascii") if w >= 0 else "", float(b)) for w, b in zip(where, best, strict=True)]


def _doubled(array: NDArray[Any]) -> NDArray[Any]:
    larger = np.zeros((2 * len(array), *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger
