"""Taking a video out of a family that it was joined to wrongly: a person says so, and it stands by itself again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from crawler.videos import Capture
from registry.actions import Action
from registry.storage.lock import hold
from reports.cases import Case, CaseMatch, renew_cases
from reports.copies import copies_of, root_video
from reports.errors import ReviewRefused
from reports.families.kin import kin_of
from reports.review import check_reviewer
from reports.selection import find_match


@dataclass(frozen=True)
class Parted:
    """match_id: of what was taken out. copies: to how many others it was joined."""

    match_id: str
    copies: int


def part(session: Session, match_id: str, by: str, reason: str, at: datetime) -> Parted:
    """Say of a match that it shows nothing that copies of its video do, and flush; the caller commits.

    Every decision stays what it is; where both were in one case, each is in one of its own. Raises NotFound, ReviewRefused
    without a name or a reason, and where it is in no family.
    """
    check_reviewer(by, reason)
    match = find_match(session, match_id)
    hold(session)
    kin = kin_of(session, match)
    if not kin:
        raise ReviewRefused(f"Match {match.id} is in no family of copies.", Action.SEE_MATCHES)
    for link in {each.link.id: each.link for each in kin}.values():
        link.parted_by, link.parted_reason, link.parted_at = by.strip(), reason.strip(), at
        session.add(link)
    session.flush()
    own = {row.id for row in (match, *copies_of(session, match))}
    for case in _cases_of(session, own):
        here = root_video(session, session.get_one(Capture, match.capture_id)) == case.video_id
        _leave(session, case, {each.match.id for each in kin} if here else own)
    renew_cases(session)
    return Parted(match.id, len(kin))


def _cases_of(session: Session, matches: Collection[str]) -> list[Case]:
    held = select(Case).join(CaseMatch).where(col(CaseMatch.match_id).in_(matches)).order_by(col(Case.id))
    return list(session.exec(held.distinct()))


def _leave(session: Session, case: Case, matches: Collection[str]) -> None:
    links = select(CaseMatch).where(CaseMatch.case_id == case.id, col(CaseMatch.match_id).in_(matches))
    for link in session.exec(links).all():
        session.delete(link)
    session.flush()
