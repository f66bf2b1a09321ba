"""How the crawl's two processes talk: one JSON document in, JSON lines out."""

from dataclasses import dataclass, field

from pydantic import TypeAdapter

from crawler.documents import DocumentLimits
from crawler.guard import GuardPolicy
from crawler.types import Discovery, SourceReport, SourceSpec


@dataclass(frozen=True)
class CrawlOptions:
    """Budgets and manners of one crawl.

    contact: how a site's owner reaches whoever runs this. max_pages, max_depth: per source; depth counts links from a page
    that is itself the source. delay: seconds between two requests to one host at the start; it adapts to how fast the host
    answers. max_seconds: for the whole crawl. cache: the file in which pages are kept, so that the next crawl asks only
    whether they changed; empty keeps them for this crawl only. youtube_key: for YouTube's Data API. listing_limit: how many
    videos yt-dlp lists of one channel or search. document: what one document may take to be read.
    """

    contact: str = ""
    max_pages: int = 200
    max_depth: int = 1
    max_page_bytes: int = 10 * 1024 * 1024
    page_seconds: float = 30.0
    delay: float = 1.0
    max_seconds: float = 1800.0
    cache: str = ""
    youtube_key: str = field(default="", repr=False)
    listing_limit: int = 50
    document: DocumentLimits = field(default_factory=DocumentLimits)


@dataclass(frozen=True)
class Job:
    """What the child process is to do. parent: the process id with which it lives and dies."""

    specs: tuple[SourceSpec, ...]
    policy: GuardPolicy
    options: CrawlOptions
    parent: int


@dataclass(frozen=True)
class Line:
    """One line from the child: exactly one of the three. refused: what the guard did not let through."""

    discovery: Discovery | None = None
    report: SourceReport | None = None
    refused: str | None = None


_JOB = TypeAdapter(Job)
_LINE = TypeAdapter(Line)


def job_to_bytes(job: Job) -> bytes:
    """One line, with its end."""
    return _JOB.dump_json(job) + b"\n"


def job_from_bytes(data: bytes) -> Job:
    """What the crawling process is to do. Raises pydantic's ValidationError."""
    return _JOB.validate_json(data)


def line_to_bytes(line: Line) -> bytes:
    """One thing that was found, as a line of JSON."""
    return _LINE.dump_json(line, exclude_none=True) + b"\n"


def line_from_bytes(data: bytes) -> Line:
    """Raises ValueError for anything but a line that line_to_bytes wrote."""
    return _LINE.validate_json(data)
