"""Words that the crawler's parts share. Everything here is plain data that can cross a process border as JSON."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SourceKind(StrEnum):
    FEED = "feed"
    SITEMAP = "sitemap"
    PAGE = "page"


@dataclass(frozen=True)
class SourceSpec:
    """A place to look at. id: the SourceRow's."""

    id: str
    kind: SourceKind
    url: str


@dataclass(frozen=True)
class Discovery:
    """A video that a source shows. media_url is canonical; texts are as the page sent them, bounded and without control
    characters, markup included as text. platform_label: what the page itself states about the video being made by AI."""

    source_id: str
    media_url: str
    page_url: str | None = None
    title: str = ""
    description: str = ""
    uploader: str = ""
    published_at: datetime | None = None
    platform_label: str | None = None


@dataclass(frozen=True)
class SourceReport:
    """How one look at one source went. complete: every document that should have been read was read; otherwise errors
    say in words what was not. pages: documents read. videos: different media URLs found."""

    source_id: str
    started_at: datetime
    ended_at: datetime
    pages: int
    videos: int
    complete: bool
    errors: tuple[str, ...] = ()
