"""Sources that are watched, and how each of their runs went."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from registry.db import UtcDateTime, new_id, now


class SourceKind(StrEnum):
    FEED = "feed"
    SITEMAP = "sitemap"
    PAGE = "page"


class SourceRow(SQLModel, table=True):
    __tablename__ = "source"

    id: str = Field(default_factory=new_id, primary_key=True)
    name: str = Field(unique=True)
    kind: SourceKind
    url: str
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class SourceRun(SQLModel, table=True):
    """One run over one source. complete: every page that should have been read was; otherwise errors say what was not."""

    __tablename__ = "source_run"

    id: str = Field(default_factory=new_id, primary_key=True)
    source_id: str = Field(foreign_key="source.id", index=True)
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime = Field(sa_type=UtcDateTime)
    pages: int
    videos: int
    complete: bool
    errors: list[str] = Field(default_factory=list, sa_type=JSON)
