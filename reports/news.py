"""What happened in a week to the videos that something was matched in: what went, was replaced, came back, got another name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from sqlmodel import Session, and_, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from crawler.availability import Address, Change, Look, LookOutcome, change, looks_at
from crawler.pages import PageOfVideo, Statement, pages_of
from crawler.videos import Capture, Video
from reports.matches import MatchRow, MatchStatus
from reports.period import Period
from reports.render.plain import moment, shorten
from reports.review import Review


@dataclass(frozen=True)
class NewsLine:
    """What happened to a video or a page in the week. url: where; said: in words, with the moment of the look that found it."""

    title: str
    url: str
    said: str


@dataclass(frozen=True)
class _Event:
    at: datetime
    url: str
    said: str


def news_of(session: Session, week: Period, before: datetime, subjects: SelectOfScalar[str]) -> tuple[NewsLine, ...]:
    """The week's news up to that moment, of every video in which one of the subjects was matched and the match not rejected.

    subjects: a statement that gives their ids.
    """
    made = []
    for video in _videos(session, week, subjects, before):
        pages = pages_of(session, video.id, before)
        title = shorten(next((page.title for page in pages if page.title), "") or "Untitled video", 300)
        events = [*_of_media(session, video, week), *_of_pages(session, video, pages), *_of_copies(session, video, subjects)]
        made += [(event, title) for event in events if event.at in week and event.at < before]
    return tuple(NewsLine(title, event.url, event.said) for event, title in sorted(made, key=lambda e: (e[0].at, e[0].url)))


def _videos(session: Session, week: Period, subjects: SelectOfScalar[str], before: datetime) -> list[Video]:
    standing = select(Capture.video_id).join(MatchRow).where(MatchRow.status != MatchStatus.REJECTED)
    matched = standing.where(col(MatchRow.subject_id).in_(subjects), MatchRow.found_at < before)
    eventful = or_(*(col(Video.id).in_(some) for some in _eventful(week)))
    return list(session.exec(select(Video).where(col(Video.id).in_(matched), eventful).order_by(col(Video.id))))


def _eventful(week: Period) -> Iterator[SelectOfScalar[str]]:
    """The ids of the videos that may have news of the week: those of all others say nothing that was not said before it."""
    again, first = func.count() > 1, func.max(Look.first_at) >= week.starts
    yield select(Look.video_id).where(Look.address == Address.MEDIA).group_by(col(Look.video_id)).having(and_(again, first))
    pages = select(Look.video_id).where(Look.address == Address.PAGE)
    yield pages.group_by(col(Look.video_id), col(Look.url)).having(and_(again, first))
    taken = select(func.min(Capture.captured_at)).where(Capture.video_id == Statement.video_id).scalar_subquery()
    new = select(Statement.video_id).where(Statement.first_seen_at >= week.starts, Statement.first_seen_at < week.ends)
    yield new.where(col(Statement.first_seen_at) > taken)
    titles = select(Statement.video_id).where(Statement.own).group_by(col(Statement.video_id), col(Statement.page_url))
    yield titles.having(and_(func.count() > 1, func.max(Statement.first_seen_at) >= week.starts))
    joined = select(Capture.video_id).join(MatchRow).join(Review, col(Review.match_id) == MatchRow.id)
    yield joined.where(col(Review.joined_at).is_not(None), col(Review.joined_at) >= week.starts)


def _of_media(session: Session, video: Video, week: Period) -> Iterator[_Event]:
    looks = looks_at(session, video.id, Address.MEDIA)
    said = {
        Change.GONE: "The video was not there any more",
        Change.REPLACED: "Other bytes stood in the video's place",
        Change.BACK: "The video came back: it was there again",
    }
    for place, look in enumerate(looks):
        # A file may come and go every hour, and each is compared with all before it.
        found = change(looks[:place], look) if look.first_at in week else None
        if found is Change.REPLACED and look.media_sha256 in {before.media_sha256 for before in looks[:place]}:
            yield _Event(look.first_at, look.url, _told("The bytes that stood there before were there again", look))
        elif found is not None:
            yield _Event(look.first_at, look.url, _told(said[found], look))


def _of_pages(session: Session, video: Video, pages: Sequence[PageOfVideo]) -> Iterator[_Event]:
    looks = sorted(looks_at(session, video.id, Address.PAGE), key=lambda look: look.url)
    copies = _looks_at_copies(session, video)
    for url, group in groupby(looks, key=lambda look: look.url):
        yield from _of_page(list(group), [look for look in copies if look.url == url])
    taken = session.exec(select(func.min(Capture.captured_at)).where(Capture.video_id == video.id)).one()
    for page in pages:
        # What was there before the video was captured was found together with it.
        if page.url and page.first_seen_at > taken and not page.listing:
            said = f"Another page shows the video, first seen {moment(page.first_seen_at)}"
            yield _Event(page.first_seen_at, page.url, said)
    yield from _renamed(session, video)


def _looks_at_copies(session: Session, video: Video) -> list[Look]:
    """The looks that saw a page show the same bytes at another address."""
    own = select(Capture.media_sha256).where(Capture.video_id == video.id)
    others = select(Capture.video_id).where(col(Capture.media_sha256).in_(own), Capture.video_id != video.id)
    at_pages = select(Look).where(Look.address == Address.PAGE, Look.outcome == LookOutcome.SEEN)
    return list(session.exec(at_pages.where(col(Look.video_id).in_(others))))


def _of_page(looks: Sequence[Look], copies: Sequence[Look]) -> Iterator[_Event]:
    """looks: at one page. A failure in between is no change, and no more is it that the page shows a copy now, whose address is
    told by itself. copies: the looks that saw the page show one."""
    clear = [look for look in looks if look.outcome is not LookOutcome.UNREACHABLE]
    for before, look in pairwise(clear):
        match before.outcome, look.outcome:
            case LookOutcome.SEEN, LookOutcome.GONE:
                if not any(copy.first_at <= look.first_at and before.at < copy.at for copy in copies):
                    yield _Event(look.first_at, look.url, _told("The page did not show the video any more", look))
            case LookOutcome.GONE, LookOutcome.SEEN:
                yield _Event(look.first_at, look.url, _told("The page showed the video again", look))


def _told(said: str, look: Look) -> str:
    return f"{said} on {moment(look.first_at)}" + (f": {look.why}" if look.why else "")


def _renamed(session: Session, video: Video) -> Iterator[_Event]:
    own = select(Statement).where(Statement.video_id == video.id, Statement.own)
    rows = session.exec(own.order_by(col(Statement.page_url), col(Statement.first_seen_at), col(Statement.id))).all()
    for url, group in groupby(rows, key=lambda row: row.page_url):
        yield from _new_titles(url, [row for row in group if row.title])


def _new_titles(url: str, rows: Sequence[Statement]) -> Iterator[_Event]:
    for before, row in pairwise(rows):
        if row.title != before.title:
            said = f"Its title was seen to be “{shorten(row.title, 200)}” on {moment(row.first_seen_at)}; it was “{before.title}”"
            yield _Event(row.first_seen_at, url, said)


def _of_copies(session: Session, video: Video, subjects: SelectOfScalar[str]) -> Iterator[_Event]:
    """That the same bytes as those decided on were found at this address."""
    joined = (
        select(Review)
        .join(MatchRow, col(MatchRow.id) == Review.match_id)
        .join(Capture, col(Capture.id) == MatchRow.capture_id)
        .where(Capture.video_id == video.id, col(Review.joined_at).is_not(None))
        .where(col(MatchRow.subject_id).in_(subjects))
    )
    for review in session.exec(joined.order_by(col(Review.id))):
        if review.joined_at is not None:
            said = f"The same bytes that were {review.decision.said} on {moment(review.at)} were found at this address"
            yield _Event(review.joined_at, video.media_url, f"{said} on {moment(review.joined_at)}")
