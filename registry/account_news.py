"""What somebody is told when they next sign in: what was done to their own account, and by whom."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, insert, update
from sqlmodel import Field, Session, SQLModel, col, select

from registry.accounts import Account
from registry.db import UtcDateTime, new_id
from registry.tries import straight


class News(StrEnum):
    """What happened, as a sentence that says it to whoever the account is."""

    RESET = "Your second factors were taken away. You sign in by your password until you set up new ones."
    ENDED = "All your browsers were signed out."
    COUNTED_BACK = "A passkey of yours was refused: its count went back, as a copy's does. Remove it, if you know of no reason."
    AUTHENTICATOR = "An authenticator was set up for your account."
    PASSKEY = "A passkey was added to your account."
    REMOVED = "A second factor was removed from your account."
    RECOVERED = "A recovery code of yours was used to sign in or to confirm."
    NEW_CODES = "New recovery codes were made for your account, in place of those before."
    LINKED = "Your account was linked with one of another server, which can sign you in from now on."
    UNLINKED = "Your account is linked with none of another server any more."
    PASSWORD = "Your password was changed."  # noqa: S105


class AccountNews(SQLModel, table=True):
    """by: who did it. told_at: when it was read."""

    __tablename__ = "account_news"

    id: str = Field(default_factory=new_id, primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    news: News
    by: str = ""
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


KEPT = timedelta(days=90)
"""For how long what was read is still shown in the settings; then it goes. What was never read stays until it is."""


@dataclass(frozen=True)
class NewsLine:
    """One thing that happened. by: who did it; "" where nobody did."""

    id: str
    at: datetime
    what: str
    by: str


def tell(session: Session, account: Account, news: News, by: str, at: datetime) -> None:
    """Keep it for the account. by: who did it; "" where nobody did. Not committed."""
    straight(session).execute(insert(AccountNews).values(id=new_id(), account_id=account.id, at=at, news=news, by=by))


def untold(session: Session, account_id: str) -> list[NewsLine]:
    """What the account was not told yet, the first first."""
    waiting = AccountNews.account_id == account_id, col(AccountNews.told_at).is_(None)
    rows = session.exec(select(AccountNews).where(*waiting).order_by(col(AccountNews.at), col(AccountNews.id)))
    return [_line(row) for row in rows]


def lately(session: Session, account_id: str, at: datetime) -> list[NewsLine]:
    """What happened to the account in the last days (KEPT), told or not, the last first: whoever came first may have read it."""
    since = AccountNews.account_id == account_id, col(AccountNews.at) > at - KEPT
    rows = session.exec(select(AccountNews).where(*since).order_by(col(AccountNews.at).desc(), col(AccountNews.id)))
    return [_line(row) for row in rows]


def _line(row: AccountNews) -> NewsLine:
    return NewsLine(row.id, row.at, row.news.value, row.by)


def note_told(session: Session, account_id: str, shown: Collection[str], at: datetime) -> None:
    """What was shown, by its ids, was read; what came since was not. Commits."""
    waiting = col(AccountNews.account_id) == account_id, col(AccountNews.told_at).is_(None), col(AccountNews.id).in_(shown)
    straight(session).execute(update(AccountNews).where(*waiting).values(told_at=at))
    session.commit()


def forget_old_news(session: Session, at: datetime) -> None:
    """Remove, of all accounts, what was read and is shown nowhere any more. Commits."""
    gone = col(AccountNews.at) <= at - KEPT, col(AccountNews.told_at).is_not(None)
    straight(session).execute(delete(AccountNews).where(*gone))
    session.commit()
