"""What is half done at the door: a password that was right while a code is still to come, a passkey's challenge, a sign-in that
went to another server. Each is held by a browser's secret of its own, for minutes, and used once.

Written by a session of the machine's owner alone.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, delete, insert
from sqlmodel import Field, Session, SQLModel, col, select

from registry.accounts import AccessRefused, Account, state_of, token_hash
from registry.db import UtcDateTime
from registry.storage.lock import hold
from registry.tries import straight

LASTS = timedelta(minutes=5)

MOST_NAMELESS = 1000
"""Rows of those who have not said yet who they are, of whom anybody can make any number: of more, the oldest end."""


class Kind(StrEnum):
    """What it waits for."""

    CODE = "code"
    PASSKEY = "passkey"
    NEW_PASSKEY = "new passkey"
    ISSUER = "issuer"
    TOTP = "new authenticator"


class HalfDone(SQLModel, table=True):
    """id: the SHA-256 of the browser's secret. account_id: where it is known already whose it is. state: what is to be compared
    then, and of the account, as state_of has it: another one ends this."""

    __tablename__ = "half_done"

    id: str = Field(primary_key=True)
    kind: Kind
    account_id: str | None = Field(default=None, foreign_key="account.id", index=True)
    state: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    until: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True)
class Held:
    """What was begun. account_id, state: as in HalfDone."""

    account_id: str | None
    state: Mapping[str, str]


def begin_half(
    session: Session, kind: Kind, at: datetime, *, account_id: str | None = None, state: Mapping[str, str] | None = None
) -> str:
    """The secret that the browser is to hold. Commits."""
    secret = secrets.token_urlsafe(32)
    straight(session).execute(delete(HalfDone).where(col(HalfDone.until) <= at))
    kept = dict(state or {}) | ({"of": state_of(session.get_one(Account, account_id))} if account_id else {})
    values = {"id": token_hash(secret), "kind": kind, "account_id": account_id, "state": kept, "until": at + LASTS}
    straight(session).execute(insert(HalfDone).values(**values))
    if account_id is None:
        _bound_nameless(session)
    session.commit()
    return secret


def _bound_nameless(session: Session) -> None:
    nameless = (
        select(HalfDone.id).where(col(HalfDone.account_id).is_(None)).order_by(col(HalfDone.until).desc(), col(HalfDone.id))
    )
    beyond = session.exec(nameless.offset(MOST_NAMELESS)).all()
    if beyond:
        straight(session).execute(delete(HalfDone).where(col(HalfDone.id).in_(beyond)))


def look_at_half(session: Session, kind: Kind, secret: str | None, at: datetime) -> Held:
    """What the browser holds, which stays. Raises AccessRefused where it is over, was used, or is of another kind."""
    row = session.get(HalfDone, token_hash(secret)) if secret else None
    if row is None or row.kind != kind or not row.until - LASTS <= at < row.until:
        raise AccessRefused("This took too long, or was done already.", "Begin anew.")
    if row.account_id and row.state.get("of") != state_of(session.get_one(Account, row.account_id)):
        raise AccessRefused("The account changed meanwhile.", "Begin anew.")
    return Held(row.account_id, dict(row.state))


def end_half(session: Session, kind: Kind, secret: str | None, at: datetime) -> Held:
    """What the browser holds, which is used with that: of two who come with it the second is refused. Commits. Raises
    AccessRefused as look_at_half does."""
    hold(session)
    held = look_at_half(session, kind, secret, at)
    straight(session).execute(delete(HalfDone).where(col(HalfDone.id) == token_hash(secret or "")))
    session.commit()
    return held


def forget_half(session: Session, account_id: str) -> None:
    """Whatever is half done of that account's comes to nothing. Not committed."""
    straight(session).execute(delete(HalfDone).where(col(HalfDone.account_id) == account_id))


def forget_all_half(session: Session) -> None:
    """Whatever is half done of anybody's comes to nothing. Not committed."""
    straight(session).execute(delete(HalfDone))
