"""Search with FAISS. The only importer of faiss."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from matcher.errors import MatcherError
from matcher.index.base import Rows, Vectors, checked_count, checked_ids, checked_vectors

Bytes = NDArray[np.uint8]

# Several processes scan side by side; threads of each would only wait for one another.
faiss.omp_set_num_threads(1)


class IndexFailed(MatcherError):
    """FAISS itself gave up, for want of memory as a rule."""


def use_threads(count: int) -> None:
    """Let every search of this process use so many threads: for a process that has the machine to itself."""
    faiss.omp_set_num_threads(count)


@contextmanager
def _one_thread() -> Iterator[None]:
    """For work of microseconds: on a busy machine the threads would wait for one another for milliseconds."""
    count = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(count)


def nearest(queries: Vectors, rows: Vectors, count: int) -> tuple[Vectors, Rows]:
    """The count <= n best of rows (n, d) for each query (q, d), best first: inner products and places (q, count).

    Below 20 queries FAISS does without BLAS.
    """
    try:
        scores, places = faiss.knn(queries, rows, count, metric=faiss.METRIC_INNER_PRODUCT)
    except (RuntimeError, MemoryError) as error:
        raise _failed(error) from error
    return scores, places


class FaissIndex:
    """Compares with everything (inner product over a flat table), in float32."""

    def __init__(self, ids: Sequence[str], vectors: NDArray[Any]) -> None:
        rows = checked_vectors(vectors)
        self.ids = checked_ids(ids, rows)
        try:
            self._index = self._filled(rows)
        except (RuntimeError, MemoryError) as error:
            raise _failed(error) from error

    def _filled(self, rows: Vectors) -> Any:
        index = faiss.IndexFlatIP(rows.shape[1])
        index.add(rows)
        return index

    def search(self, queries: NDArray[Any], k: int) -> tuple[Vectors, Rows]:
        """Cosines and row numbers (n, k) of those nearest to queries (n, d), nearest first. Raises IndexFailed."""
        asked = checked_vectors(queries, dimension=self._index.d)
        count = min(checked_count(k), len(self.ids))
        if count == 0 or len(asked) == 0:
            return np.zeros((len(asked), count), np.float32), np.zeros((len(asked), count), np.int64)
        try:
            scores, rows = self._index.search(asked, count)
        except (RuntimeError, MemoryError) as error:
            raise _failed(error) from error
        last = np.maximum((rows >= 0).sum(axis=1) - 1, 0)[:, None]  # FAISS marks answers that it has not got by -1
        known = np.minimum(np.arange(count)[None], last)
        scores, rows = np.take_along_axis(scores, known, axis=1), np.take_along_axis(rows, known, axis=1)
        return np.clip(scores, -1.0, 1.0), np.maximum(rows, 0).astype(np.int64)


class FaissCellIndex(FaissIndex):
    """For tables of tens of thousands of vectors and many queries at once, such as local features: sorts the vectors
    into cells, looks only into the cells nearest to a query, by codes of half a byte for each number (product quantisation
    scanned in registers: Andre, Kermarrec and Le Scouarnec 2015), and compares with those of which the codes are likeliest.

    Approximate: see benchmarks/README.md for how many neighbours it finds. Cosines are right to HALF. Where the cells it
    looked into hold fewer than m vectors, the rest of a row repeats its last answer (or row 0 at -1, where it had none).
    A small table is searched whole, like FaissIndex.
    """

    SMALL = 4000
    PROBES = 32
    CLOSER = 4
    """So many times as many vectors are compared as are asked for."""

    HALF = 1e-3

    def _filled(self, rows: Vectors) -> Any:
        if len(rows) < self.SMALL:
            return super()._filled(rows)
        cells, dimension = int(1.5 * len(rows) ** 0.5), rows.shape[1]
        self._quantiser = faiss.IndexFlatIP(dimension)  # the indexes below borrow one another
        scan = faiss.IndexIVFPQFastScan(self._quantiser, dimension, cells, dimension, 4, faiss.METRIC_INNER_PRODUCT)
        scan.by_residual = False
        scan.cp.niter = 4
        scan.cp.min_points_per_centroid = 1
        scan.cp.max_points_per_centroid = 64
        scan.nprobe = self.PROBES
        self._scan = scan
        self._exact = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        index = faiss.IndexRefine(scan, self._exact)
        index.k_factor = self.CLOSER
        index.train(rows)
        index.add(rows)
        return index


class FaissBitIndex:
    """Rows of bits (n, bytes), compared by how many differ: a small table whole, a large one in the nearest cells alone."""

    SMALL = 20_000
    PROBES = 24

    def __init__(self, rows: Bytes) -> None:
        bits = 8 * rows.shape[1]
        try:
            self._index: Any = faiss.IndexBinaryFlat(bits)
            if len(rows) >= self.SMALL:
                self._quantiser = self._index  # the index below borrows it
                self._index = faiss.IndexBinaryIVF(self._quantiser, bits, int(1.2 * len(rows) ** 0.5))
                self._index.cp.niter = 3
                self._index.cp.min_points_per_centroid, self._index.cp.max_points_per_centroid = 1, 40
                self._index.nprobe = self.PROBES
                self._index.train(rows)
            self._index.add(rows)
        except (RuntimeError, MemoryError) as error:
            raise _failed(error) from error

    def search(self, queries: Bytes, k: int) -> tuple[Rows, Rows]:
        """Differing bits and row numbers (n, count <= k) of those nearest to queries; all bits and one where there is none."""
        count = min(checked_count(k), self._index.ntotal)
        if count == 0 or len(queries) == 0:
            return np.zeros((len(queries), count), np.int64), np.zeros((len(queries), count), np.int64)
        try:
            distances, rows = self._index.search(np.ascontiguousarray(queries), count)
        except (RuntimeError, MemoryError) as error:
            raise _failed(error) from error
        nothing = rows < 0
        return np.where(nothing, self._index.d + 1, distances).astype(np.int64), np.where(nothing, 0, rows).astype(np.int64)


LEVELS = np.array([-1.510, -0.4528, 0.4528, 1.510])
"""The four values that stand for a normal variable with the least mean square error, .1175 (Max 1960, table I)."""

BLOCK = 32
"""FAISS packs the codes of so many rows together."""


class CodeScan:
    """Approximate inner products with every row, from two bits per number: FAISS's "fast scan" (Andre 2015) over codes.

    Numbers of a unit vector turned at random are close to normal with variance 1/d, whatever the data. So the code book
    is fixed: nothing is trained, nothing goes stale, and a row can be written at any time.
    Rows are (m, d) float32, turned. Costs d / 4 bytes a row.
    """

    def __init__(self, dimension: int) -> None:
        self._padding = dimension % 2
        pairs = (dimension + self._padding) // 2
        values = np.stack(np.meshgrid(LEVELS, LEVELS, indexing="ij"), axis=-1).reshape(16, 2) / dimension**0.5
        scan: Any = faiss.IndexPQFastScan(2 * pairs, pairs, 4, faiss.METRIC_INNER_PRODUCT, BLOCK)
        faiss.copy_array_to_vector(np.tile(values, (pairs, 1)).astype(np.float32).ravel(), scan.pq.centroids)
        scan.is_trained = True
        self._index, self._packer = scan, scan.get_CodePacker()

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def codes(self) -> Bytes:
        """The packed codes, those of whole blocks; a view that the next change makes invalid."""
        size = self._index.codes.size()
        return np.asarray(faiss.rev_swig_ptr(self._index.codes.get(), size)) if size else np.zeros(0, np.uint8)

    def add(self, rows: Vectors) -> None:
        """Code rows (n, d) and append them. Raises IndexFailed where memory is short."""
        try:
            with _one_thread() if len(rows) <= BLOCK else nullcontext():
                self._index.add(self._padded(rows))
        except (RuntimeError, MemoryError) as error:
            raise _failed(error) from error

    def overwrite(self, row: int, vector: Vectors) -> None:
        """Let row (a number below len) stand for vector (d,)."""
        code = np.zeros(self._packer.code_size, np.uint8)
        with _one_thread():
            self._index.compute_codes(faiss.swig_ptr(code), 1, faiss.swig_ptr(self._padded(vector[None])))
        self._pack(row, code)

    def drop_last(self) -> None:
        """Forget the last row. Its place is zeroed, since FAISS writes a new row by OR."""
        self._pack(len(self) - 1, np.zeros(self._packer.code_size, np.uint8))
        count = len(self) - 1
        self._index.ntotal, self._index.ntotal2 = count, -(-count // BLOCK) * BLOCK
        self._index.codes.resize(self._index.ntotal2 * self._index.M2 // 2)

    def _pack(self, row: int, code: Bytes) -> None:
        size = self._packer.block_size
        block = self.codes[row // BLOCK * size :][:size]
        self._packer.pack_1(code, row % BLOCK, block[None])

    def _padded(self, rows: Vectors) -> Vectors:
        return np.ascontiguousarray(np.pad(rows, ((0, 0), (0, self._padding))) if self._padding else rows, np.float32)

    def search(self, queries: Vectors, count: int) -> tuple[Vectors, Rows]:
        """The count rows that look nearest, (q, count), best first: approximate scores and rows. count <= len."""
        try:
            scores, rows = self._index.search(self._padded(queries), count)
        except (RuntimeError, MemoryError) as error:
            raise _failed(error) from error
        return scores, rows


def _failed(error: Exception) -> IndexFailed:
    return IndexFailed(
        f"The vector index failed: {type(error).__name__}.",
        "Free memory or use a smaller gallery, then try again.",
    )
