"""Matches where they are only named, in a case or among what was found: without all that one match is asked about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from crawler.videos import Capture, Video
from registry.licences import Permission
from registry.paging import Listed, Part
from registry.subjects import AT_ONCE, Subject
from reports.case_lines import CaseLine, case_line, find_case
from reports.cases import case_matches
from reports.match_lines import NOTHING_OVERDUE, as_of_now
from reports.matches import MatchRow, MatchStatus, status_under
from reports.selection import Selection, listed_matches, queued_matches
from reports.withheld import withheld_of


@dataclass(frozen=True)
class MatchBrief:
    """See MatchLine, whose fields of these names it has. reference: the id of the one that matched; reference_at: its second that
    did, where it has any."""

    id: str
    status: str
    subject: str | None
    modality: str
    from_: float
    to: float
    track: int
    places: list[list[float]]
    title: str
    uploader: str
    reference: str
    reference_at: float | None


def case_briefs(session: Session, case_id: str) -> tuple[CaseLine, list[MatchBrief]]:
    """A case by its id or the first digits of one, and its matches in order of time. Raises NotFound."""
    found = find_case(session, case_id)
    return case_line(session, found), _briefs(session, case_matches(session, found))


WAITING = Selection(statuses=(MatchStatus.PENDING,))


def listed_briefs(session: Session, wanted: Selection, part: Part) -> Listed[MatchBrief]:
    """The matches of a selection as they stand now; see listed_matches. Read at once: for parts of a bounded size. Those that
    wait come in the order of the queue, unless something is searched for."""
    chosen, permitted = as_of_now(session, wanted)
    queued = not part.search and wanted == WAITING
    found = (queued_matches if queued else listed_matches)(session, chosen, part)
    rows = list(found.rows)
    briefs = _briefs(session, [row for row, _ in rows], permitted)
    return Listed(zip(briefs, [cursor for _, cursor in rows], strict=True), found.more)


def briefs_of(session: Session, ids: Sequence[str]) -> list[MatchBrief]:
    """The matches of these ids that the session sees, as they are on record, in that order."""
    rows = {row.id: row for row in session.exec(select(MatchRow).where(col(MatchRow.id).in_(ids)))}
    return _briefs(session, [rows[key] for key in ids if key in rows])


def _status(row: MatchRow, permitted: Mapping[str, Permission]) -> MatchStatus:
    return status_under(permitted[row.id]) if row.id in permitted else row.status


def _briefs(
    session: Session, rows: Iterable[MatchRow], permitted: Mapping[str, Permission] = NOTHING_OVERDUE
) -> list[MatchBrief]:
    held = list(rows)
    hidden, about = withheld_of(session, held), _about(session, [row.id for row in held])
    return [
        MatchBrief(
            id=row.id,
            status=(MatchStatus.PENDING if row.id in hidden else _status(row, permitted)).value,
            subject=about[row.id].name,
            modality=row.modality.value,
            from_=round(row.t_start, 2),
            to=round(row.t_end, 2),
            track=row.track,
            places=row.spans,
            title=about[row.id].title,
            uploader=about[row.id].uploader,
            reference=row.reference_id,
            reference_at=row.reference_t,
        )
        for row in held
    ]


def _about(session: Session, ids: Sequence[str]) -> dict[str, Any]:
    """What is said of each match's video, and its subject's name, None of one that is not on record, by the match's id."""
    columns: tuple[Any, ...] = (MatchRow.id, Subject.name, Video.title, Video.uploader)
    query = sql_select(*columns).join(Capture, col(Capture.id) == MatchRow.capture_id)
    query = query.join(Video, col(Video.id) == Capture.video_id).outerjoin(Subject, col(Subject.id) == MatchRow.subject_id)
    parts = (ids[first : first + AT_ONCE] for first in range(0, len(ids), AT_ONCE))
    return {row.id: row for some in parts for row in session.execute(query.where(col(MatchRow.id).in_(some)))}
