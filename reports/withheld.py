"""First decisions that are withheld from whoever a second review of them waits for: all that lists, cases, letters and programs
are told of a match goes by this one place.

They are told of the match as it was before anybody decided, until ten minutes after they gave theirs. Whoever decided first,
whose role gives no second reviews, and the machine's owner are told all. What was drawn covers its copies, which follow it.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_
from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists

from registry.db import now
from registry.subjects import AT_ONCE, Subject
from registry.tenancy import caller_of, may_write
from reports.deciders import decided_by, person_key
from reports.errors import Overtaken
from reports.matches import MatchRow
from reports.review import Review
from reports.second_review_rows import TAKEN_BACK_WITHIN, SecondReview, stands


def reader_of(session: Session) -> str:
    """By what name the session's account would give a second review; "" for whoever gives none, and the machine's owner."""
    caller = caller_of(session)
    return caller.name if caller is not None and may_write(session, "second_review") else ""


def withheld(session: Session, matches: Collection[str], person: str) -> dict[str, str]:
    """Of these matches, by their ids, those whose decision is withheld from that person, each with the match that was drawn: its
    own, or the copy that was decided on. Nothing is for ""."""
    keys, found = sorted(matches) if person else [], dict[str, str]()
    for first in range(0, len(keys), AT_ONCE):
        found |= _withheld(session, col(_LAST.match_id).in_(keys[first : first + AT_ONCE]), person)
    return found


def withheld_by(session: Session, holder: Any, match_id: Any, which: ColumnElement[bool], person: str) -> frozenset[str]:
    """What holds a match of which the decision is withheld from that person. holder, match_id: columns of a table that says what
    holds which match; which: a condition on its rows. One statement where nothing is withheld. Nothing is for ""."""
    if not person:
        return frozenset()
    query = _drawn(holder).join(holder.class_, match_id == _LAST.match_id).where(which)
    rows = session.execute(query).all()
    hidden = _of(session, rows, person)
    return frozenset(row[-1] for row in rows if row[0] in hidden)


def withheld_of(session: Session, rows: Sequence[MatchRow]) -> dict[str, str]:
    """As withheld, of rows that were read, and for whoever has the session. Of what nobody decided on nothing is asked."""
    reader = reader_of(session)
    return withheld(session, {row.id for row in rows if not row.is_unreviewed}, reader) if reader else {}


def refuse_withheld(session: Session, match_id: str, person: str) -> None:
    """Raise Overtaken for a match that was decided on and waits for a second review by that person: not with what was decided."""
    if withheld(session, [match_id], person):
        raise Overtaken(*SECOND_WAITS)


SECOND_WAITS = (
    "Somebody decided on this match before, and a second review of it is yours to give.",
    "Give that: what they decided is shown to you ten minutes after it.",
)
"""What whoever would decide on such a match is told, and what to do."""

_LAST, _ROOT, _LATER, _ANEW = (aliased(Review) for _ in range(4))


def _withheld(session: Session, which: Any, person: str) -> dict[str, str]:
    """which: a condition on the last decision about a match, which may follow that of a copy."""
    return _of(session, session.execute(_drawn().where(which)).all(), person)


def _drawn(*besides: Any) -> Any:
    """Of each match whose last decision, or that of the copy which it follows, was drawn and may be withheld: its id, that of
    what was drawn, and the second review of that which stands."""
    columns: tuple[Any, ...] = (_LAST.match_id, _ROOT.match_id, SecondReview, *besides)
    # Not by coalesce, which PostgreSQL does not know to tell nothing of rows that an account does not see: it would read all.
    root = case((col(_LAST.follows).is_(None), _LAST.id), else_=_LAST.follows)
    query = sql_select(*columns).select_from(_LAST).join(_ROOT, col(_ROOT.id) == root)
    # Of somebody who was erased no second review can be given.
    query = query.join(MatchRow, col(MatchRow.id) == _ROOT.match_id).join(Subject, col(Subject.id) == MatchRow.subject_id)
    query = query.where(col(Subject.erased_at).is_(None))
    query = query.outerjoin(SecondReview, and_(col(SecondReview.match_id) == _ROOT.match_id, stands()))
    return query.where(
        col(_ROOT.drawn).is_(True),
        ~exists().where(col(_LATER.match_id) == _LAST.match_id, col(_LATER.id) > _LAST.id),
        ~exists().where(col(_ANEW.match_id) == _ROOT.match_id, col(_ANEW.id) > _ROOT.id),
        or_(col(SecondReview.id).is_(None), col(SecondReview.at) > now() - TAKEN_BACK_WITHIN),
    )


def _of(session: Session, rows: Sequence[Any], person: str) -> dict[str, str]:
    """Which of them are withheld from that person, each with what was drawn."""
    given = {key: root for key, root, row, *_ in rows if row is not None and person_key(row.reviewer) == person_key(person)}
    waits = {key: root for key, root, row, *_ in rows if row is None}
    own = _decided_by(session, sorted(set(waits.values())), person)
    return given | {key: root for key, root in waits.items() if root not in own}


def _decided_by(session: Session, keys: Sequence[str], person: str) -> set[str]:
    parts = (keys[first : first + AT_ONCE] for first in range(0, len(keys), AT_ONCE))
    return {key for part in parts for key in decided_by(session, part, person)}
