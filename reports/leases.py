"""Leases: who looks at a match now, so that no two people decide on it at once without knowing.

A lease is no right to decide: that a decision is of what was shown is for reports.review to see to. It tells others that
somebody is at it, and until when. A session of the machine's owner writes them, past the audit log: nothing is decided by them.
A decision ends them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, delete
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Field, Session, SQLModel, col, func, or_, select

from registry.db import UtcDateTime
from registry.tenancy import ask, declare, nothing
from reports.errors import Overtaken
from reports.render.plain import clock_of

LASTS = timedelta(minutes=5)
"""Without a sign of life; a browser that shows the match gives one a minute."""

KEPT = timedelta(days=1)
"""For so long after its end a lease is remembered, for whoever comes back with its fence."""


class Lease(SQLModel, table=True):
    """fence: grows whenever somebody else takes the match; a decision that brings an older one comes too late. holder: whose it
    is, by the id of the account. name: of who looks."""

    match_id: str = Field(primary_key=True, foreign_key="match.id")
    fence: int
    holder: str = Field(index=True)
    name: str
    until: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True)
class Looker:
    """Who looks: holder, name as in Lease."""

    holder: str
    name: str


@dataclass(frozen=True)
class Taken:
    """A lease as whoever asked for it is told of it. mine: whether they have it; else name has it until then."""

    mine: bool
    fence: int
    name: str
    until: datetime


def _upsert(connection: Connection) -> Any:
    """The dialect's own insert, which both say in the same words. PostgreSQL's is loaded where that is used."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert
    from sqlalchemy.dialects import postgresql

    return postgresql.insert


def take(session: Session, match_id: str, by: Looker, at: datetime) -> Taken:
    """Take a match, or say again that one is at it; commits. Where somebody else is at it, that is said instead."""
    until = at + LASTS
    # A moment as the fence, which no other lease of this match had: also after it was forgotten.
    connection = _connection(session)
    new = _upsert(connection)(Lease).values(
        match_id=match_id, fence=int(at.timestamp() * 1_000_000), holder=by.holder, name=by.name, until=until
    )
    held, said = Lease.__table__.c, new.excluded  # type: ignore[attr-defined]
    own = held.holder == said.holder
    # In one statement, so that of two who take it at once one alone has it.
    taken = new.on_conflict_do_update(
        index_elements=[held.match_id],
        set_={
            "fence": case((own, held.fence), else_=func.max(said.fence, held.fence + 1)),
            "holder": said.holder,
            "name": said.name,
            "until": said.until,
        },
        where=or_(own, held.until <= at, held.until > until),
    )
    fence = connection.execute(taken.returning(held.fence)).scalar_one_or_none()
    if fence is not None:
        session.commit()
        return Taken(True, fence, by.name, until)
    session.rollback()
    row = session.exec(select(Lease).where(Lease.match_id == match_id)).first()
    # Who had it may have decided or left in between.
    return take(session, match_id, by, at) if row is None else Taken(False, row.fence, row.name, row.until)


def give_back(session: Session, match_ids: Sequence[str], holder: str, at: datetime) -> None:
    """Let others have these matches at once; commits. What another has is left as it is, unless it is long over."""
    own = col(Lease.match_id).in_(match_ids) & (col(Lease.holder) == holder)
    _connection(session).execute(delete(Lease).where(own | (col(Lease.until) < at - KEPT)))
    session.commit()


# Whoever decides may be an account, which has no leases of its own.
_LET_GO = declare("DELETE FROM main.lease WHERE match_id = :id", nothing)


def let_go(session: Session, match_id: str) -> None:
    """Nobody is at a match any more that is decided on, in the transaction of the decision. Not committed."""
    ask(session, _LET_GO, {"id": match_id})


def taken_by_others(session: Session, holder: str, at: datetime) -> list[str]:
    """The matches that somebody else looks at now."""
    others = select(Lease).where(Lease.holder != holder, Lease.until > at)
    return [row.match_id for row in session.exec(others) if _lasts(row.until, at)]


def refuse_taken(session: Session, match_id: str, by: Looker, fence: int | None, at: datetime) -> None:
    """Raise Overtaken where somebody else has the match now, or had it since the fence was given out.

    It is asked while whoever decides holds the database, so that nobody takes the match before the decision is committed.
    """
    row = session.exec(select(Lease).where(Lease.match_id == match_id)).first()
    if row is None or row.holder == by.holder:
        return
    if _lasts(row.until, at):
        raise Overtaken(f"{row.name} has this match until {clock_of(row.until)}.", "Go on with the next, or wait until then.")
    if fence is not None and row.fence > fence:
        raise Overtaken(f"{row.name} looked at this match meanwhile.", "Look at it again.")


def _lasts(until: datetime, at: datetime) -> bool:
    # Of a clock that was set back nobody waits longer than a lease lasts.
    return at < until <= at + LASTS


# Past the session's flush, as said above.


def _connection(session: AnySession) -> Connection:
    return AnySession.connection(session)
