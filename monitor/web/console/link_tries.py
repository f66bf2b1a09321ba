"""How often links that are none may be asked for. A link is 32 random bytes, which nobody guesses: this spares the machine.

Whoever has a link that works is never kept out by it.
"""

from datetime import datetime, timedelta
from http import HTTPStatus
from threading import Lock

MOST, WITHIN = 60, timedelta(minutes=1)
"""So many wrong links in so long are each told that they do not work; further ones that there were too many."""


class LinkTries:
    """Those of one server, in memory."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._since: datetime | None = None
        self._wrong = 0

    def count(self, at: datetime) -> None:
        """One more was asked for."""
        with self._lock:
            if self._since is None or not timedelta(0) <= at - self._since < WITHIN:
                self._since, self._wrong = at, 0
            self._wrong += 1

    def status(self, at: datetime) -> HTTPStatus:
        """With which status another one is answered."""
        with self._lock:
            lately = self._since is not None and timedelta(0) <= at - self._since < WITHIN
            return HTTPStatus.TOO_MANY_REQUESTS if lately and self._wrong > MOST else HTTPStatus.NOT_FOUND
