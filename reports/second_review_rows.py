"""The table of second reviews, by itself: what only counts them needs nothing of what shows a match."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Index, text
from sqlmodel import Field, SQLModel, col

from registry.db import UtcDateTime, new_id
from registry.storage.triggers import forbid
from reports.review import Decision

TAKEN_BACK_WITHIN = timedelta(minutes=10)

_STANDS = text("taken_back_at IS NULL")


class SecondReview(SQLModel, table=True):
    """review_id: the decision that was drawn, which whoever made this one did not see. reason: as in Review. taken_back_at: when
    whoever made it took it back; it counts as never made. party_id: whose match it is, so that a party's are counted without
    looking at each match; None where that was not noted."""

    __tablename__ = "second_review"
    __table_args__ = (
        Index("ix_second_review_standing", "match_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    match_id: str = Field(foreign_key="match.id")
    review_id: int = Field(foreign_key="review.id")
    decision: Decision
    reviewer: str
    reason: str
    at: datetime = Field(sa_type=UtcDateTime)
    taken_back_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    party_id: str | None = None


_SAME = " AND ".join(
    f"NEW.{name} IS OLD.{name}" for name in ("id", "match_id", "review_id", "decision", "reviewer", "at", "party_id")
)
_ERASED = (
    'EXISTS (SELECT 1 FROM "match" JOIN subject ON subject.id = "match".subject_id '
    'WHERE "match".id = OLD.match_id AND subject.erased_at IS NOT NULL)'
)
_FORGOTTEN = f"(NEW.reason = '' AND NEW.taken_back_at IS OLD.taken_back_at AND {_ERASED})"
_TAKEN_BACK = "(NEW.reason IS OLD.reason AND OLD.taken_back_at IS NULL AND NEW.taken_back_at IS NOT NULL)"
forbid(
    "second_review_is_not_changed",
    "BEFORE UPDATE ON second_review",
    "a second review is never changed",
    when=f"NOT ({_SAME} AND ({_FORGOTTEN} OR {_TAKEN_BACK}))",
)
forbid("second_review_is_not_deleted", "BEFORE DELETE ON second_review", "a second review is never deleted")
forbid(
    "second_review_is_anothers",
    "BEFORE INSERT ON second_review",
    "nobody reviews a decision of their own",
    when="EXISTS (SELECT 1 FROM review WHERE match_id = NEW.match_id AND reviewer = NEW.reviewer)",
)


def stands() -> ColumnElement[bool]:
    """Of second reviews, those that were not taken back."""
    return col(SecondReview.taken_back_at).is_(None)
