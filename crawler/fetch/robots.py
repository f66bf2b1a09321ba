"""robots.txt (RFC 9309), read once per origin."""

import threading
from collections.abc import Callable

from protego import Protego

from crawler.errors import FetchFailed, Refused
from crawler.guard import Target
from crawler.types import Trouble
from crawler.user_agent import ROBOTS_NAME

MAX_BYTES = 500 * 1024
TOO_INTRICATE = "is too intricate to be followed"
_MOST_STEPS = 200_000
_MOST_STARS = 20_000
# What is said of the site as a whole does not end the rules for a name.
_OF_THE_SITE = ("sitemap", "site-map", "host")

ReadRobots = Callable[[str], tuple[int, bytes]]
"""Gets the status and the body of a robots.txt, following redirects; raises FetchFailed or Refused."""


def unreadable(status: int) -> str | None:
    """Why an answer leaves the rules unknown, in words; None for one that says what may be read (RFC 9309, 2.3.1). Every
    client of this program asks this, so that none reads what another would not."""
    return f"answered {status}" if status >= 500 or status == 429 else None


def is_too_intricate(text: str) -> bool:
    """Whether to follow a robots.txt would take longer than a moment: its parser notes each rule for each name that it stands
    under, and each address is held against each pattern with a star."""
    steps = names = 0
    ruled = False
    for line in text.lower().splitlines():
        said = line.partition("#")[0].strip()
        if said.startswith("user"):
            names = 1 if ruled else names + 1
            ruled = False
        elif ":" in said and not said.startswith(_OF_THE_SITE):
            ruled = True
        steps += names if said else 0
        if steps > _MOST_STEPS:
            return True
    return text.count("*") > _MOST_STARS


class RobotsRules:
    """Remembers each origin's rules for one run; threads may share it, and one of them reads.

    A 4xx answer means that everything is allowed. Where robots.txt cannot be read, nothing is fetched: that a site wished not
    to be read cannot be ruled out.
    """

    def __init__(self, read: ReadRobots, slow: Callable[[Target, float], None] = lambda *_: None) -> None:
        """slow: told of how many seconds a site wants between two of our requests."""
        self._read = read
        self._slow = slow
        self._known: dict[str, Protego | FetchFailed | Refused] = {}
        self._reading: dict[str, threading.Lock] = {}

    def check(self, target: Target) -> None:
        """Raises Refused where robots.txt forbids the target, FetchFailed where robots.txt cannot be read."""
        origin = f"{target.scheme}://{target.authority}"
        # The dictionary's own step is one: two threads get the same lock.
        with self._reading.setdefault(origin, threading.Lock()):
            if origin not in self._known:
                self._known[origin] = self._rules(origin)
                self._mind_delay(target, self._known[origin])
        rules = self._known[origin]
        if isinstance(rules, FetchFailed | Refused):
            raise type(rules)(rules.what, rules.remedy, retryable=rules.retryable, trouble=rules.trouble)
        if not rules.can_fetch(target.url, ROBOTS_NAME):
            raise Refused(
                f"{origin}/robots.txt forbids {target.path}.",
                "Ask the site's owner for leave, or capture it by hand.",
                trouble=Trouble.ROBOTS,
            )

    def _mind_delay(self, target: Target, rules: Protego | FetchFailed | Refused) -> None:
        wanted = rules.crawl_delay(ROBOTS_NAME) if isinstance(rules, Protego) else None
        if wanted is not None and wanted > 0:
            self._slow(target, float(wanted))

    def _rules(self, origin: str) -> Protego | FetchFailed | Refused:
        try:
            status, body = self._read(f"{origin}/robots.txt")
        except (FetchFailed, Refused) as error:
            return type(error)(
                f"{origin}/robots.txt cannot be read. {error.what}",
                error.remedy,
                retryable=error.retryable,
                trouble=error.trouble,
            )
        if (words := unreadable(status)) is not None:
            return FetchFailed(f"{origin}/robots.txt {words}.", "It is tried again.", retryable=True, trouble=Trouble.ROBOTS)
        text = body.decode("utf-8", "replace") if status == 200 else ""
        if is_too_intricate(text):
            words = f"{origin}/robots.txt {TOO_INTRICATE}."
            return FetchFailed(words, "Ask the site's owner for leave, or capture it by hand.", trouble=Trouble.ROBOTS)
        return Protego.parse(text)
