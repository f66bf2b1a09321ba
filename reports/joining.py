"""New addresses of what was decided: what a scan finds in bytes that a person judged elsewhere comes under that decision, and so
does what shows the same in other bytes, as far as that person has seen all that it shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from crawler.videos import Capture, Video
from reports.copies import copies_of
from reports.families.kin import Kin, kin_of
from reports.matches import MatchRow, MatchStatus
from reports.review import Decision, Review, carries, follow, latest_review, may_be_confirmed
from reports.uses import Place, shown_at


@dataclass(frozen=True)
class Joined:
    """A newly found address that came under a decision on the same bytes, or the same footage. how: in words."""

    match_id: str
    decision: Decision
    address: str
    how: str = "as the same bytes elsewhere"


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
        follow(session, match, decided, capture.captured_at)
        joined.append(Joined(match.id, decided.decision, session.get_one(Video, capture.video_id).media_url))
    return joined


def join_family(session: Session, matches: Sequence[MatchRow], at: datetime) -> list[Joined]:
    """The same for what was found to show what matches in earlier videos do; see carries for what waits for a person all the
    same.

    Where two of them were decided otherwise, a person decides."""
    joined = []
    for match in matches:
        if match.status is not MatchStatus.PENDING or latest_review(session, match.id) is not None:
            continue
        kin = kin_of(session, match)
        decided = _one_decision(session, [_turned(each) for each in kin])
        if decided is None or not _holds_here(session, decided.decision, match, [each.match for each in kin], at):
            continue
        for row in (match, *copies_of(session, match)):
            if row.status is MatchStatus.PENDING:
                follow(session, row, decided, at)
                video = session.get_one(Video, session.get_one(Capture, row.capture_id).video_id)
                joined.append(Joined(row.id, decided.decision, video.media_url, "as the same footage elsewhere"))
    return joined


def _turned(kin: Kin) -> Kin:
    """The same link as it is seen from the other end: which of the two follows."""
    return Kin(kin.match, kin.link, not kin.is_copy)


def _one_decision(session: Session, kin: Sequence[Kin]) -> Review | None:
    """The decision that holds for the follower, too. kin: each as seen from the match that was decided on."""
    found = [(each, last) for each in kin if (last := latest_review(session, each.match.id)) is not None]
    standing = [(each, last) for each, last in found if each.sure and last.decision is not Decision.REOPEN]
    if len({last.decision for _, last in standing}) != 1:
        return None
    carried = [last for each, last in standing if _is_carried(each, last.decision)]
    return max(carried, key=lambda last: last.id or 0, default=None)


def _is_carried(kin: Kin, decision: Decision) -> bool:
    # Leave that was given to a publisher holds for what that one puts up again; see _holds_here.
    return kin.shows_no_more if decision is Decision.PERMIT else carries(kin, decision)


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
