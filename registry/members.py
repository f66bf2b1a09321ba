"""Members: which row of a party's roster became which subject, so that the same roster twice changes nothing."""

import hashlib
from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, select

from registry.db import UtcDateTime, now


class Member(SQLModel, table=True):
    """One person of a roster. id: from the party and the roster's own key (the member number, or the name without one).

    name_key: the name as it is compared. row_sha: the digest of the row and its photos as last taken in. When the subject is
    erased, only the id and erased_at stay, so that the next roster does not enrol again who asked to be forgotten.
    """

    __table_args__ = (Index("ix_member_name", "party_id", "name_key"),)

    id: str = Field(primary_key=True)
    party_id: str = Field(foreign_key="party.id", index=True)
    subject_id: str | None = Field(default=None, index=True)
    name_key: str = ""
    row_sha: str = ""
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    imported_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


def number_key(party_id: str, number: str) -> str:
    """The id of the member with that number."""
    return _key(party_id, f"number {number}")


def name_only_key(party_id: str, name_key: str) -> str:
    """The id of the member of that name, as it is compared, in a roster without numbers."""
    return _key(party_id, f"name {name_key}")


def _key(party_id: str, key: str) -> str:
    return hashlib.sha256(f"member\n{party_id}\n{key}".encode()).hexdigest()[:32]


def erased_on(session: Session, member_id: str) -> datetime | None:
    """When the member was erased on request; None for all others."""
    member = session.get(Member, member_id)
    return member.erased_at if member else None


def note_name(session: Session, subject_id: str, name_key: str) -> None:
    """The next roster has the subject's member under another name; flushed."""
    for row in session.exec(select(Member).where(Member.subject_id == subject_id)):
        row.name_key = name_key
        session.add(row)
    session.flush()


def forget_member(session: Session, subject_id: str, at: datetime) -> int:
    """Keep of a subject's rows that they were erased, and nothing else; flushed. How many there were."""
    rows = session.exec(select(Member).where(Member.subject_id == subject_id)).all()
    for row in rows:
        row.subject_id, row.name_key, row.row_sha, row.erased_at = None, "", "", at
        session.add(row)
    session.flush()
    return len(rows)
