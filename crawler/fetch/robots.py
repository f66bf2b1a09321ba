"""robots.txt (RFC 9309), read once per origin."""

from collections.abc import Callable

from protego import Protego

from crawler.errors import FetchFailed, Refused
from crawler.guard import Target
from crawler.manners import ROBOTS_NAME
from crawler.types import Trouble

MAX_BYTES = 500 * 1024

ReadRobots = Callable[[str], tuple[int, bytes]]
"""Gets the status and the body of a robots.txt, following redirects; raises FetchFailed or Refused."""


def unreadable(status: int) -> str | None:
    """Why an answer leaves the rules unknown, in words; None for one that says what may be read (RFC 9309, 2.3.1). Every
    client of this program asks this, so that none reads what another would not."""
    return f"answered {status}" if status >= 500 or status == 429 else None


class RobotsRules:
    """Remembers each origin's rules for one run.

    A 4xx answer means that everything is allowed. Where robots.txt cannot be read, nothing is fetched: that a site wished not
    to be read cannot be ruled out.
    """

    def __init__(self, read: ReadRobots) -> None:
        self._read = read
        self._known: dict[str, Protego | FetchFailed | Refused] = {}

    def check(self, target: Target) -> None:
        """Raises Refused where robots.txt forbids the target, FetchFailed where robots.txt cannot be read."""
        origin = f"{target.scheme}://{target.authority}"
        if origin not in self._known:
            self._known[origin] = self._rules(origin)
        rules = self._known[origin]
        if isinstance(rules, FetchFailed | Refused):
            raise type(rules)(rules.what, rules.remedy, retryable=rules.retryable, trouble=rules.trouble)
        if not rules.can_fetch(target.url, ROBOTS_NAME):
            raise Refused(
                f"{origin}/robots.txt forbids {target.path}.",
                "Ask the site's owner for leave, or capture it by hand.",
                trouble=Trouble.ROBOTS,
            )

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
        return Protego.parse(body.decode("utf-8", "replace") if status == 200 else "")
