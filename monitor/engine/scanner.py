"""Looking at media in confined processes: a decoder's crash, hang or hunger costs one file, and one that is taken over reaches
nothing."""

import os
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from isolation.errors import Broke, Cause, Lost
from isolation.limits import Confinement, Layer
from isolation.worker import Worker
from matcher.scan import Limits
from matcher.types import Failure, Gallery, ScanResult
from monitor.engine.scan_child import job_bytes, result_from_bytes, shared_bytes
from monitor.recognisers import RecogniserSpec
from monitor.settings import ScanSettings
from registry.actions import Action
from registry.errors import ExitCode, SemblanceError

GRACE_SECONDS = 15.0
WORKERS_PER_FILE = 3
"""A file that ends so many workers is set aside. One alone may have ended for another's sake: short of memory, or by a hand."""

_ENTRY = "monitor.engine.scan_child:scanning"
_REMEDIES = {
    Cause.TIME: "Raise scan.max_seconds, or look at the file by hand.",
    Cause.MEMORY: "Raise scan.max_memory, or look at the file by hand.",
    Cause.CRASH: "The file is damaged or hostile: look at it by hand, on another machine.",
    Cause.STOPPED: "Scan again.",
}


class ScannerFailed(SemblanceError):
    """The process that looks at media does not come up."""

    exit_code = ExitCode.OUTSIDE_CAUSE


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

    with ThreadPoolExecutor(workers) as threads, ExitStack() as scanners:
        for _ in range(workers):
            idle.put(scanners.enter_context(Scanner(spec, gallery, limits, paths, decoders=max(1, 2 // workers))))
        try:
            yield from threads.map(scan_one, paths)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)  # who is at work ends with its worker, which goes next


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


class Scanner:
    """Scans files one after another with one gallery. The worker is started at the first file and after every loss.

    Whatever befalls the worker is a failure of the file it looked at; a crash only once the workers that took its place came to
    the same. readable: the files, or folders of them, that it may open. decoders: threads that decode. Use as a context manager.
    """

    def __init__(
        self, spec: RecogniserSpec, gallery: Gallery, limits: ScanSettings, readable: Sequence[Path], *, decoders: int = 2
    ) -> None:
        self._limits = limits
        shared = shared_bytes(spec, gallery, Limits(limits.max_seconds, decoders))
        self._worker = Worker(_ENTRY, shared, Confinement((spec.models, *readable), limits.max_memory))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the worker, whatever it does."""
        self._worker.close()

    @property
    def pid(self) -> int | None:
        """The worker's process id while it runs."""
        return self._worker.pid

    def start(self) -> frozenset[Layer]:
        """Have the worker ready before the first file; the walls round it. Raises ScannerFailed where it does not come up."""
        try:
            self._worker.start()
        except Lost as lost:
            raise _not_started(lost) from lost
        return self._worker.layers

    def scan(self, path: Path) -> ScanResult:
        """All that is to be said of one file; a file that cannot be looked at gives a result with a failure."""
        started = time.monotonic()
        try:
            said = self._asked(job_bytes(path.absolute()), started)
            return replace(result_from_bytes(said), media=str(path))
        except Lost as lost:
            if lost.cause is Cause.START:
                raise _not_started(lost) from lost
            failure = _failure(lost)
        except Broke as fault:
            failure = Failure(
                f"A fault of this program stopped the look at it ({fault}).", "Report it; look at the file by hand."
            )
        except ValueError:
            failure = Failure("What looked at it answered with nonsense.", _REMEDIES[Cause.CRASH])
        return failed_result(str(path), failure, time.monotonic() - started)

    def _asked(self, job: bytes, started: float) -> bytes:
        """The worker's answer, or that of the one that takes its place when it crashes, within the time that one file has."""
        for workers in range(1, WORKERS_PER_FILE + 1):
            try:
                return self._worker.ask(job, self._limits.max_seconds + GRACE_SECONDS)
            except Lost as lost:
                if lost.cause is not Cause.CRASH:
                    raise
                crash = Lost(lost.cause, f"{lost.words}, {workers} times in a row" if workers > 1 else lost.words)
            if time.monotonic() - started > self._limits.max_seconds:
                break
        raise crash


def _failure(lost: Lost) -> Failure:
    words = lost.words.replace("it crashed", "the decoder crashed on it") if lost.cause is Cause.CRASH else lost.words
    return Failure(f"{words[0].upper()}{words[1:]}.", _REMEDIES[lost.cause])


def _not_started(lost: Lost) -> ScannerFailed:
    return ScannerFailed(
        f"The process that looks at media did not start: {lost.words}.", "Free memory if it is short.", Action.EXAMINE
    )


def failed_result(media: str, failure: Failure, seconds: float) -> ScanResult:
    """What is said of a file that could not be looked at."""
    return ScanResult(
        media=media,
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
