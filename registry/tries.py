"""Tries: how often somebody may try to be let in, kept in the database, and what the audit log is told of it.

Every attempt is counted, under the name as it was typed, before the secret is looked at, and taken back when it was right: who
tries many at once gains nothing, and a name that is no account's is answered like one that is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Field, Session, SQLModel, col, select

from registry.accounts import AccessRefused, Account
from registry.actions import Action
from registry.audit import Actor, acting, current_actor, record
from registry.blinding import blinder
from registry.db import UtcDateTime
from registry.storage.lock import hold

ALL, CLOCK = "all", "clock"
"""The rows that are no name's: of all attempts, and of the latest time that this machine was seen to have."""

FREE, FIRST, LONGEST, MOST = 4, timedelta(seconds=30), timedelta(hours=1), 100
"""Of one name: so many wrong passwords cost nothing, the next costs FIRST, each further one twice as much, up to LONGEST. After
MOST in a row none is taken any more (NIST SP 800-63B-4, 3.2.2: no more than 100)."""

FREE_IN_ALL, FIRST_IN_ALL, LONGEST_IN_ALL = 20, timedelta(seconds=1), timedelta(minutes=1)
"""The same of all names together, of whose count one goes a minute."""

KEPT = timedelta(days=30)
"""For so long it is remembered that a name was tried which is no account's."""

SEEN_EVERY = timedelta(hours=1)
"""The latest time is noted when it is so much later than the one that is noted."""


class SignIn(SQLModel, table=True):
    """What was tried under one name. id: a keyed digest of the name as it was typed, since somebody may
    type what is no account's name; ALL and CLOCK.

    account_id: whose name it is, if anybody's. failures: wrong passwords in a row. until: the first moment at which another is
    taken; None for at once. Codes of a second factor are counted under a row of the account's own.
    """

    __tablename__ = "sign_in"

    id: str = Field(primary_key=True)
    account_id: str | None = Field(default=None, foreign_key="account.id", index=True)
    failures: int = 0
    last_at: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)


@dataclass(frozen=True)
class Tries:
    """failures, last_at, until: as in SignIn."""

    failures: int
    last_at: datetime
    until: datetime | None = None

    def at(self, moment: datetime) -> "Tries":
        """As it is at that moment. Where the clock was set back since, the wait begins anew: it is as long as it was."""
        if moment >= self.last_at:
            return self
        return Tries(self.failures, moment, self.until and self.until - (self.last_at - moment))

    def calmed(self, moment: datetime) -> "Tries":
        """As they count at a moment: one failure is forgotten each minute."""
        minutes = int(max(moment - self.last_at, timedelta(0)) / timedelta(minutes=1))
        return replace(self, failures=max(0, self.failures - minutes))

    def but_one(self) -> "Tries":
        """With one failure less, and no wait where none is due then."""
        failures = max(0, self.failures - 1)
        return replace(self, failures=failures, until=self.until if failures > FREE_IN_ALL else None)

    def and_one(self, moment: datetime, free: int, first: timedelta, longest: timedelta) -> "Tries":
        """With one failure more. free: how many cost nothing; first: the wait after the next, which doubles up to longest."""
        over = self.failures + 1 - free
        wait = min(first * 2 ** min(over - 1, 20), longest) if over > 0 else None
        return Tries(self.failures + 1, moment, wait and moment + wait)


class Throttled(AccessRefused):
    """No password is taken now, right or wrong."""


def count(session: Session, key: str | None, account: Account | None, at: datetime, what: str = "passwords") -> None:
    """Count an attempt before it is looked at, and commit that. key: None for a token, which cannot be
    guessed and belongs to no name. what: is tried. Raises Throttled."""
    hold(session)
    in_all = (tried(session, ALL) or Tries(0, at)).at(at).calmed(at)
    of_one = (key and tried(session, key)) or Tries(0, at)
    of_one = of_one.at(at)
    keep(session, ALL, in_all)
    _refuse_locked(session, of_one, key, account, at, what)
    if in_all.until is not None and at < in_all.until:
        session.commit()
        raise Throttled(
            f"Too many wrong passwords and tokens were given to this machine: none is taken until {in_words(in_all.until)}.",
            "Wait until then. Tokens that are right work meanwhile.",
            retryable=True,
        )
    keep(session, ALL, in_all.and_one(at, FREE_IN_ALL, FIRST_IN_ALL, LONGEST_IN_ALL))
    if key is not None:
        keep(session, key, of_one.and_one(at, FREE, FIRST, LONGEST), account)
    _forget_strangers(session, at)
    session.commit()


def _refuse_locked(session: Session, tries: Tries, key: str | None, account: Account | None, at: datetime, what: str) -> None:
    if key is not None:
        keep(session, key, tries, account)
    if tries.failures >= MOST:
        session.commit()
        raise Throttled(f"{MOST} wrong {what} were given for this name in a row: no other is taken.", Action.UNLOCK_ACCOUNT)
    if tries.until is not None and at < tries.until:
        session.commit()
        raise Throttled(
            f"Too many wrong {what} were given for this name: none is taken until {in_words(tries.until)}.",
            "Wait until then.",
            Action.UNLOCK_ACCOUNT,
            retryable=True,
        )


def _forget_strangers(session: Session, at: datetime) -> None:
    old = col(SignIn.last_at) < at - KEPT, col(SignIn.account_id).is_(None), col(SignIn.id).not_in((ALL, CLOCK))
    straight(session).execute(delete(SignIn).where(*old))


def note_time(session: Session, at: datetime) -> None:
    """Keep the latest time that this machine was seen to have."""
    seen = tried(session, CLOCK)
    if seen is None or at - seen.last_at > SEEN_EVERY:
        keep(session, CLOCK, Tries(0, at))


def straight(session: AnySession) -> Connection:
    """Past the session's flush: the audit log, which is for good, would have a digest of whatever somebody typed."""
    return AnySession.connection(session)


def tried(session: Session, key: str) -> Tries | None:
    """What stands under that key; None for nothing."""
    row = straight(session).execute(select(SignIn.failures, SignIn.last_at, SignIn.until).where(SignIn.id == key)).first()
    return None if row is None else Tries(*row)


def keep(session: Session, key: str, tries: Tries | None, account: Account | None = None) -> None:
    """Put that in the place of what stands under the key."""
    connection = straight(session)
    connection.execute(delete(SignIn).where(col(SignIn.id) == key))
    if tries is not None:
        values: Mapping[str, Any] = {"failures": tries.failures, "last_at": tries.last_at, "until": tries.until}
        connection.execute(insert(SignIn).values(id=key, account_id=account.id if account else None, **values))


def key_of(session: Session, typed: str) -> str:
    """Under which row tries of a name, as it was typed, are counted. Raises KeyAbsent."""
    return blinder(session)(typed)


def take_back(session: Session, key: str, at: datetime) -> None:
    """What was counted last was right: nothing stands against the key any more. It holds the database; not committed."""
    hold(session)
    keep(session, key, None)
    keep(session, ALL, (tried(session, ALL) or Tries(1, at)).but_one())
    note_time(session, at)


def enter(session: Session, action: str, account: Account | None, way: str) -> None:
    """action: sign in, refuse or unlock. For a name that is no account's the log has no row, and never the name. Who signed in is
    the account from then on; before, and where it was refused, nobody knows who it was, and the program did it."""
    said = current_actor()
    party = account.party_id if account else None
    who = account.name if account is not None and action == "sign in" else said.who
    with acting(Actor(who, said.why, party)):
        record(session, action, "account", [account.id if account else ""], {"by": way})


def in_words(moment: datetime) -> str:
    """A moment, to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
