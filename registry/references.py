"""References: the pictures a subject is enrolled with. The bytes lie in the vault."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.db import UtcDateTime, new_id, now


class Reference(SQLModel, table=True):
    """One picture of one subject. era: the years it depicts, both ends included, where known."""

    __table_args__ = (UniqueConstraint("subject_id", "sha256"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    subject_id: str = Field(foreign_key="subject.id", index=True)
    sha256: str = Field(index=True)
    file_name: str
    media_type: str
    size: int
    era_from: int | None = None
    era_to: int | None = None
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
