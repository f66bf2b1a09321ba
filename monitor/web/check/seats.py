"""How many questions are answered at once: to look at a picture is slow, and nothing else that is asked for waits for it.

The only importer of anyio.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from anyio import CapacityLimiter, fail_after, to_thread

T = TypeVar("T")

AT_ONCE, MOST = 2, 8
"""Questions that are looked at, and with those that wait: what recognises serves one at a time, and decodes another meanwhile."""

SENT_WITHIN = 60.0
"""Seconds that a question has to arrive: it takes a seat all the while."""

AGAIN_AFTER = 10
"""Seconds after which somebody who found no seat may ask again."""


class NoSeat(Exception):
    """As many ask as are let in."""


class Seats:
    """Those of one server; asked in its event loop alone."""

    def __init__(self) -> None:
        self._threads, self._taken = CapacityLimiter(AT_ONCE), 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """A seat for one question, from before it is read until it is answered. Raises NoSeat."""
        if self._taken >= MOST:
            raise NoSeat
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    async def looked(self, look: Callable[[], T]) -> T:
        """What look gives, in a thread that serves questions and nothing else."""
        return await to_thread.run_sync(look, limiter=self._threads)


async def arrived(reading: Awaitable[T]) -> T:
    """What is read. Raises TimeoutError for what takes longer than SENT_WITHIN."""
    with fail_after(SENT_WITHIN):
        return await reading
