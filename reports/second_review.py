"""Second reviews: of decisions that were drawn, what somebody else decided on the same match without seeing the first.

They measure how far people agree (reports.agreement), and change nothing of the match: the first decision stands until a person
reopens it. Like reviews they are added, never changed, but that whoever made one may take it back for ten minutes: it stays on
record, and so long they are told of the first decision nowhere in the queue. Of each match one at most stands.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import chain, islice
from typing import Any

from sqlalchemy import ColumnElement, bindparam
from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, exists, select

from registry.actions import Action
from registry.db import UtcDateTime, now
from registry.errors import NotFound
from registry.paging import Listed, Part, listed_of
from registry.storage.lock import hold
from registry.subjects import Subject
from registry.vault.base import Vault
from reports.deciders import OWN, decided_by, decisions, of_person, person_key
from reports.deciding import Judgement
from reports.errors import Overtaken, ReviewRefused
from reports.leases import let_go
from reports.match_lines import MatchLine, match_line, match_lines, undecided
from reports.matches import MatchRow, MatchStatus
from reports.queue_item import QueueItem, queue_item
from reports.review import Decision, Review, check_reviewer, latest_review
from reports.second_review_rows import TAKEN_BACK_WITHIN as TAKEN_BACK_WITHIN
from reports.second_review_rows import SecondReview as SecondReview
from reports.second_review_rows import stands
from reports.waiting import Next

FIRST, FEW = 3, 110
"""So many are asked about at first, where one is wanted, and at a time."""
MOST_COUNTED = 100
"""Of more that wait for somebody it is said that there are more."""


def next_second(session: Session, reviewer: str, after: str | None = None, but: Collection[str] = ()) -> Next:
    """The first match that waits for a second review by that person, the one that was decided on first, after another match where
    that is named, and from the beginning where nothing comes after it. but: matches that others look at."""
    seen = latest_review(session, after) if after else None
    since = seen.id or 0 if seen is not None else 0
    parts = [col(Review.id) > since, col(Review.id) <= since] if since else [col(Review.id) > 0]
    held = False
    for key in chain.from_iterable(_waiting_for(session, reviewer, part, some=FIRST) for part in parts):
        if key in but:
            held = True
        elif key != after:
            return Next(key)
    return Next(None, held)


def second_waiting(session: Session, reviewer: str) -> int:
    """How many matches wait for a second review by that person, MOST_COUNTED and one at most."""
    return sum(1 for _ in islice(_waiting_for(session, reviewer), MOST_COUNTED + 1))


def _waiting_for(session: Session, reviewer: str, *which: ColumnElement[bool], some: int = FEW) -> Iterator[str]:
    """The matches that wait for that person, of those decisions, in the order of these; not many more are read than are asked
    for: some at first."""
    last = 0
    while rows := session.execute(_waiting().where(col(Review.id) > last, *which).order_by(col(Review.id)).limit(some)).all():
        last, some = rows[-1][0], FEW
        yield from _for(session, [key for _, key in rows], reviewer)


def _for(session: Session, keys: Sequence[str], reviewer: str) -> Iterator[str]:
    """Those that the person may review, in their order, and no more of them read than are asked for."""
    for first in range(0, len(keys), FEW):
        some = keys[first : first + FEW]
        own = decided_by(session, some, reviewer)
        yield from (key for key in some if key not in own)


def _waiting() -> Any:
    """The decisions that wait for a second review by anybody: their ids, and their matches'."""
    columns: tuple[Any, ...] = (Review.id, Review.match_id)
    query = sql_select(*columns).join(MatchRow, col(MatchRow.id) == Review.match_id)
    query = query.join(Subject, col(Subject.id) == MatchRow.subject_id).where(col(Subject.erased_at).is_(None))
    return query.where(
        col(Review.drawn).is_(True),
        ~exists().where(col(SecondReview.match_id) == Review.match_id, stands()),
        ~exists().where(col(_LATER.match_id) == Review.match_id, col(_LATER.id) > Review.id),
    )


def seconds_for(session: Session, reviewer: str, part: Part) -> Listed[MatchLine]:
    """The matches that wait for a second review by that person, as blind_line has them, the one that was decided on first first.
    A cursor is the id of its match. Raises CursorRefused."""
    keys = [key for _, key in session.execute(_waiting().order_by(col(Review.id)))]
    found = listed_of(_for(session, keys, reviewer), key=str, text=str, part=part)
    shown = [key for key, _ in found.rows]
    rows = {row.id: row for row in session.exec(select(MatchRow).where(col(MatchRow.id).in_(shown)))}
    lines = match_lines(session, [rows[key] for key in shown])
    return Listed([(undecided(line), line.id) for line in lines], found.more)


def blind_line(session: Session, match_id: str, reviewer: str) -> MatchLine:
    """What is said of a match, as it was before anybody decided, for its second review. Raises as drawn_of does."""
    drawn_of(session, match_id, reviewer)
    return undecided(match_line(session, session.get_one(MatchRow, match_id)))


def blind_item(session: Session, vault: Vault, match_id: str, reviewer: str) -> tuple[QueueItem, SecondReview | None]:
    """A match, by its id or the first digits of one, as it was before anybody decided, for its second review, or where that may
    still be taken back, with the one that may. Raises as drawn_of does."""
    seen = queue_item(session, vault, match_id, undecided=True)
    known = _known_of(session, seen.line.id, reviewer, now())
    if known.fresh is None:
        _refuse_undrawn(known)
    blind = replace(
        seen,
        line=undecided(seen.line),
        status=MatchStatus.PENDING,
        permission="",
        decisions=(),
        # What was decided of copies, and beside it, was often decided along with it.
        beside=tuple(replace(each, status=MatchStatus.PENDING.value) for each in seen.beside),
        copies=(),
        # Only where confirmed bytes stand is looked at again.
        elsewhere=tuple(replace(each, said="") for each in seen.elsewhere),
    )
    return blind, known.fresh


def fresh_seconds(session: Session, reviewer: str, at: datetime, match_id: str | None = None) -> list[SecondReview]:
    """That person's second reviews that they may still take back, of one match where it is named; the last one first."""
    query = select(SecondReview).where(_is_fresh(at - TAKEN_BACK_WITHIN))
    if match_id is not None:
        query = query.where(SecondReview.match_id == match_id)
    person = person_key(reviewer)
    rows = session.exec(query.order_by(col(SecondReview.at).desc(), col(SecondReview.id)))
    return [row for row in rows if person_key(row.reviewer) == person]


_LATER = aliased(Review)


def _is_fresh(since: Any) -> ColumnElement[bool]:
    """since: the moment, or what stands for it in a statement, after which one may still be taken back."""
    decided_anew = exists().where(col(_LATER.match_id) == SecondReview.match_id, col(_LATER.id) > SecondReview.review_id)
    return and_(stands(), col(SecondReview.at) > since, ~decided_anew)


def fresh_lines(session: Session, reviewer: str) -> list[tuple[SecondReview, str]]:
    """As fresh_seconds, each with the name of its match's subject."""
    rows = fresh_seconds(session, reviewer, now())
    query = sql_select(MatchRow.id, Subject.name).join(Subject, col(Subject.id) == MatchRow.subject_id)  # type: ignore[call-overload]
    names = dict(session.execute(query.where(col(MatchRow.id).in_([row.match_id for row in rows]))).all())
    return [(row, names[row.match_id]) for row in rows]


def drawn_of(session: Session, match_id: str, reviewer: str) -> Review:
    """The decision that waits for a second review by that person.

    Raises NotFound for an unknown match, ReviewRefused for whoever decided on it, whether it was drawn or not, so that nobody
    learns that of a decision of their own, and Overtaken where it waits for none.
    """
    if session.get(MatchRow, match_id) is None:
        raise NotFound(f"There is no match {match_id}.", Action.SEE_MATCHES)
    _refuse_undrawn(_known_of(session, match_id, reviewer, now()))
    return session.exec(select(Review).where(Review.match_id == match_id).order_by(col(Review.id).desc()).limit(1)).one()


@dataclass(frozen=True)
class _Known:
    """What decides whether a person is given a match. decided: they did, on it or a copy of it. waits: for a second review, by
    anybody. fresh: theirs, which they may still take back."""

    decided: bool
    waits: bool
    fresh: SecondReview | None


def _known_of(session: Session, match_id: str, reviewer: str, at: datetime) -> _Known:
    """All of it in one statement, since each page asks. A match that waits, or has a second review, was decided on."""
    rows = session.execute(_about(), {"match_id": match_id, "since": at - TAKEN_BACK_WITHIN}).all()
    given = next((row[-1] for row in rows if row[-1] is not None), None)
    is_own = given is not None and person_key(given.reviewer) == person_key(reviewer)
    return _Known(bool(of_person(rows, reviewer)), any(row[-2] for row in rows), given if is_own else None)


@cache
def _about() -> Any:
    waits = _waiting().where(col(Review.match_id) == OWN.id).correlate(OWN).exists()
    query = decisions().add_columns(waits, SecondReview).where(col(OWN.id) == bindparam("match_id"))
    fresh = _is_fresh(bindparam("since", type_=UtcDateTime()))
    return query.outerjoin(SecondReview, and_(col(SecondReview.match_id) == OWN.id, fresh))


def _refuse_undrawn(known: _Known) -> None:
    if known.decided:
        raise ReviewRefused(
            "You decided on this match yourself, or on a copy of it.",
            "Leave its second review, if there is one, to somebody else.",
        )
    if not known.waits:
        raise Overtaken("This match waits for no second review, or not any more.", "Go on with the next.")


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
        party_id=_party_of(session, match_id),
    )
    session.add(made)
    session.flush()
    let_go(session, match_id)
    return made


def _party_of(session: Session, match_id: str) -> str:
    of_match = select(MatchRow.subject_id).where(MatchRow.id == match_id)
    return session.exec(select(Subject.party_id).where(col(Subject.id).in_(of_match))).one()


def take_back(session: Session, match_id: str, reviewer: str) -> SecondReview:
    """Take back one's own second review of a match, which waits for one again; flushed.

    Raises ReviewRefused where there is none of that person's that may be taken back: it is another's, its ten minutes are over,
    or the match was decided on anew.
    """
    hold(session)
    found = fresh_seconds(session, reviewer, now(), match_id)
    if not found:
        raise ReviewRefused(
            "No second review of this match by you can be taken back: that goes for ten minutes, until somebody decides anew.",
            "Tell whoever settles what differs; see how far reviewers agree.",
        )
    found[0].taken_back_at = now()
    session.add(found[0])
    session.flush()
    return found[0]
