"""Accounts: who may look into the registry for which party, by password or by token."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from registry.db import UtcDateTime, new_id, now
from registry.errors import Conflict, NotFound, RegistryError
from registry.kinds import Role
from registry.names import clean_name
from registry.parties import Party
from registry.passwords import LONGEST, SHORTEST, hash_password, is_password

TOKEN_PREFIX = "smb_"  # noqa: S105 (no secret: it lets people and scanners tell what a leaked string is)


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
    """secret_hash: the SHA-256 of the token, which nobody keeps; it is random, so that guessing finds nothing."""

    __tablename__ = "api_token"

    id: str = Field(default_factory=new_id, primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True)
    label: str
    secret_hash: str = Field(unique=True)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


@dataclass(frozen=True)
class Caller:
    """An account that proved to be itself. party_id: None for one that sees every party."""

    account_id: str
    name: str
    role: Role
    party_id: str | None


def add_account(session: Session, name: str, role: Role, password: str, party: Party | None = None) -> Account:
    """Add an account; flushed, not committed. Raises Conflict for a name that is taken, AccessRefused for a weak password."""
    cleaned = clean_name(name, "account")
    taken = Conflict(f"There is an account {cleaned!r} already.", "Choose another name.")
    if session.exec(select(Account).where(Account.name == cleaned)).first() is not None:
        raise taken
    account = Account(
        party_id=party.id if party else None, name=cleaned, role=role, password_hash=hash_password(_strong(password))
    )
    session.add(account)
    try:
        session.flush()
    except IntegrityError as error:  # an account of a party that this session does not see
        raise taken from error
    return account


def set_password(session: Session, account: Account, password: str) -> None:
    """Flushed, not committed. Raises AccessRefused for a weak one."""
    account.password_hash = hash_password(_strong(password))
    session.add(account)
    session.flush()


def _strong(password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccessRefused(f"A password has {SHORTEST} to {LONGEST} characters.", "Choose a longer one, such as a sentence.")
    return password


def authenticate(session: Session, name: str, password: str) -> Caller:
    """Who gives that name and password. Raises AccessRefused, in the same words whatever was wrong."""
    account = session.exec(select(Account).where(Account.name == " ".join(name.split()))).first()
    right = is_password(password, account.password_hash if account else None)
    if account is None or not right or account.disabled_at is not None:
        raise AccessRefused("The name or the password is wrong.", "Try again, or ask an administrator.")
    return _caller(account)


def issue_token(session: Session, account: Account, label: str, ends_at: datetime | None = None) -> tuple[ApiToken, str]:
    """A new token and its secret, which is shown once and never again; flushed, not committed."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(account_id=account.id, label=clean_name(label, "token"), secret_hash=_token_hash(secret), ends_at=ends_at)
    session.add(token)
    session.flush()
    return token, secret


def caller_of_token(session: Session, secret: str, at: datetime) -> Caller:
    """Who holds that token. Raises AccessRefused for one that is unknown, has ended or was revoked."""
    token = session.exec(select(ApiToken).where(ApiToken.secret_hash == _token_hash(secret))).first()
    account = session.get_one(Account, token.account_id) if token else None
    ended = token is None or token.revoked_at is not None or (token.ends_at is not None and token.ends_at <= at)
    if account is None or ended or account.disabled_at is not None:
        raise AccessRefused("The token is not valid.", "Ask an administrator for a new one: semblance account token NAME")
    return _caller(account)


def _token_hash(secret: str) -> str:
    return hashlib.sha256(secret.strip().encode("utf-8", "surrogateescape")).hexdigest()


def _caller(account: Account) -> Caller:
    return Caller(account.id, account.name, account.role, account.party_id)


def find_account(session: Session, name_or_id: str) -> Account:
    found = session.get(Account, name_or_id) or session.exec(select(Account).where(Account.name == name_or_id)).first()
    if found is None:
        raise NotFound(f"There is no account {name_or_id!r}.", "Type `semblance account list` to see them.")
    return found


def list_accounts(session: Session) -> list[Account]:
    return list(session.exec(select(Account).order_by(col(Account.name))))


def disable_account(session: Session, account: Account, at: datetime) -> None:
    """From now on neither its password nor any of its tokens opens anything; flushed, not committed."""
    account.disabled_at = account.disabled_at or at
    session.add(account)
    session.flush()


def tokens_of(session: Session, account: Account) -> list[ApiToken]:
    return list(session.exec(select(ApiToken).where(ApiToken.account_id == account.id).order_by(col(ApiToken.created_at))))


def revoke_token(session: Session, token_id: str, at: datetime) -> ApiToken:
    """Flushed, not committed; revoking it again changes nothing. Raises NotFound."""
    token = session.get(ApiToken, token_id)
    if token is None:
        raise NotFound(f"There is no token {token_id!r}.", "Type `semblance account tokens NAME` to see the ids.")
    token.revoked_at = token.revoked_at or at
    session.add(token)
    session.flush()
    return token
