"""Licences: uses that the rights-holder permitted, and the one function that judges them."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from registry.db import UtcDateTime, new_id, now
from registry.types import Modality


class Licence(SQLModel, table=True):
    """A permitted use of one subject. An empty condition (modality, host, uploader) permits any.

    starts_at is included, ends_at is not; an absent end is open.
    """

    id: str = Field(default_factory=new_id, primary_key=True)
    subject_id: str = Field(foreign_key="subject.id", index=True)
    licensee: str
    modality: Modality | None = None
    host: str | None = None
    uploader: str | None = None
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
