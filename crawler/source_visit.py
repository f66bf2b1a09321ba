"""One visit to one source, while it lasts: what was read, what belongs to it, what could not be read."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from crawler.guard import printable
from crawler.reach import Reaching
from crawler.sources.base import Follow, Listed, Parsed
from crawler.sources.base import site_of as site_of
from crawler.types import INTERFACES, Missing, SourceKind, SourceReport, SourceSpec, Trouble
from registry.counting import counted

MAX_ERRORS = 50
MAX_NOTES = 10
MAX_MISSING = 20
"""How many documents that were not read are named, of each kind of trouble; all are counted."""
MAX_BEYOND = 5_000
MAX_SITEMAP_DEPTH = 4
MAX_LISTINGS = 5
REACHING = (SourceKind.FEED, *INTERFACES)
"""Sources that show what is new first, and go back so far."""


@dataclass
class SourceVisit:
    """asked: documents asked for; waiting: those under way; pages: those read; left_out: those beyond the budget; aside: those
    that turned out to be nothing that should have been read; unchanged: pages that the site did not have to send again.

    hosts: where the source's own pages are. missed: documents not read, by Trouble, those left out and waiting not yet among
    them. At its end, pages and missed together are all that should have been read. unread: what may hold a video and is by its
    nature not looked into, in words, with the first such document.
    """

    spec: SourceSpec
    started_at: datetime
    pages: int = 0
    asked: int = 0
    waiting: int = 0
    left_out: int = 0
    aside: int = 0
    videos: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)
    beyond: set[str] = field(default_factory=set)
    errors: dict[str, None] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    unchanged: int = 0
    listed: int = 0
    silent: int = 0
    troubles: dict[str, int] = field(default_factory=dict)
    missed: Counter[str] = field(default_factory=Counter)
    missing: list[Missing] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hosts.add(site_of(self.spec.url))
        self.reaching = Reaching(self.started_at, self.spec.known)

    def error(self, words: str, trouble: Trouble = Trouble.OTHER) -> None:
        """Note what was not read, once; the troubles are all counted."""
        if words not in self.errors:
            self.troubles[trouble.value] = self.troubles.get(trouble.value, 0) + 1
        if len(self.errors) < MAX_ERRORS:
            self.errors.setdefault(words)

    def miss(self, url: str, words: str, trouble: Trouble) -> None:
        """Note a document that should have been read and was not. words: the end of a sentence that begins with its address."""
        self.error(f"{printable(url)} {words}.", trouble)
        self._count(url, words, trouble)

    def _count(self, url: str, words: str, trouble: Trouble) -> None:
        self.missed[trouble.value] += 1
        if self.missed[trouble.value] <= MAX_MISSING:
            self.missing.append(Missing(printable(url), trouble.value, words))

    def refuse(self, url: str, sentence: str, trouble: Trouble) -> None:
        """Note a document that the guard does not let us ask for; each address once."""
        if sentence not in self.errors:
            self._count(url, f"is not asked for: {sentence.rstrip('.')}", trouble)
        self.error(sentence, trouble)

    def leave_out(self, url: str, limit: int) -> None:
        """Note a document that is not asked for, because as many as the limit were."""
        self.left_out += 1
        self._count(url, f"comes after the first {limit} pages, the limit for one look at a source", Trouble.LIMIT)

    def note(self, words: str, url: str) -> None:
        """Note what is no trouble and has to be said of a document; it is said once, with the number of such documents.
        words: what goes on from that number, such as ``sent on to a front page``."""
        if words in self.notes or len(self.notes) < MAX_NOTES:
            self.notes[words] += 1
            self.examples.setdefault(words, printable(url))

    def ended(self) -> None:
        """A document that was only guessed is not there."""
        self.aside += 1
        self.reaching.ended()

    def took(self, url: str, parsed: Parsed, kind: SourceKind) -> None:
        """Count a document that was read."""
        self.pages += 1
        for words in parsed.notes:
            if len(self.unread) < MAX_NOTES:
                self.unread.setdefault(words, printable(url))
        if parsed.listed is not None:
            self.listed += len(parsed.listed.entries)
            if kind in INTERFACES and kind is not SourceKind.PEERTUBE:
                self.silent += max(0, len(parsed.listed.entries) - len(parsed.discoveries))
        elif kind is SourceKind.PAGE and not parsed.discoveries:
            self.silent += 1

    def belonging(self, kind: SourceKind, level: int, parsed: Parsed, max_depth: int) -> list[Follow]:
        """The documents to read next, of those that a document of that kind, level steps from the source, leads to.

        A feed's items may be anywhere. A sitemap speaks for its own site. A page's links are followed only where the source
        is a page, within its site, max_depth steps far; players that it embeds are a part of it.
        """
        follow, older = _apart(parsed)
        if kind in REACHING and parsed.listed is not None:
            older = older if self._wants_older(kind, level, parsed.listed) else []
            near = follow if kind is SourceKind.FEED else self._inside(follow)
            return [*near, *older]
        inside = self._inside(follow)
        match kind:
            case SourceKind.PAGE:
                players = [link for link in follow if link.shown_on is not None]
                return players + self._of_page(inside, within=level < max_depth)
            case SourceKind.SITEMAP:
                return self._of_sitemap(level, follow, inside)
        return inside

    def _of_page(self, inside: list[Follow], within: bool) -> list[Follow]:
        """The pages that a page links to. within: they are no further from the source than is read; others are counted."""
        if self.spec.kind is not SourceKind.PAGE:
            return []
        links = [link for link in inside if link.shown_on is None]
        if within:
            return links
        self.beyond |= {link.url for link in links[: max(0, MAX_BEYOND - len(self.beyond))]}
        return []

    def _inside(self, follow: list[Follow]) -> list[Follow]:
        return [link for link in follow if site_of(link.url) in self.hosts]

    def _wants_older(self, kind: SourceKind, level: int, listed: Listed) -> bool:
        """An archive is followed on its own site: to its end at the first look, later only back to what was known. An interface
        shows what is new first, and its listings are read again each time, so far as that is of use."""
        wanted = self.reaching.take(listed)
        if listed.older is None or site_of(listed.older.url) not in self.hosts:
            return False
        return wanted if kind is SourceKind.FEED else level < MAX_LISTINGS

    def _of_sitemap(self, level: int, follow: list[Follow], inside: list[Follow]) -> list[Follow]:
        outside = [link for link in follow if site_of(link.url) not in self.hosts]
        if outside:
            self.error(f"{counted(len(outside), 'page')} on other hosts, which the sitemap lists: not read.", Trouble.ELSEWHERE)
            for link in outside:
                self._count(link.url, "is on another host than the sitemap that lists it", Trouble.ELSEWHERE)
        if level < MAX_SITEMAP_DEPTH:
            return inside
        self._leave_out([link for link in inside if link.kind is SourceKind.SITEMAP])
        return [link for link in inside if link.kind is not SourceKind.SITEMAP]

    def _leave_out(self, deeper: list[Follow]) -> None:
        """Count the sitemaps that are nested too deep."""
        if deeper:
            self.error(f"Sitemaps are nested more than {MAX_SITEMAP_DEPTH} deep; {len(deeper)} were not read.", Trouble.LIMIT)
        for link in deeper:
            self._count(link.url, f"is nested more than {MAX_SITEMAP_DEPTH} sitemaps deep", Trouble.LIMIT)

    def report(self) -> SourceReport:
        """How the visit went, now that it is over."""
        if self.left_out:
            self.error(
                f"Stopped after {self.asked} pages, the limit for one source; {self.left_out} more were not read.", Trouble.LIMIT
            )
        if self.waiting:
            pages = counted(self.waiting, "page that was", "pages that were")
            words = f"The time for the crawl was over; {pages} asked for, and not read."
            self.error(words, Trouble.TIME)
            self.missed[Trouble.TIME.value] += self.waiting
        errors = tuple(self.errors)
        return SourceReport(
            self.spec.id,
            self.started_at,
            datetime.now(UTC),
            self.pages,
            len(self.videos),
            complete=not errors,
            errors=errors,
            unchanged=self.unchanged,
            troubles=self.troubles,
            due=self.pages + self.missed.total(),
            missed=dict(self.missed),
            missing=tuple(self.missing),
            listed=self.listed,
            silent=self.silent,
            beyond=len(self.beyond - self.seen),
            reach=self.reaching.reach() if self.spec.kind in REACHING else None,
            notes=(
                *(_note(words, count, self.examples[words]) for words, count in self.notes.items()),
                *(f"{words.rstrip('.')} ({url})." for words, url in self.unread.items()),
            ),
        )


def is_empty(parsed: Parsed) -> bool:
    """Whether nothing at all could be read of a document."""
    entries = parsed.listed.entries if parsed.listed is not None else ()
    return bool(parsed.errors) and not (parsed.discoveries or parsed.follow or entries)


def _apart(parsed: Parsed) -> tuple[list[Follow], list[Follow]]:
    """What a document leads to, and the one that goes on where it ends."""
    older = parsed.listed.older if parsed.listed is not None else None
    if older is None:
        return list(parsed.follow), []
    return [link for link in parsed.follow if link.url != older.url], [older]


def _note(words: str, count: int, example: str) -> str:
    return f"1 page {words} ({example})." if count == 1 else f"{count:,} pages {words} (such as {example})."
