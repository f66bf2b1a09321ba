"""Second reviews: of decisions that were drawn, what somebody else decided on the same match without seeing the first.

They measure how far people agree (reports.agreement), and change nothing of the match: the first decision stands until a person
reopens it. Like reviews they are added, never changed. Of each match there is one at most.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, select

from registry.actions import Action
from registry.db import now
from registry.errors import NotFound
from registry.storage.lock import hold
from registry.subjects import AT_ONCE, Subject
from registry.vault.base import Vault
from reports.deciders import decided_by
from reports.deciding import Judgement
from reports.errors import Overtaken, ReviewRefused
from reports.leases import let_go
from reports.matches import MatchRow, MatchStatus
from reports.queue_item import QueueItem, queue_item
from reports.review import Decision, Review, check_reviewer, latest_review
from reports.second_review_rows import SecondReview as SecondReview
from reports.waiting import Next


def next_second(session: Session, reviewer: str, after: str | None = None, but: Collection[str] = ()) -> Next:
    """The first match that waits for a second review by that person, the one that was decided on first, after another match where
    that is named, and from the beginning where nothing comes after it. but: matches that others look at."""
    seen = latest_review(session, after) if after else None
    rows = session.execute(_waiting().order_by(col(Review.id))).all()
    since = seen.id or 0 if seen is not None else 0
    keys = [key for number, key in rows if number > since] + [key for number, key in rows if number <= since]
    held = False
    for key in _for(session, keys, reviewer):
        if key in but:
            held = True
        elif key != after:
            return Next(key)
    return Next(None, held)


def second_waiting(session: Session, reviewer: str) -> int:
    """How many matches wait for a second review by that person."""
    keys = [key for _, key in session.execute(_waiting())]
    return sum(1 for _ in _for(session, keys, reviewer))


def _for(session: Session, keys: Sequence[str], reviewer: str) -> Iterator[str]:
    """Those that the person may review, in their order, and no more of them read than are asked for."""
    for first in range(0, len(keys), AT_ONCE):
        some = keys[first : first + AT_ONCE]
        own = decided_by(session, some, reviewer)
        yield from (key for key in some if key not in own)


def _waiting() -> Any:
    """The decisions that wait for a second review by anybody: their ids, and their matches'."""
    later = aliased(Review)
    columns: tuple[Any, ...] = (Review.id, Review.match_id)
    query = sql_select(*columns).join(MatchRow, col(MatchRow.id) == Review.match_id)
    query = query.join(Subject, col(Subject.id) == MatchRow.subject_id).where(col(Subject.erased_at).is_(None))
    return query.where(
        col(Review.drawn).is_(True),
        ~exists().where(col(SecondReview.match_id) == Review.match_id),
        ~exists().where(col(later.match_id) == Review.match_id, col(later.id) > Review.id),
    )


def blind_item(session: Session, vault: Vault, match_id: str, reviewer: str) -> QueueItem:
    """A match as it was before anybody decided, for its second review. Raises as review_second does."""
    drawn_of(session, match_id, reviewer)
    seen = queue_item(session, vault, match_id)
    return replace(
        seen,
        line=replace(seen.line, status=MatchStatus.PENDING.value, permission=""),
        status=MatchStatus.PENDING,
        permission="",
        decisions=(),
        # What was decided of copies, and beside it, was often decided along with it.
        beside=tuple(replace(each, status=MatchStatus.PENDING.value) for each in seen.beside),
        copies=(),
        # Only where confirmed bytes stand is looked at again.
        elsewhere=tuple(replace(each, said="") for each in seen.elsewhere),
    )


def drawn_of(session: Session, match_id: str, reviewer: str) -> Review:
    """The decision that waits for a second review by that person.

    Raises NotFound for an unknown match, ReviewRefused for whoever decided on it, whether it was drawn or not, so that nobody
    learns that of a decision of their own, and Overtaken where it waits for none.
    """
    if session.get(MatchRow, match_id) is None:
        raise NotFound(f"There is no match {match_id}.", Action.SEE_MATCHES)
    if decided_by(session, [match_id], reviewer):
        raise ReviewRefused(
            "You decided on this match yourself, or on a copy of it.",
            "Leave its second review, if there is one, to somebody else.",
        )
    if session.execute(_waiting().where(Review.match_id == match_id)).first() is None:
        raise Overtaken("This match waits for no second review, or not any more.", "Go on with the next.")
    return session.exec(select(Review).where(Review.match_id == match_id).order_by(col(Review.id).desc()).limit(1)).one()


def review_second(session: Session, match_id: str, by: Judgement) -> SecondReview:
    """Add the second review of a match; flushed. The match, its cases and its copies stay as they are.

    Raises ReviewRefused without a name or a reason, for what is no decision on a match, and as drawn_of does.
    """
    check_reviewer(by.reviewer, by.reason)
    if by.decision is Decision.REOPEN:
        raise ReviewRefused("A second review says what the match is.", "Confirm it, reject it, or let it be.")
    hold(session)
    first = drawn_of(session, match_id, by.reviewer)
    if first.at > by.since:
        raise Overtaken("The match was decided on anew meanwhile.", "Look at it again.")
    made = SecondReview(
        match_id=match_id,
        review_id=first.id,  # type: ignore[arg-type]  # it is on record, and so has one
        decision=by.decision,
        reviewer=by.reviewer.strip(),
        reason=by.reason.strip(),
        at=now(),
    )
    session.add(made)
    session.flush()
    let_go(session, match_id)
    return made
