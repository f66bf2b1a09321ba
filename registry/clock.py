"""The clock by which a chain's entries are dated: whether it was set back between two of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class SetBack:
    """entry: the number of one whose time, at, lies before that of the entry before it, before."""

    entry: int
    at: datetime
    before: datetime


class Clock:
    """Reads the times of a chain in its order. tolerance: by how much one may lie before the other without a word."""

    def __init__(self, tolerance: timedelta) -> None:
        self._tolerance = tolerance
        self._last: datetime | None = None
        self._found: list[SetBack] = []

    def read(self, entry: int, at: datetime) -> None:
        """Take the next entry of the chain, by its number, with its time."""
        if self._last is not None and at < self._last - self._tolerance:
            self._found.append(SetBack(entry, at, self._last))
        self._last = at

    @property
    def set_back(self) -> tuple[SetBack, ...]:
        """Where the clock was set back among what was read so far, in the order of the chain."""
        return tuple(self._found)
