"""Templates as rows."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.db import UtcDateTime, new_id, now


class TemplateRow(SQLModel, table=True):
    """arrays: the template's named arrays in numpy's npz format, without pickles."""

    __tablename__ = "template"
    __table_args__ = (UniqueConstraint("reference_id", "encoder"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    reference_id: str = Field(foreign_key="reference.id", index=True)
    encoder: str = Field(index=True)
    arrays: bytes
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
