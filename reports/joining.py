"""New addresses of what was decided: what a scan finds in bytes that a person judged elsewhere comes under that decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from crawler.videos import Capture, Video
from reports.copies import copies_of
from reports.matches import MatchRow, MatchStatus
from reports.review import Decision, Review, follow, latest_review, may_be_confirmed


@dataclass(frozen=True)
class Joined:
    """A newly found address that came under a decision on the same bytes."""

    match_id: str
    decision: Decision
    address: str


def join_decided(session: Session, capture: Capture, at: datetime) -> list[Joined]:
    """Bring what a scan found in a new capture under what was decided of the same bytes elsewhere, and flush.

    What is licensed at the new address, and what nobody may act for any more, is left to a person.
    """
    pending = select(MatchRow).where(MatchRow.capture_id == capture.id, MatchRow.status == MatchStatus.PENDING)
    joined = []
    for match in session.exec(pending.order_by(col(MatchRow.id))).all():
        if latest_review(session, match.id) is not None:
            continue
        decided = _decision_of(session, copies_of(session, match))
        if decided is None or (decided.decision is Decision.CONFIRM and not may_be_confirmed(session, match, at)):
            continue
        follow(session, match, decided, capture)
        joined.append(Joined(match.id, decided.decision, session.get_one(Video, capture.video_id).media_url))
    return joined


def _decision_of(session: Session, copies: Sequence[MatchRow]) -> Review | None:
    """The last decision that a person made on one of them; None where the last was to reopen it, or there is none."""
    reviews = [review for copy in copies if (review := latest_review(session, copy.id)) is not None]
    last = max(reviews, key=lambda review: review.id or 0, default=None)
    return None if last is None or last.decision is Decision.REOPEN else last
