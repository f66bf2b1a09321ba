"""One look at one source, while it lasts: what was read, what belongs to it, what could not be read."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from crawler.sources.base import Follow, Parsed
from crawler.types import SourceKind, SourceReport, SourceSpec, Trouble

MAX_ERRORS = 50
MAX_SITEMAP_DEPTH = 4
MAX_LISTINGS = 5
INTERFACES = (SourceKind.PEERTUBE, SourceKind.MASTODON, SourceKind.REDDIT, SourceKind.YOUTUBE)
"""Sources that are read through an interface for programs, one listing after the other."""


def site_of(url: str) -> str:
    """The host of a canonical URL, without the www. that sites use and leave out at will."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


@dataclass
class Look:
    """asked: documents asked for; waiting: those under way; pages: those read; left_out: those beyond the budget;
    unchanged: pages that the site did not have to send again.

    hosts: where the source's own pages are. notes: what may hold a video and is by its nature not looked into.
    """

    spec: SourceSpec
    started_at: datetime
    pages: int = 0
    asked: int = 0
    waiting: int = 0
    left_out: int = 0
    videos: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)
    errors: dict[str, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    unchanged: int = 0
    troubles: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hosts.add(site_of(self.spec.url))

    def error(self, words: str, trouble: Trouble = Trouble.OTHER) -> None:
        """Note what was not read, once; the troubles are all counted."""
        if words not in self.errors:
            self.troubles[trouble.value] = self.troubles.get(trouble.value, 0) + 1
        if len(self.errors) < MAX_ERRORS:
            self.errors.setdefault(words)

    def note(self, words: str) -> None:
        """Say what is not looked into. The look is complete nevertheless."""
        if len(self.notes) < MAX_ERRORS:
            self.notes.setdefault(words)

    def belonging(self, kind: SourceKind, level: int, parsed: Parsed, max_depth: int) -> list[Follow]:
        """The documents to read next, of those that a document of that kind, level steps from the source, leads to.

        A feed's items may be anywhere. A sitemap speaks for its own site. A page's links are followed only where the source
        is a page, within its site, max_depth steps far; players that it embeds are a part of it.
        """
        if kind is SourceKind.FEED:
            return list(parsed.follow)
        inside = [link for link in parsed.follow if site_of(link.url) in self.hosts]
        if kind in INTERFACES:
            # A listing shows what is new first: what lies further back was read when it was new.
            return inside if level < MAX_LISTINGS else [link for link in inside if "/api/v1/videos/" in link.url]
        if kind is SourceKind.PAGE:
            goes_on = self.spec.kind is SourceKind.PAGE and level < max_depth
            return [link for link in parsed.follow if link.shown_on is not None or (goes_on and site_of(link.url) in self.hosts)]
        if len(inside) < len(parsed.follow):
            self.error(
                f"{len(parsed.follow) - len(inside)} pages on other hosts, which the sitemap lists, were not read.", Trouble.LIMIT
            )
        if level < MAX_SITEMAP_DEPTH:
            return inside
        deeper = sum(link.kind is SourceKind.SITEMAP for link in inside)
        if deeper:
            self.error(f"Sitemaps are nested more than {MAX_SITEMAP_DEPTH} deep; {deeper} were not read.", Trouble.LIMIT)
        return [link for link in inside if link.kind is not SourceKind.SITEMAP]

    def report(self) -> SourceReport:
        """How the look went, now that it is over."""
        if self.left_out:
            self.error(
                f"Stopped after {self.asked} pages, the limit for one source; {self.left_out} more were not read.", Trouble.LIMIT
            )
        if self.waiting:
            words = f"The time for the crawl was over; {self.waiting} pages that were asked for were not read."
            self.error(words, Trouble.LIMIT)
        errors = tuple(self.errors)
        return SourceReport(
            self.spec.id,
            self.started_at,
            datetime.now(UTC),
            self.pages,
            len(self.videos),
            complete=not errors,
            errors=(*errors, *self.notes),
            unchanged=self.unchanged,
            troubles=self.troubles,
        )
