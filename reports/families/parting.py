"""Taking a video out of a family that it was joined to wrongly: a person says so, and it stands by itself again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from registry.actions import Action
from registry.storage.lock import hold
from reports.cases import CaseMatch
from reports.copies import copies_of
from reports.errors import ReviewRefused
from reports.families.kin import Kin, kin_of
from reports.matches import MatchRow
from reports.review import Decision, Review, check_reviewer, latest_review, review
from reports.selection import find_match


@dataclass(frozen=True)
class Parted:
    """match_id: of what was taken out. copies: to how many others it was joined. reopened: how many decisions were taken back
    that one of them had from the other."""

    match_id: str
    copies: int
    reopened: int


def part(session: Session, match_id: str, by: str, reason: str, at: datetime) -> Parted:
    """Say of a match that it shows nothing that copies of its video do, and flush; the caller commits.

    A decision that it followed because of them is reopened, and it leaves their case. Nothing is decided about it. Raises
    NotFound, ReviewRefused without a name or a reason, and where it is in no family.
    """
    check_reviewer(by, reason)
    match = find_match(session, match_id)
    hold(session)
    kin = kin_of(session, match)
    if not kin:
        raise ReviewRefused(f"Match {match.id} is in no family of copies.", Action.SEE_MATCHES)
    reopening = _inherited(session, match, kin)
    for link in {each.link.id: each.link for each in kin}.values():
        link.parted_by, link.parted_reason, link.parted_at = by.strip(), reason.strip(), at
        session.add(link)
    session.flush()
    for row in reopening:
        review(session, row.id, Decision.REOPEN, by, f"Taken out of a family of copies: {reason.strip()}", at)
        _leave_case(session, [row, *copies_of(session, row)])
    session.flush()
    return Parted(match.id, len(kin), len(reopening))


def _inherited(session: Session, match: MatchRow, kin: Sequence[Kin]) -> list[MatchRow]:
    """The match, and the others, whose decision was made about the other of the two."""
    own = {row.id for row in (match, *copies_of(session, match))}
    others = {each.match.id: each.match for each in kin}
    found = [match] if _root(session, match) in others else []
    return [*found, *(row for row in others.values() if _root(session, row) in own)]


def _root(session: Session, match: MatchRow) -> str | None:
    """The match that the decision was made about which holds for this one; None where it is its own."""
    last = latest_review(session, match.id)
    if last is None or last.follows is None or last.decision is Decision.REOPEN:
        return None
    return session.get_one(Review, last.follows).match_id


def _leave_case(session: Session, matches: Sequence[MatchRow]) -> None:
    links = select(CaseMatch).where(col(CaseMatch.match_id).in_([row.id for row in matches]))
    for link in session.exec(links).all():
        session.delete(link)
