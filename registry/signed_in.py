"""Browsers that somebody signed in with: until they sign out, for so long, and as long as the account stays as it was.

A browser holds a random secret in a cookie; kept is only its SHA-256. All of this is written by a session of the
machine's owner, after registry.sign_in has found out who it is.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, update
from sqlmodel import Field, Session, SQLModel, col, select

from registry.accounts import AccessRefused, Account, Caller, state_of, token_hash
from registry.audit import Actor, acting, current_actor, record
from registry.db import UtcDateTime, new_id
from registry.half_done import forget_half
from registry.names import clean_name
from registry.tries import straight

IDLE, LONGEST = timedelta(hours=2), timedelta(hours=12)
"""A browser that asked for nothing for so long is signed out, and every one after LONGEST (OWASP ASVS 5.0, 7.3)."""

FRESH = timedelta(minutes=10)
"""For so long somebody who proved who they are need not do so again for what is asked for once more (ASVS 5.0, 7.5)."""

KEPT = timedelta(days=1)
"""For so long after it could last no longer a browser's row stays; the audit log has who signed in and out."""

SEEN_EVERY = timedelta(minutes=1)
"""The last use is noted when it is so much later than the one that is noted."""


class SignedIn(SQLModel, table=True):
    """One browser. account_id: None for the machine's owner. state: of the account when it signed in, as a digest; another state
    ends it.

    name: in which the machine's owner decides; an account decides in its own. agent: what kind of browser it is. address: from
    where it signed in. way: how it signed in. proved_at: when its user last proved who they are; another
    browser's proof is none of its. must_enrol: it may do nothing else before its user has a second factor.
    """

    __tablename__ = "signed_in"

    id: str = Field(default_factory=new_id, primary_key=True)
    account_id: str | None = Field(default=None, foreign_key="account.id", index=True)
    secret_hash: str = Field(unique=True)
    state: str
    name: str = ""
    agent: str = ""
    address: str = Field(default="", sa_column_kwargs={"server_default": ""})
    way: str = Field(default="", sa_column_kwargs={"server_default": ""})
    proved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    must_enrol: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    began_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


@dataclass(frozen=True)
class Browser:
    """A browser that is signed in. caller: None for the machine's owner. name: who decides; "" where the owner has not said.
    proved_at, must_enrol: as in SignedIn."""

    id: str
    caller: Caller | None
    name: str
    proved_at: datetime | None = None
    must_enrol: bool = False

    def is_fresh(self, at: datetime) -> bool:
        """Whether its user proved lately who they are."""
        return self.proved_at is not None and timedelta(0) <= at - self.proved_at < FRESH


@dataclass(frozen=True)
class BrowserLine:
    """A browser in the list of somebody's. ends_at: when it is signed out at the latest, if it asks for nothing more."""

    id: str
    agent: str
    address: str
    way: str
    began_at: datetime
    seen_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Arrival:
    """How somebody came. agent: what kind of browser it is. address: from where. way: by what they signed in. proved: whether
    they proved just now who they are. must_enrol: as in SignedIn."""

    agent: str = ""
    address: str = ""
    way: str = ""
    proved: bool = True
    must_enrol: bool = False


UNSAID = Arrival()


def begin(session: Session, caller: Caller | None, at: datetime, arrival: Arrival = UNSAID, *, before: str | None = None) -> str:
    """Sign a browser in; the secret it is to hold. Commits. before: the secret that it held, which ends: none is taken over."""
    if before is not None:
        _end(session, at, col(SignedIn.secret_hash) == token_hash(before))
    straight(session).execute(delete(SignedIn).where(col(SignedIn.began_at) < at - LONGEST - KEPT))
    secret = secrets.token_urlsafe(32)
    account = session.get_one(Account, caller.account_id) if caller else None
    name = caller.name if caller else ""
    values: dict[str, Any] = {
        "account_id": account.id if account else None,
        "state": state_of(account),
        "name": name,
        "agent": arrival.agent[:60],
    }
    values |= {"address": arrival.address[:60], "way": arrival.way, "must_enrol": arrival.must_enrol}
    times = {"began_at": at, "seen_at": at, "proved_at": at if arrival.proved else None}
    straight(session).execute(insert(SignedIn).values(id=new_id(), secret_hash=token_hash(secret), **values, **times))
    if caller is None:
        record(session, "sign in", "account", [""], {"by": "opening link"})
    session.commit()
    return secret


def browser_of(session: Session, secret: str, at: datetime) -> Browser:
    """Which browser holds the secret. Commits what it notes of its use. Raises AccessRefused where it is signed out by now."""
    both = select(SignedIn, Account).outerjoin(Account, col(Account.id) == SignedIn.account_id)
    row, account = session.exec(both.where(SignedIn.secret_hash == token_hash(secret))).first() or (None, None)
    if row is None or not _stands(session, row, at):
        raise AccessRefused("You were signed out.", "Sign in again.")
    found = Browser(row.id, _caller(account, row.id), row.name, row.proved_at, row.must_enrol)
    if at - row.seen_at >= SEEN_EVERY:
        straight(session).execute(update(SignedIn).where(col(SignedIn.id) == row.id).values(seen_at=at))
        session.commit()
    return found


def refuse_over(session: Session, browser_id: str, at: datetime) -> None:
    """Raise AccessRefused where that browser is signed out by now. It asks, and writes nothing."""
    row = session.get(SignedIn, browser_id)
    if row is None or not _stands(session, row, at):
        raise AccessRefused("You were signed out.", "Sign in again.")


def note_proof(session: Session, browser: Browser, at: datetime) -> str:
    """Its user just proved who they are: the new secret that the browser is to hold. Commits."""
    secret = secrets.token_urlsafe(32)
    values = {"secret_hash": token_hash(secret), "proved_at": at}
    straight(session).execute(update(SignedIn).where(col(SignedIn.id) == browser.id).values(**values))
    session.commit()
    return secret


def keep_alone(session: Session, browser: Browser, at: datetime) -> None:
    """The account's second factors are others now: that browser may do all that it may, every other one of the account is signed
    out, and what is half done comes to nothing. Not committed."""
    if browser.caller is not None:
        forget_half(session, browser.caller.account_id)
    _end(session, at, _same(browser), col(SignedIn.id) != browser.id)
    straight(session).execute(update(SignedIn).where(col(SignedIn.id) == browser.id).values(must_enrol=False))


def keep_signed_in(session: Session, browser: Browser, at: datetime) -> None:
    """That browser stays signed in with what its account is now, and all others of the account are signed out. Commits."""
    account = session.get_one(Account, browser.caller.account_id) if browser.caller is not None else None
    end_others(session, browser, at)
    straight(session).execute(update(SignedIn).where(col(SignedIn.id) == browser.id).values(state=state_of(account)))
    session.commit()


def end_all(session: Session, account_id: str, at: datetime) -> None:
    """Sign all browsers of an account out. Not committed."""
    _end(session, at, col(SignedIn.account_id) == account_id)


def end_everybody(session: Session, at: datetime) -> int:
    """Sign all browsers out, the machine's owner's too; says how many. Not committed."""
    return _end(session, at)


def end_by(session: Session, account_id: str, way: str, at: datetime) -> None:
    """Sign those browsers of an account out that came by that way, with or without a second factor, and end what is half done of
    it. Not committed."""
    forget_half(session, account_id)
    _end(session, at, col(SignedIn.account_id) == account_id, col(SignedIn.way).startswith(way))


def sign_out(session: Session, secret: str, at: datetime) -> None:
    """Commits; a secret that is none changes nothing."""
    _end(session, at, col(SignedIn.secret_hash) == token_hash(secret))
    session.commit()


def decide_as(session: Session, browser: Browser, typed: str) -> None:
    """Let the machine's owner decide in that name from now on, in that browser. Commits. Raises AccessRefused for an account."""
    if browser.caller is not None:
        raise AccessRefused(f"{browser.caller.name} is signed in, and decides in no other name.", "Sign in as whoever decides.")
    name = clean_name(typed, "person")
    straight(session).execute(update(SignedIn).where(col(SignedIn.id) == browser.id).values(name=name))
    session.commit()


def browsers_like(session: Session, browser: Browser, at: datetime) -> list[BrowserLine]:
    """All browsers with which the same account, or the machine's owner, is signed in, the last used first."""
    return _lines(session, at, _same(browser))


def browsers_of_account(session: Session, account_id: str, at: datetime) -> list[BrowserLine]:
    """All browsers with which that account is signed in, the last used first."""
    return _lines(session, at, col(SignedIn.account_id) == account_id)


def _lines(session: Session, at: datetime, *which: Any) -> list[BrowserLine]:
    # With their account, which each of them is held against.
    both = select(SignedIn, Account).outerjoin(Account, col(Account.id) == SignedIn.account_id)
    rows = session.exec(both.where(*which, col(SignedIn.ended_at).is_(None)).order_by(col(SignedIn.seen_at).desc())).all()
    return [
        BrowserLine(
            row.id, row.agent, row.address, row.way, row.began_at, row.seen_at, min(row.seen_at + IDLE, row.began_at + LONGEST)
        )
        for row, _account in rows
        if _stands(session, row, at)
    ]


def end_browsers(session: Session, browser: Browser, ids: Sequence[str], at: datetime) -> None:
    """Sign those browsers of the same account out. Commits; what is another's, or over, is left as it is."""
    _end(session, at, _same(browser), col(SignedIn.id).in_(ids))
    session.commit()


def end_others(session: Session, browser: Browser, at: datetime) -> None:
    """Sign all browsers of the same account out but that one. Commits."""
    _end(session, at, _same(browser), col(SignedIn.id) != browser.id)
    session.commit()


def kind_of(agent: str) -> str:
    """What kind of browser says so of itself, in two words that hold nothing else of what it said."""
    names = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"))
    name = next((said for sign, said in names if sign in agent), "A browser")
    return f"{name} on {next((said for sign, said in (*systems, ('Linux', 'Linux')) if sign in agent), 'an unknown system')}"


def _stands(session: Session, row: SignedIn, at: datetime) -> bool:
    # A clock that was set back makes nobody's time longer than it was.
    if row.ended_at is not None or not row.began_at <= at < row.began_at + LONGEST or at >= row.seen_at + IDLE:
        return False
    account = session.get(Account, row.account_id) if row.account_id else None
    if row.account_id and (account is None or account.disabled_at is not None):
        return False
    return row.state == state_of(account)


def _caller(account: Account | None, browser_id: str) -> Caller | None:
    if account is None:
        return None
    return Caller(account.id, account.name, account.role, account.party_id, browser_id=browser_id)


def _same(browser: Browser) -> Any:
    caller = browser.caller
    return col(SignedIn.account_id).is_(None) if caller is None else col(SignedIn.account_id) == caller.account_id


def _end(session: Session, at: datetime, *which: Any) -> int:
    standing = session.exec(select(SignedIn).where(*which, col(SignedIn.ended_at).is_(None))).all()
    for row in standing:
        straight(session).execute(update(SignedIn).where(col(SignedIn.id) == row.id).values(ended_at=at))
        party = session.get_one(Account, row.account_id).party_id if row.account_id else None
        said = current_actor()
        with acting(Actor(said.who, said.why, party)):
            record(session, "sign out", "account", [row.account_id or ""], {"by": "browser"})
    return len(standing)
