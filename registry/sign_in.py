"""Signing in: by password, which may be tried so often and no more, and by token. Both are entered in the audit log.

Every attempt is counted, under the name as it was typed, before the password is looked at, and taken back when it was right: who
tries many at once gains nothing, and a name that is no account's is answered like one that is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, update
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Field, Session, SQLModel, col, select

from registry.accounts import AccessRefused, Account, ApiToken, Caller, token_hash
from registry.actions import Action
from registry.audit import Actor, acting, current_actor, record
from registry.blinding import blinder
from registry.db import UtcDateTime
from registry.passwords import is_password
from registry.signed_in import refuse_over
from registry.storage.lock import hold
from registry.tenancy import refuse_accounts

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
    taken; None for at once.
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


def authenticate(session: Session, name: str, password: str, at: datetime) -> Caller:
    """Who gives that name and password. Commits: every attempt is counted and entered in the audit log.

    Raises AccessRefused, in the same words whatever was wrong, and Throttled, after which the password was not looked at.
    """
    typed = " ".join(name.split())
    account = session.exec(select(Account).where(Account.name == typed)).first()
    _count(session, _key(session, typed), account, at)
    right = is_password(password, account.password_hash if account else None)
    if account is None or not right or account.disabled_at is not None:
        _enter(session, "refuse", account, "password")
        session.commit()
        raise AccessRefused("The name or the password is wrong.", "Try again, or ask an administrator.")
    hold(session)
    _keep(session, _key(session, typed), None)
    _keep(session, ALL, (_tries(session, ALL) or Tries(1, at)).but_one())
    _note_time(session, at)
    _enter(session, "sign in", account, "password")
    session.commit()
    return _caller(account)


def caller_of_token(session: Session, secret: str, at: datetime) -> Caller:
    """Who holds that token. Commits: its first use on a day, and whatever is no token, is entered in the audit log.

    Raises AccessRefused for one that is unknown, has ended or was revoked; Throttled for one that is unknown, after many.
    """
    token = session.exec(select(ApiToken).where(ApiToken.secret_hash == token_hash(secret))).first()
    if token is None:
        _count(session, None, None, at)
        raise _refused_token(session, None, "The token is not valid.")
    account = session.get_one(Account, token.account_id)
    if account.disabled_at is not None or token.revoked_at is not None:
        raise _refused_token(session, account, "The token is not valid.")
    if token.ends_at is None or token.ends_at <= at:
        raise _refused_token(session, account, "The token is over.")
    _refuse_set_back(session, token, account, at)
    caller = _caller(account, token)
    if token.last_used_at is None or token.last_used_at.date() != at.date():
        _connection(session).execute(update(ApiToken).where(col(ApiToken.id) == token.id).values(last_used_at=at))
        _note_time(session, at)
        _enter(session, "sign in", account, "token")
        session.commit()
    return caller


def refuse_ended(session: Session, caller: Caller, at: datetime) -> None:
    """Raise AccessRefused when the caller is not what it was when it signed in: the account was closed, has another role or
    party, or the token or the browser by which it came is over. It asks, and writes nothing."""
    account = session.get(Account, caller.account_id)
    if account is None or account.disabled_at is not None or _caller(account) != caller:
        raise AccessRefused("This account was closed, or changed since it signed in.", "Sign in again, or ask an administrator.")
    if caller.browser_id is not None:
        refuse_over(session, caller.browser_id, at)
    if caller.token_id is None:
        return
    token = session.get(ApiToken, caller.token_id)
    if token is None or token.revoked_at is not None or token.ends_at is None or token.ends_at <= at:
        raise AccessRefused("The token is not valid any more.", "Ask an administrator for a new one.", Action.MAKE_TOKEN)


def _refused_token(session: Session, account: Account | None, what: str) -> AccessRefused:
    _enter(session, "refuse", account, "token")
    session.commit()
    return AccessRefused(what, "Ask an administrator for a new one.", Action.MAKE_TOKEN)


def _refuse_set_back(session: Session, token: ApiToken, account: Account, at: datetime) -> None:
    """A token that was over by the time that this machine had before stays over."""
    seen = _tries(session, CLOCK)
    if seen is None or token.ends_at is None or token.ends_at > max(seen.last_at, at):
        return
    _enter(session, "refuse", account, "token")
    session.commit()
    raise AccessRefused(
        f"The token is over: this machine's clock stood at {_words(seen.last_at)} before, and was set back.",
        "Put the clock right, if it is wrong now. If it was wrong then:",
        Action.TRUST_CLOCK,
    )


def locks(session: Session) -> dict[str, Tries]:
    """What stands against the passwords of accounts that this session sees, by the accounts' ids."""
    rows = session.exec(select(SignIn).where(col(SignIn.account_id).is_not(None)))
    return {str(row.account_id): Tries(row.failures, row.last_at, row.until) for row in rows}


def unlock(session: Session, account: Account) -> bool:
    """Let passwords be tried again at once, also after many; says whether anything stood against them. Not committed."""
    refuse_accounts(session, "To open a locked account")
    key = _key(session, account.name)
    stood = any((tries := _tries(session, of)) is not None and tries.failures > 0 for of in (key, ALL))
    _keep(session, key, None)
    _keep(session, ALL, None)
    _enter(session, "unlock", account, "password")
    return stood


def forget_clock(session: Session) -> None:
    """The latest time that this machine was seen to have was wrong. Not committed."""
    refuse_accounts(session, "To say that the clock was wrong")
    _keep(session, CLOCK, None)
    record(session, "unlock", "sign_in", [CLOCK])


def _count(session: Session, key: str | None, account: Account | None, at: datetime) -> None:
    """Count an attempt before it is looked at, and commit that. key: None for a token, which cannot be
    guessed and belongs to no name. Raises Throttled."""
    hold(session)
    in_all = (_tries(session, ALL) or Tries(0, at)).at(at).calmed(at)
    of_one = (key and _tries(session, key)) or Tries(0, at)
    of_one = of_one.at(at)
    _keep(session, ALL, in_all)
    _refuse_locked(session, of_one, key, account, at)
    if in_all.until is not None and at < in_all.until:
        session.commit()
        raise Throttled(
            f"Too many wrong passwords and tokens were given to this machine: none is taken until {_words(in_all.until)}.",
            "Wait until then. Tokens that are right work meanwhile.",
            retryable=True,
        )
    _keep(session, ALL, in_all.and_one(at, FREE_IN_ALL, FIRST_IN_ALL, LONGEST_IN_ALL))
    if key is not None:
        _keep(session, key, of_one.and_one(at, FREE, FIRST, LONGEST), account)
    _forget_strangers(session, at)
    session.commit()


def _refuse_locked(session: Session, tries: Tries, key: str | None, account: Account | None, at: datetime) -> None:
    if key is not None:
        _keep(session, key, tries, account)
    if tries.failures >= MOST:
        session.commit()
        raise Throttled(f"{MOST} wrong passwords were given for this name in a row: no other is taken.", Action.UNLOCK_ACCOUNT)
    if tries.until is not None and at < tries.until:
        session.commit()
        raise Throttled(
            f"Too many wrong passwords were given for this name: none is taken until {_words(tries.until)}.",
            "Wait until then.",
            Action.UNLOCK_ACCOUNT,
            retryable=True,
        )


def _forget_strangers(session: Session, at: datetime) -> None:
    old = col(SignIn.last_at) < at - KEPT, col(SignIn.account_id).is_(None), col(SignIn.id).not_in((ALL, CLOCK))
    _connection(session).execute(delete(SignIn).where(*old))


def _note_time(session: Session, at: datetime) -> None:
    seen = _tries(session, CLOCK)
    if seen is None or at - seen.last_at > SEEN_EVERY:
        _keep(session, CLOCK, Tries(0, at))


# Past the session's flush: the audit log, which is for good, would have a digest of whatever somebody typed.


def _connection(session: AnySession) -> Connection:
    return AnySession.connection(session)


def _tries(session: Session, key: str) -> Tries | None:
    row = _connection(session).execute(select(SignIn.failures, SignIn.last_at, SignIn.until).where(SignIn.id == key)).first()
    return None if row is None else Tries(*row)


def _keep(session: Session, key: str, tries: Tries | None, account: Account | None = None) -> None:
    connection = _connection(session)
    connection.execute(delete(SignIn).where(col(SignIn.id) == key))
    if tries is not None:
        values: Mapping[str, Any] = {"failures": tries.failures, "last_at": tries.last_at, "until": tries.until}
        connection.execute(insert(SignIn).values(id=key, account_id=account.id if account else None, **values))


def _key(session: Session, typed: str) -> str:
    """Raises KeyAbsent."""
    return blinder(session)(typed)


def _enter(session: Session, action: str, account: Account | None, way: str) -> None:
    """action: sign in, refuse or unlock. For a name that is no account's the log has no row, and never the name."""
    said = current_actor()
    party = account.party_id if account else None
    with acting(Actor(said.who, said.why, party)):
        record(session, action, "account", [account.id if account else ""], {"by": way})


def _words(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _caller(account: Account, token: ApiToken | None = None) -> Caller:
    by = (token.id, frozenset(token.scopes)) if token else (None, None)
    return Caller(account.id, account.name, account.role, account.party_id, *by)
