"""What somebody decided last, to look at it again."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from registry.subjects import Subject
from reports.matches import MatchRow
from reports.review import Review

MOST = 10


@dataclass(frozen=True)
class DecidedLine:
    """A decision. said: confirmed, rejected, permitted or reopened. status: of the match now."""

    match_id: str
    subject: str
    said: str
    reason: str
    at: datetime
    status: str


def decided_lately(session: Session, reviewer: str) -> list[DecidedLine]:
    """The last decisions that were made in a name, the last one first; copies that followed one are not told."""
    rows = select(Review, MatchRow, Subject.name).join(MatchRow, col(MatchRow.id) == Review.match_id)
    rows = rows.join(Subject, col(Subject.id) == MatchRow.subject_id).where(
        Review.reviewer == reviewer, col(Review.follows).is_(None)
    )
    found = session.exec(rows.order_by(col(Review.id).desc()).limit(MOST))
    return [DecidedLine(match.id, name, row.decision.said, row.reason, row.at, match.status.value) for row, match, name in found]
