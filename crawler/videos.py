"""Videos that were found, and what was captured of them. What their pages say is in `crawler.pages`."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint, event
from sqlmodel import Field, Session, SQLModel, col, or_, select

from crawler.types import LabelOutcome as LabelOutcome
from crawler.types import TakenBy
from crawler.urls import canonical_url as canonical_url
from registry.db import UtcDateTime, now
from registry.paging import AT_ONCE

MAX_ATTEMPTS = 5


class VideoState(StrEnum):
    """How far a video has come. failed: the last try gave no capture; it may be tried again."""

    DISCOVERED = "discovered"
    CAPTURED = "captured"
    FAILED = "failed"


class Video(SQLModel, table=True):
    """A media URL. id: the first 32 hex digits of the SHA-256 of the canonical media URL.

    page_url, title, description, uploader, published_at, platform_label: what the one page that stands for the video says now,
    for lists; every page has its own in `crawler.pages`.
    said: what is said of it that people search for, as said_of has it; whoever writes the row, it follows.
    failure, remedy: why the last try to capture it failed and what to do. retryable: the next run tries again.
    tried_at: when it was last tried. via: how its media is taken. counts: views, likes and the like when it was last seen.
    """

    # Read from its beginning to its end for a search, and a third as long as the rows. PostgreSQL keeps no texts as long as some.
    __table_args__ = (Index("ix_video_said", "said", "id").ddl_if(dialect="sqlite"),)

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
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    via: TakenBy = TakenBy.HTTP
    counts: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    said: str = Field(default="", sa_column_kwargs={"server_default": ""})


def said_of(video: Video) -> str:
    """Title, uploader and addresses of a video, a line each, so that one look finds a text in any of them. No text that is
    searched for has a line's end in it (registry.names.name_key), and of what holds a zero, LIKE reads what stands before it."""
    texts = (video.title, video.uploader, video.page_url or "", video.media_url)
    return "\n".join(text.partition("\0")[0] for text in texts)


@event.listens_for(Video, "before_insert")
@event.listens_for(Video, "before_update")
def _keep_said(_mapper: Any, _connection: Any, row: Video) -> None:
    row.said = said_of(row)


class Capture(SQLModel, table=True):
    """What was taken of a video at one moment. id: first 32 hex digits of SHA-256(video id, media digest).

    manifest_sha256 names a JSON document in the vault that repeats all of this with request and response headers, the
    final URL after redirects, the remote address, operator, tool and version; warc_sha256 a WARC with the requests, the responses
    and the servers' certificates; screenshot_sha256 a PNG of the page. The row is written last.
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
    warc_sha256: str | None = None
    screenshot_sha256: str | None = None
    headers: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Label(SQLModel, table=True):
    """One finding about provenance: kind is the place looked at (``aigc``, ``c2pa``, ``iptc``, ``platform``, ``words``) or
    ``unlabelled``, that a label is missing; detail what stands there."""

    __table_args__ = (UniqueConstraint("capture_id", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    capture_id: str = Field(foreign_key="capture.id", index=True)
    kind: str
    outcome: LabelOutcome
    detail: str = ""


def video_id(url: str) -> str:
    """The id of the video at a media URL, however the URL is spelt. Raises Refused for what is no http or https URL."""
    return hashlib.sha256(canonical_url(url).encode()).hexdigest()[:32]


def queue(session: Session) -> list[Video]:
    """The videos that still want capturing, longest known first: new ones, and those whose failure may pass."""
    again = (col(Video.state) == VideoState.FAILED) & col(Video.retryable) & (col(Video.attempts) < MAX_ATTEMPTS)
    waiting = or_(col(Video.state) == VideoState.DISCOVERED, again)
    return list(session.exec(select(Video).where(waiting).order_by(col(Video.first_seen_at), col(Video.id))))


def latest_capture(session: Session, video_id: str) -> Capture | None:
    """The video's last capture."""
    own = select(Capture).where(Capture.video_id == video_id).order_by(col(Capture.captured_at).desc(), col(Capture.id))
    return session.exec(own.limit(1)).first()


def is_captured(session: Session, video_id: str) -> bool:
    """Whether there is a capture of the video, of whatever bytes."""
    return session.exec(select(Capture.id).where(Capture.video_id == video_id).limit(1)).first() is not None


def videos_of_captures(session: Session, captures: Collection[str]) -> dict[str, Video]:
    """The video of each capture by the capture's id, in a few statements for all."""
    wanted, found = sorted(captures), {}
    for first in range(0, len(wanted), AT_ONCE):
        some = col(Capture.id).in_(wanted[first : first + AT_ONCE])
        rows = session.exec(select(Capture.id, Video).join(Video, col(Video.id) == Capture.video_id).where(some))
        found.update(dict(rows.all()))
    return found
