"""What was on the screen of whom: many matches are decided at once only by a browser that showed each of them."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from reports.matches import MatchStatus

MOST_BROWSERS, MOST_MATCHES = 200, 2000
"""Kept in memory alone: of the browsers that listed last, and of each the matches that it was given last."""


@dataclass(frozen=True)
class Listed:
    """A match as a browser was given it, and when."""

    status: MatchStatus
    at: datetime


class Screens:
    """By a browser's id: what it was given in a list, and which of that it said was on its screen. A server that is started anew
    knows of none, and then nothing is decided unseen."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._given: OrderedDict[str, OrderedDict[str, Listed]] = OrderedDict()
        self._seen: dict[str, set[str]] = {}

    def give(self, browser: str, matches: Mapping[str, Listed]) -> None:
        """Note what a list shows; what was on the screen before and is another match by now has to be seen anew."""
        with self._lock:
            held = self._given.setdefault(browser, OrderedDict())
            self._given.move_to_end(browser)
            seen = self._seen.setdefault(browser, set())
            for key, listed in matches.items():
                if key in held and held[key].status is not listed.status:
                    seen.discard(key)
                held[key] = listed
                held.move_to_end(key)
            while len(held) > MOST_MATCHES:
                seen.discard(held.popitem(last=False)[0])
            while len(self._given) > MOST_BROWSERS:
                self._seen.pop(self._given.popitem(last=False)[0], None)

    def show(self, browser: str, matches: Iterable[str]) -> list[str]:
        """Note what was on the screen, of what the browser was given; which that is."""
        with self._lock:
            known = [key for key in matches if key in self._given.get(browser, ())]
            self._seen.setdefault(browser, set()).update(known) if known else None
            return known

    def seen(self, browser: str, match_id: str) -> Listed | None:
        """The match as it was given; None where it was not on the screen."""
        with self._lock:
            return self._given[browser][match_id] if match_id in self._seen.get(browser, ()) else None
