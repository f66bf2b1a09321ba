"""Parties: who holds or represents rights."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from registry.db import UtcDateTime, new_id, now
from registry.types import PartyKind


class Party(SQLModel, table=True):
    """The contact fields go into notices as they stand. commercial: whether models for research only are refused."""

    id: str = Field(default_factory=new_id, primary_key=True)
    name: str = Field(unique=True)
    kind: PartyKind
    parent_id: str | None = Field(default=None, foreign_key="party.id")
    commercial: bool = True
    postal_address: str = ""
    email: str = ""
    phone: str = ""
    signatory: str = ""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
