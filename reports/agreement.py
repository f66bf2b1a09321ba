"""How far reviewers agree: the pairs of first and second reviews, and those that want settling."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement
from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, func, select

from registry.counting import counted
from registry.db import now
from registry.subjects import Subject
from reports.kappa import FEW, agreed_between, kappa
from reports.matches import MatchRow
from reports.review import Decision, Review
from reports.second_review import SecondReview, fresh_seconds, second_waiting
from reports.second_review_rows import stands

DECISIONS = (Decision.CONFIRM, Decision.REJECT, Decision.PERMIT)
"""By rows, the first ones, and by columns, the second ones, of Agreement.table."""

MOST = 50

WITHOUT_WIDTH = 1e-6
"""A standard error that is nothing but rounding."""

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
class Agreement:
    """pairs: of a first and a second review; agreed: how many said the same, as a share and with its interval of 95%. kappa and
    the others: as in reports.kappa; None where it is not defined. table: counts, see DECISIONS. waiting: for a second
    review by whoever asks, 101 where there are more than 100; None where nobody is named, since by the number of all whoever
    decides could tell what was drawn.
    fresh: second reviews by whoever asks that they may still take back, which are in no other number here, so that they are told
    nothing of the first decisions.
    open: disagreements that want settling, in all; disagreements: the last ones of them."""

    pairs: int
    agreed: int
    share: float | None
    share_low: float | None
    share_high: float | None
    kappa: float | None
    kappa_error: float | None
    kappa_low: float | None
    kappa_high: float | None
    table: list[list[int]]
    waiting: int | None
    fresh: int
    open: int
    disagreements: tuple[Disagreement, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """For people, a sentence each."""
        if not self.pairs:
            return ("No decision was reviewed a second time yet: nothing can be said of how far reviewers agree.",)
        share = _percent(self.share, self.share_low, self.share_high)
        said = [f"Of {counted(self.pairs, 'match', 'matches')} reviewed twice, {self.agreed} decided the same: {share}."]
        if self.kappa is None:
            said.append("Cohen's kappa is not defined: both always decided the same one way, as chance alone would have it.")
        elif self.agreed == self.pairs:
            said.append(
                "Cohen's kappa is 1.00. It has no interval, since nobody disagreed: that of the share above says how sure it is."
            )
        elif (self.kappa_error or 0.0) < WITHOUT_WIDTH:
            said.append("Cohen's kappa is 0.00, and has no interval: one of the two always decided the same way.")
        else:
            said.append(f"Cohen's kappa is {self.kappa:.2f} (95% from {self.kappa_low:.2f} to {self.kappa_high:.2f}).")
        if self.pairs < FEW:
            said.append(f"These are fewer than {FEW}: take it as a first impression.")
        return tuple(said)


def _percent(share: float | None, low: float | None, high: float | None) -> str:
    return f"{share or 0:.0%} (95% from {low or 0:.0%} to {high or 0:.0%})"


def agreement(session: Session, reviewer: str = "") -> Agreement:
    """Of all matches that the session sees, for that person."""
    fresh = [row.id for row in fresh_seconds(session, reviewer, now())] if reviewer.strip() else []
    counted_ones = stands(), col(SecondReview.id).not_in(fresh)
    table = counted_pairs(session, *counted_ones)
    pairs, agreed = int(table.sum()), int(np.trace(table))
    found, between = kappa(table), agreed_between(agreed, pairs)
    open_ones = _open(session, col(SecondReview.id).not_in(fresh))
    return Agreement(
        pairs=pairs,
        agreed=agreed,
        share=agreed / pairs if pairs else None,
        share_low=between[0] if between else None,
        share_high=between[1] if between else None,
        kappa=found.value if found else None,
        kappa_error=found.error if found else None,
        kappa_low=found.low if found else None,
        kappa_high=found.high if found else None,
        table=table.tolist(),
        waiting=second_waiting(session, reviewer) if reviewer.strip() else None,
        fresh=len(fresh),
        open=len(open_ones),
        disagreements=_lines(session, open_ones[:MOST]),
    )


def counted_pairs(session: Session, *which: ColumnElement[bool]) -> npt.NDArray[np.int64]:
    """How often which first decision met which second one, see DECISIONS. which: conditions of SecondReview and MatchRow."""
    table = np.zeros((len(DECISIONS), len(DECISIONS)), np.int64)
    columns = Review.decision, SecondReview.decision, func.count()
    query = sql_select(*columns).join(Review, col(Review.id) == SecondReview.review_id)  # type: ignore[call-overload]
    query = query.join(MatchRow, col(MatchRow.id) == SecondReview.match_id).where(*which)
    for first, second, count in session.execute(query.group_by(Review.decision, SecondReview.decision)):
        table[DECISIONS.index(first), DECISIONS.index(second)] = count
    return table


def disagreement_of(session: Session, match_id: str) -> Disagreement | None:
    """What wants settling about one match; None where nothing does."""
    return next(iter(_lines(session, _open(session, col(SecondReview.match_id) == match_id))), None)


def _open(session: Session, which: ColumnElement[bool]) -> list[tuple[SecondReview, Review]]:
    """The last one first."""
    later = aliased(Review)
    query = select(SecondReview, Review).join(Review, col(Review.id) == SecondReview.review_id)
    living = exists().where(col(MatchRow.id) == SecondReview.match_id, col(Subject.id) == MatchRow.subject_id)
    query = query.where(
        stands(),
        which,
        col(Review.decision) != SecondReview.decision,
        living.where(col(Subject.erased_at).is_(None)),
        ~exists().where(col(later.match_id) == SecondReview.match_id, col(later.id) > Review.id),
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
