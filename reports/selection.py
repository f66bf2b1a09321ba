"""Choosing matches by what people know of them: video, subject, uploader, host, status."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import TypeVar

from sqlalchemy import ColumnElement, union
from sqlalchemy.orm import aliased, defer
from sqlmodel import Session, col, func, or_, select

from crawler.pages import Statement
from crawler.videos import Capture, Video
from registry.actions import Action
from registry.errors import NotFound
from registry.hosts import host_within
from registry.licences import is_among
from registry.paging import MOST_COUNTED, WHOLE, Listed, Part, holding, listed, listed_but
from registry.prefixes import begins_with
from registry.subjects import AT_ONCE, NAMES, Subject, called, find_subject
from reports.matches import MatchRow, MatchStatus
from reports.uses import Place, shown_at, spelt
from reports.waiting import QUEUED
from reports.withheld import reader_of, withheld_of

T = TypeVar("T")

DECIDED = (MatchStatus.CONFIRMED, MatchStatus.REJECTED, MatchStatus.PERMITTED)
"""What a match is once a person decided on it."""

SAID = (Video.said,)
"""What is said of a video, in which a text is searched for."""


@dataclass(frozen=True)
class Selection:
    """What all matches that are meant have in common; what is None or empty asks nothing.

    ids: matches by id, or the first digits of one. video: by id, the first digits of one, or the address of its page or media.
    uploader, host: of any of the video's pages, compared as licences compare them. statuses: one of these. otherwise: the
    statuses of matches, by id, that stand otherwise than on record by now. among: of these videos, by id, which are all that hold
    the text that is searched for; None where that is not known.
    """

    ids: tuple[str, ...] = ()
    video: str | None = None
    subject_id: str | None = None
    uploader: str | None = None
    host: str | None = None
    statuses: tuple[MatchStatus, ...] = ()
    otherwise: Mapping[str, MatchStatus] = field(default_factory=dict)
    among: tuple[str, ...] | None = None

    @property
    def names_none(self) -> bool:
        """Whether it says nothing of which matches are meant, except perhaps their status."""
        return not (self.ids or self.video or self.subject_id or self.uploader or self.host)

    @property
    def by_publisher_alone(self) -> bool:
        """Whether it takes whatever was published by somebody, or somewhere."""
        return not (self.ids or self.video or self.subject_id or self.names_none)


def of_subject(session: Session, wanted: Selection, subject: str | None) -> Selection:
    """The selection, of that subject's matches alone where one is named, by name or id. Raises NotFound."""
    return replace(wanted, subject_id=find_subject(session, subject).id) if subject else wanted


def select_matches(session: Session, wanted: Selection) -> list[MatchRow]:
    """The matches of a selection, those of one video together, the video that was first matched first.

    Raises NotFound for an id or a video that is not there, or is several.
    """
    return [match for match, _ in listed_matches(session, wanted, WHOLE).rows]


def listed_matches(session: Session, wanted: Selection, part: Part) -> Listed[MatchRow]:
    """As select_matches, a part of them; see registry.paging. Where those of some status are asked for, the ones whose status is
    withheld are left out: to be among them would tell it."""
    if any(status in DECIDED for status in wanted.statuses) and reader_of(session):
        return listed_but(lambda some: _listed(session, wanted, some), lambda rows: _hidden(session, rows), part)
    return _listed(session, wanted, part)


def _hidden(session: Session, rows: Sequence[MatchRow]) -> list[bool]:
    found = withheld_of(session, rows)
    return [row.id in found for row in rows]


def _listed(session: Session, wanted: Selection, part: Part) -> Listed[MatchRow]:
    conditions = _conditions(session, wanted)
    found = [_of_videos(part.search)] if part.search and wanted.among is None else []
    first = (
        select(Capture.video_id, func.min(MatchRow.found_at).label("at"))
        .select_from(MatchRow)
        .join(Capture, col(Capture.id) == MatchRow.capture_id)
        .where(*conditions, *found)
        .group_by(col(Capture.video_id))
        .subquery()
    )
    query = (
        select(MatchRow)
        .join(Capture, col(Capture.id) == MatchRow.capture_id)
        .join(Video, col(Video.id) == Capture.video_id)
        .join(first, first.c.video_id == Video.id)
        .outerjoin(Subject, col(Subject.id) == MatchRow.subject_id)
        .where(*conditions)
        .options(defer(MatchRow.boxes))  # type: ignore[arg-type]
    )
    by = (first.c.at, col(Video.id), col(MatchRow.found_at), col(MatchRow.t_start), col(MatchRow.id))
    return listed(session, query, by, part, (*NAMES, *SAID))


def _of_videos(text: str) -> ColumnElement[bool]:
    """That a capture is of a video that holds the text, or has a match of a subject that does. For no others it is asked when
    they were first matched, which would read every match."""
    named = select(Subject.id).where(called(text))
    matched = aliased(MatchRow)
    of_subjects = select(Capture.video_id).join(matched, col(matched.capture_id) == Capture.id)
    of_subjects = of_subjects.where(col(matched.subject_id).in_(named))
    said = select(Video.id).where(holding(text, SAID))
    return col(Capture.video_id).in_(union(said, of_subjects))


def queued_matches(session: Session, wanted: Selection, part: Part) -> Listed[MatchRow]:
    """As listed_matches, in the order of the queue, by its index, and whatever part.search says."""
    query = select(MatchRow).where(*_conditions(session, wanted)).options(defer(MatchRow.boxes))  # type: ignore[arg-type]
    return listed(session, query, QUEUED, replace(part, counted_to=MOST_COUNTED))


def _conditions(session: Session, wanted: Selection) -> list[ColumnElement[bool]]:
    """On matches and their captures."""
    found: list[ColumnElement[bool]] = []
    if wanted.ids:
        found.append(col(MatchRow.id).in_([find_match(session, typed).id for typed in wanted.ids]))
    if wanted.video:
        found.append(col(Capture.video_id).in_(videos_called(session, wanted.video)))
    if wanted.among is not None:
        found.append(col(Capture.video_id).in_(wanted.among))
    if wanted.subject_id:
        found.append(col(MatchRow.subject_id) == wanted.subject_id)
    if wanted.statuses:
        found.append(_stands(wanted))
    if wanted.uploader or wanted.host:
        found.append(col(Capture.video_id).in_(_published_by(session, wanted, found)))
    return found


def _stands(wanted: Selection) -> ColumnElement[bool]:
    """That a match has one of the statuses, as it stands now."""
    on_record = col(MatchRow.status).in_(wanted.statuses)
    if not wanted.otherwise:
        return on_record
    fitting = [key for key, status in wanted.otherwise.items() if status in wanted.statuses]
    return or_(on_record & ~_among(list(wanted.otherwise)), _among(fitting))


def _among(ids: Sequence[str]) -> ColumnElement[bool]:
    """That a match is one of these, of which there may be more than a statement takes parameters."""
    listed_ids = func.json_each(json.dumps(ids)).table_valued("value")
    return col(MatchRow.id).in_(select(listed_ids.c.value))


def _published_by(session: Session, wanted: Selection, conditions: Sequence[ColumnElement[bool]]) -> list[str]:
    """The ids of the videos, of those with such matches, that are shown somewhere by the uploader and on the host."""
    matched = select(Capture.video_id).join(MatchRow, col(MatchRow.capture_id) == Capture.id).where(*conditions)
    said = select(Statement.video_id, Statement.page_url, Statement.uploader).where(col(Statement.video_id).in_(matched))
    of_videos = select(Video.id, Video.page_url, Video.uploader, Video.media_url).where(col(Video.id).in_(matched))
    named: list[tuple[str, tuple[str | None, ...], str]] = [(row[0], (row[1],), row[2]) for row in session.exec(said)]
    named += [(row[0], (row[1], row[3]), row[2]) for row in session.exec(of_videos)]
    # What may be there is read as a whole: which of a video's pages counts as a place, they say together.
    is_there = cache(partial(host_within, domain=wanted.host or ""))
    likely = sorted({video_id for video_id, pages, uploader in named if _may_be(wanted, pages, uploader, is_there)})
    found = []
    for first in range(0, len(likely), AT_ONCE):
        videos = session.exec(select(Video).where(col(Video.id).in_(likely[first : first + AT_ONCE]))).all()
        found += [key for key, shown in shown_at(session, videos).items() if _published(shown.places, wanted)]
    return found


def _may_be(wanted: Selection, pages: Sequence[str | None], uploader: str, is_there: Callable[[str], bool]) -> bool:
    """By one thing alone that is said of a video, whoever or wherever else is wanted. is_there: of a host, whether it is wanted;
    many videos lie on few."""
    if wanted.uploader:
        return is_among(wanted.uploader, [uploader] if uploader else [])
    return any(is_there(Place(page, "").host) for page in pages if page)


def _published(places: Sequence[Place], wanted: Selection) -> bool:
    """Whether the video is shown somewhere by the uploader, if one is wanted, and on the host."""
    return any(
        (not wanted.host or host_within(place.host, wanted.host))
        and is_among(wanted.uploader, [place.uploader] if place.uploader else [])
        for place in places
    )


def find_match(session: Session, typed: str) -> MatchRow:
    """The match of an id or of the first digits of one. Raises NotFound when none or several answer."""
    return one_match(session.exec(select(MatchRow).where(begins_with(col(MatchRow.id), typed)).limit(2)).all(), typed)


def one_match(found: Sequence[T], typed: str) -> T:
    """The one that answers to an id or the first digits of one. Raises NotFound when none or several do."""
    if len(found) != 1:
        how = "no" if not found else "more than one"
        raise NotFound(f"There is {how} match {typed!r}.", Action.SEE_MATCHES)
    return found[0]


def videos_called(session: Session, typed: str) -> list[str]:
    """The ids of the videos of an id, of the first digits of one, or at an address: a page may show several. Raises NotFound."""
    text = "" if "\0" in typed else typed.strip()
    addresses = sorted({text, spelt(text)})
    on_page = select(Statement.video_id).where(col(Statement.page_url).in_(addresses))
    there = or_(col(Video.media_url).in_(addresses), col(Video.page_url).in_(addresses), col(Video.id).in_(on_page))
    found = list(session.exec(select(Video.id).where(there)))
    if not found and text:
        found = list(session.exec(select(Video.id).where(begins_with(col(Video.id), text)).limit(2)))
        if len(found) > 1:
            raise NotFound(f"There is more than one video {typed!r}.", "Give more digits of its id, or its address.")
    if not found:
        raise NotFound(f"There is no video {typed!r}.", "Give its id, or the address of its page or media.", Action.SEE_MATCHES)
    return found
