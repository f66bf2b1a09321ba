"""What this room holds of a subject, and its removal when the subject is erased."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from registry.audit import record
from registry.tenancy import ask, declare, first_column
from reports.cases import CaseMatch
from reports.families.forgetting import forget_family
from reports.leases import let_go
from reports.looked_for import forget_looked_for
from reports.matches import MatchRow
from reports.notices.absent_stamp import stamps_of
from reports.notices.events import events_of
from reports.notices.notice import Notice
from reports.review import Review

_OF_ERASED = """
    SET reason = '' WHERE reason <> '' AND match_id IN (SELECT id FROM "match" WHERE subject_id = :subject) RETURNING id
"""

# Whoever may erase may do this to the reviews of what is erased, also a registrar, who decides nothing.
_FORGET_REASONS = {table: declare(f"UPDATE main.{table} {_OF_ERASED}", first_column) for table in ("review", "second_review")}


def erase_matches(session: Session, subject_id: str) -> int:
    """Remove what was found of a subject, and flush; the registry's erasure commits. Returns how many rows went or were emptied.

    A match that nobody judged goes. One that a person judged stays as a bare row, without boxes and reasons, because
    reviews are never deleted; what the reviewers wrote is emptied. It leaves its case. Letters that name the subject go.
    """
    for table, forget in _FORGET_REASONS.items():
        record(session, "change", table, [str(key) for key in ask(session, forget, {"subject": subject_id})])
    forget_looked_for(session, subject_id)
    rows = session.exec(select(MatchRow).where(MatchRow.subject_id == subject_id)).all()
    keys = {row.id for row in rows}
    naming = [key for key, named in session.exec(select(Notice.id, Notice.match_ids)) if keys.intersection(named)]
    letters = [session.get_one(Notice, key) for key in naming]
    _forget_lives(session, letters)
    for gone in (*letters, *session.exec(select(CaseMatch).where(col(CaseMatch.match_id).in_(keys)))):
        session.delete(gone)
    session.flush()
    forget_family(session, subject_id)
    for key in keys:
        # Whoever looks at one just now is told that it is gone.
        let_go(session, key)
    judged = set(session.exec(select(Review.match_id).where(col(Review.match_id).in_(keys))))
    for row in rows:
        if row.id in judged:
            _empty(row)
            session.add(row)
        else:
            session.delete(row)
    session.flush()
    return len(rows) + len(letters)


def _forget_lives(session: Session, letters: Sequence[Notice]) -> None:
    lives = [event for letter in letters for event in events_of(session, letter)]
    stamps = [stamp for event in lives for stamp in stamps_of(session, event)]
    for gone in (*stamps, *lives):
        session.delete(gone)
        session.flush()


def _empty(row: MatchRow) -> None:
    row.boxes, row.spans, row.reasons, row.reference_parts = [], [], [], []
    row.best_x1 = row.best_y1 = row.best_x2 = row.best_y2 = None
    row.reference_start = row.reference_end = row.reference_t = None
    row.permission_reason = ""
