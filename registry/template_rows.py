"""The table of templates, and who has one: what needs none of the arrays that are in it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, func, select

from registry.crypto import MAGIC
from registry.db import UtcDateTime, new_id, now
from registry.references import Reference


class TemplateRow(SQLModel, table=True):
    """arrays: the template's named arrays in numpy's npz format, without pickles, sealed for this reference and encoder."""

    __tablename__ = "template"
    __table_args__ = (UniqueConstraint("reference_id", "encoder"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    reference_id: str = Field(foreign_key="reference.id", index=True)
    encoder: str = Field(index=True)
    arrays: bytes
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


@dataclass(frozen=True)
class Named:
    """A template without what it holds."""

    subject_id: str
    reference_id: str
    encoder: str


def named_templates(session: Session, encoders: Collection[str]) -> Iterator[Named]:
    """Every template of the encoders, none of them read or opened."""
    query = select(Reference.subject_id, Reference.id, TemplateRow.encoder).where(TemplateRow.reference_id == Reference.id)
    return (Named(*row) for row in session.exec(query.where(col(TemplateRow.encoder).in_(list(encoders)))))


def clear_templates(session: Session) -> int:
    """How many templates still lie in the clear, as the first version kept them."""
    query = select(func.count()).select_from(TemplateRow).where(func.substr(col(TemplateRow.arrays), 1, len(MAGIC)) != MAGIC)
    return session.exec(query).one()
