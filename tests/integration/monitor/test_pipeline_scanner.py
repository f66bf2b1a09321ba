"""The process that looks at media: what befalls it costs one file."""

import os
import signal
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

import monitor.engine.scanner
from matcher.errors import PackError
from matcher.types import Gallery
from monitor.engine.scanner import WORKERS_PER_FILE, Scanner, ScannerFailed
from monitor.recognisers import RecogniserSpec, build_recognisers
from monitor.settings import ScanSettings, load_settings

SPEC = RecogniserSpec(Path("/nowhere"), (), True, ())
MIB = 1 << 20


def signal_soon(scanner: Scanner, number: signal.Signals, workers: int = 1) -> threading.Thread:
    """Send the scanner's worker a signal as soon as it works, and then the ones that take its place."""

    def send() -> None:
        sent: set[int] = set()
        while len(sent) < workers:
            pid = scanner.pid
            if pid is None or pid in sent or not scanner._worker.jobs:
                time.sleep(0.005)
                continue
            os.kill(pid, number)
            sent.add(pid)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def test_a_crash_and_a_hang_cost_one_file_each(gallery: Gallery, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor.engine.scanner, "GRACE_SECONDS", 0.5)
    with Scanner(SPEC, gallery, ScanSettings(max_seconds=30), [clip]) as scanner:
        thread = signal_soon(scanner, signal.SIGSEGV, WORKERS_PER_FILE)
        crashed = scanner.scan(clip)
        thread.join()
        assert crashed.failure is not None
        assert "SIGSEGV" in crashed.failure.what
        assert "3 times in a row" in crashed.failure.what
        assert [match.subject_id for match in scanner.scan(clip).matches] == ["s1"]
    with Scanner(SPEC, gallery, ScanSettings(max_seconds=0.5), [clip]) as scanner:
        thread = signal_soon(scanner, signal.SIGSTOP)
        hung = scanner.scan(clip)
        thread.join()
        assert hung.failure is not None
        assert "longer than" in hung.failure.what
        assert hung.failure.remedy


@pytest.mark.parametrize("workers", range(1, WORKERS_PER_FILE))
def test_a_file_whose_worker_was_ended_is_looked_at_by_the_next(gallery: Gallery, clip: Path, workers: int) -> None:
    with Scanner(SPEC, gallery, ScanSettings(max_seconds=30), [clip]) as scanner:
        thread = signal_soon(scanner, signal.SIGKILL, workers)
        looked = scanner.scan(clip)
        thread.join()
    assert looked.failure is None
    assert [match.subject_id for match in looked.matches] == ["s1"]


def test_a_file_whose_time_is_over_is_not_begun_anew(gallery: Gallery, clip: Path) -> None:
    with Scanner(SPEC, gallery, ScanSettings(max_seconds=0.001), [clip]) as scanner:
        thread = signal_soon(scanner, signal.SIGKILL)
        looked = scanner.scan(clip)
        thread.join()
    assert looked.failure is not None
    assert "times" not in looked.failure.what


def test_hunger_costs_one_file(gallery: Gallery, clip: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "large.png"), np.zeros((9900, 9900, 3), np.uint8))
    with Scanner(SPEC, gallery, ScanSettings(max_memory=450 * MIB), [clip, tmp_path]) as scanner:
        assert scanner.scan(clip).failure is None
        hungry = scanner.scan(tmp_path / "large.png")
        assert hungry.failure is not None
        assert "memory" in hungry.failure.what
        assert "scan.max_memory" in hungry.failure.remedy
        assert len(scanner.scan(clip).matches) == 1


def test_a_worker_that_cannot_start_is_told(gallery: Gallery, clip: Path) -> None:
    spec = RecogniserSpec(load_settings().models, ("no-such-pack",), True, ())
    with pytest.raises(PackError):
        build_recognisers(spec)
    with Scanner(spec, gallery, ScanSettings(), [clip]) as scanner, pytest.raises(ScannerFailed, match="did not start"):
        scanner.scan(clip)


def test_the_process_that_looks_at_media_is_confined(gallery: Gallery, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMBLANCE_KEYS__SECRET", "what nobody else may know")
    with Scanner(SPEC, gallery, ScanSettings(), [clip]) as scanner:
        assert scanner.scan(clip).failure is None
        process = Path(f"/proc/{scanner.pid}")
        status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines())
        assert int(status["Seccomp"]) == 2
        assert int(status["NoNewPrivs"]) == 1
        assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
        assert (process / "ns" / "net").readlink() != Path("/proc/self/ns/net").readlink()
        assert b"SEMBLANCE" not in (process / "environ").read_bytes()


def test_it_opens_no_file_but_those_it_was_given(gallery: Gallery, clip: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(clip.read_bytes())
    with Scanner(SPEC, gallery, ScanSettings(), [clip]) as scanner:
        assert scanner.scan(other).failure is not None
        assert scanner.scan(clip).failure is None
