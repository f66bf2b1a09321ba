"""How far reviewers agree, as a weekly report tells it: of all pairs until its moment, where anything is reviewed twice then."""

from collections.abc import Sequence

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from registry.parties import Party, second_share_at
from registry.subjects import Subject
from reports.agreed import Agreed, agreed_of, counted_pairs
from reports.history import Outlook
from reports.matches import MatchRow
from reports.review import Review
from reports.second_review_rows import TAKEN_BACK_WITHIN, SecondReview, stands


def agreed_until(session: Session, outlook: Outlook, subjects: SelectOfScalar[str]) -> Agreed | None:
    """Of the matches of those subjects; None where none of their parties had decisions reviewed a second time at the report's
    moment. A second review that may still be taken back is not counted: whoever gave it may read the report."""
    if not _in_force(session, outlook, subjects):
        return None
    given = col(SecondReview.at) < min(outlook.before, outlook.made_at - TAKEN_BACK_WITHIN)
    matches = select(MatchRow.id).where(col(MatchRow.subject_id).in_(subjects))
    return agreed_of(counted_pairs(session, stands(), given, col(SecondReview.match_id).in_(matches)))


def _in_force(session: Session, outlook: Outlook, subjects: SelectOfScalar[str]) -> bool:
    """Whether decisions were made a second time at the report's moment: by the shares on record, and where none is since then, by
    whether any was drawn until then."""
    held = select(Party).where(col(Party.id).in_(select(Subject.party_id).where(col(Subject.id).in_(subjects))))
    parties = session.exec(held).all()
    if not outlook.past:
        return any(party.second_share > 0 for party in parties)
    shares = {party.id: second_share_at(party, outlook.before) for party in parties}
    unknown = [key for key, share in shares.items() if share is None]
    return any(shares.values()) or _any_drawn(session, outlook, unknown, subjects)


def _any_drawn(session: Session, outlook: Outlook, parties: Sequence[str], subjects: SelectOfScalar[str]) -> bool:
    drawn = select(Review.id).join(MatchRow, col(MatchRow.id) == Review.match_id)
    drawn = drawn.join(Subject, col(Subject.id) == MatchRow.subject_id)
    drawn = drawn.where(col(Review.drawn).is_(True), col(Review.at) < outlook.before)
    own = col(Subject.party_id).in_(parties), col(Subject.id).in_(subjects)
    return session.exec(drawn.where(*own).limit(1)).first() is not None
