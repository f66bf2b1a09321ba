"""Subjects: the people, characters and marks that are protected."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.db import UtcDateTime, new_id, now
from registry.types import SubjectKind


class Subject(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("party_id", "kind", "name"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    party_id: str = Field(foreign_key="party.id", index=True)
    name: str
    kind: SubjectKind
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
