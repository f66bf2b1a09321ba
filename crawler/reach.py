"""How far back a feed or a listing goes, gathered from the documents that are read of it."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from crawler.sources.base import Listed
from crawler.types import Known, Reach

NEWEST = 3
"""How many entries are remembered for the next look: the newest alone may have been removed."""


def key_of(name: str) -> str:
    """16 hex digits by which an entry is known again, without keeping what it was."""
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]


@dataclass
class Reaching:
    """dates: of every entry seen, by its key. more, last: what the document that was read last says of older ones."""

    started_at: datetime
    known: Known | None
    dates: dict[str, datetime | None] = field(default_factory=dict)
    parts: int = 0
    total: int | None = None
    more: bool = False
    last: bool = False
    moved: bool = False

    def take(self, listed: Listed) -> bool:
        """Take in one document; whether older ones are wanted: it had entries that were new to this look, and what the look
        before knew has not been met yet."""
        found = {key_of(name): date for name, date in listed.entries}
        fresh = found.keys() - self.dates.keys()
        # An entry that stands in two documents slid from one to the other while they were read.
        self.moved = self.moved or (bool(self.dates) and 0 < len(fresh) < len(found))
        self.dates = found | self.dates
        self.parts += 1
        self.total = listed.total if listed.total is not None else self.total
        self.more, self.last = listed.older is not None and not listed.older.guessed, listed.last
        return bool(fresh) and not self.joined

    def ended(self) -> None:
        """The document that was to come next is not there: what was read is all."""
        self.more, self.last = False, True

    @property
    def joined(self) -> bool:
        """Whether this look saw an entry that the one before saw, so that none slipped by between them."""
        return self.known is not None and any(key in self.dates for key in self.known.keys)

    def reach(self) -> Reach | None:
        """None where nothing could be read of it."""
        if not self.parts:
            return None
        dated = {key: date for key, date in self.dates.items() if date is not None}
        past = {key: date for key, date in dated.items() if date <= self.started_at}
        oldest, known = min(past.values(), default=None), self._before
        return Reach(
            items=len(self.dates),
            parts=self.parts,
            newest=max(past.values(), default=None),
            oldest=oldest,
            undated=len(self.dates) - len(dated),
            ahead=len(dated) - len(past),
            total=self.total,
            more=self._said_more,
            keys=self._newest(past),
            before=known.at if known is not None else None,
            joined=self.joined if known is not None else None,
            since=self._since(oldest),
            whole=self._listed_all or self._goes_on_from_whole(known),
            moved=self.moved,
        )

    @property
    def _before(self) -> Known | None:
        """The look before, where it saw anything."""
        return self.known if self.known is not None and self.known.keys else None

    @property
    def _listed_all(self) -> bool:
        return self.last or (self.total is not None and len(self.dates) >= self.total)

    @property
    def _said_more(self) -> bool | None:
        """Whether there is more than was listed; None where nothing says so."""
        return False if self._listed_all else self.more or None

    def _goes_on_from_whole(self, known: Known | None) -> bool:
        return known is not None and self.joined and known.whole

    def _since(self, oldest: datetime | None) -> datetime | None:
        """How far back this look reaches together with those that it goes on from."""
        known = self._before
        earlier = known.since if known is not None and self.joined else None
        return min((at for at in (earlier, oldest) if at is not None), default=None)

    def _newest(self, past: dict[str, datetime]) -> tuple[str, ...]:
        """By date; where there are no dates, as they stand. A date in the future would stay the newest for ever."""
        dated = sorted(past, key=past.__getitem__, reverse=True)
        undated = [key for key, date in self.dates.items() if date is None]
        return tuple([*dated, *undated][:NEWEST])
