"""What this room made of a subject: noted when it is made, and said when the subject is erased."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from crawler.videos import Capture
from registry.documents import note_document
from reports.matches import MatchRow
from reports.review import Review


def note_made(session: Session, paths: Iterable[Path], kind: str, match_ids: Iterable[str], at: datetime) -> None:
    """Record which subjects the documents show, by the matches in them; flushed, not committed."""
    subjects = set(session.exec(select(MatchRow.subject_id).where(col(MatchRow.id).in_(list(match_ids)))))
    for path in paths:
        note_document(session, path, kind, subjects, at)


def kept_reviews(session: Session, subject_id: str) -> list[str]:
    """What stays of matches that a person judged: the decisions, and the public videos they are about."""
    matches = select(MatchRow.id).where(MatchRow.subject_id == subject_id)
    reviews = session.exec(select(Review.id).where(col(Review.match_id).in_(matches))).all()
    captures = session.exec(
        select(Capture.id).where(col(Capture.id).in_(select(MatchRow.capture_id).where(MatchRow.subject_id == subject_id)))
    )
    lines = []
    if reviews:
        lines.append(
            f"{len(reviews)} decisions by people, without boxes and reasons of the match: accountability (GDPR Art. 5(2))"
        )
    if held := len(captures.all()):
        lines.append(f"{held} captures of public videos, which were not made from the subject's references (GDPR Art. 17(3)(e))")
    return lines
