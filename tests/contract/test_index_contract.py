"""What every vector index promises; each implementation inherits it."""

import numpy as np
import pytest

from matcher.index.base import IndexBuilder, IndexRefused
from matcher.index.dynamic import ROUNDING, DynamicIndex
from matcher.index.exact import ExactIndex
from matcher.index.faiss import FaissCellIndex, FaissIndex


def unit(rows: int, dimension: int = 16, seed: int = 1) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class IndexContract:
    build: IndexBuilder
    rounding = 1e-5

    def ids(self, count: int) -> list[str]:
        return [f"id{i}" for i in range(count)]

    def test_finds_each_vector_itself_first_with_cosine_one(self) -> None:
        vectors = unit(50)
        index = self.build(self.ids(50), vectors)
        scores, rows = index.search(vectors, 3)
        assert rows[:, 0].tolist() == list(range(50))
        np.testing.assert_allclose(scores[:, 0], 1.0, atol=self.rounding)
        assert index.ids[rows[7, 0]] == "id7"

    def test_gives_scores_best_first_as_float32_cosines(self) -> None:
        vectors, queries = unit(40), unit(5, seed=2)
        scores, rows = self.build(self.ids(40), vectors).search(queries, 10)
        assert scores.dtype == np.float32
        assert rows.dtype == np.int64
        assert (np.diff(scores, axis=1) <= 0).all()
        np.testing.assert_allclose(scores, np.take_along_axis(queries @ vectors.T, rows, axis=1), atol=self.rounding)

    def test_gives_all_it_has_when_asked_for_more(self) -> None:
        scores, rows = self.build(self.ids(3), unit(3)).search(unit(2, seed=3), 10)
        assert scores.shape == rows.shape == (2, 3)
        assert sorted(rows[0].tolist()) == [0, 1, 2]

    def test_an_empty_index_gives_no_column(self) -> None:
        scores, rows = self.build([], np.zeros((0, 16), np.float32)).search(unit(4), 5)
        assert scores.shape == rows.shape == (4, 0)

    def test_no_queries_give_no_rows(self) -> None:
        scores, rows = self.build(self.ids(3), unit(3)).search(np.zeros((0, 16), np.float32), 2)
        assert scores.shape == rows.shape == (0, 2)

    def test_does_not_see_later_changes_of_the_callers_array(self) -> None:
        vectors = unit(5)
        query = vectors[2:3].copy()
        index = self.build(self.ids(5), vectors)
        vectors[:] = 0
        assert index.search(query, 1)[1].tolist() == [[2]]

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_refuses_numbers_that_are_not_finite(self, bad: float) -> None:
        vectors = unit(4)
        vectors[1, 3] = bad
        with pytest.raises(IndexRefused, match="not finite"):
            self.build(self.ids(4), vectors)
        with pytest.raises(IndexRefused, match="not finite"):
            self.build(self.ids(4), unit(4)).search(vectors, 1)

    def test_refuses_vectors_of_another_length_than_one(self) -> None:
        with pytest.raises(IndexRefused, match="unit length"):
            self.build(self.ids(4), unit(4) * 2)

    def test_refuses_queries_of_another_dimension_naming_both(self) -> None:
        with pytest.raises(IndexRefused, match=r"8 numbers .* vectors of 16"):
            self.build(self.ids(4), unit(4)).search(unit(1, dimension=8), 1)

    def test_refuses_a_vector_that_is_not_in_a_table(self) -> None:
        with pytest.raises(IndexRefused, match="shape"):
            self.build(["a"], unit(1)[0])

    def test_refuses_ids_that_do_not_fit_the_vectors(self) -> None:
        with pytest.raises(IndexRefused, match="3 ids were given for 4 vectors"):
            self.build(self.ids(3), unit(4))

    @pytest.mark.parametrize("k", [0, -1])
    def test_refuses_to_find_nothing(self, k: int) -> None:
        with pytest.raises(IndexRefused, match="neighbours"):
            self.build(self.ids(3), unit(3)).search(unit(1), k)


class TestExactIndex(IndexContract):
    build = ExactIndex


class TestFaissIndex(IndexContract):
    build = FaissIndex


class TestFaissCellIndexSearchedWhole(IndexContract):
    build = FaissCellIndex


class InCells(FaissCellIndex):
    """By cells as soon as there is enough to learn sixteen codes from."""

    SMALL = 16


class TestFaissCellIndexSearchedByCells(IndexContract):
    build = InCells
    rounding = FaissCellIndex.HALF


class TestDynamicIndex(IndexContract):
    build = DynamicIndex
    rounding = ROUNDING


class ApproximateAtOnce(DynamicIndex):
    """Scans codes however small it is."""

    @property
    def effort(self) -> int | None:
        return 20


class TestDynamicIndexByCodes(IndexContract):
    build = ApproximateAtOnce
    rounding = ROUNDING
