"""Members: which row of a party's roster became which subject, so that the same roster twice changes nothing."""

import hashlib
import re
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, or_
from sqlmodel import Field, Session, SQLModel, col, select

from registry.blinding import blinder
from registry.db import UtcDateTime, now
from registry.kinds import Numbers
from registry.listings import Person
from registry.names import name_key

_AT_ONCE = 400


class Numbering(SQLModel, table=True):
    """What a party has decided about its members' numbers; without a row it has not been asked yet."""

    party_id: str = Field(primary_key=True, foreign_key="party.id")
    numbers: Numbers
    decided_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Keyed(StrEnum):
    """Whether a member's id is a keyed digest: from the beginning, since a later opening of the workspace, or not yet."""

    ALWAYS = "always"
    LATER = "later"
    NOT_YET = "not yet"


class Member(SQLModel, table=True):
    """One person of a roster. id: a keyed digest of the party and the roster's own key (the member number, or the name without
    one), which nobody undoes by trying numbers; keyed: since when it is one. An earlier id still stands in the audit log.

    number: as the roster has it, "" without one. loose_id: as id, from the number compared loosely. name_key: the name as it is
    compared. row_sha: the digest of the row and its photos as last taken in. When the subject is erased, only the ids and
    erased_at stay, so that the next roster does not enrol again who asked to be forgotten. lapsed: nobody asked; it was erased by
    the retention policy, and a new consent may bring it back.
    """

    __table_args__ = (Index("ix_member_name", "party_id", "name_key"),)

    id: str = Field(primary_key=True)
    party_id: str = Field(foreign_key="party.id", index=True)
    subject_id: str | None = Field(default=None, index=True)
    number: str = ""
    loose_id: str = Field(default="", index=True)
    name_key: str = ""
    row_sha: str = ""
    keyed: Keyed = Keyed.ALWAYS
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lapsed: bool = False
    imported_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


def number_key(session: Session, party_id: str, number: str) -> str:
    """The id of the member with that number, compared letter for letter."""
    return _key(session, party_id, f"number {number}")


def loose_number_key(session: Session, party_id: str, number: str) -> str:
    """What the ids of all members have in common whose numbers are the same when they are compared loosely."""
    return _key(session, party_id, f"loosely {loosely(number)}")


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


def any_by_digest_alone(session: Session, party_id: str) -> bool:
    """Whether the party has members of earlier versions, of whose numbers a digest alone is kept, or ones without a number."""
    query = select(Member.id).where(Member.party_id == party_id, Member.loose_id == "").limit(1)
    return session.exec(query).first() is not None


def loosely(number: str) -> str:
    """A number without leading zeros, case and spaces: what spreadsheets change by themselves."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", "".join(number.split()).casefold())


def numbering_of(session: Session, party_id: str) -> Numbers | None:
    """How the party's numbers are compared; None where that was not decided."""
    row = session.get(Numbering, party_id)
    return row.numbers if row else None


def decide_numbering(session: Session, party_id: str, numbers: Numbers) -> None:
    """Flushed, not committed."""
    row = session.get(Numbering, party_id) or Numbering(party_id=party_id, numbers=numbers)
    row.numbers, row.decided_at = numbers, now()
    session.add(row)
    session.flush()


def members_by(session: Session, ids: Collection[str]) -> list[Member]:
    """The members with these ids or loose ids, also erased ones."""
    wanted, found = sorted(ids), list[Member]()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        found += session.exec(select(Member).where(or_(col(Member.id).in_(some), col(Member.loose_id).in_(some)))).all()
    return found


def key_of_subject(session: Session, subject_id: str, party_id: str) -> str:
    """By what rosters know a subject: its member's key, and its own id where no roster brought it."""
    member = _of_subject(session, subject_id)
    if member is None:
        return subject_id
    loose = numbering_of(session, party_id) is Numbers.LOOSELY
    return (member.loose_id if loose else "") or member.id


def number_of_subject(session: Session, subject_id: str) -> str:
    """The member number; "" of those who have none."""
    member = _of_subject(session, subject_id)
    return member.number if member else ""


def _of_subject(session: Session, subject_id: str) -> Member | None:
    return session.exec(select(Member).where(Member.subject_id == subject_id)).first()


def member_numbered(session: Session, party_id: str, number: str) -> Member | None:
    """The member with that number, as the party's numbers are compared; also one that was erased."""
    ids = {number_key(session, party_id, number)}
    if numbering_of(session, party_id) is Numbers.LOOSELY:
        ids.add(loose_number_key(session, party_id, number))
    return next(iter(members_by(session, ids)), None)


def known_member(session: Session, party_id: str, name: str, number: str) -> Member | None:
    """The member with that number; by the name where there is none. Also one that was erased."""
    if number:
        return member_numbered(session, party_id, number)
    return session.get(Member, name_only_key(session, party_id, name_key(name)))


def erased_on(session: Session, party_id: str, number: str) -> datetime | None:
    """When the member with that number was erased on request; None for all others."""
    ids = {number_key(session, party_id, number)}
    if numbering_of(session, party_id) is Numbers.LOOSELY:
        ids.add(loose_number_key(session, party_id, number))
    return next((row.erased_at for row in members_by(session, ids) if row.erased_at and not row.lapsed), None)


def note_name(session: Session, subject_id: str, name_key: str) -> None:
    """The next roster has the subject's member under another name; flushed. Who has no number is known by the new name."""
    for row in members_of(session, subject_id):
        if row.id == name_only_key(session, row.party_id, row.name_key):
            again = Member(**{**row.model_dump(), "id": name_only_key(session, row.party_id, name_key), "name_key": name_key})
            session.delete(row)
            session.flush()
            session.add(again)
        else:
            row.name_key = name_key
            session.add(row)
    session.flush()


def members_of(session: Session, subject_id: str) -> list[Member]:
    """The members, of one roster or of several, that became the subject."""
    return list(session.exec(select(Member).where(Member.subject_id == subject_id)))


def known_as(session: Session, subject_id: str, name: str) -> Person:
    """By what files for people know a subject of that name: its numbers, and the names under which rosters brought it."""
    rows = members_of(session, subject_id)
    numbers = {row.number for row in rows if row.number}
    loose = {loosely(row.number) for row in rows if row.number and row.loose_id}
    names = {row.name_key for row in rows if row.name_key}
    return Person(name, lambda number: number in numbers or loosely(number) in loose, lambda called: name_key(called) in names)


def forget_member(session: Session, subject_id: str, at: datetime, *, on_request: bool = True) -> list[Member]:
    """Keep of a subject's rows that they were erased, and nothing else; flushed. Gives what is kept.

    on_request: somebody asked, and no roster brings the member back.
    """
    rows = members_of(session, subject_id)
    for row in rows:
        row.subject_id, row.number, row.name_key, row.row_sha = None, "", "", ""
        row.erased_at, row.lapsed = at, not on_request
        session.add(row)
    session.flush()
    return rows
