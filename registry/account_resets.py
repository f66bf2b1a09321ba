"""What an administrator, or whoever runs the machine, does about somebody else's way to sign in. The account is told of each."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from registry.account_news import News, tell
from registry.accounts import Account
from registry.db import now
from registry.half_done import forget_half
from registry.second_factors import factors_of, needs_factor, reset_factors
from registry.signed_in import BrowserLine, browsers_of_account, end_all


@dataclass(frozen=True)
class HeldBy:
    """How an account signs in. needed: whether its party has everybody have a second factor. browsers: that are signed in."""

    name: str
    authenticator: bool
    passkeys: int
    recovery_codes: int
    needed: bool
    browsers: tuple[BrowserLine, ...]


def held_by(session: Session, account: Account) -> HeldBy:
    """How an account signs in, without anything by which it does."""
    factors, browsers = factors_of(session, account.id), tuple(browsers_of_account(session, account.id, now()))
    needed = needs_factor(session, account)
    return HeldBy(account.name, factors.totp, factors.passkeys, factors.codes, needed, browsers)


def reset(session: Session, account: Account, by: str, at: datetime) -> None:
    """Take the account's second factors away and sign all its browsers out. by: who does it. Not committed."""
    reset_factors(session, account)
    end(session, account, by, at, News.RESET)


def end(session: Session, account: Account, by: str, at: datetime, news: News = News.ENDED) -> None:
    """Sign all the account's browsers out, also where a sign-in is half done. by: who does it. Not committed."""
    forget_half(session, account.id)
    end_all(session, account.id, at)
    tell(session, account, news, by, at)
