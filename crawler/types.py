"""Words that the crawler's parts share. Everything here is plain data that can cross a process border as JSON."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class SourceKind(StrEnum):
    FEED = "feed"
    SITEMAP = "sitemap"
    PAGE = "page"
    PEERTUBE = "peertube"
    MASTODON = "mastodon"
    REDDIT = "reddit"
    YOUTUBE = "youtube"
    YTDLP = "ytdlp"
    INBOX = "inbox"


class Trouble(StrEnum):
    """Why something was not read, sorted so that a person sees what to do about it."""

    LOGIN = "login wall"
    CAPTCHA = "captcha"
    FORBIDDEN = "forbidden"
    RATE_LIMIT = "rate limit"
    ROBOTS = "robots.txt"
    GONE = "gone"
    SERVER = "server in trouble"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    CERTIFICATE = "certificate"
    REFUSED = "refused by the guard"
    MARKUP = "markup changed"
    DOCUMENT = "unreadable document"
    LIMIT = "limit reached"
    TOOL = "tool failed"
    OTHER = "other"


BLOCKED = frozenset({Trouble.LOGIN, Trouble.CAPTCHA, Trouble.FORBIDDEN, Trouble.RATE_LIMIT, Trouble.ROBOTS})
"""A source in such trouble does not let us in; trying harder is no remedy."""


class Via(StrEnum):
    """How the media of a video is taken: from its address, by yt-dlp from its page, or from a file that was dropped in."""

    HTTP = "http"
    YTDLP = "ytdlp"
    FILE = "file"


@dataclass(frozen=True)
class SourceSpec:
    """A place to look at. id: the SourceRow's. seeds: pages to read in place of url, for an inbox."""

    id: str
    kind: SourceKind
    url: str
    seeds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Discovery:
    """A video that a source shows. media_url is canonical; texts are as the page sent them, bounded and without control
    characters, markup included as text. platform_label: what the page itself states about the video being made by AI.
    counts: views, likes and the like, as the platform states them. date_note: what is to be said of the date: that it lies in
    the future (then there is no published_at), has no zone, is that of the last change, or is none."""

    source_id: str
    media_url: str
    page_url: str | None = None
    title: str = ""
    description: str = ""
    uploader: str = ""
    published_at: datetime | None = None
    platform_label: str | None = None
    via: Via = Via.HTTP
    counts: dict[str, int] = field(default_factory=dict)
    date_note: str = ""


@dataclass(frozen=True)
class SourceReport:
    """How one look at one source went. complete: every document that should have been read was read; otherwise errors
    say in words what was not, and troubles how often each kind of trouble was met. pages: documents read, unchanged: those of
    them that the site did not have to send again. videos: different media URLs found."""

    source_id: str
    started_at: datetime
    ended_at: datetime
    pages: int
    videos: int
    complete: bool
    errors: tuple[str, ...] = ()
    unchanged: int = 0
    troubles: dict[str, int] = field(default_factory=dict)
