"""How far reviewers agree: the pairs of first and second reviews, and those that want settling."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, select

from registry.db import now
from registry.subjects import Subject
from registry.views import as_fields
from reports.agreed import Agreed, agreed_of, counted_pairs
from reports.matches import MatchRow
from reports.review import Review
from reports.second_review import SecondReview, fresh_seconds, second_waiting
from reports.second_review_rows import stands

MOST = 50

SETTLING = (
    "Look at the match together. If the first decision was wrong, reopen it and decide anew; if it was right, reopen it as well "
    "and decide the same again, with what you agreed on as the reason. The second review stays on record either way."
)


@dataclass(frozen=True)
class Disagreement:
    """A match on which a second review said otherwise, and that nobody has decided on since."""

    match_id: str
    subject: str
    first: str
    first_by: str
    first_reason: str
    second: str
    second_by: str
    second_reason: str
    at: datetime


@dataclass(frozen=True)
class Agreement(Agreed):
    """pairs: of a first and a second review; agreed: how many said the same, as a share and with its interval of 95%. kappa and
    the others: as in reports.kappa; None where it is not defined. table: counts, see DECISIONS. waiting: for a second
    review by whoever asks, 101 where there are more than 100; None where nobody is named, since by the number of all whoever
    decides could tell what was drawn.
    fresh: second reviews by whoever asks that they may still take back, which are in no other number here, so that they are told
    nothing of the first decisions.
    open: disagreements that want settling, in all; disagreements: the last ones of them."""

    waiting: int | None
    fresh: int
    open: int
    disagreements: tuple[Disagreement, ...]


def agreement(session: Session, reviewer: str = "") -> Agreement:
    """Of all matches that the session sees, for that person."""
    fresh = [row.id for row in fresh_seconds(session, reviewer, now())] if reviewer.strip() else []
    counted_ones = stands(), col(SecondReview.id).not_in(fresh)
    open_ones = _open(session, col(SecondReview.id).not_in(fresh))
    return Agreement(
        **as_fields(agreed_of(counted_pairs(session, *counted_ones))),
        waiting=second_waiting(session, reviewer) if reviewer.strip() else None,
        fresh=len(fresh),
        open=len(open_ones),
        disagreements=_lines(session, open_ones[:MOST]),
    )


def disagreement_of(session: Session, match_id: str) -> Disagreement | None:
    """What wants settling about one match; None where nothing does."""
    return next(iter(_lines(session, _open(session, col(SecondReview.match_id) == match_id))), None)


def _open(session: Session, which: ColumnElement[bool]) -> list[tuple[SecondReview, Review]]:
    """The last one first."""
    later = aliased(Review)
    query = select(SecondReview, Review).join(Review, col(Review.id) == SecondReview.review_id)
    # Of the first decision's match, which is the same: what is asked of it is asked where the two differ alone.
    living = exists().where(col(MatchRow.id) == Review.match_id, col(Subject.id) == MatchRow.subject_id)
    query = query.where(
        stands(),
        which,
        col(Review.decision) != SecondReview.decision,
        living.where(col(Subject.erased_at).is_(None)),
        ~exists().where(col(later.match_id) == Review.match_id, col(later.id) > Review.id),
    )
    return list(session.exec(query.order_by(col(SecondReview.at).desc(), col(SecondReview.id))).all())


def _lines(session: Session, pairs: Sequence[tuple[SecondReview, Review]]) -> tuple[Disagreement, ...]:
    if not pairs:
        return ()
    query = sql_select(MatchRow.id, Subject.name).join(Subject, col(Subject.id) == MatchRow.subject_id)  # type: ignore[call-overload]
    names = dict(session.execute(query.where(col(MatchRow.id).in_([second.match_id for second, _ in pairs]))).all())
    return tuple(_line(second, first, names[second.match_id]) for second, first in pairs)


def _line(second: SecondReview, first: Review, subject: str) -> Disagreement:
    return Disagreement(
        match_id=second.match_id,
        subject=subject,
        first=first.decision.said,
        first_by=first.reviewer,
        first_reason=first.reason,
        second=second.decision.said,
        second_by=second.reviewer,
        second_reason=second.reason,
        at=second.at,
    )
