"""Scanning many files in several processes: in order, one loss at a time, and nobody left behind."""

import os
import signal
from pathlib import Path

import pytest

from matcher.types import Gallery
from monitor.engine.scanner import scan_all
from monitor.recognisers import RecogniserSpec
from monitor.settings import ScanSettings
from tests.support.drawn_clips import save, scene

SPEC = RecogniserSpec(Path("/nowhere"), (), True, ())
LIMITS = ScanSettings(workers=2, max_seconds=60)


@pytest.fixture
def workers() -> set[int]:
    """The workers that were there before, which are none of ours."""
    return children()


def children() -> set[int]:
    """Processes that this one started and that have not ended."""
    found = " ".join(path.read_text("ascii") for path in Path("/proc/self/task").glob("*/children"))
    return {int(pid) for pid in found.split()}


def ours(before: set[int]) -> list[int]:
    return sorted(children() - before)


def test_results_come_in_the_order_of_the_paths_whoever_is_done_first(gallery: Gallery, clip: Path, tmp_path: Path) -> None:
    pictures = [save(tmp_path / f"{number}.png", scene(number)) for number in range(4)]
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    paths = [clip, *pictures, tmp_path / "broken.mp4", clip]
    results = list(scan_all(SPEC, gallery, LIMITS, paths))
    assert [result.media for result in results] == [str(path) for path in paths]
    assert [len(result.matches) for result in results] == [1, 0, 0, 0, 0, 0, 1]
    assert [result.failure is not None for result in results] == [False] * 5 + [True, False]


def test_no_files_need_no_process(gallery: Gallery, workers: set[int]) -> None:
    assert list(scan_all(SPEC, gallery, LIMITS, [])) == []
    assert ours(workers) == []


def test_a_worker_that_is_killed_costs_no_file(gallery: Gallery, clip: Path, workers: set[int]) -> None:
    results = scan_all(SPEC, gallery, LIMITS.model_copy(update={"workers": 1}), [clip] * 8)
    assert next(results).failure is None
    (worker,) = ours(workers)
    os.kill(worker, signal.SIGKILL)
    assert [(result.failure, len(result.matches)) for result in results] == [(None, 1)] * 7


def test_who_stops_listening_leaves_no_process_behind(gallery: Gallery, clip: Path, workers: set[int]) -> None:
    results = scan_all(SPEC, gallery, LIMITS, [clip] * 12)
    next(results)
    running = ours(workers)
    assert running
    results.close()
    assert ours(workers) == []
    assert not any(Path(f"/proc/{pid}").exists() for pid in running)
