"""Accounts and their tokens as they are shown: no secret, and no hash of one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from registry import accounts
from registry.accounts import AccessRefused, Account, find_account
from registry.db import now
from registry.kinds import Role, Scope
from registry.parties import Party, find_party
from registry.sign_in import forget_clock, locks, unlock
from registry.tenancy import MAY_WRITE, caller_of
from registry.views import view_of


@dataclass(frozen=True)
class AccountView:
    """An account. party_id: whose it is; None for one that sees every party."""

    id: str
    name: str
    role: Role
    party_id: str | None
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True)
class AccountLine(AccountView):
    """An account in a list. wrong_passwords: in a row. shut_until: the first moment at which another is taken."""

    party: str | None
    wrong_passwords: int
    shut_until: datetime | None


@dataclass(frozen=True)
class TokenView:
    """A token, without its secret. scopes: what it may be used for."""

    id: str
    account_id: str
    label: str
    created_at: datetime
    ends_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    scopes: list[str]


@dataclass(frozen=True)
class IssuedToken(TokenView):
    """token: the secret, which is told this once."""

    token: str


def new_account(session: Session, name: str, role: Role, password: str, party: str | None) -> AccountView:
    """As registry.accounts.add_account, of a party by name or id, or of every one."""
    added = accounts.add_account(session, name, role, password, find_party(session, party) if party else None)
    return view_of(AccountView, added)


def account_lines(session: Session) -> list[AccountLine]:
    held = locks(session)

    def line(row: Account) -> AccountLine:
        party, tries = session.get(Party, row.party_id) if row.party_id else None, held.get(row.id)
        return view_of(
            AccountLine,
            row,
            party=party.name if party else None,
            wrong_passwords=tries.failures if tries else 0,
            shut_until=tries.until if tries else None,
        )

    return [line(row) for row in accounts.list_accounts(session)]


def set_password(session: Session, name: str, password: str) -> int:
    """As registry.accounts.set_password, of the account of that name or id: how many tokens ended."""
    return accounts.set_password(session, find_account(session, name), password)


def disable(session: Session, name: str) -> AccountView:
    """Close an account now. Raises NotFound."""
    found = find_account(session, name)
    accounts.disable_account(session, found, now())
    return view_of(AccountView, found)


def in_days(days: int) -> datetime:
    """So many days from now. More than a calendar has come out as too many, too."""
    return now() + timedelta(days=min(days, 10_000))


def new_token(
    session: Session, name: str, label: str, ends_at: datetime | None, scopes: Collection[Scope] = accounts.USUAL
) -> IssuedToken:
    """As registry.accounts.issue_token, for the account of that name or id."""
    issued, secret = accounts.issue_token(session, find_account(session, name), label, ends_at, scopes)
    return view_of(IssuedToken, issued, token=secret)


def token_views(session: Session, name: str) -> list[TokenView]:
    """An account's tokens. Raises AccessRefused for another's, unless whoever asks may change accounts; NotFound."""
    held, caller = find_account(session, name), caller_of(session)
    if caller is not None and caller.account_id != held.id and "account" not in MAY_WRITE[caller.role]:
        raise AccessRefused("These are another account's tokens.", "Look at your own, or ask an administrator.")
    return [view_of(TokenView, row) for row in accounts.tokens_of(session, held)]


def end_token(session: Session, token_id: str) -> TokenView:
    """End a token now. Raises NotFound."""
    return view_of(TokenView, accounts.revoke_token(session, token_id, now()))


def open_again(session: Session, name: str | None) -> bool:
    """Take passwords of an account again at once, and say whether anything stood against them; without one, forget the latest
    time that the clock had."""
    if name is None:
        forget_clock(session)
        return False
    return unlock(session, find_account(session, name))
