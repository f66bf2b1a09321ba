"""FAISS answers as the exact index does, wherever float32 can tell the answers apart."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.index.exact import ExactIndex
from matcher.index.faiss import FaissCellIndex, FaissIndex

ROUNDING = 1e-5


def unit(rng: np.random.Generator, rows: int, dimension: int) -> np.ndarray:
    vectors = rng.normal(size=(rows, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(2, 300),
    dimension=st.integers(2, 160),
    k=st.integers(2, 8),
    spread=st.sampled_from([1.0, 1e-2, 1e-4]),
)
def test_faiss_gives_the_oracles_first_answer(seed: int, count: int, dimension: int, k: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    centre = unit(rng, 1, dimension)
    vectors = centre + spread * unit(rng, count, dimension)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    queries = unit(rng, 20, dimension)
    ids = [str(i) for i in range(count)]
    expected_scores, expected_rows = ExactIndex(ids, vectors).search(queries, k)
    scores, rows = FaissIndex(ids, vectors).search(queries, k)
    np.testing.assert_allclose(scores, expected_scores, atol=ROUNDING)
    clear = expected_scores[:, 0] - expected_scores[:, 1] > ROUNDING
    np.testing.assert_array_equal(rows[clear, 0], expected_rows[clear, 0])


def test_cells_lose_few_near_neighbours_of_many() -> None:
    rng = np.random.default_rng(7)
    vectors = unit(rng, 12000, 32)
    ids = [str(i) for i in range(len(vectors))]
    queries = vectors[::40] + 0.3 * unit(rng, 300, 32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    _, expected = ExactIndex(ids, vectors).search(queries, 1)
    scores, rows = FaissCellIndex(ids, vectors).search(queries, 16)
    assert (rows[:, 0] == expected[:, 0]).mean() > 0.95
    assert (rows >= 0).all()
    np.testing.assert_allclose(scores, np.einsum("qd,qkd->qk", queries, vectors[rows]), atol=FaissCellIndex.HALF)
