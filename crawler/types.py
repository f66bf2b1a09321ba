"""Words that the crawler's parts share. Everything here is plain data that can cross a process border as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import floor


class SourceKind(StrEnum):
    """How a source is read."""

    FEED = "feed"
    SITEMAP = "sitemap"
    PAGE = "page"
    PEERTUBE = "peertube"
    MASTODON = "mastodon"
    REDDIT = "reddit"
    YOUTUBE = "youtube"
    YTDLP = "ytdlp"
    INBOX = "inbox"


KINDS: Mapping[SourceKind, str] = {
    SourceKind.FEED: "a feed: RSS or Atom",
    SourceKind.SITEMAP: "a sitemap in XML",
    SourceKind.PAGE: "a page with videos, or links to them",
    SourceKind.YOUTUBE: "YouTube: a listing of its interface",
    SourceKind.PEERTUBE: "PeerTube: a listing of its interface",
    SourceKind.MASTODON: "Mastodon: a listing of its interface",
    SourceKind.REDDIT: "Reddit: a listing of its interface",
    SourceKind.YTDLP: "a channel, playlist or search that yt-dlp knows",
    SourceKind.INBOX: "an inbox: a folder or a list on this machine",
}
"""What each is, for people who choose one."""

INTERFACES = (SourceKind.PEERTUBE, SourceKind.MASTODON, SourceKind.REDDIT, SourceKind.YOUTUBE)
"""Sources that are read through an interface for programs, one listing after the other."""


class Trouble(StrEnum):
    """Why something was not read, sorted so that a person sees what to do about it."""

    LOGIN = "login wall"
    CAPTCHA = "captcha"
    FORBIDDEN = "forbidden"
    RATE_LIMIT = "rate limit"
    ROBOTS = "robots.txt"
    GONE = "gone"
    PROTECTED = "protected by a password"
    NOT_FOUND = "says that it was not found"
    AWAY = "leads to the front page"
    ELSEWHERE = "on another host"
    SERVER = "server in trouble"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    CERTIFICATE = "certificate"
    REFUSED = "refused by the guard"
    MARKUP = "markup changed"
    DOCUMENT = "unreadable document"
    COSTLY = "takes too long to read"
    LIMIT = "limit reached"
    TIME = "time over"
    TOOL = "tool failed"
    OTHER = "other"


BLOCKED = frozenset({Trouble.LOGIN, Trouble.CAPTCHA, Trouble.FORBIDDEN, Trouble.RATE_LIMIT, Trouble.ROBOTS})
"""A source in such trouble does not let us in; trying harder is no remedy."""


class TakenBy(StrEnum):
    """How the media of a video is taken: from its address, by yt-dlp from its page, or from a file that was dropped in."""

    HTTP = "http"
    YTDLP = "ytdlp"
    FILE = "file"


class LabelOutcome(StrEnum):
    """What became of looking for a label. invalid: one that is there and does not hold; unknown: it could not be looked for."""

    PRESENT = "present"
    ABSENT = "absent"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class Reading(StrEnum):
    """How much of a source was read. Where nothing was to be read, as in an empty inbox, that is ``read``."""

    READ = "read"
    PARTLY = "partly read"
    NOT_READ = "not read"


@dataclass(frozen=True)
class Known:
    """What the last look at a feed or listing saw of it. at: when; keys: its newest items; since, whole: see Reach."""

    at: datetime
    keys: tuple[str, ...]
    since: datetime | None = None
    whole: bool = False


@dataclass(frozen=True)
class SourceSpec:
    """A place to look at. id: the SourceRow's. seeds: pages to read in place of url, for an inbox. known: see Known; None before
    the first look."""

    id: str
    kind: SourceKind
    url: str
    seeds: tuple[str, ...] = ()
    known: Known | None = None


@dataclass(frozen=True)
class Discovery:
    """A video that a source shows. media_url is canonical; texts are as the page sent them, bounded and without control
    characters, markup included as text. platform_label: what the page itself states about the video being made by AI.
    counts: views, likes and the like, as the platform states them. said_by: the kind of document that says all this; own: that
    document is the very page at page_url. date_note: what is to be said of the date: that it lies in the future (then there is no
    published_at), has no zone, is that of the last change, or is none."""

    source_id: str
    media_url: str
    page_url: str | None = None
    title: str = ""
    description: str = ""
    uploader: str = ""
    published_at: datetime | None = None
    platform_label: str | None = None
    via: TakenBy = TakenBy.HTTP
    counts: dict[str, int] = field(default_factory=dict)
    said_by: SourceKind = SourceKind.PAGE
    own: bool = False
    date_note: str = ""


@dataclass(frozen=True)
class Share:
    """read: documents that were read; due: those that should have been, None where that is not known."""

    read: int
    due: int | None

    @property
    def percent(self) -> float | None:
        """To a tenth, and never rounded up: what is not all is less than 100."""
        if self.due is None:
            return None
        return floor(1000 * self.read / self.due) / 10 if self.due else 100.0


@dataclass(frozen=True)
class Missing:
    """A document that should have been read and was not. trouble: a Trouble's value; words: why, as the end of a sentence that
    begins with the address."""

    url: str
    trouble: str
    words: str


@dataclass(frozen=True)
class Reach:
    """How far a feed or listing goes back, as far as it was read.

    items: different entries in the documents that were read of it; parts: how many documents; total: how many entries there are
    in all, if it says so. newest, oldest: the entries' dates, those after the look left out. undated, ahead: entries without a
    date, or with one after the look. more: whether it says that there are older ones that were not read; None where it does not
    say. keys: the newest entries, each named by a digest.

    before: when it was looked at last; joined: whether one of that look's newest entries was still in it; None where nothing was
    known to compare. since: how far back its entries were listed without a gap in time, by this look and those before it;
    whole: whether those came to its end. moved: it changed while its documents were read.
    """

    items: int
    parts: int = 1
    newest: datetime | None = None
    oldest: datetime | None = None
    undated: int = 0
    ahead: int = 0
    total: int | None = None
    more: bool | None = None
    keys: tuple[str, ...] = ()
    before: datetime | None = None
    joined: bool | None = None
    since: datetime | None = None
    whole: bool = False
    moved: bool = False


@dataclass(frozen=True)
class SourceReport:
    """How one look at one source went. complete: every document that should have been read was read, wholly; otherwise errors
    say in words what was not, and troubles how often each kind of trouble was met. pages: documents read, unchanged: those of
    them that the site did not have to send again. videos: different media URLs found.

    due: documents that should have been read, None where that is not known; missed: how many of them were not, by Trouble;
    missing: which, some of each kind. listed: entries of feeds, sitemaps and listings; silent: pages and entries that were read
    and show no video that could be found; beyond: different pages of the same site that were linked and lie further than is
    followed. reach: see Reach; None for other kinds of source. notes: what is no trouble and has to be said.
    """

    source_id: str
    started_at: datetime
    ended_at: datetime
    pages: int
    videos: int
    complete: bool
    errors: tuple[str, ...] = ()
    unchanged: int = 0
    troubles: dict[str, int] = field(default_factory=dict)
    due: int | None = None
    missed: dict[str, int] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()
    listed: int = 0
    silent: int = 0
    beyond: int = 0
    reach: Reach | None = None
    notes: tuple[str, ...] = ()

    @property
    def share(self) -> Share:
        """How much was read of what there was to read."""
        return Share(self.pages, self.pages if self.due is None and self.complete else self.due)

    @property
    def reading(self) -> Reading:
        """Whether all of it was read, a part, or nothing."""
        if self.complete:
            return Reading.READ
        return Reading.PARTLY if self.pages else Reading.NOT_READ
