"""Claims: who does which piece of work now, so that several at once share it and none of it is lost or done twice.

A piece of work is a key of a kind. Whoever claims it has it for a while, and longer as long as they say that they are at it. Each
claim has a number of its own, its fence, and the transaction that writes the result asks whether the claim still holds by it: who
was taken for gone, and was only slow, writes nothing. Nobody is told of claims but whoever does the work, and the audit log has
none: nothing is decided by them.

A key at which a holder ended without a result counts that; whoever looks for work leaves one alone at which ENDINGS ended.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Field, Session, SQLModel, col

from registry.db import UtcDateTime
from registry.errors import RegistryError
from registry.paging import AT_ONCE
from registry.storage.known import storage_of

ENDINGS = 3
"""Holders that end at a key, each without a result, before it is set aside."""

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=10)
"""After the first failure, and at most; each further one doubles the wait."""

LONGEST_LEASE = timedelta(minutes=5)
"""Of a clock that was set back nobody waits longer for a holder."""

KEPT = timedelta(days=7)
"""For so long what was counted of a key that nobody holds is remembered; then it is tried like any other."""


class ClaimLost(RegistryError):
    """A result of work that somebody else has taken over meanwhile."""


class Claim(SQLModel, table=True):
    """Work that somebody is at, or of which something is to be remembered.

    holder: who has it; "" for nobody. fence: of the last claim of it. until: when the lease ends; where nobody has it, from when
    it may be claimed. turn: which keys of one batch are worked on together; those of the lowest turn come first. endings: of
    holders, since the last result. failures: since the last success.
    """

    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    holder: str = Field(index=True)
    fence: int
    until: datetime = Field(sa_type=UtcDateTime)
    turn: int = 0
    endings: int = 0
    failures: int = 0


@dataclass(frozen=True)
class Claimed:
    """A claim that was given: its number goes with the result."""

    kind: str
    key: str
    holder: str
    fence: int


@dataclass(frozen=True)
class Wanted:
    """Who wants work. holder: an id of its own. seconds: for how long a claim holds unless it is renewed; LONGEST_LEASE at most.
    at_once: how many keys of a batch are worked on at a time, in their order. gone: holders of whom it is known that they ended,
    whatever their leases say. endless: whether keys are never set aside."""

    holder: str
    seconds: float
    at_once: int = 1
    gone: Collection[str] = ()
    endless: bool = False


def claim(session: Session, kind: str, keys: Sequence[str], by: Wanted, most: int, at: datetime) -> list[Claimed]:
    """Claim keys that nobody has, so many at most, in their order, those at which somebody ended last. Not committed: the
    database is held until the session commits, which the caller does at once.

    A holder that is gone, or whose lease is over, has lost what it had by this.
    """
    connection = _held(session)
    _settle(connection, by, at)
    _forget(connection, at)
    chosen = _free(connection, kind, keys, by, most, at)
    return _taken(connection, kind, chosen, by, at)


def _held(session: Session) -> Connection:
    # Past the session's flush: no claim is anybody's change of a row.
    connection = AnySession.connection(session)
    storage_of(connection).take(connection)
    return connection


def _settle(connection: Connection, by: Wanted, at: datetime) -> None:
    """Take from those who ended what they had, and count it where they were at work."""
    over = or_(col(Claim.until) <= at, col(Claim.until) > at + LONGEST_LEASE, col(Claim.holder).in_(by.gone))
    ended = and_(col(Claim.holder) != "", col(Claim.holder) != by.holder, over)
    at_work = (
        select(col(Claim.kind), col(Claim.holder), func.min(Claim.turn)).where(ended).group_by(col(Claim.kind), col(Claim.holder))
    )
    found = [tuple(row) for row in connection.execute(at_work)]
    if not found:
        return
    for kind, holder, turn in found:
        own = and_(col(Claim.kind) == kind, col(Claim.holder) == holder, col(Claim.turn) == turn, ended)
        connection.execute(update(Claim).where(own).values(endings=Claim.endings + 1))
    _let_go(connection, ended, at)


def _let_go(connection: Connection, which: ColumnElement[bool], at: datetime) -> None:
    """Nobody has these any more. Of whom nothing is to be remembered no row stays; a holder's own name goes with it."""
    nothing = and_(col(Claim.endings) == 0, col(Claim.failures) == 0)
    connection.execute(delete(Claim).where(which, or_(nothing, col(Claim.key) == col(Claim.holder))))
    connection.execute(update(Claim).where(which).values(holder="", until=at))


def _forget(connection: Connection, at: datetime) -> None:
    connection.execute(delete(Claim).where(col(Claim.holder) == "", col(Claim.until) < at - KEPT))


def _free(connection: Connection, kind: str, keys: Sequence[str], by: Wanted, most: int, at: datetime) -> list["_Free"]:
    free, doubtful = list[_Free](), list[_Free]()
    wanted = list(dict.fromkeys(keys))
    for first in range(0, len(wanted), AT_ONCE):
        if len(free) >= most:
            break
        some = wanted[first : first + AT_ONCE]
        rows = {row.key: row for row in connection.execute(_rows(kind, some))}
        for key in some:
            row = rows.get(key)
            if row is None:
                free.append(_Free(key))
            elif _may_be_taken(row, by, at):
                found = _Free(key, row.fence, row.endings, row.failures)
                (doubtful if row.endings else free).append(found)
    return [*free, *sorted(doubtful, key=lambda each: each.endings)][:most]


@dataclass(frozen=True)
class _Free:
    """A key that may be claimed, and what is known of it."""

    key: str
    fence: int = 0
    endings: int = 0
    failures: int = 0


def _rows(kind: str, keys: Collection[str]) -> Select[Any]:
    return select(Claim.__table__).where(col(Claim.kind) == kind, col(Claim.key).in_(keys))  # type: ignore[attr-defined]


def _may_be_taken(row: Any, by: Wanted, at: datetime) -> bool:
    # Of a clock that was set back nothing waits longer than it may.
    due = row.until <= at or row.until > at + LONGEST_WAIT
    return row.holder == "" and due and (by.endless or row.endings < ENDINGS)


def _taken(connection: Connection, kind: str, chosen: Sequence[_Free], by: Wanted, at: datetime) -> list[Claimed]:
    if not chosen:
        return []
    until, moment = at + timedelta(seconds=by.seconds), int(at.timestamp() * 1_000_000)
    rows: list[dict[str, Any]] = [
        {
            "kind": kind,
            "key": each.key,
            "holder": by.holder,
            "until": until,
            "turn": number // by.at_once,
            # A moment, which no other claim of this key had: also after it was forgotten.
            "fence": max(moment, each.fence + 1),
            "endings": each.endings,
            "failures": each.failures,
        }
        for number, each in enumerate(chosen)
    ]
    connection.execute(
        delete(Claim).where(col(Claim.kind) == kind, col(Claim.key).in_([each.key for each in chosen if each.fence]))
    )
    connection.execute(insert(Claim), rows)
    return [Claimed(kind, row["key"], by.holder, row["fence"]) for row in rows]


def renew(session: Session, holder: str, seconds: float, at: datetime) -> int:
    """Whoever holds claims is at them still, for so long; says how many it holds. Commits."""
    own = update(Claim).where(col(Claim.holder) == holder).values(until=at + timedelta(seconds=seconds))
    held = AnySession.connection(session).execute(own).rowcount
    session.commit()
    return held


def finish(session: Session, *claims: Claimed) -> None:
    """In the transaction of the results: the work is done, and nothing more is remembered of it. Raises ClaimLost where one of
    the claims holds no more."""
    connection, held = AnySession.connection(session), set[tuple[str, str]]()
    for first in range(0, len(claims), AT_ONCE):
        some = [(each.kind, each.key, each.holder, each.fence) for each in claims[first : first + AT_ONCE]]
        done = delete(Claim).where(tuple_(Claim.kind, Claim.key, Claim.holder, Claim.fence).in_(some))
        held |= {(row.kind, row.key) for row in connection.execute(done.returning(col(Claim.kind), col(Claim.key)))}
    for claimed in claims:
        _refuse_lost((claimed.kind, claimed.key) in held, claimed)


def check(session: Session, claimed: Claimed) -> None:
    """In the transaction of a result after which the work goes on: the claim holds until that is committed, and what was counted
    of the key is over. Raises ClaimLost."""
    own = update(Claim).where(_is(claimed)).values(endings=0, failures=0)
    _refuse_lost(AnySession.connection(session).execute(own).rowcount, claimed)


def put_off(session: Session, claimed: Claimed, at: datetime) -> datetime:
    """The work failed, and may be claimed again from the moment that is returned. Not committed. Raises ClaimLost."""
    connection = _held(session)
    failures = connection.execute(select(col(Claim.failures)).where(_is(claimed))).scalar_one_or_none()
    _refuse_lost(failures is not None, claimed)
    again: datetime = at + min(FIRST_WAIT * 2 ** min(failures or 0, 20), LONGEST_WAIT)
    connection.execute(update(Claim).where(_is(claimed)).values(holder="", until=again, failures=Claim.failures + 1))
    return again


def give_back(session: Session, claims: Sequence[Claimed], at: datetime) -> None:
    """Others may claim these at once. Not committed; what another has by now stays that one's."""
    connection = _held(session)
    for claimed in claims:
        _let_go(connection, _is(claimed), at)


def give_all_back(session: Session, holder: str, at: datetime) -> None:
    """The same of all that somebody has."""
    _let_go(_held(session), col(Claim.holder) == holder, at)


@dataclass(frozen=True)
class Known:
    """What is known of a key. held: somebody else has it; until: for how long at most, or else from when it may be claimed.
    set_aside: so many holders ended at it that nobody claims it."""

    held: bool
    until: datetime
    set_aside: bool


def known(session: Session, kind: str, keys: Sequence[str], holder: str) -> dict[str, Known]:
    """What is known of those keys of which something is, but for what the holder has itself."""
    found = dict[str, Known]()
    connection = AnySession.connection(session)
    for first in range(0, len(keys), AT_ONCE):
        for row in connection.execute(_rows(kind, keys[first : first + AT_ONCE])):
            if row.holder != holder:
                found[row.key] = Known(bool(row.holder), row.until, not row.holder and row.endings >= ENDINGS)
    return found


def others(session: Session, kind: str, holder: str, at: datetime) -> int:
    """How many others have work of that kind now."""
    lasts = and_(col(Claim.until) > at, col(Claim.until) <= at + LONGEST_LEASE)
    query = select(func.count(col(Claim.holder).distinct()))
    query = query.where(col(Claim.kind) == kind, col(Claim.holder) != "", col(Claim.holder) != holder, lasts)
    return int(AnySession.connection(session).execute(query).scalar_one())


def _is(claimed: Claimed) -> ColumnElement[bool]:
    return and_(
        col(Claim.kind) == claimed.kind,
        col(Claim.key) == claimed.key,
        col(Claim.holder) == claimed.holder,
        col(Claim.fence) == claimed.fence,
    )


def _refuse_lost(held: int, claimed: Claimed) -> None:
    if not held:
        raise ClaimLost(
            f"The {claimed.kind} {claimed.key[:40]} was taken over by another run: this one was too slow to say that it goes on.",
            "Nothing is to be done: the other run does it.",
            retryable=True,
        )
