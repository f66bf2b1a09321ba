"""robots.txt (RFC 9309), read once per origin."""

from collections.abc import Callable

from protego import Protego

from crawler.errors import FetchFailed, Refused
from crawler.guard import Target
from crawler.manners import ROBOTS_NAME

MAX_BYTES = 500 * 1024

ReadRobots = Callable[[str], tuple[int, bytes]]
"""Gets the status and the body of a robots.txt, following redirects; raises FetchFailed or Refused."""


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
            raise type(rules)(rules.what, rules.remedy, retryable=rules.retryable)
        if not rules.can_fetch(target.url, ROBOTS_NAME):
            raise Refused(f"{origin}/robots.txt forbids {target.path}.", "Ask the site's owner for leave, or capture it by hand.")

    def _rules(self, origin: str) -> Protego | FetchFailed | Refused:
        try:
            status, body = self._read(f"{origin}/robots.txt")
        except (FetchFailed, Refused) as error:
            return type(error)(f"{origin}/robots.txt cannot be read. {error.what}", error.remedy, retryable=error.retryable)
        if status >= 500:
            return FetchFailed(f"{origin}/robots.txt answered {status}.", "It is tried again.", retryable=True)
        return Protego.parse(body.decode("utf-8", "replace") if status == 200 else "")
