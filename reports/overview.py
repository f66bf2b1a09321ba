"""How far a workspace is, in counts: what waits, what is decided, and what is there to be watched at all."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, SQLModel, col, func, select

from crawler.health import SourceRow
from crawler.videos import Capture
from registry.mandates import Mandate
from registry.parties import Party
from registry.references import Reference
from registry.subjects import Subject
from reports.cases import Case
from reports.matches import MatchRow, MatchStatus


@dataclass(frozen=True)
class Overview:
    """How many of each there are that the session sees. matches: by status, as on record."""

    matches: Mapping[MatchStatus, int]
    cases: int
    parties: int
    subjects: int
    references: int
    mandates: int
    sources: int
    captures: int


def overview(session: Session) -> Overview:
    """Counted in a statement for each kind."""
    by_status = session.exec(select(MatchRow.status, func.count()).group_by(col(MatchRow.status))).all()
    found = dict.fromkeys(MatchStatus, 0) | {MatchStatus(status): count for status, count in by_status}
    living = select(func.count()).select_from(Subject).where(col(Subject.erased_at).is_(None))
    watched = select(func.count()).select_from(SourceRow).where(col(SourceRow.removed_at).is_(None))
    return Overview(
        matches=found,
        cases=_count(session, Case),
        parties=_count(session, Party),
        subjects=session.exec(living).one(),
        references=_count(session, Reference),
        mandates=_count(session, Mandate),
        sources=session.exec(watched).one(),
        captures=_count(session, Capture),
    )


def _count(session: Session, table: type[SQLModel]) -> int:
    return session.exec(select(func.count()).select_from(table)).one()
