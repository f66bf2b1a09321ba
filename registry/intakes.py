"""Intakes: what each import of a roster brought, so that one may be taken back and what was there before stays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import JSON
from sqlalchemy import select as sql_select
from sqlmodel import Field, Session, SQLModel, col, func, select

from registry.actions import Action
from registry.db import UtcDateTime, new_id, now
from registry.errors import NotFound
from registry.paging import Listed, Part, listed
from registry.prefixes import begins_with


class Intake(SQLModel, table=True):
    """One import of a roster that brought something. taken_back_at: since when it is undone."""

    id: str = Field(default_factory=new_id, primary_key=True)
    party_id: str = Field(foreign_key="party.id", index=True)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    taken_back_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class IntakeRow(SQLModel, table=True):
    """What an intake did to one member. new_subject, new_member: it brought them. photos: the ids of the references it added.

    called_before, known_before: the subject's name and the member's as it is compared, where the intake changed them. They go
    when the subject is erased.
    """

    __tablename__ = "intake_row"

    id: str = Field(default_factory=new_id, primary_key=True)
    intake_id: str = Field(foreign_key="intake.id", index=True)
    subject_id: str = Field(foreign_key="subject.id", index=True)
    member_id: str
    new_subject: bool
    new_member: bool
    photos: list[str] = Field(default_factory=list, sa_type=JSON)
    called_before: str = ""
    known_before: str = ""


class IntakeLine(NamedTuple):
    """members: how many rows of the roster it brought something of."""

    intake: Intake
    members: int


def listed_intakes(session: Session, party_id: str, part: Part) -> Listed[IntakeLine]:
    """The party's intakes, the latest first; see registry.paging."""
    count: Any = sql_select(func.count()).where(col(IntakeRow.intake_id) == col(Intake.id)).correlate(Intake).scalar_subquery()
    query = sql_select(Intake, count).where(col(Intake.party_id) == party_id)
    found = listed(session, query, (col(Intake.at), col(Intake.id)), part, (col(Intake.id),), backwards=True)
    return Listed(((IntakeLine(*row), cursor) for row, cursor in found.rows), found.more)


def find_intake(session: Session, party_id: str, prefix: str) -> Intake:
    """The one whose id begins like that. Raises NotFound."""
    query = select(Intake).where(Intake.party_id == party_id, begins_with(col(Intake.id), prefix))
    found = session.exec(query.limit(2)).all() if prefix else []
    if len(found) != 1:
        raise NotFound(f"{len(found) or 'No'} imports begin with {prefix!r}.", Action.SEE_IMPORTS)
    return found[0]


def rows_of(session: Session, intake: Intake) -> Sequence[IntakeRow]:
    """The rows of an import in the order of its file."""
    return session.exec(select(IntakeRow).where(IntakeRow.intake_id == intake.id).order_by(col(IntakeRow.id))).all()


def forget_in_intakes(session: Session, subject_id: str) -> None:
    """Take the names of a subject who is erased out of what intakes did; flushed."""
    for row in session.exec(select(IntakeRow).where(IntakeRow.subject_id == subject_id)):
        row.called_before = row.known_before = ""
        session.add(row)
    session.flush()
