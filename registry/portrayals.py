"""Portrayals: that a person plays a character, so that one appearance concerns two claimants."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, select

from registry.actions import Action
from registry.db import new_id
from registry.errors import Conflict, NotFound, RegistryError
from registry.references import Reference
from registry.subjects import Subject
from registry.types import SubjectKind


class PortrayalRefused(RegistryError):
    """A portrayal that cannot be."""


class Portrayal(SQLModel, table=True):
    """A person plays a character. reference_id: the picture of the person in that role; None where any likeness is the role."""

    __table_args__ = (UniqueConstraint("character_id", "person_id", "reference_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    character_id: str = Field(foreign_key="subject.id", index=True)
    person_id: str = Field(foreign_key="subject.id", index=True)
    reference_id: str | None = None


@dataclass(frozen=True)
class Portrayed:
    """What a person plays: a character, by its likeness in one reference, or with None in any."""

    character_id: str
    reference_id: str | None


def add_portrayal(session: Session, character: Subject, person: Subject, reference: Reference | None = None) -> Portrayal:
    """Record who plays the character, in which picture if that matters; flushed, not committed. Raises PortrayalRefused."""
    if character.kind is not SubjectKind.CHARACTER or person.kind is not SubjectKind.PERSON:
        raise PortrayalRefused("Only a person plays, and only a character is played.", "Name the character, then the person.")
    if reference is not None and reference.subject_id != person.id:
        raise PortrayalRefused(f"The reference {reference.id} does not show {person.name}.", "Give one of the person's own.")
    chosen = reference.id if reference else None
    held = select(Portrayal).where(Portrayal.character_id == character.id, Portrayal.person_id == person.id)
    if any(row.reference_id == chosen for row in session.exec(held)):
        raise Conflict(f"It is on record that {person.name} plays {character.name}.", "Nothing needs doing.")
    row = Portrayal(character_id=character.id, person_id=person.id, reference_id=chosen)
    session.add(row)
    session.flush()
    return row


def list_portrayals(session: Session) -> list[Portrayal]:
    """Who plays whom, by id."""
    return list(session.exec(select(Portrayal).order_by(Portrayal.id)))


def remove_portrayal(session: Session, portrayal_id: str) -> None:
    """Flushed, not committed. Raises NotFound."""
    row = session.get(Portrayal, portrayal_id)
    if row is None:
        raise NotFound(f"There is no portrayal {portrayal_id!r}.", Action.SEE_PORTRAYALS)
    session.delete(row)
    session.flush()


def roles(portrayals: Iterable[Portrayal]) -> Mapping[str, tuple[Portrayed, ...]]:
    """By person's id, the characters they play."""
    found: dict[str, tuple[Portrayed, ...]] = {}
    for row in portrayals:
        found[row.person_id] = (*found.get(row.person_id, ()), Portrayed(row.character_id, row.reference_id))
    return found
