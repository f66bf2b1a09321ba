"""Pairs of first and second decisions: how many there are, how many agree, and what that says of how far reviewers agree."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, func

from registry.counting import counted
from reports.kappa import FEW, agreed_between, kappa
from reports.review import Decision, Review
from reports.second_review_rows import SecondReview

DECISIONS = (Decision.CONFIRM, Decision.REJECT, Decision.PERMIT)
"""By rows, the first ones, and by columns, the second ones, of Agreed.table."""

WITHOUT_WIDTH = 1e-6
"""A standard error that is nothing but rounding."""


@dataclass(frozen=True)
class Agreed:
    """pairs: of a first and a second review; agreed: how many said the same, as a share and with its interval of 95%. kappa and
    the others: as in reports.kappa; None where it is not defined. table: counts, see DECISIONS."""

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


def agreed_of(table: npt.NDArray[np.int64]) -> Agreed:
    """What a table of counts comes to; see DECISIONS."""
    pairs, agreed = int(table.sum()), int(np.trace(table))
    found, between = kappa(table), agreed_between(agreed, pairs)
    return Agreed(
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
    )


def counted_pairs(session: Session, *which: ColumnElement[bool]) -> npt.NDArray[np.int64]:
    """How often which first decision met which second one, see DECISIONS. which: conditions of SecondReview."""
    table = np.zeros((len(DECISIONS), len(DECISIONS)), np.int64)
    columns = Review.decision, SecondReview.decision, func.count()
    query = sql_select(*columns).join(Review, col(Review.id) == SecondReview.review_id)  # type: ignore[call-overload]
    for first, second, count in session.execute(query.where(*which).group_by(Review.decision, SecondReview.decision)):
        table[DECISIONS.index(first), DECISIONS.index(second)] = count
    return table
