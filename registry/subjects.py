"""Subjects: the people, characters and marks that are protected."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Date, Index, UniqueConstraint, event
from sqlmodel import Field, Session, SQLModel, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from registry.actions import Action
from registry.db import UtcDateTime, new_id, now
from registry.errors import Conflict, NotFound
from registry.held_text import holds
from registry.members import member_numbered
from registry.names import clean_name, keep_name_key, name_key
from registry.parties import Party, find_party
from registry.types import Life, SubjectKind

AT_ONCE = 500
"""Rows that are asked for by their ids in one statement."""


class Subject(SQLModel, table=True):
    """One protected thing. erased_at: since when nothing is left of it but this row under a name that says nothing.

    left_at: since when a person is looked for only with a consent given afterwards. minor_until: when a person comes of age;
    until then a guardian's consent is needed; minor_noted_at: since when that is on record. life, died_on, domicile: of
    a person, as registry.lives has them; domicile: by its ISO 3166 code, at death of who died, "" if not known. aliases: what
    else it is called, see registry.aliases.
    """

    __table_args__ = (UniqueConstraint("party_id", "kind", "name"), Index("ix_subject_name_id", "name", "id"))

    id: str = Field(default_factory=new_id, primary_key=True)
    party_id: str = Field(foreign_key="party.id", index=True)
    name: str
    name_key: str = Field(default="", index=True)
    kind: SubjectKind
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    minor_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    minor_noted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    life: Life = Life.UNKNOWN
    died_on: date | None = Field(default=None, sa_type=Date)
    domicile: str = ""
    aliases: list[str] = Field(default_factory=list, sa_type=JSON)
    alias_keys: str = Field(default="", sa_column_kwargs={"server_default": ""})


keep_name_key(Subject)


@event.listens_for(Subject, "before_insert")
@event.listens_for(Subject, "before_update")
def _keep_alias_keys(_mapper: Any, _connection: Any, row: Subject) -> None:
    row.alias_keys = "\n".join(map(name_key, row.aliases))


# No name, and no text that is searched for, has a line's end in it: none is found across two aliases.
NAMES = (Subject.name_key, Subject.alias_keys)
"""What a subject is called, as it is compared, in which a text is searched for."""


def called(text: str) -> ColumnElement[bool]:
    """That a subject's name, or one of its aliases, holds a text, however either is written."""
    return or_(*(holds(col(names), name_key(text)) for names in NAMES))


def add_subject(session: Session, party: Party, name: str, kind: SubjectKind) -> Subject:
    """Add a subject; flushed, not committed. Raises Conflict when the party has one of that kind and name."""
    cleaned = clean_name(name, "subject")
    _refuse_taken(session, party, kind, cleaned)
    subject = Subject(party_id=party.id, name=cleaned, kind=kind)
    session.add(subject)
    session.flush()
    return subject


def rename_subject(session: Session, subject: Subject, name: str) -> None:
    """Flushed, not committed. Raises Conflict when the party has another of that kind and name."""
    cleaned = clean_name(name, "subject")
    _refuse_taken(session, session.get_one(Party, subject.party_id), subject.kind, cleaned, but=subject.id)
    call(subject, cleaned)
    session.add(subject)
    session.flush()


def call(subject: Subject, name: str) -> None:
    """Give it that name, which is then none of its aliases any more."""
    subject.name = name
    subject.aliases = [alias for alias in subject.aliases if name_key(alias) != name_key(name)]


def _refuse_taken(session: Session, party: Party, kind: SubjectKind, name: str, but: str | None = None) -> None:
    called = select(Subject.id).where(Subject.name_key == name_key(name), Subject.party_id == party.id, Subject.kind == kind)
    if any(subject_id != but for subject_id in session.exec(called)):
        raise Conflict(
            f"{party.name} has a {kind.value} {name!r} already.",
            "Add references to that one, or choose another name.",
        )


def find_subject(session: Session, name_or_id: str, *, party: Party | None = None) -> Subject:
    """The subject with that id or name. Raises NotFound, or Conflict when several parties have one of that name."""
    by_id = session.get(Subject, name_or_id)
    if by_id is not None and by_id.erased_at is None:
        return by_id
    found = session.exec(_living(party).where(Subject.name_key == name_key(name_or_id))).all()
    if not found:
        raise NotFound(f"There is no subject {name_or_id!r}.", Action.SEE_SUBJECTS, Action.ADD_SUBJECT)
    if len(found) > 1:
        ids = ", ".join(subject.id for subject in found)
        raise Conflict(f"{len(found)} subjects are called {name_or_id!r}.", f"Give one of the ids: {ids}.")
    return found[0]


def subject_called(session: Session, name: str, party: str | None) -> Subject:
    """As find_subject; party: by name or id, where one is named. Of a party a member's number does as well, where nobody of it is
    called so. Raises NotFound for the party, too."""
    if not party:
        return find_subject(session, name)
    whose = find_party(session, party)
    try:
        return find_subject(session, name, party=whose)
    except NotFound:
        member = member_numbered(session, whose.id, name)
        subject = session.get(Subject, member.subject_id) if member is not None and member.subject_id else None
        if subject is None or subject.erased_at is not None:
            raise
        return subject


def subjects_of(session: Session, ids: Collection[str]) -> dict[str, Subject]:
    """The subjects of these ids that are on record, erased ones too, in a few statements for all."""
    wanted = sorted(ids)
    parts = (wanted[first : first + AT_ONCE] for first in range(0, len(wanted), AT_ONCE))
    return {row.id: row for some in parts for row in session.exec(select(Subject).where(col(Subject.id).in_(some)))}


def list_subjects(session: Session, *, party: Party | None = None) -> list[Subject]:
    """All subjects by name, without the erased ones."""
    return list(session.exec(_living(party)))


def _living(party: Party | None) -> SelectOfScalar[Subject]:
    query = select(Subject).where(col(Subject.erased_at).is_(None)).order_by(col(Subject.name), col(Subject.id))
    return query if party is None else query.where(Subject.party_id == party.id)
