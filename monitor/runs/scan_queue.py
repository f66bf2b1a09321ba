"""The captures that wait to be looked at, shared among all runs that are under way: each object is one run's at a time."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlmodel import Session

from crawler.videos import Capture
from monitor.drivers import LEASE, LOOKS_AFTER, Driver
from monitor.engine.scanner import cores
from registry.claims import Claimed
from registry.db import now
from reports.looked_for import owed

SCAN = "scan"
"""The kind of these claims; their keys are objects' digests."""


@dataclass(frozen=True)
class Batch:
    """What one run looks at next. captures: by the digest of their bytes. set_aside: whether every run ended that looked at it
    before, so that it is not to be looked at."""

    claims: Mapping[str, Claimed]
    captures: Mapping[str, Sequence[Capture]]
    set_aside: bool = False


class ScanQueue:
    """Gives a run what nobody looks at, until all has been looked at or waits for another day.

    number, since: see owed. waiting: what was owed when the run began. to_go: captures that wait still, for whichever run.
    later: how many objects wait for longer than this run, since they could not be had before.
    """

    def __init__(self, driver: Driver, session: Session, waiting: Sequence[Capture], number: int, since: datetime) -> None:
        self._driver, self._session, self._number, self._since = driver, session, number, since
        self._left = [digest for digest, _ in groupby(waiting, key=_digest)]
        self.to_go, self.later = len(waiting), 0

    def batches(self, most: int) -> Iterator[Batch]:
        """So many objects at a time at most, or this run's share of them. Waits for what other runs look at: if they end, it is
        this one's."""
        while self._left:
            share = -(-len(self._left) // self._driver.runs())
            claims = self._driver.claim(SCAN, self._left, min(most, share), at_once=cores())
            if claims:
                yield from self._batch(claims)
            elif aside := self._set_aside():
                yield from self._batch(self._driver.claim(SCAN, aside, len(aside), endless=True), set_aside=True)
            else:
                self._wait()

    def lost(self, digest: str) -> None:
        """Another run took over what this one was at: it is seen to that one of the two has a result."""
        self._left.append(digest)

    def _batch(self, claims: Sequence[Claimed], *, set_aside: bool = False) -> Iterator[Batch]:
        """What is owed of it still, now that nobody else is at it."""
        mine = {claimed.key: claimed for claimed in claims}
        captures = self._owed(list(mine))
        self._driver.give_back([claimed for key, claimed in mine.items() if key not in captures])
        self._left = [key for key in self._left if key not in mine]
        if captures:
            yield Batch({key: mine[key] for key in captures}, captures, set_aside)

    def _owed(self, digests: Sequence[str]) -> dict[str, list[Capture]]:
        rows = owed(self._session, self._number, self._since, digests)
        found = {digest: list(captures) for digest, captures in groupby(rows, key=_digest)}
        self._session.commit()
        return found

    def _set_aside(self) -> list[str]:
        return [key for key, known in self._driver.known(SCAN, self._left).items() if known.set_aside]

    def _wait(self) -> None:
        """Wait a moment for what others are at; what comes to be free later than that is left to another run."""
        still = self._owed(self._left)
        known, soon = self._driver.known(SCAN, list(still)), now() + timedelta(seconds=LEASE)
        later = {key for key, each in known.items() if not each.held and each.until > soon}
        self._left = [key for key in self._left if key in still and key not in later]
        self.later += len(later)
        if self._left:
            time.sleep(LOOKS_AFTER)


def _digest(capture: Capture) -> str:
    return capture.media_sha256
