"""The queue: matches that wait for a person, one after the other; those of one look at a video together."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, literal, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from registry.paging import MOST_COUNTED
from reports.matches import MatchRow, MatchStatus

QUEUED: tuple[Any, ...] = (col(MatchRow.found_at), col(MatchRow.capture_id), col(MatchRow.t_start), col(MatchRow.id))
"""The order of the queue, which an index of matches has."""

MOST_LEFT_OUT = 500
"""Matches that others look at, in one statement."""


@dataclass(frozen=True)
class Next:
    """match_id: the next one to look at; None where there is none. taken: whether all that wait are looked at by others."""

    match_id: str | None
    taken: bool = False


def next_waiting(session: Session, after: str | None = None, but: Collection[str] = ()) -> Next:
    """The first match that waits, after another one where that is named, and from the beginning where nothing comes after it.

    after: a match's id, whatever its status; it is never given itself. but: matches that others look at.
    """
    left = sorted(but)[:MOST_LEFT_OUT]
    seen = session.get(MatchRow, after) if after else None
    conditions = [col(MatchRow.id).not_in([*left, *([after] if after else [])])]
    for place in [[_beyond(seen)], []] if seen is not None else [[]]:
        found = session.exec(_waiting().where(*conditions, *place).order_by(*QUEUED).limit(1)).first()
        if found is not None:
            return Next(found)
    return Next(None, bool(left) and session.exec(_waiting().where(col(MatchRow.id).in_(left)).limit(1)).first() is not None)


def waiting_count() -> ScalarSelect[int]:
    """How many matches wait for a person, MOST_COUNTED and one at most, as a part of a statement."""
    # By a name of its own, so that it is counted alone and not match by match of the statement around it.
    waiting = aliased(MatchRow)
    some = select(waiting.id).where(waiting.status == MatchStatus.PENDING).limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _waiting() -> SelectOfScalar[str]:
    return select(MatchRow.id).where(MatchRow.status == MatchStatus.PENDING)


def _beyond(seen: MatchRow) -> ColumnElement[bool]:
    place = (seen.found_at, seen.capture_id, seen.t_start, seen.id)
    return tuple_(*QUEUED) > tuple_(*(literal(value, column.type) for value, column in zip(place, QUEUED, strict=True)))
