"""Accounts: who may look into the registry for which party, by password or by token (registry.sign_in)."""

import hashlib
import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import JSON
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from registry.actions import Action
from registry.db import UtcDateTime, new_id, now
from registry.errors import Conflict, NotFound, RegistryError
from registry.kinds import Role, Scope
from registry.names import clean_name
from registry.parties import Party
from registry.passwords import hash_password, weakness

TOKEN_PREFIX = "smb_"  # noqa: S105 (no secret: it lets people and scanners tell what a leaked string is)


LIFETIME, LONGEST_LIFETIME = timedelta(days=90), timedelta(days=366)
"""Of a token, where nothing is said, and the most that may be."""


USUAL = (Scope.READ, Scope.DECIDE, Scope.REGISTRY, Scope.COMMANDS)
"""What a token may be used for where nothing is said, and what those of earlier versions may."""


FACTOR_FOR_ALL = "factor_for_all"
"""The option of an engine by which every account needs a second factor, of whatever party and of none."""


class AccessRefused(RegistryError):
    """Somebody who is not who they say, or who may not do what they ask."""


class Account(SQLModel, table=True):
    """party_id: whose it is; it sees that party and all under it. None sees every party."""

    id: str = Field(default_factory=new_id, primary_key=True)
    party_id: str | None = Field(default=None, foreign_key="party.id", index=True)
    name: str = Field(unique=True)
    role: Role
    password_hash: str
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApiToken(SQLModel, table=True):
    """secret_hash: the SHA-256 of the token, which nobody keeps; it is random, so that guessing finds nothing.

    last_used_at: its first use on the last day on which it was used. scopes: what it may be used for (registry.kinds.Scope).
    """

    __tablename__ = "api_token"

    id: str = Field(default_factory=new_id, primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True)
    label: str
    secret_hash: str = Field(unique=True)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    scopes: list[str] = Field(
        default_factory=lambda: list(USUAL), sa_type=JSON, sa_column_kwargs={"server_default": json.dumps(USUAL)}
    )


@dataclass(frozen=True)
class Caller:
    """An account that proved to be itself. party_id: None for one that sees every party. token_id: by which it did, if by one,
    and scopes: what that may be used for; None for whoever came without one. browser_id: of the browser that is signed in as it
    (registry.signed_in), if one is."""

    account_id: str
    name: str
    role: Role
    party_id: str | None
    token_id: str | None = field(default=None, compare=False)
    scopes: frozenset[str] | None = field(default=None, compare=False)
    browser_id: str | None = field(default=None, compare=False)

    def may(self, scope: Scope | None) -> bool:
        """Whether the way by which it came is good for that; None: for what no token is good for."""
        return self.scopes is None or (scope is not None and scope in self.scopes)


def add_account(session: Session, name: str, role: Role, password: str, party: Party | None = None) -> Account:
    """Add an account; flushed, not committed. Raises Conflict for a name that is taken, AccessRefused for a weak password."""
    cleaned = clean_name(name, "account")
    taken = Conflict(f"There is an account {cleaned!r} already.", "Choose another name.")
    if session.exec(select(Account).where(Account.name == cleaned)).first() is not None:
        raise taken
    account = Account(
        party_id=party.id if party else None,
        name=cleaned,
        role=role,
        password_hash=hash_password(_strong(password, cleaned, party)),
    )
    session.add(account)
    try:
        session.flush()
    except IntegrityError as error:  # an account of a party that this session does not see
        raise taken from error
    return account


def set_password(session: Session, account: Account, password: str) -> int:
    """Revokes the account's tokens as well, and says how many. Flushed, not committed. Raises AccessRefused for a weak one."""
    party = session.get(Party, account.party_id) if account.party_id else None
    account.password_hash = hash_password(_strong(password, account.name, party))
    session.add(account)
    standing = [token for token in tokens_of(session, account) if token.revoked_at is None]
    for token in standing:
        token.revoked_at = now()
        session.add(token)
    session.flush()
    return len(standing)


def _strong(password: str, name: str, party: Party | None) -> str:
    wrong = weakness(password, [name, *([party.name] if party else []), "semblance"])
    if wrong is not None:
        raise AccessRefused(wrong, "Choose another, such as a sentence of a few words that nobody would expect.")
    return password


def state_of(account: Account | None) -> str:
    """What must not change while a browser is signed in, or is about to be: password, role, party and name, as a digest."""
    said = "" if account is None else f"{account.password_hash} {account.role} {account.party_id} {account.name}"
    return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()


def issue_token(
    session: Session, account: Account, label: str, ends_at: datetime | None = None, scopes: Collection[Scope] = USUAL
) -> tuple[ApiToken, str]:
    """A new token and its secret, which is shown once and never again; flushed, not committed.

    ends_at: after LIFETIME where it is not said. scopes: what it may be used for. Raises AccessRefused for one that would be over
    already, or live longer than LONGEST_LIFETIME.
    """
    at = now()
    ends = ends_at or at + LIFETIME
    if not at < ends <= at + LONGEST_LIFETIME:
        raise AccessRefused(
            f"A token lives from now until {LONGEST_LIFETIME.days} days from now at most.", "Name a day in between, or none."
        )
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(account_id=account.id, label=clean_name(label, "token"), secret_hash=token_hash(secret), ends_at=ends)
    token.scopes = [scope.value for scope in Scope if scope in scopes]
    session.add(token)
    session.flush()
    return token, secret


def token_hash(secret: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(secret.strip().encode("utf-8", "surrogateescape")).hexdigest()


def find_account(session: Session, name_or_id: str) -> Account:
    """The account with that id or name. Raises NotFound."""
    found = session.get(Account, name_or_id) or session.exec(select(Account).where(Account.name == name_or_id)).first()
    if found is None:
        raise NotFound(f"There is no account {name_or_id!r}.", Action.SEE_ACCOUNTS)
    return found


def list_accounts(session: Session) -> list[Account]:
    """All accounts that the session sees, by name."""
    return list(session.exec(select(Account).order_by(col(Account.name))))


def disable_account(session: Session, account: Account, at: datetime) -> None:
    """From now on neither its password nor any of its tokens opens anything; flushed, not committed."""
    account.disabled_at = account.disabled_at or at
    session.add(account)
    session.flush()


def tokens_of(session: Session, account: Account) -> list[ApiToken]:
    """The tokens of an account, the first one made first, ended ones too."""
    return list(session.exec(select(ApiToken).where(ApiToken.account_id == account.id).order_by(col(ApiToken.created_at))))


def revoke_token(session: Session, token_id: str, at: datetime) -> ApiToken:
    """Flushed, not committed; revoking it again changes nothing. Raises NotFound."""
    token = session.get(ApiToken, token_id)
    if token is None:
        raise NotFound(f"There is no token {token_id!r}.", Action.SEE_TOKENS)
    token.revoked_at = token.revoked_at or at
    session.add(token)
    session.flush()
    return token
