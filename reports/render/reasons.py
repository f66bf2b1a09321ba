"""Why pages were not read, in words."""

from collections import Counter

from crawler.types import Trouble

REASONS = {
    Trouble.PROTECTED: "protected by a password",
    Trouble.LOGIN: "behind a login",
    Trouble.CAPTCHA: "behind a captcha",
    Trouble.FORBIDDEN: "refused by the site",
    Trouble.GONE: "gone",
    Trouble.NOT_FOUND: "answered with a page that says it was not found",
    Trouble.AWAY: "leading to the front page in its place",
    Trouble.ROBOTS: "closed to programs by the site’s robots.txt",
    Trouble.RATE_LIMIT: "put off by the site, which asks for fewer requests",
    Trouble.SERVER: "answered with an error of the site’s server",
    Trouble.UNREACHABLE: "not reachable",
    Trouble.TIMEOUT: "without an answer in time",
    Trouble.CERTIFICATE: "without a valid certificate",
    Trouble.REFUSED: "at an address that this program does not visit",
    Trouble.ELSEWHERE: "on another host than the sitemap that lists it",
    Trouble.DOCUMENT: "not readable as what it should be",
    Trouble.COSTLY: "not readable within the time and memory that one document is given",
    Trouble.LIMIT: "beyond a limit of this program",
    Trouble.TIME: "still waited for when the time for the crawl was over",
    Trouble.TOOL: "not readable because a tool failed",
    Trouble.OTHER: "not read for another reason",
}
"""Each goes on from a number of pages: ``3 gone``."""

SAYS_ALL = {Trouble.PROTECTED, Trouble.NOT_FOUND, Trouble.ELSEWHERE}
"""Kinds of reason to which the words about one page add nothing."""


def reason(trouble: str) -> str:
    """One kind of reason; of another version, as it is."""
    return REASONS[Trouble(trouble)] if trouble in REASONS else trouble


def reasons(missed: dict[str, int] | Counter[str]) -> str:
    """How many pages for each kind of reason, the most frequent one first: ``12 gone, 3 behind a login``."""
    return ", ".join(f"{count:,} {reason(trouble)}" for trouble, count in Counter(missed).most_common())
