"""How far reviewers agree: the pairs of first and second reviews, and those that want settling."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement
from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, select

from registry.db import in_text, now
from registry.subjects import Subject
from registry.tenancy import ask, declare
from registry.views import as_fields
from reports.agreed import DECISIONS, Agreed, agreed_of
from reports.deciders import person_key
from reports.matches import MatchRow
from reports.review import Review
from reports.second_review import SecondReview, second_waiting
from reports.second_review_rows import TAKEN_BACK_WITHIN, stands

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
    since = {"since": in_text(now() - TAKEN_BACK_WITHIN)}
    table, open_ones, fresh = ask(session, _PAIRS, since, person_key(reviewer) if reviewer.strip() else None)
    shown = open_ones[:MOST]
    rows = {pair[0].id: pair for pair in _open(session, col(SecondReview.id).in_(shown))} if shown else {}
    return Agreement(
        **as_fields(agreed_of(table)),
        waiting=second_waiting(session, reviewer) if reviewer.strip() else None,
        fresh=fresh,
        open=len(open_ones),
        disagreements=_lines(session, [rows[key] for key in shown if key in rows]),
    )


def _told(rows: Iterator[Sequence[Any]], person: str | None) -> tuple[npt.NDArray[np.int64], list[str], int]:
    """How often which first decision met which second one (agreed.DECISIONS), the ids of those that want settling, the last one
    first, and how many are in neither, since that person may still take them back."""
    places = {decision.name: place for place, decision in enumerate(DECISIONS)}
    table, open_ones, fresh = np.zeros((len(DECISIONS), len(DECISIONS)), np.int64), list[tuple[str, str]](), 0
    for first, second, key, at, who, pairs in rows:
        if person is not None and who is not None and person_key(who) == person:
            fresh += pairs
            continue
        table[places[first], places[second]] += pairs
        if key is not None:
            open_ones.append((at, key))
    by_id = sorted(open_ones, key=lambda pair: pair[1])
    return table, [key for _, key in sorted(by_id, key=lambda pair: pair[0], reverse=True)], fresh


# Of everybody's second reviews it tells those of the session's parties, as their view shows them, and the first decisions about
# the same matches; who gave one, of those alone that may still be taken back. Whose match each is, is noted with it, and never
# changes. Of those who were erased, few, the matches are looked up once, and not each match's subject. Second reviews are read as
# they lie: by the index of those that stand each row would be looked up by itself. All that is told of most is how many they are.
_PAIRS = declare(
    """
    SELECT first, second, key, max(at), fresh, count(*) FROM (
        SELECT r.decision AS first, s.decision AS second, CASE WHEN r.decision <> s.decision AND NOT EXISTS (
            SELECT 1 FROM main.review AS later WHERE later.match_id = s.match_id AND later.id > r.id
        ) AND s.match_id NOT IN (
            SELECT m.id FROM main.subject AS who CROSS JOIN main."match" AS m
            WHERE who.erased_at IS NOT NULL AND m.subject_id = who.id
        ) THEN s.id END AS key, s.at AS at, CASE WHEN s.at > :since AND NOT EXISTS (
            SELECT 1 FROM main.review AS anew WHERE anew.match_id = s.match_id AND anew.id > r.id
        ) THEN s.reviewer END AS fresh
        FROM main.second_review AS s CROSS JOIN main.review AS r
        WHERE r.id = s.review_id AND coalesce(s.taken_back_at, '') = '' AND (
            s.party_id IN (SELECT id FROM party)
            OR s.party_id IS NULL AND EXISTS (SELECT 1 FROM second_review AS seen WHERE seen.id = s.id)
        )
    ) AS pairs GROUP BY first, second, key, fresh
    """,
    _told,
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
