"""Setting an authenticator up: it is good for minutes, and in the browser that began it alone.

Written by a session of the machine's owner alone.
"""

from datetime import datetime

from sqlmodel import Session

from registry.account_news import News, tell
from registry.accounts import AccessRefused, Account
from registry.half_done import Kind, begin_half, look_at_half
from registry.second_factors import Enrolment, begin_totp, code_key, confirm_totp, pending_totp
from registry.sign_in import CODES
from registry.signed_in import Browser, keep_alone
from registry.tries import count, enter, take_back


def begin_enrolment(session: Session, account: Account, at: datetime) -> tuple[Enrolment, str]:
    """Set a new authenticator up, and the secret that the browser is to hold meanwhile. Commits. Raises KeyAbsent."""
    begun = begin_totp(session, account, at)
    return begun, begin_half(session, Kind.TOTP, at, account_id=account.id, state={"totp": begun.id})


def enrolment_of(session: Session, account: Account, secret: str | None, at: datetime) -> Enrolment:
    """The one that this browser began. secret: which it holds. Raises AccessRefused where it began none, or that is over."""
    held = look_at_half(session, Kind.TOTP, secret, at)
    begun = pending_totp(session, account)
    if held.account_id != account.id or held.state["totp"] != begun.id:
        raise AccessRefused("Another browser began to set up an authenticator since.", "Begin anew.")
    return begun


def finish_enrolment(
    session: Session, account: Account, browser: Browser, secret: str | None, code: str, at: datetime
) -> tuple[str, ...]:
    """The recovery codes, once the authenticator showed its code. Every other browser of the account is signed out. Commits.

    Raises as enrolment_of and confirm_totp do, and Throttled: wrong codes are counted as those of signing in are.
    """
    enrolment_of(session, account, secret, at)
    count(session, code_key(session, account.id), account, at, CODES)
    try:
        codes = confirm_totp(session, account, code, at)
    except AccessRefused:
        enter(session, "refuse", account, "code")
        session.commit()
        raise
    take_back(session, code_key(session, account.id), at)
    keep_alone(session, browser, at)
    tell(session, account, News.AUTHENTICATOR, account.name, at)
    session.commit()
    return codes
