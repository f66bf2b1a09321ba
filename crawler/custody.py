"""The chain of custody: an append-only list in which every entry holds the digest of the one before."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from registry.db import UtcDateTime


class CustodyEntry(SQLModel, table=True):
    """sha256 is over the canonical JSON of all other fields, previous included (64 zeros for the first)."""

    __tablename__ = "custody_entry"

    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    action: str
    capture_id: str = Field(index=True)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    previous: str
    sha256: str
