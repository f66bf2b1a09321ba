"""New addresses of what was decided: what a scan finds in bytes that a person judged elsewhere comes under that decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from crawler.videos import Capture, Video
from reports.copies import copies_of
from reports.matches import MatchRow, MatchStatus
from reports.review import Decision, Review, follow, latest_review, may_be_confirmed
from reports.uses import Place, shown_at


@dataclass(frozen=True)
class Joined:
    """A newly found address that came under a decision on the same bytes."""

    match_id: str
    decision: Decision
    address: str


def join_decided(session: Session, capture: Capture, at: datetime) -> list[Joined]:
    """Bring what a scan found in a new capture under what was decided of the same bytes elsewhere, and flush.

    What is licensed at the new address, and what nobody may act for any more, is left to a person; and what a person permitted
    elsewhere, unless the same publisher shows it: leave is given to a use.
    """
    pending = select(MatchRow).where(MatchRow.capture_id == capture.id, MatchRow.status == MatchStatus.PENDING)
    joined = []
    for match in session.exec(pending.order_by(col(MatchRow.id))).all():
        if latest_review(session, match.id) is not None:
            continue
        copies = copies_of(session, match)
        decided = _decision_of(session, copies)
        if decided is None or not _holds_here(session, decided.decision, match, copies, at):
            continue
        follow(session, match, decided, capture)
        joined.append(Joined(match.id, decided.decision, session.get_one(Video, capture.video_id).media_url))
    return joined


def _holds_here(session: Session, decision: Decision, match: MatchRow, copies: Sequence[MatchRow], at: datetime) -> bool:
    if decision is Decision.CONFIRM:
        return may_be_confirmed(session, match, at)
    return decision is not Decision.PERMIT or _is_shown_by_the_same(session, match, copies)


def _is_shown_by_the_same(session: Session, match: MatchRow, copies: Sequence[MatchRow]) -> bool:
    """Whether every page of the new address is one at which a person permitted the bytes, or of one who publishes them there."""
    permitted = [place for copy in copies if _is_permitted_by_person(copy) for place in _places(session, copy)]
    pages = {place.address for place in permitted}
    publishers = {(place.host, place.uploader) for place in permitted if place.uploader}
    return all(place.address in pages or (place.host, place.uploader) in publishers for place in _places(session, match))


def _is_permitted_by_person(match: MatchRow) -> bool:
    return match.status is MatchStatus.PERMITTED and match.allowance_id is None


def _places(session: Session, match: MatchRow) -> list[Place]:
    """Where the video of a match is shown."""
    video = session.get_one(Video, session.get_one(Capture, match.capture_id).video_id)
    return [place for shown in shown_at(session, [video]).values() for place in shown.places]


def _decision_of(session: Session, copies: Sequence[MatchRow]) -> Review | None:
    """The last decision that a person made on one of them; None where the last was to reopen it, or there is none."""
    reviews = [review for copy in copies if (review := latest_review(session, copy.id)) is not None]
    last = max(reviews, key=lambda review: review.id or 0, default=None)
    return None if last is None or last.decision is Decision.REOPEN else last
