"""Looking at media in a process of its own: a decoder's crash, hang or hunger costs one file, not the run."""

import ctypes
import multiprocessing
import os
import signal
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from matcher.scan import Limits, scan
from matcher.types import Failure, Gallery, ScanResult
from monitor.settings import ScanSettings
from monitor.wiring import RecogniserSpec, build_recognisers
from registry.errors import ExitCode, SemblanceError

START_SECONDS = 120.0
GLANCE_SECONDS = 0.05
GRACE_SECONDS = 15.0
PR_SET_PDEATHSIG = 1


class ScannerFailed(SemblanceError):
    """The process that looks at media does not come up."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class _Lost(Exception):
    """The worker ended, or was ended, before it answered."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.failure = Failure(why, remedy)


def scan_all(spec: RecogniserSpec, gallery: Gallery, limits: ScanSettings, paths: Sequence[Path]) -> Generator[ScanResult]:
    """Scan files in as many processes as the settings allow; results in the order of the paths, as they come to be known."""
    workers = max(1, min(limits.workers or cores(), len(paths)))
    idle: SimpleQueue[Scanner] = SimpleQueue()

    def scan_one(path: Path) -> ScanResult:
        scanner = idle.get()
        try:
            return scanner.scan(path)
        finally:
            idle.put(scanner)

    # A worker ends with the thread that started it, so the threads are the outer ones.
    with ThreadPoolExecutor(workers) as threads, ExitStack() as scanners:
        for _ in range(workers):
            idle.put(scanners.enter_context(Scanner(spec, gallery, limits, decoders=max(1, 2 // workers))))
        try:
            yield from threads.map(scan_one, paths)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)  # who is at work ends with its worker, which goes next


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


class Scanner:
    """Scans files one after another with one gallery. The worker is started at the first file and after every loss.

    Whatever befalls the worker is a failure of the file it looked at. decoders: threads that decode. Use as a context
    manager.
    """

    def __init__(self, spec: RecogniserSpec, gallery: Gallery, limits: ScanSettings, *, decoders: int = 2) -> None:
        self._spec, self._decoders = spec, decoders
        self._gallery = gallery
        self._limits = limits
        self._closed = False
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closed = True
        self._stop()

    def scan(self, path: Path) -> ScanResult:
        """All that is to be said of one file; a file that cannot be looked at gives a result with a failure."""
        started = time.monotonic()
        try:
            pipe = self._running()
            pipe.send(path)
            answer = self._await(pipe, self._limits.max_seconds + GRACE_SECONDS)
        except (_Lost, OSError) as lost:
            self._stop()
            failure = lost.failure if isinstance(lost, _Lost) else _died(None).failure
            return _failed(path, failure, time.monotonic() - started)
        if not isinstance(answer, ScanResult):
            raise TypeError(f"the worker answered with a {type(answer).__name__}")
        return answer

    def _running(self) -> Connection:
        if self._closed:
            raise _Lost("The scan was stopped.", "Scan again.")
        if self._pipe is not None:
            return self._pipe
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        bounds = Limits(self._limits.max_seconds, self._decoders)
        self._process = context.Process(target=_work, args=(theirs, self._spec, self._gallery, bounds), daemon=True)
        self._process.start()
        theirs.close()
        if self._closed:
            raise _Lost("The scan was stopped.", "Scan again.")
        try:
            self._await(ours, START_SECONDS)
        except _Lost as lost:
            self._stop()
            raise ScannerFailed(
                f"The process that looks at media did not start: {lost}.", "Run `semblance doctor`; free memory if it is short."
            ) from lost
        self._pipe = ours
        return ours

    def _await(self, pipe: Connection, seconds: float) -> object:
        deadline = time.monotonic() + seconds
        while not pipe.poll(GLANCE_SECONDS):
            if time.monotonic() > deadline:
                raise _Lost(f"It took longer than {seconds:,.0f} s.", "Raise scan.max_seconds, or look at the file by hand.")
            if _resident(self._process) > self._limits.max_memory:
                mib = self._limits.max_memory >> 20
                raise _Lost(f"It needed more than {mib:,} MiB of memory.", "Raise scan.max_memory, or look at the file by hand.")
        try:
            return pipe.recv()
        except (EOFError, ConnectionError):
            raise _died(self._process) from None

    def _stop(self) -> None:
        # Whoever waits for an answer stops it too, once the worker is gone: each part is taken by one of them.
        process, self._process = self._process, None
        pipe, self._pipe = self._pipe, None
        if process is not None:
            process.kill()
            process.join()
        if pipe is not None:
            pipe.close()


def _died(process: BaseProcess | None) -> _Lost:
    code = None
    if process is not None:
        process.join(5)
        code = process.exitcode
    how = f"by signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"with exit code {code}"
    return _Lost(f"The decoder crashed on it ({how}).", "The file is damaged or hostile: look at it by hand, on another machine.")


def _resident(process: BaseProcess | None) -> int:
    """Bytes of memory that the process holds; 0 once it is gone."""
    if process is None:
        return 0
    try:
        pages = int(Path(f"/proc/{process.pid}/statm").read_text("ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * 4096


def _failed(path: Path, failure: Failure, seconds: float) -> ScanResult:
    return ScanResult(
        media=str(path),
        kind="unknown",
        width=0,
        height=0,
        duration=0.0,
        shots=(),
        frames_looked_at=0,
        appearances=(),
        matches=(),
        encoders=(),
        packs=(),
        seconds=seconds,
        failure=failure,
    )


def _work(pipe: Connection, spec: RecogniserSpec, gallery: Gallery, limits: Limits) -> None:
    """The worker: says that it is ready, then answers each path with its result, until nobody asks any more."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    recognisers = build_recognisers(spec)
    pipe.send("ready")
    while True:
        try:
            path = pipe.recv()
        except EOFError:
            return
        pipe.send(scan(path, gallery, recognisers, limits))
