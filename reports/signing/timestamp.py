"""What authorities said of captures: one row for each capture and authority, with the whole reply in the vault."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlmodel import Field, Session, SQLModel, and_, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from crawler.videos import Capture
from registry.db import SAID_ONLY, UtcDateTime
from reports.matches import content_id

_T = TypeVar("_T")


class Timestamp(SQLModel, table=True):
    """A question to an authority about a capture's manifest, which names the digests of all that was captured.

    id is derived from capture and authority. asked_at, problem: when it was last asked, and why there is no token; no problem
    where there is one. reply_sha256: the authority's whole reply (RFC 3161), roots_sha256: the certificates by which it was
    known then, both objects of the vault. stated_at: the authority's time. signer, serial, policy: see Token.
    """

    id: str = Field(primary_key=True)
    capture_id: str = Field(foreign_key="capture.id", index=True)
    authority: str
    asked_at: datetime = Field(sa_type=UtcDateTime)
    problem: str | None = None
    stated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    signer: str = ""
    serial: str = ""
    policy: str = ""
    reply_sha256: str | None = None
    roots_sha256: str | None = None


class SealTimestamp(SQLModel, table=True):
    """A token about bytes of a bundle of that party. id is derived from their digest and the authority.

    shown_sha256: of the bytes. reply_sha256: the authority's whole reply (RFC 3161), roots_sha256: the certificates by which it
    was known then, both objects of the vault. stated_at: the authority's time.
    """

    __tablename__ = "seal_timestamp"

    id: str = Field(primary_key=True)
    party_id: str = Field(foreign_key="party.id", index=True)
    authority: str
    shown_sha256: str = Field(sa_column_kwargs={"info": {SAID_ONLY: True}})
    asked_at: datetime = Field(sa_type=UtcDateTime)
    stated_at: datetime = Field(sa_type=UtcDateTime)
    reply_sha256: str
    roots_sha256: str


def timestamp_id(capture_id: str, authority: str) -> str:
    """The id of the row about a capture and an authority."""
    return content_id("timestamp", capture_id, authority)


def timestamps_of(session: Session, captures: Collection[str]) -> Mapping[str, Sequence[Timestamp]]:
    """By the capture's id, in order of the authorities' names; what was asked for in vain, too."""
    found: dict[str, list[Timestamp]] = {key: [] for key in captures}
    about = select(Timestamp).where(col(Timestamp.capture_id).in_(found)).order_by(col(Timestamp.authority))
    for row in session.exec(about):
        found[row.capture_id].append(row)
    return found


def not_stamped(session: Session, authority: str, most: int) -> list[str]:
    """The ids of captures about which that authority has stated nothing yet, newest first."""
    waiting = _without(authority, select(Capture.id)).order_by(col(Capture.captured_at).desc(), col(Capture.id))
    return list(session.exec(waiting.limit(most)))


def count_not_stamped(session: Session, authority: str) -> int:
    """How many captures that authority has stated nothing about."""
    return session.exec(_without(authority, select(func.count(col(Capture.id))))).one()


def _without(authority: str, captures: SelectOfScalar[_T]) -> SelectOfScalar[_T]:
    own = and_(col(Timestamp.capture_id) == col(Capture.id), col(Timestamp.authority) == authority)
    nothing = or_(col(Timestamp.id).is_(None), col(Timestamp.reply_sha256).is_(None))
    return captures.select_from(Capture).outerjoin(Timestamp, own).where(nothing)
