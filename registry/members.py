"""Members: which row of a party's roster became which subject, so that the same roster twice changes nothing."""

import hashlib
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, col, select

from registry.blinding import blinder
from registry.db import UtcDateTime, now


class Keyed(StrEnum):
    """Whether a member's id is a keyed digest: from the beginning, since a later opening of the workspace, or not yet."""

    ALWAYS = "always"
    LATER = "later"
    NOT_YET = "not yet"


class Member(SQLModel, table=True):
    """One person of a roster. id: a keyed digest of the party and the roster's own key (the member number, or the name without
    one), which nobody undoes by trying numbers; keyed: since when it is one. An earlier id still stands in the audit log.

    name_key: the name as it is compared. row_sha: the digest of the row and its photos as last taken in. When the subject is
    erased, only the id and erased_at stay, so that the next roster does not enrol again who asked to be forgotten.
    """

    __table_args__ = (Index("ix_member_name", "party_id", "name_key"),)

    id: str = Field(primary_key=True)
    party_id: str = Field(foreign_key="party.id", index=True)
    subject_id: str | None = Field(default=None, index=True)
    name_key: str = ""
    row_sha: str = ""
    keyed: Keyed = Keyed.ALWAYS
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    imported_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


def number_key(session: Session, party_id: str, number: str) -> str:
    """The id of the member with that number."""
    return _key(session, party_id, f"number {number}")


def name_only_key(session: Session, party_id: str, name_key: str) -> str:
    """The id of the member of that name, as it is compared, in a roster without numbers."""
    return _key(session, party_id, f"name {name_key}")


def _key(session: Session, party_id: str, key: str) -> str:
    # The inner digest is the whole id of earlier versions, of which the keyed one is made when they are brought up.
    plain = hashlib.sha256(f"member\n{party_id}\n{key}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return _blinded(session, plain)


def _blinded(session: Session, plain: str) -> str:
    return blinder(session)(f"member {plain}")[:32]


def key_members(session: Session) -> int:
    """Give the members of an earlier version keyed ids; says how many. Flushed."""
    rows = session.exec(select(Member).where(col(Member.keyed) == Keyed.NOT_YET)).all()
    for row in rows:
        row.id, row.keyed = _blinded(session, row.id), Keyed.LATER
        session.add(row)
    session.flush()
    return len(rows)


def erased_on(session: Session, member_id: str) -> datetime | None:
    """When the member was erased on request; None for all others."""
    member = session.get(Member, member_id)
    return member.erased_at if member else None


def note_name(session: Session, subject_id: str, name_key: str) -> None:
    """The next roster has the subject's member under another name; flushed."""
    for row in members_of(session, subject_id):
        row.name_key = name_key
        session.add(row)
    session.flush()


def members_of(session: Session, subject_id: str) -> list[Member]:
    return list(session.exec(select(Member).where(Member.subject_id == subject_id)))


def forget_member(session: Session, subject_id: str, at: datetime) -> list[Member]:
    """Keep of a subject's rows that they were erased, and nothing else; flushed. Gives what is kept."""
    rows = members_of(session, subject_id)
    for row in rows:
        row.subject_id, row.name_key, row.row_sha, row.erased_at = None, "", "", at
        session.add(row)
    session.flush()
    return rows
