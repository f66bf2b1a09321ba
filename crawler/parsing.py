"""Having documents from the web read by confined processes, so that none of them costs more than its time and its memory, and
none delays another host's.

Two documents are read at a time. One that takes longer than a moment stands back behind everybody else's work and gives its
place to others; its host's next ones begin in that second row at once. Of one host one document is read at a time. When as many
take long as there are places in the second row, the next that takes long keeps its place in the first until its time is over.
"""

import hashlib
import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from crawler.documents import MAX_SAID, Asked, DocumentLimits, NotOurs, Read, asked_to_bytes, read_from_bytes
from crawler.fetch.pace import Stopped
from crawler.types import Trouble
from isolation.errors import Broke, Cause, Lost
from isolation.limits import Confinement
from isolation.worker import Worker

_log = logging.getLogger(__name__)

QUICK, SLOW = 2, 4
"""Places in the first row and in the second."""
_ENTRY = "crawler.reading:reading"
_PATIENCE = 0.5
_NICE = 19
_GLANCE = 0.1


class Unreadable(Exception):
    """A document that was not read. words: why, as the end of a sentence that begins with its address."""

    def __init__(self, words: str, trouble: Trouble) -> None:
        super().__init__(words)
        self.words, self.trouble = words, trouble


@dataclass
class _Task:
    asked: Asked
    body: bytes
    host: str
    answer: "Future[Read]" = field(default_factory=Future)
    worker: Worker | None = None
    slow: bool = False
    began: float | None = None


class Parser:
    """Reads documents for any number of threads; processes are started when they are needed. Use as a context manager, or close
    it; what is under way then ends, and what waits with it."""

    def __init__(self, limits: DocumentLimits | None = None) -> None:
        self._limits = limits or DocumentLimits()
        self._state = threading.Condition()
        self._waiting: OrderedDict[str, deque[_Task]] = OrderedDict()
        self._running: list[_Task] = []
        self._idle: dict[bool, list[Worker]] = {False: [], True: []}
        self._slow_hosts: set[str] = set()
        self._given_up: dict[bytes, tuple[str, Trouble]] = {}
        self._threads = ThreadPoolExecutor(QUICK + SLOW, "parsing")
        self._keeper: threading.Thread | None = None
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def read(self, asked: Asked, body: bytes) -> Read:
        """What a document says. Raises Unreadable, and Stopped once this is closed."""
        return self.submit(asked, body).result()

    def submit(self, asked: Asked, body: bytes) -> "Future[Read]":
        """What a document says, once it is read; the future raises what read does."""
        task = _Task(asked, body, urlsplit(asked.url).hostname or "")
        with self._state:
            if self._closed:
                task.answer.set_exception(Stopped())
                return task.answer
            self._waiting.setdefault(task.host, deque()).append(task)
            self._begin()
        return task.answer

    def close(self) -> None:
        """End everything. Whoever waits for a document gets Stopped."""
        with self._state:
            self._closed = True
            unread = [task for tasks in self._waiting.values() for task in tasks]
            self._waiting.clear()
            workers = [task.worker for task in self._running if task.worker is not None]
            workers += [*self._idle[False], *self._idle[True]]
            self._idle = {False: [], True: []}
            self._state.notify_all()
        for worker in workers:
            worker.close()
        for task in unread:
            task.answer.set_exception(Stopped())
        self._threads.shutdown(wait=False)

    def _begin(self) -> None:
        """Begin with every document that may have a place. The lock is held."""
        busy = {task.host for task in self._running}
        for host in [host for host in self._waiting if host not in busy]:
            slow = host in self._slow_hosts
            if not self._has_place(slow):
                continue
            task = self._waiting[host].popleft()
            if not self._waiting[host]:
                del self._waiting[host]
            task.slow = slow
            task.worker = self._idle[slow].pop() if self._idle[slow] else self._new(slow=slow)
            self._running.append(task)
            self._threads.submit(self._work, task)

    def _has_place(self, slow: bool) -> bool:
        """Whether a document may begin now, among slow ones or among others."""
        row = [task for task in self._running if task.slow is slow]
        if len(row) >= (SLOW if slow else QUICK):
            return False
        return bool(self._idle[slow]) or not self._is_soon_free(row)

    def _is_soon_free(self, row: list[_Task]) -> bool:
        """Whether a process is likely free before another one would have come up: a document takes some milliseconds."""
        recent = time.monotonic() - _GLANCE
        return any(task.began is None or task.began > recent for task in row)

    def _new(self, *, slow: bool) -> Worker:
        return Worker(_ENTRY, b"", Confinement(memory=self._limits.memory, nice=_NICE if slow else 0, answer=MAX_SAID))

    def _work(self, task: _Task) -> None:
        outcome: Read | Exception
        try:
            outcome = self._answer(task)
        except Exception as error:
            outcome = error
        self._end(task)
        if isinstance(outcome, Exception):
            task.answer.set_exception(outcome)
        else:
            task.answer.set_result(outcome)

    def _end(self, task: _Task) -> None:
        """Give the task's place to the next one."""
        assert task.worker is not None
        with self._state:
            self._running.remove(task)
            if self._closed:
                task.worker.close()
                return
            if task.slow and task.worker.pid is None:
                # It was lost, and what it would start in its place does not stand back from the beginning.
                task.worker.close()
            else:
                self._idle[task.slow].append(task.worker)
            self._set_back()
            self._begin()

    def _answer(self, task: _Task) -> Read:
        digest = hashlib.sha256(f"{task.asked.kind}\n".encode() + task.body).digest()
        if digest in self._given_up:
            raise Unreadable(*self._given_up[digest])
        try:
            return read_from_bytes(self._asked(task))
        except Lost as lost:
            if self._closed:
                raise Stopped from None
            words, trouble = _in_words(lost, self._limits)
            if lost.cause is Cause.START:
                raise Unreadable(words, trouble) from None
        except (Broke, NotOurs) as fault:
            # The boundary between documents: a fault of ours on one stranger's page must not silence the others.
            _log.error("reading a document of %s broke down: %s", task.host, fault or "its answer is none of ours")
            words, trouble = "could not be read because of a fault in this program", Trouble.OTHER
        # The same bytes are not tried again while this one lasts.
        self._given_up[digest] = (words, trouble)
        raise Unreadable(words, trouble)

    def _asked(self, task: _Task) -> bytes:
        assert task.worker is not None
        job = asked_to_bytes(task.asked, task.body)
        task.worker.start()
        with self._state:
            task.began = began = time.monotonic()
            self._watch()
        try:
            return task.worker.ask(job, self._limits.seconds)
        except Lost as lost:
            left = began + self._limits.seconds - time.monotonic()
            # What earlier documents left behind is not this one's.
            if lost.cause is not Cause.MEMORY or task.worker.jobs <= 1 or left <= 0:
                raise
        return task.worker.ask(job, left)

    def _watch(self) -> None:
        """Have somebody look after those that take long. The lock is held."""
        if self._keeper is None:
            self._keeper = threading.Thread(target=self._keep, daemon=True)
            self._keeper.start()
        self._state.notify_all()

    def _keep(self) -> None:
        with self._state:
            while not self._closed:
                self._state.wait(_GLANCE if self._running else None)
                self._set_back()
                self._begin()

    def _set_back(self) -> None:
        """Let documents that take long stand back. The lock is held."""
        for task in self._overdue():
            self._slow_hosts.add(task.host)
            if sum(each.slow for each in self._running) < SLOW:
                assert task.worker is not None
                task.slow = True
                task.worker.yield_to_others()

    def _overdue(self) -> Iterator[_Task]:
        before = time.monotonic() - _PATIENCE
        for task in self._running:
            if not task.slow and task.began is not None and task.began < before:
                yield task


@cache
def usual_parser() -> Parser:
    """The one of this process, with the usual limits, for whoever was given none. It ends with the process."""
    return Parser()


def _in_words(lost: Lost, limits: DocumentLimits) -> tuple[str, Trouble]:
    if lost.cause is Cause.START:
        return f"could not be read, because no process to read it in came up: {lost.words}", Trouble.TOOL
    bound = {Cause.TIME: f" within {limits.seconds:g} s", Cause.MEMORY: f" with {limits.memory >> 20:,} MiB of memory"}
    if lost.cause in bound:
        return f"could not be read{bound[lost.cause]}", Trouble.COSTLY
    return f"could not be read: {lost.words} over it", Trouble.DOCUMENT
