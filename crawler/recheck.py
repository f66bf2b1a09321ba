"""Looking again at what was captured: is the video still there, and does each of its pages still show it?"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, or_, select

from crawler.availability import Address, Change, Look, LookFinding, LookOutcome, failed, note_look, page_looks
from crawler.capture import CaptureOutcome
from crawler.disposal import disposed
from crawler.download import PAGE_BYTES, PAGE_SECONDS
from crawler.errors import CrawlerError, Unchanged
from crawler.fetch.base import Exchange, Fetcher, Validators
from crawler.guard import printable
from crawler.page_copy import read_page, said_in
from crawler.pages import PageOfVideo, pages_of
from crawler.parsing import Parser, Unreadable
from crawler.types import TakenBy, Trouble
from crawler.urls import canonical_url
from crawler.videos import Capture, Video, VideoState
from registry.storage.lock import in_turn

UNTOLD = "the page answers; whether it shows the video cannot be told from its markup"
MOST_PAGES = 50
"""Of more pages of one video, those that were not looked at for longest are looked at, so that in time all are."""


def recheck_queue(session: Session, before: datetime, always: Collection[str] = ()) -> list[Video]:
    """The captured videos to look at again, whether or not a source still shows them: those that were last tried before that
    moment, and always those named by id.

    A dropped file has no address to look at, and what retention removed is not to be fetched again.
    """
    captured = (col(Video.state) == VideoState.CAPTURED) & (col(Video.via) != TakenBy.FILE)
    kept = select(Capture.video_id).where(col(Capture.id).not_in(disposed()))
    due = or_(col(Video.tried_at).is_(None), col(Video.tried_at) < before, col(Video.id).in_(sorted(always)))
    query = select(Video).where(captured, due, col(Video.id).in_(kept))
    return list(session.exec(query.order_by(col(Video.tried_at), col(Video.id))))


def look_again(
    engine: Engine,
    fetcher: Fetcher,
    tried: CaptureOutcome,
    *,
    at: datetime,
    since: datetime,
    parser: Parser | None = None,
    still_mine: Callable[[Session], None] = lambda _: None,
) -> CaptureOutcome:
    """Look at each page of a captured video that was not looked at since that moment, once its address was tried again
    (capture.capture_video): how both went. What is found is kept. still_mine: see look_at_pages."""
    asked = (engine, fetcher, tried.video_id)
    return replace(tried, pages=look_at_pages(*asked, at=at, since=since, parser=parser, still_mine=still_mine).changed)


@dataclass(frozen=True)
class PagesLooked:
    """pages: all of a video's, whether or not there was anything to look at. changed: those that went or came back."""

    pages: tuple[PageOfVideo, ...]
    changed: tuple[tuple[str, Change], ...]


def look_at_pages(
    engine: Engine,
    fetcher: Fetcher,
    video_id: str,
    *,
    at: datetime,
    since: datetime,
    parser: Parser | None = None,
    still_mine: Callable[[Session], None] = lambda _: None,
) -> PagesLooked:
    """Keep what each page of the video says of it now, where it was not looked at since that moment.

    still_mine: asked in the transaction that keeps a look; where it raises, that one is not kept, and its error goes on."""
    changed = []
    with Session(engine) as session:
        video, looks, pages = session.get_one(Video, video_id), page_looks(session, video_id), pages_of(session, video_id)
        session.expunge_all()
    due = [page for page in _pages_on_the_web(pages, video) if page.url not in looks or looks[page.url].at < since]
    for page in sorted(due, key=lambda page: looks[page.url].at if page.url in looks else page.first_seen_at)[:MOST_PAGES]:
        found = _look(fetcher, video, page, looks.get(page.url), parser)
        with in_turn(engine), Session(engine) as session:
            still_mine(session)
            change = note_look(session, video_id, Address.PAGE, page.url, found, at)
            session.commit()
        if change is not None:
            changed.append((page.url, change))
    return PagesLooked(pages, tuple(changed))


def _pages_on_the_web(pages: tuple[PageOfVideo, ...], video: Video) -> Iterator[PageOfVideo]:
    for page in pages:
        if page.url.startswith(("http:", "https:")) and page.url != video.media_url:
            yield page


def _look(fetcher: Fetcher, video: Video, page: PageOfVideo, last: Look | None, parser: Parser | None) -> LookFinding:
    unless = last.validators if last is not None and last.outcome is not LookOutcome.UNREACHABLE else Validators()
    try:
        with fetcher.fetch(page.url, max_bytes=PAGE_BYTES, max_seconds=PAGE_SECONDS, unless=unless or None) as fetched:
            body = b"".join(fetched.chunks)
            exchange = fetched.exchange
    except Unchanged:
        assert last is not None
        return LookFinding(last.outcome, last.why, validators=last.validators)
    except CrawlerError as error:
        return failed(error)
    return page_finding(exchange, body, video.media_url, was_read=page.own, parser=parser)


def page_finding(exchange: Exchange, body: bytes, media_url: str, *, was_read: bool, parser: Parser | None = None) -> LookFinding:
    """What a page that answered says of the video at media_url.

    was_read: the page itself was once read to show it, so that its silence now means something. parser: see read_page.
    """
    validators = Validators.of(exchange.headers)
    asked = canonical_url(exchange.requested_url)
    try:
        read = read_page(exchange, body, media_url, parser)
    except Unreadable as unreadable:
        return LookFinding(LookOutcome.UNREACHABLE, f"{printable(asked)} {unreadable.words}.")
    if read.verdict is not None:
        words, trouble = read.verdict
        outcome = LookOutcome.GONE if trouble in (Trouble.AWAY, Trouble.NOT_FOUND) else LookOutcome.UNREACHABLE
        return LookFinding(outcome, f"{printable(asked)} {words}.", validators=validators)
    if read.names or said_in(read, exchange) is not None:
        return LookFinding(LookOutcome.SEEN, validators=validators)
    if was_read:
        return LookFinding(LookOutcome.GONE, f"{printable(asked)} does not show the video any more.", validators=validators)
    return LookFinding(LookOutcome.SEEN, UNTOLD, validators=validators)
