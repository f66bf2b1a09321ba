"""How many forms with files are held at once, and how long one may take to arrive: each is in memory until it is answered."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from registry.errors import SemblanceError

FOR_ONE, IN_ALL, OF_LINKS = 2, 6, 3
"""Forms at once: of one account or one link, of all accounts, and of all links, which take none from accounts. With
uploads.LARGEST that is what they take of memory."""

SENT_WITHIN, SILENT = 600.0, 30.0
"""Seconds that a form has to arrive in all, and that may pass without anything of it."""

SLOWEST = 4 << 10
"""Bytes of a second that a form arrives with, from its beginning, after the first SILENT seconds."""


class UploadsBusy(SemblanceError):
    """As many forms with files are held as may be."""

    def __init__(self) -> None:
        super().__init__(
            "Too many files are being sent at once.",
            "Nothing of yours was taken. Wait a minute, and send it again.",
            retryable=True,
        )


class UploadTooSlow(SemblanceError):
    """A form that stopped arriving, or takes too long."""

    def __init__(self) -> None:
        super().__init__(
            "The files did not arrive in time.",
            "Nothing of them was kept. Look at your connection, and send them again, fewer at once.",
            retryable=True,
        )


class UploadSeats:
    """Those of one server for accounts, or for links; asked in its event loop alone. in_all: of everybody together."""

    def __init__(self, in_all: int) -> None:
        self._in_all = in_all
        self._taken: Counter[str] = Counter()

    @contextmanager
    def one(self, whose: str) -> Iterator[None]:
        """A seat, from before a form is read until it is answered. whose: the account's or link's. Raises UploadsBusy."""
        if self._taken[whose] >= FOR_ONE or self._taken.total() >= self._in_all:
            raise UploadsBusy
        self._taken[whose] += 1
        try:
            yield
        finally:
            self._taken[whose] -= 1
            if not self._taken[whose]:
                del self._taken[whose]


async def in_time(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The parts of a body as they come. Raises UploadTooSlow."""
    clock = asyncio.get_running_loop().time
    began, size = clock(), 0
    while True:
        left = min(began + SENT_WITHIN, began + SILENT + size / SLOWEST) - clock()
        try:
            async with asyncio.timeout(max(0.0, min(SILENT, left))):
                part = await anext(parts)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise UploadTooSlow from None
        size += len(part)
        yield part
