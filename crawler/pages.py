"""A video's pages: where its sources show it, and what each page says of it, as it was said."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, func, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from crawler.availability import Address, LookFinding, LookOutcome, note_look
from crawler.types import Discovery, SourceKind
from crawler.urls import canonical_url
from crawler.videos import Video, VideoState, video_id
from registry.canonical_json import canonical_json
from registry.db import UtcDateTime, now

T = TypeVar("T")

SIGHTED_AGAIN = timedelta(hours=1)
"""A source that shows a video this long after it could not be captured may be right: the site or the settings have changed."""


class Sighting(SQLModel, table=True):
    """That a source shows a video on a page; page_url is empty where it names none."""

    __table_args__ = (UniqueConstraint("video_id", "source_id", "page_url"),)

    id: int | None = Field(default=None, primary_key=True)
    video_id: str = Field(foreign_key="video.id", index=True)
    source_id: str = Field(foreign_key="source.id", index=True)
    page_url: str = ""
    first_seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    last_seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Statement(SQLModel, table=True):
    """What was said of a video on one page, in the same words from the first to the last time that they were seen.

    said_by: the kind of document that says it. own: that document is the page itself; others, such as a feed or a front page,
    speak about it. page_url is empty where no page is named. date_note: what is to be said of the date; see Discovery.
    id: made of all that is said, so that the same words are one row.
    """

    id: str = Field(primary_key=True)
    video_id: str = Field(foreign_key="video.id", index=True)
    page_url: str = Field(default="", index=True)
    said_by: SourceKind
    own: bool = False
    title: str = ""
    description: str = ""
    uploader: str = ""
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    platform_label: str | None = None
    date_note: str = ""
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime, index=True)


@dataclass(frozen=True)
class PageOfVideo:
    """One page of a video as it was last read: the page's own words, and where it says nothing, those of documents about it.

    url: empty where none is known. earlier_titles: what it was called before, the oldest first. first_seen_at, last_seen_at: when
    the video was first and last said to be there. own: whether the page itself was read, and not only what others say of it.
    listing: it shows more videos than another page of the same host that shows this one, as a front page does. date_note: what is
    to be said of the date, or of there being none.
    """

    url: str
    title: str
    description: str
    uploader: str
    published_at: datetime | None
    platform_label: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    earlier_titles: tuple[str, ...] = ()
    own: bool = False
    listing: bool = False
    date_note: str = ""

    @property
    def host(self) -> str:
        """The host of the page, in small letters."""
        return _host(self.url)


def record_discovery(session: Session, discovery: Discovery, at: datetime) -> Video:
    """The one Video of the discovery's media, the sighting of it by its source, and what is said of it, new or seen again.

    Does not commit. Raises Refused for what is no http or https URL.
    """
    identity = video_id(discovery.media_url)
    video = session.get(Video, identity)
    if video is None:
        video = Video(id=identity, media_url=canonical_url(discovery.media_url), first_seen_at=at, via=discovery.via)
    if video.state is not VideoState.CAPTURED:
        # How its media is taken may change until it was; from then on what came is compared with what comes.
        video.via = discovery.via
    video.counts = {**video.counts, **discovery.counts}
    if video.state is VideoState.FAILED and at - (video.tried_at or at) >= SIGHTED_AGAIN:
        video.state = VideoState.DISCOVERED
    session.add(video)
    session.flush()
    page_url = discovery.page_url or ""
    with session.no_autoflush:
        _sight(session, identity, discovery, at)
        news = _keep_statement(session, identity, discovery, at)
        if discovery.own and page_url:
            note_look(session, identity, Address.PAGE, page_url, LookFinding(LookOutcome.SEEN), at)
    session.flush()
    if news and _may_stand_for(session, video, page_url):
        _summarise(session, video)
    return video


def record_said(session: Session, video: Video, discovery: Discovery, at: datetime) -> None:
    """Keep what a tool or a page said of a known video when it was captured; the caller commits."""
    if _keep_statement(session, video.id, discovery, at) and _may_stand_for(session, video, discovery.page_url or ""):
        _summarise(session, video)


def pages_of(session: Session, video_id: str, at: datetime | None = None) -> tuple[PageOfVideo, ...]:
    """Every page of a video, the one that stands for it first; at: as was known at that moment.

    The first is one that shows few other videos, of these the one that was known first. What names no page comes last.
    """
    return pages_of_videos(session, [session.get_one(Video, video_id)], at)[video_id]


def pages_of_videos(
    session: Session, videos: Collection[Video], at: datetime | None = None
) -> dict[str, tuple[PageOfVideo, ...]]:
    """The pages of each video by its id, in one statement for all of them; see pages_of."""
    ids = [video.id for video in videos]
    on_page = _videos_on(select(Statement.page_url).where(col(Statement.video_id).in_(ids), Statement.page_url != "")).subquery()
    query = select(Statement, on_page.c.videos).outerjoin(on_page, on_page.c.page_url == Statement.page_url)
    query = query.where(col(Statement.video_id).in_(ids))
    if at is not None:
        query = query.where(Statement.first_seen_at <= at)
    said: dict[str, dict[str, list[Statement]]] = {video.id: {} for video in videos}
    shared: dict[str, int] = {}
    for row, count in session.exec(query.order_by(col(Statement.first_seen_at), col(Statement.id))):
        said[row.video_id].setdefault(row.page_url, []).append(row)
        shared[row.page_url] = count or 0
    return {video.id: _ordered(said[video.id], shared) or (_as_its_row_says(video),) for video in videos}


def _ordered(by_url: Mapping[str, Sequence[Statement]], shared: Mapping[str, int]) -> tuple[PageOfVideo, ...]:
    """shared: how many videos each page shows."""
    hosts: dict[str, int] = {}
    for url in by_url:
        hosts[_host(url)] = min(shared.get(url, 0), hosts.get(_host(url), shared.get(url, 0)))
    pages = [_page(url, said, listing=shared.get(url, 0) > hosts[_host(url)]) for url, said in by_url.items()]
    return tuple(sorted(pages, key=lambda page: (not page.url, shared.get(page.url, 0), page.first_seen_at, page.url)))


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _as_its_row_says(video: Video) -> PageOfVideo:
    """The one page of a video of which no statement is kept."""
    said = (video.title, video.description, video.uploader, video.published_at, video.platform_label)
    return PageOfVideo(video.page_url or "", *said, video.first_seen_at, video.first_seen_at)


def _videos_on(pages: SelectOfScalar[str] | Sequence[str]) -> Select[str, int]:
    """Each of these pages with how many videos it shows."""
    count = func.count(func.distinct(col(Statement.video_id))).label("videos")
    return select(Statement.page_url, count).where(col(Statement.page_url).in_(pages)).group_by(col(Statement.page_url))


def _page(url: str, statements: Sequence[Statement], *, listing: bool) -> PageOfVideo:
    """statements: all about that page, the first seen first."""
    latest = sorted(_last_of_each(statements), key=lambda row: (row.own, row.last_seen_at, row.first_seen_at), reverse=True)
    title = _first(latest, "title", "")
    own = [row for row in statements if row.own]
    return PageOfVideo(
        url=url,
        title=title,
        description=_first(latest, "description", ""),
        uploader=_first(latest, "uploader", ""),
        published_at=_first(latest, "published_at", None),
        platform_label=_first(latest, "platform_label", None),
        date_note=next((row.date_note for row in latest if row.published_at or row.date_note), ""),
        first_seen_at=min(row.first_seen_at for row in statements),
        last_seen_at=max(row.last_seen_at for row in statements),
        earlier_titles=_titles_but(title, own or statements, latest[0].said_by),
        own=bool(own),
        listing=listing,
    )


def _titles_but(title: str, statements: Sequence[Statement], said_by: SourceKind) -> tuple[str, ...]:
    """Other titles that sources of one kind stated, each once."""
    titles = dict.fromkeys(row.title for row in statements if row.said_by is said_by)
    return tuple(earlier for earlier in titles if earlier not in ("", title))


def _first(rows: Sequence[Statement], column: str, otherwise: T) -> T:
    """What the first row says that says anything there."""
    return next(filter(None, map(attrgetter(column), rows)), otherwise)


def _last_of_each(statements: Sequence[Statement]) -> list[Statement]:
    """What each kind of document said when it was last read; what it said before and says no more is not what it says.

    Of other pages, such as a front page and that of a player, many speak of one: the silence of one takes nothing from another.
    """
    last: dict[tuple[bool, SourceKind], datetime] = {}
    for row in statements:
        kind = (row.own, row.said_by)
        last[kind] = max(row.last_seen_at, last.get(kind, row.last_seen_at))
    return [row for row in statements if _is_of_many(row) or row.last_seen_at == last[row.own, row.said_by]]


def _is_of_many(row: Statement) -> bool:
    return row.said_by is SourceKind.PAGE and not row.own


def _sight(session: Session, video_id: str, discovery: Discovery, at: datetime) -> None:
    url = discovery.page_url or ""
    known = select(Sighting).where(
        Sighting.video_id == video_id, Sighting.source_id == discovery.source_id, Sighting.page_url == url
    )
    sighting = session.exec(known).first()
    if sighting is None:
        sighting = Sighting(video_id=video_id, source_id=discovery.source_id, page_url=url, first_seen_at=at)
    sighting.last_seen_at = at
    session.add(sighting)


def _keep_statement(session: Session, video_id: str, discovery: Discovery, at: datetime) -> bool:
    """Keep what is said, and say whether it was not said before, or not alone when that was last read."""
    said: dict[str, Any] = {
        "page_url": discovery.page_url or "",
        "said_by": discovery.said_by,
        "own": discovery.own,
        "title": discovery.title,
        "description": discovery.description,
        "uploader": discovery.uploader,
        "published_at": discovery.published_at,
        "platform_label": discovery.platform_label,
        "date_note": discovery.date_note,
    }
    identity = _digest(video_id, said)
    row = session.get(Statement, identity)
    news = row is None or _is_disputed(session, row)
    if row is None:
        row = Statement(id=identity, video_id=video_id, first_seen_at=at, last_seen_at=at, **said)
    row.last_seen_at = max(row.last_seen_at, at)
    session.add(row)
    return news


def _is_disputed(session: Session, row: Statement) -> bool:
    """Whether that kind of document said anything else of the video on that page since, or at the same time."""
    same = (Statement.video_id == row.video_id, Statement.page_url == row.page_url, Statement.said_by == row.said_by)
    others = select(Statement.id).where(*same, Statement.id != row.id, Statement.last_seen_at >= row.last_seen_at)
    return session.exec(others.limit(1)).first() is not None


def _digest(video_id: str, said: Mapping[str, Any]) -> str:
    published = said["published_at"]
    plain = {**said, "published_at": published.astimezone(UTC).isoformat() if published is not None else None}
    return hashlib.sha256(canonical_json({"video_id": video_id, **plain})).hexdigest()[:32]


def _may_stand_for(session: Session, video: Video, url: str) -> bool:
    """Whether what that page says may change the video's own row. A clip at the head of a site is on thousands of pages, which
    are not all read again for each of them."""
    held = video.page_url or ""
    if not held or url in ("", held):
        return True
    shared: dict[str, int] = dict(session.exec(_videos_on((url, held))).all())
    known = select(Statement.page_url, func.min(col(Statement.first_seen_at))).where(Statement.video_id == video.id)
    here = known.where(col(Statement.page_url).in_((url, held))).group_by(col(Statement.page_url))
    first_seen = dict(session.exec(here).all())
    return held not in first_seen or (shared[url], first_seen[url], url) < (shared[held], first_seen[held], held)


def _summarise(session: Session, video: Video) -> None:
    """Let the video's own row say what the page that stands for it says, and nothing of any other page."""
    first, *others = pages_of(session, video.id)
    # What names no page speaks of the video itself, and not of another page.
    pageless = next((page for page in others if not page.url), first)
    video.page_url = first.url or None
    video.title = first.title or pageless.title
    video.description = first.description or pageless.description
    video.uploader = first.uploader or pageless.uploader
    video.published_at = first.published_at or pageless.published_at
    video.platform_label = first.platform_label or pageless.platform_label
    session.add(video)
    session.flush()
