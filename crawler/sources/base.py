"""The seam for a kind of source, and what its implementations share: texts, dates and addresses from strangers."""

import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from crawler.errors import Refused
from crawler.guard import printable
from crawler.sources.dates import in_the_future, is_ahead
from crawler.sources.dates import when as when
from crawler.types import Discovery, SourceKind
from crawler.urls import canonical_url

MAX_TITLE = 1_000
MAX_DESCRIPTION = 5_000
MAX_NAME = 300
MAX_FOUND = 2_000
MAX_FOLLOW = 5_000
MAX_ERRORS = 20
VIDEO_ENDINGS = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".flv", ".mpg", ".mpeg", ".ogv", ".wmv", ".3gp")
_PLAYLISTS = ("application/x-mpegurl", "application/vnd.apple.mpegurl", "application/dash+xml")


@dataclass(frozen=True)
class Page:
    """A fetched document. url: the final one, after redirects. content_type: as declared, with parameters. at: when it was
    fetched, if that is known. shown_on: for a player's page, what is said of the video where the player is embedded."""

    url: str
    content_type: str
    body: bytes
    at: datetime | None = None
    shown_on: Discovery | None = None


@dataclass(frozen=True)
class Follow:
    """A document to read next, as a source of that kind. changed_at: when it last changed, if whoever lists it says so.
    guessed: nobody links to it; that it is not there is no error. shown_on: for the page of a player, what is said of its video
    on the page that embeds it."""

    url: str
    kind: SourceKind
    changed_at: datetime | None = None
    guessed: bool = False
    shown_on: Discovery | None = None


@dataclass(frozen=True)
class Listed:
    """What a feed or listing lists. entries: what names each, and its date. older: the document that goes on where this one
    ends; total: how many entries there are in all; None each where it does not say. last: it says that it ends here."""

    entries: tuple[tuple[str, datetime | None], ...] = ()
    older: Follow | None = None
    total: int | None = None
    last: bool = False


@dataclass(frozen=True)
class Parsed:
    """What one document yields. errors: what could not be read, in words; the rest stands nevertheless. listed: what it lists,
    if it is a feed, a sitemap or a listing. notes: what may hold a video and is not looked into, in words; the document was read
    completely nevertheless."""

    discoveries: tuple[Discovery, ...] = ()
    follow: tuple[Follow, ...] = ()
    errors: tuple[str, ...] = ()
    listed: Listed | None = None
    notes: tuple[str, ...] = ()


class Source(Protocol):
    """Reads documents of one kind for one watched place."""

    def parse(self, page: Page) -> Parsed:
        """What the page shows. Pure: neither fetches nor keeps anything, and raises nothing, whatever the bytes are."""


class Collected:
    """Gathers what one document yields: canonical addresses, one entry per video and page, bounded in number. seen: when the
    document was fetched. most_videos, most_links: how many are taken. url: the
    document's own address."""

    def __init__(
        self, page_url: str, seen: datetime | None = None, *, most_videos: int = MAX_FOUND, most_links: int = MAX_FOLLOW
    ) -> None:
        self.url = page_url
        self._base = page_url
        self._seen = seen
        self._most_videos, self._most_links = most_videos, most_links
        self._videos: dict[tuple[str, str | None], Discovery] = {}
        self._follow: dict[tuple[str, str | None], Follow] = {}
        self._full = False
        self._errors: dict[str, None] = {}
        self._notes: dict[str, None] = {}
        self.listed: Listed | None = None

    def rebase(self, href: str) -> None:
        """Resolve relative addresses against href from now on, as HTML's <base> asks."""
        self._base = self.absolute(href) or self._base

    def absolute(self, href: str, bases: Sequence[str] = ()) -> str | None:
        """href as a canonical URL; None, and an error, when it is none. Blank hrefs are ignored. bases: addresses that href is
        relative to, the outermost first, each relative to the one before."""
        try:
            return self._resolved(href, bases)
        except Refused as refused:
            self.error(refused.what)
        except ValueError:
            self.error(f"{printable(href.strip())} is not a valid URL.")
        return None

    def resolved(self, href: str) -> str | None:
        """href as a canonical URL; None when it is none, which is no error: it was never said to be a document."""
        try:
            return self._resolved(href)
        except (Refused, ValueError):
            return None

    def _resolved(self, href: str, bases: Sequence[str] = ()) -> str | None:
        href = href.strip().replace("\t", "").replace("\r", "").replace("\n", "")
        return canonical_url(urljoin(_base(self._base, bases), href).replace(" ", "%20")) if href else None

    def video(self, discovery: Discovery) -> None:
        """Take in a video. A second mention of the same media on the same page only fills what the first left empty."""
        url = self.absolute(discovery.media_url)
        if url is None:
            return
        key = (url, discovery.page_url)
        known = self._videos.get(key)
        discovery = replace(_dated(discovery, self._seen), media_url=url)
        if known is None and len(self._videos) == self._most_videos:
            self.error(f"{printable(self._base)} lists more than {self._most_videos} videos; the rest was left out.")
        else:
            self._videos[key] = discovery if known is None else _filled(known, discovery)

    def follow(
        self, href: str, kind: SourceKind, changed_at: datetime | None = None, shown_on: Discovery | None = None
    ) -> Follow | None:
        """Note a document to read next; None when there are too many, or the address is none."""
        # Of hundreds of thousands of links the rest is not even looked at.
        if self._full or (url := self.absolute(href)) is None:
            return None
        # One player may be embedded by several articles, and shows its video on the page of each.
        key = (url, None if shown_on is None else shown_on.page_url)
        if key not in self._follow and len(self._follow) == self._most_links:
            self.error(f"{printable(self._base)} links to more than {self._most_links} documents; the rest was left out.")
            self._full = True
            return None
        return self._follow.setdefault(key, Follow(url, kind, changed_at, shown_on=shown_on))

    def error(self, words: str) -> None:
        """Note what could not be read; beyond a number only that there is more."""
        _said(self._errors, words, "There are further errors in this document, which are not listed.")

    def note(self, words: str) -> None:
        """Say what may hold a video and is not looked into."""
        _said(self._notes, words, "Further things that may hold a video are not listed.")

    def parsed(self) -> Parsed:
        """All that was collected."""
        found = (tuple(self._videos.values()), tuple(self._follow.values()), tuple(self._errors))
        return Parsed(*found, self.listed, tuple(self._notes))


def _said(known: dict[str, None], words: str, further: str) -> None:
    known.setdefault(words if len(known) < MAX_ERRORS or words in known else further)


def _base(base: str, bases: Sequence[str]) -> str:
    for further in bases:
        # An odd base is no reason to lose addresses that need none.
        with suppress(ValueError):
            base = urljoin(base, further)
    return base


def _dated(discovery: Discovery, seen: datetime | None) -> Discovery:
    moment = discovery.published_at
    if moment is None or not is_ahead(moment, seen):
        return discovery
    return replace(discovery, published_at=None, date_note=in_the_future(moment.isoformat().replace("+00:00", "Z")))


def _filled(known: Discovery, more: Discovery) -> Discovery:
    later = known.published_at is None and more.published_at is not None
    return replace(
        known,
        title=known.title or more.title,
        description=known.description or more.description,
        uploader=known.uploader or more.uploader,
        published_at=known.published_at or more.published_at,
        date_note=more.date_note if later else known.date_note,
        platform_label=known.platform_label or more.platform_label,
    )


def plain(text: object, limit: int) -> str:
    """text as it was sent, markup included, without control characters and unpaired surrogates, at most limit characters.

    Line breaks and tabs become blanks; blanks at both ends, which are the document's layout, go. Anything but text is empty.
    """
    if not isinstance(text, str):
        return ""
    spaced = "".join(" " if c in "\t\n\r\x0b\x0c\x85\u2028\u2029" else c for c in text[: limit * 4])
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cs")).strip()[:limit]


def site_of(url: str) -> str:
    """The host of a canonical address, without the ``www.`` that sites add and leave out at will."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def is_playlist(url: str, media_type: str = "") -> bool:
    """Whether a link is to a list of pieces (HLS, DASH) in place of one file."""
    declared = media_type.partition(";")[0].strip().lower()
    return declared in _PLAYLISTS or url.partition("?")[0].lower().endswith((".m3u8", ".mpd"))


def looks_like_video(url: str, media_type: str = "") -> bool:
    """Whether a link is to a video: by its declared type, or by its ending where no type is declared."""
    declared = media_type.partition(";")[0].strip().lower()
    if declared == "video":
        return True
    # What is no type at all, such as "mp4", declares nothing.
    if "/" in declared and declared != "application/octet-stream":
        return declared.startswith("video/") or declared == "application/mp4" or declared in _PLAYLISTS
    try:
        return urlsplit(url).path.lower().endswith(VIDEO_ENDINGS) or is_playlist(url)
    except ValueError:
        return False
