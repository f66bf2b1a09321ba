"""How fast one host is asked: one request at a time, and a pause between two, whoever of this run asks."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field

MAX_DELAY = 60.0
"""What a robots.txt asks for beyond this many seconds is cut to it: a host could hold up a whole run."""

_log = logging.getLogger(__name__)

Aside = Callable[[], AbstractContextManager[object]]
"""Entered by a thread for as long as it waits for its turn: somebody else may work meanwhile."""


class Stopped(Exception):
    """The run ends: what still waited for its turn, or read an answer, is given up and leaves no outcome."""


@dataclass
class _Host:
    delay: float
    ready_at: float
    line: deque[object] = field(default_factory=deque)
    """Who waits, first come first served; the first of them has its turn once holder is None and ready_at is over."""
    holder: object | None = None


class Pace:
    """The turns of one run, shared by all its threads and clients. A host is a name or address with its port."""

    def __init__(
        self,
        delay: float = 0.0,
        *,
        aside: Aside = nullcontext,
        just_asked: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """delay: seconds between the end of one request to a host and the start of the next. aside: see Aside. just_asked:
        whether every host may have been asked until this moment, by somebody else, so that the first request waits too."""
        self._delay = delay
        self._aside = aside
        self._clock = clock
        self._begin = clock() + delay if just_asked else clock()
        self._changed = threading.Condition()
        self._hosts: dict[str, _Host] = {}
        self._slowed: dict[str, float] = {}
        self._within: set[int] = set()
        self._stopped = False

    @contextmanager
    def turn(self, host: str) -> Iterator[float]:
        """The only request to host while the context lasts; gives how many seconds it was waited for.

        A thread has one turn at a time, so that no two wait for each other. Raises Stopped once the run ends.
        """
        began, me = self._clock(), object()
        with self._aside() if not self._take(host, me) else nullcontext():
            self._wait(host, me)
        try:
            yield self._clock() - began
        finally:
            self._give_back(host, me)

    def slow(self, host: str, seconds: float) -> None:
        """Ask this host more slowly, as its robots.txt wants; never faster than all others."""
        with self._changed:
            if seconds > MAX_DELAY:
                self._slowed[host] = seconds
            entry = self._host(host)
            extra = min(seconds, MAX_DELAY) - entry.delay
            if extra > 0:
                entry.delay += extra
                entry.ready_at += extra

    def ready_in(self, host: str) -> float:
        """In how many seconds the next request may begin, once nobody else's is open or waits."""
        with self._changed:
            return max(0.0, self._host(host).ready_at - self._clock())

    def waiting(self, host: str) -> int:
        """How many wait for their turn."""
        with self._changed:
            return len(self._host(host).line)

    @property
    def hurried(self) -> tuple[str, ...]:
        """The hosts that asked for more time than they were given, in words."""
        with self._changed:
            return tuple(
                f"{host} asks for {seconds:g} seconds between two requests; it was given {MAX_DELAY:g}."
                for host, seconds in self._slowed.items()
            )

    def stop(self) -> None:
        """Let nothing more begin: whoever waits, now or later, gets Stopped."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def go_on(self) -> None:
        """Raises Stopped once the run ends; asked between two pieces of an answer."""
        if self._stopped:
            raise Stopped

    def _host(self, host: str) -> _Host:
        return self._hosts.setdefault(host, _Host(self._delay, self._begin))

    def _take(self, host: str, me: object) -> bool:
        """Stand in line; whether the turn is there at once."""
        with self._changed:
            self.go_on()
            if threading.get_ident() in self._within:
                raise RuntimeError(f"this thread asks for {host} while another of its requests is open")
            entry = self._host(host)
            entry.line.append(me)
            return self._may(entry, me) <= 0

    def _wait(self, host: str, me: object) -> None:
        with self._changed:
            entry = self._hosts[host]
            try:
                while (left := self._may(entry, me)) > 0:
                    self._changed.wait(None if left == float("inf") else left)
                    self.go_on()
            except BaseException:
                entry.line.remove(me)
                self._changed.notify_all()
                raise
            entry.line.popleft()
            entry.holder = me
            self._within.add(threading.get_ident())

    def _may(self, entry: _Host, me: object) -> float:
        """In how many seconds that one may begin; infinity while somebody else is before it."""
        if entry.holder is not None or entry.line[0] is not me:
            return float("inf")
        return entry.ready_at - self._clock()

    def _give_back(self, host: str, me: object) -> None:
        with self._changed:
            entry = self._hosts[host]
            if entry.holder is me:
                entry.holder = None
                entry.ready_at = self._clock() + entry.delay
            with suppress(KeyError):
                self._within.remove(threading.get_ident())
            self._changed.notify_all()
