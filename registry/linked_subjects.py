"""Who an account is for another server that signs people in: by the subject that it gives, which an administrator linked.

A name or a mail address links nothing: whoever may choose theirs there could be anybody here.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Field, Session, SQLModel, UniqueConstraint, col, select

from registry.account_news import News, tell
from registry.accounts import Account
from registry.audit import record
from registry.db import UtcDateTime, new_id
from registry.errors import Conflict
from registry.names import clean_name
from registry.signed_in import end_by
from registry.storage.lock import hold
from registry.tries import straight

WAY = "single sign-on"
"""How browsers and the audit log have it that somebody signed in so."""


class LinkedSubject(SQLModel, table=True):
    """issuer: the other server, as it names itself. subject: who the account is there."""

    __tablename__ = "linked_subject"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True)
    issuer: str
    subject: str
    linked_by: str
    linked_at: datetime = Field(sa_type=UtcDateTime)


def link(session: Session, account: Account, issuer: str, subject: str, by: str, at: datetime) -> None:
    """Link an account in place of a link before, by which nobody stays signed in. Not committed.

    Raises Conflict for a subject that is another account's."""
    hold(session)
    named = clean_name(subject, "subject")
    known = session.exec(select(LinkedSubject).where(LinkedSubject.issuer == issuer, LinkedSubject.subject == named)).first()
    if known is not None:
        if known.account_id == account.id:
            return
        # Of which account is not said: it may be another party's.
        raise Conflict("That subject cannot be linked: it is in use.", "Look whether it was copied right.")
    if straight(session).execute(delete(LinkedSubject).where(*_of(account, issuer))).rowcount:
        end_by(session, account.id, WAY, at)
    values = {"id": new_id(), "account_id": account.id, "issuer": issuer, "subject": named, "linked_by": by, "linked_at": at}
    straight(session).execute(insert(LinkedSubject).values(**values))
    record(session, "add", "linked_subject", [account.id], concerns=account.party_id)
    tell(session, account, News.LINKED, by, at)


def unlink(session: Session, account: Account, issuer: str, by: str, at: datetime) -> None:
    """Take the account's link with that server away, if there is one, and sign out what came by it. Not committed."""
    gone = straight(session).execute(delete(LinkedSubject).where(*_of(account, issuer)))
    if gone.rowcount:
        end_by(session, account.id, WAY, at)
        record(session, "remove", "linked_subject", [account.id], concerns=account.party_id)
        tell(session, account, News.UNLINKED, by, at)


def account_linked(session: Session, issuer: str, subject: str) -> Account | None:
    """Which account it is; None where it was not linked."""
    query = select(LinkedSubject.account_id).where(LinkedSubject.issuer == issuer, LinkedSubject.subject == subject)
    key = session.exec(query).first()
    return None if key is None else session.get_one(Account, key)


def subject_of(session: Session, account_id: str, issuer: str) -> str:
    """Who the account is there; "" where it is not linked."""
    query = select(LinkedSubject.subject).where(LinkedSubject.issuer == issuer, LinkedSubject.account_id == account_id)
    return session.exec(query).first() or ""


def _of(account: Account, issuer: str) -> tuple[Any, ...]:
    return col(LinkedSubject.account_id) == account.id, col(LinkedSubject.issuer) == issuer
