"""How far reviewers agree, as a weekly report tells it: of all pairs until its moment, where anything is reviewed twice."""

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from registry.parties import Party
from registry.subjects import Subject
from reports.agreed import Agreed, agreed_of, counted_pairs
from reports.history import Outlook
from reports.matches import MatchRow
from reports.second_review_rows import TAKEN_BACK_WITHIN, SecondReview, stands


def agreed_until(session: Session, outlook: Outlook, subjects: SelectOfScalar[str]) -> Agreed | None:
    """Of the matches of those subjects; None where none of their parties has decisions reviewed a second time. A second review
    that may still be taken back is not counted: whoever gave it may read the report."""
    share = select(Party.id).join(Subject, col(Subject.party_id) == Party.id).where(col(Party.second_share) > 0)
    if session.exec(share.where(col(Subject.id).in_(subjects)).limit(1)).first() is None:
        return None
    given = col(SecondReview.at) < min(outlook.before, outlook.made_at - TAKEN_BACK_WITHIN)
    matches = select(MatchRow.id).where(col(MatchRow.subject_id).in_(subjects))
    return agreed_of(counted_pairs(session, stands(), given, col(SecondReview.match_id).in_(matches)))
