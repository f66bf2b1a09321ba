"""Signing in: by password, which may be tried so often and no more, and by token. Both are entered in the audit log.

Every attempt is counted, under the name as it was typed, before the password is looked at, and taken back when it was right: who
tries many at once gains nothing, and a name that is no account's is answered like one that is.
"""

from datetime import datetime

from sqlalchemy import and_, update
from sqlmodel import Session, col, select

from registry.accounts import AccessRefused, Account, ApiToken, Caller, token_hash
from registry.actions import Action
from registry.audit import record
from registry.passwords import is_password
from registry.second_factors import Factors, code_key, factors_of, needs_factor, take_code
from registry.signed_in import SignedIn, refuse_over
from registry.tenancy import refuse_accounts
from registry.tries import ALL, CLOCK, SignIn, Tries, count, enter, in_words, keep, key_of, note_time, straight, take_back, tried

CODES = "codes"


class SecondFactorWanted(AccessRefused):
    """The password is right, and the account has a second factor, which is still to be given. factors: those it has."""

    def __init__(self, account_id: str, factors: Factors) -> None:
        super().__init__("This account has a second factor.", "Give the code that your authenticator shows, or a recovery code.")
        self.account_id, self.factors = account_id, factors


def authenticate(session: Session, name: str, password: str, at: datetime, *, enrols: bool = True) -> Caller:
    """Who gives that name and password. Commits: every attempt is counted and entered in the audit log. enrols: whether whoever
    needs a second factor, and has none, may set one up where they sign in; if not, they are refused.

    Raises AccessRefused, in the same words whatever was wrong; Throttled, after which the password was not looked at; and
    SecondFactorWanted where the account has one, for by_code.
    """
    typed = " ".join(name.split())
    account = session.exec(select(Account).where(Account.name == typed)).first()
    count(session, key_of(session, typed), account, at)
    right = is_password(password, account.password_hash if account else None)
    if account is None or not right or account.disabled_at is not None:
        enter(session, "refuse", account, "password")
        session.commit()
        raise AccessRefused("The name or the password is wrong.", "Try again, or ask an administrator.")
    take_back(session, key_of(session, typed), at)
    factors = factors_of(session, account.id)
    if factors.any:
        session.commit()
        raise SecondFactorWanted(account.id, factors)
    if not enrols and needs_factor(session, account):
        enter(session, "refuse", account, "password without a second factor")
        session.commit()
        raise AccessRefused(
            "Your party has everybody have a second factor, and this account has none.",
            "Sign in to the console with a browser, and set one up under Settings, Second factors.",
        )
    return admit(session, account, "password")


def by_code(session: Session, account_id: str, code: str, at: datetime, first: str = "password") -> Caller:
    """Who proved a first factor before, and gives a code now. Commits, counts and enters as authenticate does.

    Raises AccessRefused for a code that is wrong, over or was used; Throttled.
    """
    account = session.get_one(Account, account_id)
    return admit(session, account, f"{first} and {check_code(session, account, code, at)}")


def check_code(session: Session, account: Account, code: str, at: datetime) -> str:
    """Which kind of code it is that is right. Commits the attempt, and not yet that the code is used. Raises as by_code does."""
    count(session, code_key(session, account.id), account, at, CODES)
    take_back(session, code_key(session, account.id), at)
    way = take_code(session, account.id, code, at) if account.disabled_at is None else None
    if way is None:
        session.rollback()
        enter(session, "refuse", account, "code")
        session.commit()
        raise AccessRefused(
            "The code is wrong, was used already, or is over.", "Give the one that is shown now, or wait for the next."
        )
    return way


def check_password(session: Session, account: Account, password: str, at: datetime) -> None:
    """Whether whoever is signed in knows the account's password. Commits the attempt. Raises AccessRefused and Throttled."""
    key = key_of(session, account.name)
    count(session, key, account, at)
    if not is_password(password, account.password_hash):
        enter(session, "refuse", account, "password")
        session.commit()
        raise AccessRefused("The password is wrong.", "Try again.")
    take_back(session, key, at)


def admit(session: Session, account: Account, way: str) -> Caller:
    """Let somebody in who proved to be that account: the audit log has it. Commits. Raises AccessRefused for a closed one."""
    if account.disabled_at is not None:
        enter(session, "refuse", account, way)
        session.commit()
        raise AccessRefused("This account is closed.", "Ask an administrator.")
    enter(session, "sign in", account, way)
    session.commit()
    return _caller(account)


def caller_of_token(session: Session, secret: str, at: datetime) -> Caller:
    """Who holds that token. Commits: its first use on a day, and whatever is no token, is entered in the audit log.

    Raises AccessRefused for one that is unknown, has ended or was revoked; Throttled for one that is unknown, after many.
    """
    token = session.exec(select(ApiToken).where(ApiToken.secret_hash == token_hash(secret))).first()
    if token is None:
        count(session, None, None, at)
        raise _refused_token(session, None, "The token is not valid.")
    account = session.get_one(Account, token.account_id)
    if account.disabled_at is not None or token.revoked_at is not None:
        raise _refused_token(session, account, "The token is not valid.")
    if token.ends_at is None or token.ends_at <= at:
        raise _refused_token(session, account, "The token is over.")
    _refuse_set_back(session, token, account, at)
    caller = _caller(account, token)
    if token.last_used_at is None or token.last_used_at.date() != at.date():
        straight(session).execute(update(ApiToken).where(col(ApiToken.id) == token.id).values(last_used_at=at))
        note_time(session, at)
        enter(session, "sign in", account, "token")
        session.commit()
    return caller


def refuse_ended(session: Session, caller: Caller, at: datetime) -> None:
    """Raise AccessRefused when the caller is not what it was when it signed in: the account was closed, has another role or
    party, or the token or the browser by which it came is over. It asks, and writes nothing."""
    # Both at once, since each page asks for it: refuse_over finds the browser in the session.
    browser = col(SignedIn.account_id) == Account.id, col(SignedIn.id) == caller.browser_id
    both = select(Account, SignedIn).outerjoin(SignedIn, and_(*browser)).where(Account.id == caller.account_id)
    account, _held = session.exec(both).first() or (None, None)
    if account is None or account.disabled_at is not None or _caller(account) != caller:
        raise AccessRefused("This account was closed, or changed since it signed in.", "Sign in again, or ask an administrator.")
    if caller.browser_id is not None:
        refuse_over(session, caller.browser_id, at)
    if caller.token_id is not None:
        _refuse_over_token(session, caller.token_id, at)


def _refuse_over_token(session: Session, token_id: str, at: datetime) -> None:
    token = session.get(ApiToken, token_id)
    if token is None or token.revoked_at is not None or token.ends_at is None or token.ends_at <= at:
        raise AccessRefused("The token is not valid any more.", "Ask an administrator for a new one.", Action.MAKE_TOKEN)


def _refused_token(session: Session, account: Account | None, what: str) -> AccessRefused:
    enter(session, "refuse", account, "token")
    session.commit()
    return AccessRefused(what, "Ask an administrator for a new one.", Action.MAKE_TOKEN)


def _refuse_set_back(session: Session, token: ApiToken, account: Account, at: datetime) -> None:
    """A token that was over by the time that this machine had before stays over."""
    seen = tried(session, CLOCK)
    if seen is None or token.ends_at is None or token.ends_at > max(seen.last_at, at):
        return
    enter(session, "refuse", account, "token")
    session.commit()
    raise AccessRefused(
        f"The token is over: this machine's clock stood at {in_words(seen.last_at)} before, and was set back.",
        "Put the clock right, if it is wrong now. If it was wrong then:",
        Action.TRUST_CLOCK,
    )


def locks(session: Session) -> dict[str, Tries]:
    """What stands against the passwords of accounts that this session sees, by the accounts' ids."""
    rows = session.exec(select(SignIn).where(col(SignIn.account_id).is_not(None)).order_by(col(SignIn.failures)))
    return {str(row.account_id): Tries(row.failures, row.last_at, row.until) for row in rows}


def unlock(session: Session, account: Account) -> bool:
    """Let passwords be tried again at once, also after many; says whether anything stood against them. Not committed."""
    refuse_accounts(session, "To open a locked account")
    keys = key_of(session, account.name), code_key(session, account.id), ALL
    stood = any((found := tried(session, key)) is not None and found.failures > 0 for key in keys)
    for key in keys:
        keep(session, key, None)
    enter(session, "unlock", account, "password")
    return stood


def forget_clock(session: Session) -> None:
    """The latest time that this machine was seen to have was wrong. Not committed."""
    refuse_accounts(session, "To say that the clock was wrong")
    keep(session, CLOCK, None)
    record(session, "unlock", "sign_in", [CLOCK])


def _caller(account: Account, token: ApiToken | None = None) -> Caller:
    by = (token.id, frozenset(token.scopes)) if token else (None, None)
    return Caller(account.id, account.name, account.role, account.party_id, *by)
