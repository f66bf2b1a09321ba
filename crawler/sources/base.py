"""The seam for a kind of source, and what its implementations share: texts, dates and addresses from strangers."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from crawler.errors import Refused
from crawler.guard import shown
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
    """A fetched document. url: the final one, after redirects. content_type: as declared, with parameters."""

    url: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Follow:
    """A document to read next, as a source of that kind. changed_at: when it last changed, if whoever lists it says so.
    guessed: nobody links to it; that it is not there is no error."""

    url: str
    kind: SourceKind
    changed_at: datetime | None = None
    guessed: bool = False


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
    if it is a feed, a sitemap or a listing."""

    discoveries: tuple[Discovery, ...] = ()
    follow: tuple[Follow, ...] = ()
    errors: tuple[str, ...] = ()
    listed: Listed | None = None


class Source(Protocol):
    """Reads documents of one kind for one watched place."""

    def parse(self, page: Page) -> Parsed:
        """What the page shows. Pure: neither fetches nor keeps anything, and raises nothing, whatever the bytes are."""


class Findings:
    """Gathers what one document yields: canonical addresses, one entry per video, bounded in number."""

    def __init__(self, page_url: str) -> None:
        self._base = page_url
        self._videos: dict[str, Discovery] = {}
        self._follow: dict[str, Follow] = {}
        self._errors: list[str] = []
        self.listed: Listed | None = None

    def rebase(self, href: str) -> None:
        """Resolve relative addresses against href from now on, as HTML's <base> asks."""
        self._base = self.absolute(href) or self._base

    def absolute(self, href: str) -> str | None:
        """href as a canonical URL; None, and an error, when it is none. Blank hrefs are ignored."""
        href = href.strip().replace("\t", "").replace("\r", "").replace("\n", "")
        if not href:
            return None
        try:
            return canonical_url(urljoin(self._base, href).replace(" ", "%20"))
        except Refused as refused:
            self.error(refused.what)
        except ValueError:
            self.error(f"{shown(href)} is not a valid URL.")
        return None

    def video(self, discovery: Discovery) -> None:
        """Take in a video. A second mention of the same media only fills what the first left empty."""
        url = self.absolute(discovery.media_url)
        if url is None:
            return
        known = self._videos.get(url)
        if known is None and len(self._videos) == MAX_FOUND:
            self.error(f"{shown(self._base)} lists more than {MAX_FOUND} videos; the rest was left out.")
        elif known is None:
            self._videos[url] = replace(discovery, media_url=url)
        else:
            self._videos[url] = _filled(known, discovery)

    def follow(self, href: str, kind: SourceKind, changed_at: datetime | None = None) -> Follow | None:
        """Note a document to read next; None when there are too many, or the address is none."""
        url = self.absolute(href)
        if url is None:
            return None
        if url not in self._follow and len(self._follow) == MAX_FOLLOW:
            self.error(f"{shown(self._base)} links to more than {MAX_FOLLOW} documents; the rest was left out.")
            return None
        return self._follow.setdefault(url, Follow(url, kind, changed_at))

    def error(self, words: str) -> None:
        if words not in self._errors and len(self._errors) < MAX_ERRORS:
            self._errors.append(words)

    def parsed(self) -> Parsed:
        return Parsed(tuple(self._videos.values()), tuple(self._follow.values()), tuple(self._errors), self.listed)


def _filled(known: Discovery, more: Discovery) -> Discovery:
    return replace(
        known,
        title=known.title or more.title,
        description=known.description or more.description,
        uploader=known.uploader or more.uploader,
        published_at=known.published_at or more.published_at,
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


def when(text: object) -> datetime | None:
    """A moment from ISO 8601 or RFC 2822 text, in UTC; without a zone it counts as UTC. None for anything else."""
    if not isinstance(text, str) or not 4 <= len(text.strip()) <= 64:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text.strip())
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
        return moment if 1990 <= moment.year <= 2200 else None
    return None


def is_playlist(url: str, media_type: str = "") -> bool:
    """Whether a link is to a list of pieces (HLS, DASH) in place of one file."""
    declared = media_type.partition(";")[0].strip().lower()
    return declared in _PLAYLISTS or url.partition("?")[0].lower().endswith((".m3u8", ".mpd"))


def looks_like_video(url: str, media_type: str = "") -> bool:
    """Whether a link is to a video: by its declared type, or by its ending where no type is declared."""
    declared = media_type.partition(";")[0].strip().lower()
    if declared and declared != "application/octet-stream":
        return declared.startswith("video/") or declared == "application/mp4" or declared in _PLAYLISTS
    try:
        return urlsplit(url).path.lower().endswith(VIDEO_ENDINGS)
    except ValueError:
        return False
