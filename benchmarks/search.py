"""How fast, how right and how large the dynamic index is, against comparing with everything."""

import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
import typer

from matcher.index.base import Vectors
from matcher.index.dynamic import DynamicIndex
from matcher.index.faiss import FaissIndex, use_threads
from matcher.index.recall import blurred

BATCH = 64
PART = 65_536
LIMITS = {"recall": 0.999, "ms_per_query": 2.0, "change_ms": 10.0, "memory_ratio": 1.25}


def search(
    templates: Annotated[int, typer.Option(min=1000)] = 1_000_000,
    dim: Annotated[int, typer.Option()] = 256,
    queries: Annotated[int, typer.Option(help="of each kind")] = 1000,
    people: Annotated[int, typer.Option(help="0: directions drawn at random; else clusters, of so many people")] = 0,
    seed: int = 1,
) -> None:
    """Print build time, recall, time per query, per change, and memory of an index of random templates."""
    threads = os.cpu_count() or 1
    use_threads(threads)
    rng = np.random.default_rng(seed)
    vectors, strangers = drawn(rng, templates, dim, people), unit(rng, queries, dim)
    if people:
        strangers = drawn(rng, queries, dim, queries)
    asked = {"mated": blurred(vectors[rng.integers(0, templates, queries)], rng), "nonmated": strangers}
    ids = [f"{i:032x}" for i in range(templates)]
    index, built = timed(DynamicIndex, ids, vectors)
    flat = FaissIndex(ids, vectors)
    found: dict[str, Any] = {"templates": templates, "dim": dim, "people": people, "queries": queries, "threads": threads}
    found |= {"load_average": os.getloadavg()[0], "build_s": built, "effort": index.effort}
    found |= {kind: compared(index, flat, batch) for kind, batch in asked.items()}
    found |= speed(index, flat, np.concatenate(list(asked.values())))
    found |= changed(index, unit(rng, 200, dim))
    found |= held(index, len(index) * dim * 2)
    print(json.dumps(found, indent=2))
    print(line(found))


def unit(rng: np.random.Generator, count: int, dim: int) -> Vectors:
    rows = rng.standard_normal((count, dim), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def drawn(rng: np.random.Generator, count: int, dim: int, people: int) -> Vectors:
    """Unit vectors (count, dim): at random, or like embeddings: people in an uneven cloud, each seen more or less alike."""
    if not people:
        return unit(rng, count, dim)
    weights = (1 + np.arange(dim, dtype=np.float32)) ** -0.5  # a few directions carry most of the variance, and a mean
    centres = unit(rng, people, dim) * weights + 0.15 * weights[::-1] * np.linalg.norm(weights) / dim**0.5
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    rows = np.empty((count, dim), np.float32)
    for start in range(0, count, PART):
        stop = min(start + PART, count)
        spread = rng.uniform(0.5, 1.2, (stop - start, 1)).astype(np.float32)  # cosine of .9 to .64 to the person's centre
        rows[start:stop] = centres[rng.integers(0, people, stop - start)] + spread * unit(rng, stop - start, dim)
        rows[start:stop] /= np.linalg.norm(rows[start:stop], axis=1, keepdims=True)
    return rows


def timed(work: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    started = time.perf_counter()
    return work(*arguments), time.perf_counter() - started


def compared(index: DynamicIndex, flat: FaissIndex, asked: Vectors) -> dict[str, float]:
    """Share of queries whose first answer is the exact one, and of those whose first two are told apart by half precision."""
    (scores, exact), (_, rows) = flat.search(asked, 2), index.search(asked, 1)
    right = rows[:, 0] == exact[:, 0]
    clear = scores[:, 0] - scores[:, 1] > 2.0**-11
    return {"recall": float(right.mean()), "clear": float(clear.mean()), "recall_where_clear": float(right[clear].mean())}


def speed(index: DynamicIndex, flat: FaissIndex, asked: Vectors) -> dict[str, float]:
    """Milliseconds per query in batches, half of them mated; the two take turns, since the machine is not theirs alone."""
    rng = np.random.default_rng(0)
    ours, cpu, theirs = [], [], []
    for turn in range(12):
        batch = asked[rng.permutation(len(asked))[:BATCH]]
        used = time.process_time()
        ours.append(timed(index.search, batch, 5)[1] / BATCH * 1e3)
        cpu.append((time.process_time() - used) / BATCH * 1e3)
        if turn % 4 == 0:
            theirs.append(timed(flat.search, batch, 5)[1] / BATCH * 1e3)
    return {
        "ms_per_query": statistics.median(ours),
        "ms_per_query_best": min(ours),
        "cpu_ms_per_query": statistics.median(cpu),
        "flat_ms_per_query": statistics.median(theirs),
        "times_as_fast_as_flat": statistics.median(theirs) / statistics.median(ours),
    }


def changed(index: DynamicIndex, new: Vectors) -> dict[str, float]:
    """Milliseconds of an addition and of a removal, each checked by the search that follows it."""
    added, removed, stride = [], [], len(index) // len(new)
    for i in range(len(new)):
        one, name = new[i : i + 1], f"{i:031x}n"
        added.append(timed(index.add, [name], one)[1] * 1e3)
        if i % 20 == 0 and index.ids[index.search(one, 1)[1][0, 0]] != name:
            raise AssertionError("an addition was not found by the next search")
        removed.append(timed(index.remove, [name])[1] * 1e3)
        if i % 20 == 0 and index.ids[index.search(one, 1)[1][0, 0]] == name:
            raise AssertionError("a removal was found by the next search")
        removed.append(timed(index.remove, [f"{i * stride:032x}"])[1] * 1e3)
    return {
        "add_ms": statistics.median(added),
        "add_ms_p99": float(np.quantile(added, 0.99)),
        "remove_ms": statistics.median(removed),
        "remove_ms_p99": float(np.quantile(removed, 0.99)),
    }


def held(index: DynamicIndex, raw: int) -> dict[str, float]:
    """What the index holds in memory, in bytes over those of the vectors at half precision."""
    parts = [(s.arrays.steps, s.arrays.scales, s.arrays.keys, s.arrays.names, s.codes.codes) for s in index.segments]
    size = index.turn.nbytes + sum(array.nbytes for arrays in parts for array in arrays)
    return {"held_mib": size / 2**20, "memory_ratio": size / raw}


def line(found: dict[str, Any]) -> str:
    return (
        f"{found['templates']:,} x {found['dim']}: recall {found['mated']['recall']:.4f} mated, "
        f"{found['nonmated']['recall']:.4f} nonmated; {found['ms_per_query']:.2f} ms a query in batches of {BATCH}, "
        f"{found['times_as_fast_as_flat']:.0f} times as fast as comparing with all; add {found['add_ms']:.2f} ms, "
        f"remove {found['remove_ms']:.2f} ms; {found['memory_ratio']:.2f} x raw half precision; "
        f"built in {found['build_s']:.0f} s. Limits: {LIMITS}"
    )
