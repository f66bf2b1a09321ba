"""One decoding process as its decoder asks it: started when needed, started again after a loss, never believed blindly."""

import weakref
from collections import deque
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import RLock

from isolation.errors import Broke, Cause, Lost
from isolation.limits import Confinement, Layer
from isolation.worker import Worker
from matcher.decoding.wire import Answer, Garbled, read_answer
from matcher.decoding.wire import job as job_of

ENTRY = "matcher.decoding.child:decoding"


class DecodingProcess:
    """readable: folders and files that it may read in place. entry: what answers in it. Threads that ask wait for each other."""

    def __init__(self, memory: int, readable: tuple[Path, ...] = (), entry: str = ENTRY) -> None:
        self._entry = entry
        self._memory, self._readable = memory, frozenset(path.resolve() for path in readable)
        self._lent: Path | None = None
        self._lock = RLock()
        self._closed = False
        self._numbers, self._left = count(1), deque[int]()
        self._worker = self._fresh()

    @property
    def pid(self) -> int | None:
        """Its id; None while there is no process."""
        return self._worker.pid

    @property
    def layers(self) -> frozenset[Layer]:
        """What holds the process; empty before it was started."""
        return self._worker.layers

    def start(self) -> None:
        """Raises Lost where it does not come up."""
        with self._lock:
            self._worker.start()

    def number(self, reader: object) -> int:
        """What a reader's jobs say that they are of: no other file that is open has it, in this process or a later one. It is
        closed when its reader is gone."""
        number = next(self._numbers)
        weakref.finalize(reader, self._left.append, number).atexit = False
        return number

    def ask(self, job: bytes, seconds: float, file: Path | None = None, *, again: bool = True) -> Answer:
        """file: what the job reads, which the process may from now on. again: ask once more when the process dies, since it may
        have been ended from outside. Raises Lost, Broke and Garbled.
        """
        with self._lock:
            if file is not None:
                self._lend(file)
            self._close_left(seconds)
            try:
                return self._answer(job, seconds)
            except Lost as lost:
                if not again or lost.cause is not Cause.CRASH:
                    raise
                return self._answer(job, seconds)

    def end(self) -> None:
        """End the process as it stands; the next job goes to a new one."""
        with self._lock:
            self._renew()

    def close(self) -> None:
        """End the process, also amid a job of another thread."""
        self._closed = True
        self._worker.close()

    def _answer(self, job: bytes, seconds: float) -> Answer:
        try:
            return read_answer(self._worker.ask(job, seconds))
        except (Garbled, KeyboardInterrupt, SystemExit):
            # After an interruption an answer is still to come, which the next job would be given.
            self._renew()
            raise

    def _close_left(self, seconds: float) -> None:
        """Close what nobody reads any more. A reader may go at any moment, also amid a job: hence not at that moment."""
        while self._left:
            number = self._left.popleft()
            if self.pid is not None:
                with suppress(Lost, Broke, Garbled):
                    self._answer(job_of("close", of=number), seconds)

    def _lend(self, file: Path) -> None:
        found = file.resolve()
        if found != self._lent and self._readable.isdisjoint((found, *found.parents)):
            # What a confined process may read is settled when it starts.
            self._lent = found
            self._renew()

    def _renew(self) -> None:
        self._worker.close()
        self._worker = self._fresh()

    def _fresh(self) -> Worker:
        lent = () if self._lent is None else (self._lent,)
        worker = Worker(self._entry, b"", Confinement((*self._readable, *lent), self._memory))
        if self._closed:
            worker.close()
        return worker
