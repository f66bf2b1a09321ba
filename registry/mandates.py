"""Mandates: a party's proof that it may act for a subject."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from registry.db import UtcDateTime, new_id, now


class Mandate(SQLModel, table=True):
    """document_sha256 names the proof in the vault. Once a subject has a mandate, it is matched only while one is valid."""

    id: str = Field(default_factory=new_id, primary_key=True)
    subject_id: str = Field(foreign_key="subject.id", index=True)
    document_sha256: str
    verified_by: str
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
