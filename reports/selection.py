"""Choosing matches by what people know of them: video, subject, uploader, host, status."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import defer
from sqlmodel import Session, col, or_, select

from crawler.pages import Statement
from crawler.videos import Capture, Video
from registry.errors import NotFound
from registry.hosts import host_within
from registry.licences import is_among
from registry.prefixes import begins_with
from reports.matches import MatchRow, MatchStatus
from reports.uses import Place, shown_at, spelt


@dataclass(frozen=True)
class Selection:
    """What all matches that are meant have in common; what is None or empty asks nothing.

    ids: matches by id, or the first digits of one. video: by id, the first digits of one, or the address of its page or media.
    uploader, host: of any of the video's pages, compared as licences compare them. statuses: one of these.
    """

    ids: tuple[str, ...] = ()
    video: str | None = None
    subject_id: str | None = None
    uploader: str | None = None
    host: str | None = None
    statuses: tuple[MatchStatus, ...] = ()

    @property
    def names_none(self) -> bool:
        """Whether it says nothing of which matches are meant, except perhaps their status."""
        return not (self.ids or self.video or self.subject_id or self.uploader or self.host)

    @property
    def by_publisher_alone(self) -> bool:
        """Whether it takes whatever was published by somebody, or somewhere."""
        return not (self.ids or self.video or self.subject_id or self.names_none)


def select_matches(session: Session, wanted: Selection) -> list[MatchRow]:
    """The matches of a selection, those of one video together, the video that was first matched first.

    Raises NotFound for an id or a video that is not there, or is several.
    """
    query = (
        select(MatchRow, Video)
        .join(Capture, col(Capture.id) == MatchRow.capture_id)
        .join(Video, col(Video.id) == Capture.video_id)
        .order_by(col(MatchRow.found_at), col(MatchRow.t_start), col(MatchRow.id))
        .options(defer(MatchRow.boxes))  # type: ignore[arg-type]
    )
    if wanted.ids:
        query = query.where(col(MatchRow.id).in_([find_match(session, typed).id for typed in wanted.ids]))
    if wanted.video:
        query = query.where(col(Video.id).in_(videos_called(session, wanted.video)))
    if wanted.subject_id:
        query = query.where(MatchRow.subject_id == wanted.subject_id)
    if wanted.statuses:
        query = query.where(col(MatchRow.status).in_(wanted.statuses))
    videos: dict[str, Video] = {}
    by_video: dict[str, list[MatchRow]] = {}
    for match, video in session.exec(query):
        videos[video.id] = video
        by_video.setdefault(video.id, []).append(match)
    if wanted.uploader or wanted.host:
        shown = shown_at(session, list(videos.values()))
        by_video = {key: matches for key, matches in by_video.items() if _published(shown[key].places, wanted)}
    return [match for matches in by_video.values() for match in matches]


def _published(places: Sequence[Place], wanted: Selection) -> bool:
    """Whether the video is shown somewhere by the uploader, if one is wanted, and on the host."""
    return any(
        (not wanted.host or host_within(place.host, wanted.host))
        and is_among(wanted.uploader, [place.uploader] if place.uploader else [])
        for place in places
    )


def find_match(session: Session, typed: str) -> MatchRow:
    """The match of an id or of the first digits of one. Raises NotFound when none or several answer."""
    found = session.exec(select(MatchRow).where(begins_with(col(MatchRow.id), typed)).limit(2)).all()
    if len(found) != 1:
        how = "no" if not found else "more than one"
        raise NotFound(f"There is {how} match {typed!r}.", "Type `semblance review list --status all` to see the ids.")
    return found[0]


def videos_called(session: Session, typed: str) -> list[str]:
    """The ids of the videos of an id, of the first digits of one, or at an address: a page may show several. Raises NotFound."""
    text = typed.strip()
    addresses = sorted({text, spelt(text)})
    on_page = select(Statement.video_id).where(col(Statement.page_url).in_(addresses))
    there = or_(col(Video.media_url).in_(addresses), col(Video.page_url).in_(addresses), col(Video.id).in_(on_page))
    found = list(session.exec(select(Video.id).where(there)))
    if not found and text:
        found = list(session.exec(select(Video.id).where(begins_with(col(Video.id), text)).limit(2)))
        if len(found) > 1:
            raise NotFound(f"There is more than one video {typed!r}.", "Give more digits of its id, or its address.")
    if not found:
        raise NotFound(
            f"There is no video {typed!r}.", "Give its id, or the address of its page or media: `semblance review list`."
        )
    return found
