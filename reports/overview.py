"""How far a workspace is, in counts: what waits, what is decided, and what is there to be watched at all."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, exists
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from crawler.health import SourceRow, SourceRun
from crawler.videos import Capture
from registry.invitations import Invitation, Stage
from registry.mandates import Mandate
from registry.paging import MOST_COUNTED
from registry.parties import Party
from registry.references import Reference
from registry.subjects import Subject
from reports.cases import Case
from reports.matches import MatchRow, MatchStatus
from reports.notices.notice import DRAFT, Notice


@dataclass(frozen=True)
class Overview:
    """How many of each there are that the session sees; where there are more than MOST_COUNTED, one more than these.

    matches: by status, as on record. letters: drafts, to be approved. sent: links by which a member sent photos, to be taken in.
    unread: sources that are watched and were not read completely the last time. parties, references, mandates, captures: whether
    there is any.
    """

    matches: Mapping[MatchStatus, int]
    cases: int
    subjects: int
    sources: int
    letters: int
    sent: int
    unread: int
    parties: bool
    references: bool
    mandates: bool
    captures: bool


def overview(session: Session) -> Overview:
    """Counted in one statement."""
    by_status = {status: _count(select(MatchRow.id).where(MatchRow.status == status)) for status in MatchStatus}
    living = select(Subject.id).where(col(Subject.erased_at).is_(None))
    watched = select(SourceRow.id).where(col(SourceRow.removed_at).is_(None))
    drafts = select(Notice.id).where(Notice.state == DRAFT)
    sent = select(Invitation.id).where(Invitation.stage == Stage.SENT)
    held = (select(Case.id), living, watched, drafts, sent, _unread(watched))
    counted = (*by_status.values(), *map(_count, held))
    there = (exists(select(table.id)) for table in (Party, Reference, Mandate, Capture))
    found = list(session.execute(sql_select(*counted, *there)).one())
    of_status, others = found[: len(by_status)], found[len(by_status) :]
    return Overview(dict(zip(by_status, of_status, strict=True)), *others[: len(held)], *map(bool, others[len(held) :]))


def _unread(watched: SelectOfScalar[str]) -> SelectOfScalar[str]:
    last = select(SourceRun.complete).where(SourceRun.source_id == SourceRow.id).order_by(col(SourceRun.started_at).desc())
    complete = last.limit(1).correlate(SourceRow).scalar_subquery()
    return watched.where(col(SourceRow.paused_at).is_(None), complete.is_(False))


def _count(rows: SelectOfScalar[str]) -> ScalarSelect[int]:
    return select(func.count()).select_from(rows.limit(MOST_COUNTED + 1).subquery()).scalar_subquery()
