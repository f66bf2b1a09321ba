"""Many sites at once: tasks run side by side in threads, those that touch one site one after the other."""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Generic, TypeVar

THREADS_PER_WORKER = 4
_LEAVE_AFTER = 5.0

Task = TypeVar("Task")
Result = TypeVar("Result")
_Sites = frozenset[str]


@dataclass(frozen=True)
class Done(Generic[Task, Result]):
    """How one task ended: with a result, or with the error that it raised."""

    task: Task
    result: Result | None = None
    error: Exception | None = None


class Workers:
    """How many threads may work at a time. One that only waits stands aside, and lets another work."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._free = threading.Semaphore(count)
        self._working = threading.local()

    @contextmanager
    def working(self) -> Iterator[None]:
        """A place among those that work, until the context ends; waits for a free one."""
        with self._free:
            self._working.now = True
            try:
                yield
            finally:
                self._working.now = False

    @contextmanager
    def aside(self) -> Iterator[None]:
        """For a thread that waits: its place is another's until the context ends. Nothing for a thread that has none, or that
        stands aside already."""
        if not getattr(self._working, "now", False):
            yield
            return
        self._working.now = False
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()
            self._working.now = True


def in_lanes(
    tasks: Iterable[Task],
    sites_of: Callable[[Task], Collection[str]],
    do: Callable[[Task], Result],
    workers: Workers,
    stop: Callable[[], None] = lambda: None,
) -> Generator[Done[Task, Result], None, None]:
    """How each task ended, as it ends. No two tasks with a site in common run at the same time; of those that may, the one whose
    sites have waited longest is next. What do raises is that task's outcome.

    Closing the iterator, or an exception where it is read, begins nothing more, calls stop, and leaves the threads that do not
    end within seconds to themselves; what they were at is no outcome any more.
    """
    lanes, threads = _Lanes(tasks, sites_of), _Threads(do, workers)
    try:
        while True:
            while threads.has_room() and (begun := lanes.begin()) is not None:
                threads.start(*begun)
            if not threads.running:
                return
            sites, outcome = threads.next_ended()
            lanes.end(sites)
            if isinstance(outcome, BaseException):
                raise outcome
            yield outcome
    finally:
        if threads.running:
            stop()
            threads.leave()


class _Threads(Generic[Task, Result]):
    """One for each lane that is at work."""

    def __init__(self, do: Callable[[Task], Result], workers: Workers) -> None:
        self._do, self._workers = do, workers
        self._ended: SimpleQueue[tuple[_Sites, Done[Task, Result] | BaseException]] = SimpleQueue()
        self.running: dict[_Sites, threading.Thread] = {}

    def has_room(self) -> bool:
        return len(self.running) < THREADS_PER_WORKER * self._workers.count

    def start(self, sites: _Sites, task: Task) -> None:
        """In the caller's context: who acts, and why, stands in the log whatever thread writes."""
        act = partial(copy_context().run, self._run, sites, task)
        self.running[sites] = threading.Thread(target=act, name="lane", daemon=True)
        self.running[sites].start()

    def next_ended(self) -> tuple[_Sites, Done[Task, Result] | BaseException]:
        """Waits for one; what is no error of a task, such as an interrupt, is given as it was raised."""
        sites, outcome = self._ended.get()
        del self.running[sites]
        return sites, outcome

    def leave(self) -> None:
        """Wait some seconds for those that are at work, and no longer."""
        for thread in self.running.values():
            thread.join(_LEAVE_AFTER)

    def _run(self, sites: _Sites, task: Task) -> None:
        outcome: Done[Task, Result] | BaseException
        try:
            with self._workers.working():
                outcome = Done(task, self._do(task))
        except Exception as error:
            outcome = Done(task, error=error)
        except BaseException as error:
            outcome = error
        self._ended.put((sites, outcome))


class _Lanes(Generic[Task]):
    """What waits, by the sites that it touches, and which sites are being asked."""

    def __init__(self, tasks: Iterable[Task], sites_of: Callable[[Task], Collection[str]]) -> None:
        self._waiting: OrderedDict[_Sites, deque[Task]] = OrderedDict()
        for task in tasks:
            self._waiting.setdefault(frozenset(sites_of(task)), deque()).append(task)
        self._at_work: set[_Sites] = set()
        self._busy: set[str] = set()

    def begin(self) -> tuple[_Sites, Task] | None:
        """The next task that may run now; its lane goes to the end. None while all that wait touch a busy site."""
        free = (lane for lane in self._waiting if lane not in self._at_work and not lane & self._busy)
        sites = next(free, None)
        if sites is None:
            return None
        task = self._waiting[sites].popleft()
        self._waiting.move_to_end(sites)
        if not self._waiting[sites]:
            del self._waiting[sites]
        self._at_work.add(sites)
        self._busy |= sites
        return sites, task

    def end(self, sites: _Sites) -> None:
        self._at_work.remove(sites)
        self._busy -= sites
