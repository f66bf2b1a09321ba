"""The dynamic index: right after every change, approximate only as far as it has measured."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.index import dynamic, recall
from matcher.index.base import IndexRefused
from matcher.index.dynamic import ROUNDING, DynamicIndex
from matcher.index.exact import ExactIndex
from matcher.index.recall import MOST_EFFORT, RecallPromise, blurred
from matcher.index.segment import Segment


def unit(rng: np.random.Generator, rows: int, dimension: int) -> np.ndarray:
    vectors = rng.normal(size=(rows, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def named(count: int, start: int = 0) -> list[str]:
    return [f"id{i}" for i in range(start, start + count)]


@pytest.fixture
def soon_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables count as large, and segments as full, at sizes that a test can fill."""
    monkeypatch.setattr(dynamic, "EXACT_UP_TO", 300)
    monkeypatch.setattr(dynamic, "TAIL", 64)
    monkeypatch.setattr(recall, "SAMPLE", 64)


def assert_answers_as_the_oracle(index: DynamicIndex, held: dict[str, np.ndarray], queries: np.ndarray) -> None:
    ids = list(held)
    expected_scores, expected = ExactIndex(ids, np.stack([held[name] for name in ids])).search(queries, 2)
    scores, rows = index.search(queries, 2)
    np.testing.assert_allclose(scores, expected_scores, atol=ROUNDING)
    for query in range(len(queries)):
        if len(ids) == 1 or expected_scores[query, 0] - expected_scores[query, 1] > ROUNDING:
            assert index.ids[rows[query, 0]] == ids[expected[query, 0]]


@settings(max_examples=40, deadline=None)
@given(data=st.data(), dimension=st.integers(2, 70), first=st.integers(0, 80))
def test_answers_as_the_oracle_after_any_run_of_changes(data: st.DataObject, dimension: int, first: int) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    vectors = unit(rng, first, dimension)
    index, held, made = DynamicIndex(named(first), vectors), dict(zip(named(first), vectors, strict=True)), first
    for _ in range(data.draw(st.integers(1, 12))):
        if held and data.draw(st.booleans()):
            gone = data.draw(st.lists(st.sampled_from(sorted(held)), unique=True, max_size=5))
            index.remove(gone)
            for name in gone:
                del held[name]
        else:
            count = data.draw(st.integers(1, 40))
            vectors = unit(rng, count, dimension)
            index.add(named(count, made), vectors)
            held.update(zip(named(count, made), vectors, strict=True))
            made += count
        assert sorted(index.ids) == sorted(held)
        if held:
            assert_answers_as_the_oracle(index, held, unit(rng, 6, dimension))


@pytest.mark.usefixtures("soon_large")
def test_an_approximate_index_finds_an_addition_at_once_and_a_removal_never_again() -> None:
    rng = np.random.default_rng(3)
    index, held = DynamicIndex([], np.zeros((0, 32), np.float32)), {}
    vectors = unit(rng, 700, 32)
    index.add(named(700), vectors)
    held.update(zip(named(700), vectors, strict=True))
    index.check()
    assert index.effort is not None
    assert len(index.segments) > 10
    for turn in range(60):
        new = unit(rng, 1, 32)
        index.add([f"new{turn}"], new)
        assert index.ids[index.search(new, 1)[1][0, 0]] == f"new{turn}"
        gone = f"id{turn * 11}"
        index.remove([gone])
        assert index.ids[index.search(held.pop(gone)[None], 1)[1][0, 0]] != gone
        held[f"new{turn}"] = new[0]
    queries = blurred(np.stack(list(held.values()))[:100], rng)
    ids = list(held)
    expected = ExactIndex(ids, np.stack(list(held.values()))).search(queries, 1)[1][:, 0]
    found = index.search(queries, 1)[1][:, 0]
    assert sum(index.ids[a] == ids[b] for a, b in zip(found, expected, strict=True)) >= 99


@pytest.mark.usefixtures("soon_large")
def test_a_removal_overwrites_the_bytes_of_the_vector_and_of_its_id() -> None:
    rng = np.random.default_rng(4)
    vectors = unit(rng, 400, 16)
    index = DynamicIndex(named(400), vectors)
    turned = (vectors[399] @ index.turn) * 0 + index.segments[0].vectors(399, 400)[0]
    index.remove(["id399"])
    arrays = index.segments[0].arrays
    assert not arrays.steps[399].any()
    held = arrays.steps[:400] * arrays.scales[:400, None]
    assert not (np.abs(held - turned).max(axis=1) < 1e-3).any()
    assert b"id399" not in arrays.names.tobytes()


@pytest.mark.usefixtures("soon_large")
def test_one_change_rebuilds_nothing() -> None:
    index = DynamicIndex(named(500), unit(np.random.default_rng(5), 500, 16))
    before, steps = index.segments[0], index.segments[0].arrays.steps
    index.add(["new"], unit(np.random.default_rng(6), 1, 16))
    index.remove(["id3"])
    assert index.segments[0] is before
    assert index.segments[0].arrays.steps is steps


def test_a_table_that_codes_cannot_tell_apart_stays_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamic, "EXACT_UP_TO", 300)
    monkeypatch.setattr(recall, "SAMPLE", 64)
    monkeypatch.setattr(recall, "MOST_EFFORT", 200)
    rng = np.random.default_rng(7)
    tight = unit(rng, 1, 24) + 1e-3 * unit(rng, 2000, 24)
    tight = (tight / np.linalg.norm(tight, axis=1, keepdims=True)).astype(np.float32)
    index = DynamicIndex(named(2000), tight)
    assert index.promise is None
    assert index.effort is None
    scores, rows = index.search(tight[:50], 1)
    assert (scores[:, 0] > 1 - ROUNDING).all()
    assert rows.shape == (50, 1)


def test_effort_grows_with_the_table_and_ends_where_it_must_be_measured_again() -> None:
    kept = RecallPromise(effort=400, size=100_000, recall=1.0)
    assert kept.effort_for(50_000) == 400
    assert kept.effort_for(150_000) == 600
    assert not kept.is_outgrown_by(199_999)
    assert kept.is_outgrown_by(200_000)
    assert kept.effort_for(100_000 * (2 * MOST_EFFORT // 400 + 1)) is None


def test_the_measured_promise_holds_on_queries_that_were_not_in_the_sample() -> None:
    rng = np.random.default_rng(8)
    centres = unit(rng, 900, 64)
    vectors = centres[rng.integers(0, 900, 18_000)] + 0.6 * unit(rng, 18_000, 64)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    index = DynamicIndex(named(18_000), vectors)
    assert index.effort is not None
    assert index.effort < 18_000
    queries = np.concatenate([blurred(vectors[rng.integers(0, 18_000, 500)], rng), unit(rng, 500, 64)])
    scores, rows = index.search(queries, 1)
    exact_scores, exact = index.nearest_of_all(queries @ index.turn, 1)
    right = (rows == exact) | (np.abs(scores - exact_scores) < ROUNDING)
    assert right.mean() >= 0.998


def test_refuses_a_change_as_a_whole() -> None:
    vectors = unit(np.random.default_rng(9), 6, 8)
    index = DynamicIndex(named(4), vectors[:4])
    with pytest.raises(IndexRefused, match="held under one of these ids"):
        index.add(["x", "id2"], vectors[4:])
    with pytest.raises(IndexRefused, match="under one id"):
        index.add(["x", "x"], vectors[4:])
    with pytest.raises(IndexRefused, match="vectors of 8"):
        index.add(["x"], unit(np.random.default_rng(1), 1, 5))
    with pytest.raises(IndexRefused, match="No vector is held under the id 'x'"):
        index.remove(["id1", "x"])
    with pytest.raises(IndexRefused, match="twice"):
        index.remove(["id1", "id1"])
    for bad in ("", "a\0", "x" * 129):
        with pytest.raises(IndexRefused, match="cannot be kept"):
            index.add([bad], vectors[4:5])
    assert list(index.ids) == named(4)


def test_ids_of_other_scripts_and_of_growing_length_are_kept() -> None:
    vectors = unit(np.random.default_rng(10), 3, 8)
    index = DynamicIndex(["a"], vectors[:1])
    index.add(["刘亦菲/1", "x" * 128], vectors[1:])
    assert list(index.ids) == ["a", "刘亦菲/1", "x" * 128]
    assert index.ids[-1] == "x" * 128
    assert index.ids[0:2] == ["a", "刘亦菲/1"]
    with pytest.raises(IndexError):
        index.ids[3]
    index.remove(["a"])
    assert list(index.ids) == ["x" * 128, "刘亦菲/1"]


def test_a_segment_tells_what_room_it_has() -> None:
    segment = Segment.of_capacity(33, 8)
    assert segment.free == 64
    segment.append(["a"], unit(np.random.default_rng(13), 1, 8))
    assert (len(segment), segment.free) == (1, 63)
