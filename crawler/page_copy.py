"""The copy of a page that a capture takes: the page as it was, what it said of the video, a picture of it."""

from dataclasses import dataclass, replace

from crawler.documents import Asked, Read
from crawler.download import PAGE_BYTES, PAGE_SECONDS, CaptureTools
from crawler.errors import CrawlerError
from crawler.fetch.base import Exchange, Fetcher
from crawler.guard import printable
from crawler.parsing import Parser, Unreadable, usual_parser
from crawler.screenshot import Screenshot
from crawler.types import Discovery, SourceKind, TakenBy
from crawler.urls import canonical_url
from crawler.videos import Video
from registry.vault.base import Stored, Vault


@dataclass(frozen=True)
class PageCopy:
    """The page as it was at that moment. failure: why there is none, or why nothing that it says is known; the media stands
    without it. said: of the video."""

    exchange: Exchange | None = None
    stored: Stored | None = None
    failure: str | None = None
    said: Discovery | None = None
    screenshot: Stored | None = None
    screenshot_failure: str | None = None


def take_page(vault: Vault, fetcher: Fetcher, video: Video, tools: CaptureTools) -> PageCopy:
    """The page that shows the video, and its picture, into the vault."""
    url = _page_of(video)
    if url is None:
        return PageCopy()
    try:
        with fetcher.fetch(url, max_bytes=PAGE_BYTES, max_seconds=PAGE_SECONDS) as fetched:
            body = b"".join(fetched.chunks)
            exchange = fetched.exchange
    except CrawlerError as error:
        return PageCopy(failure=error.what)
    said, unread = None, None
    try:
        said = said_on(exchange, body, video.media_url, tools.parser)
    except Unreadable as unreadable:
        unread = f"{printable(exchange.final_url)} {unreadable.words}."
    picture = tools.screenshot(exchange.final_url) if tools.screenshot is not None else Screenshot(why="Switched off.")
    return PageCopy(
        exchange,
        vault.put([body]),
        unread,
        said=said,
        screenshot=None if picture.png is None else vault.put([picture.png]),
        screenshot_failure=picture.why or None,
    )


def _page_of(video: Video) -> str | None:
    """The address of the page that shows a video; None where there is none beside the media itself."""
    match video.via:
        case TakenBy.FILE:
            return None
        case TakenBy.YTDLP:
            return video.media_url
    return None if video.page_url == video.media_url else video.page_url


def said_on(exchange: Exchange, body: bytes, media_url: str, parser: Parser | None = None) -> Discovery | None:
    """What a page says of the video at that very address; None where it does not show it in a way that can be read. Raises
    Unreadable."""
    return said_in(read_page(exchange, body, media_url, parser), exchange)


def read_page(exchange: Exchange, body: bytes, media_url: str, parser: Parser | None = None) -> Read:
    """A page that answered, read for the video at that address. parser: the process's own where none is given. Raises
    Unreadable."""
    asked = Asked(
        SourceKind.PAGE,
        canonical_url(exchange.requested_url),
        canonical_url(exchange.final_url),
        exchange.final_url,
        headers=dict(exchange.headers),
        shows=canonical_url(media_url),
    )
    return (parser or usual_parser()).read(asked, body)


def said_in(read: Read, exchange: Exchange) -> Discovery | None:
    """The video that a page was read for, as the page shows it."""
    found = next(iter(read.parsed.discoveries), None)
    own = found is not None and found.page_url == canonical_url(exchange.final_url)
    return None if found is None else replace(found, said_by=SourceKind.PAGE, own=own)
