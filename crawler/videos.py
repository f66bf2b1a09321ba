"""Videos that were found, where they were seen, and what was captured of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.db import UtcDateTime, now


class VideoState(StrEnum):
    DISCOVERED = "discovered"
    CAPTURED = "captured"
    FAILED = "failed"


class Video(SQLModel, table=True):
    """A media URL with its context. id: the first 32 hex digits of the SHA-256 of the canonical media URL.

    failure, remedy: why the last try to capture it failed and what to do. retryable: the next run tries again.
    """

    id: str = Field(primary_key=True)
    media_url: str = Field(unique=True)
    page_url: str | None = None
    title: str = ""
    description: str = ""
    uploader: str = ""
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    platform_label: str | None = None
    first_seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    state: VideoState = Field(default=VideoState.DISCOVERED, index=True)
    failure: str | None = None
    remedy: str | None = None
    retryable: bool = False
    attempts: int = 0


class Sighting(SQLModel, table=True):
    """That a source shows a video."""

    __table_args__ = (UniqueConstraint("video_id", "source_id"),)

    id: int | None = Field(default=None, primary_key=True)
    video_id: str = Field(foreign_key="video.id", index=True)
    source_id: str = Field(foreign_key="source.id", index=True)
    page_url: str | None = None
    first_seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    last_seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Capture(SQLModel, table=True):
    """What was taken of a video at one moment. id: first 32 hex digits of SHA-256(video id, media digest).

    manifest_sha256 names a JSON document in the vault that repeats all of this with request and response headers, the
    final URL after redirects, the remote address, operator, tool and version. The row is written last.
    """

    id: str = Field(primary_key=True)
    video_id: str = Field(foreign_key="video.id", index=True)
    captured_at: datetime = Field(sa_type=UtcDateTime)
    media_sha256: str = Field(index=True)
    media_size: int
    media_type: str
    final_url: str
    page_sha256: str | None = None
    manifest_sha256: str
    headers: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class LabelOutcome(StrEnum):
    PRESENT = "present"
    ABSENT = "absent"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class Label(SQLModel, table=True):
    """One finding about provenance: kind is the place looked at (``aigc``, ``platform``), detail what stands there."""

    __table_args__ = (UniqueConstraint("capture_id", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    capture_id: str = Field(foreign_key="capture.id", index=True)
    kind: str
    outcome: LabelOutcome
    detail: str = ""
