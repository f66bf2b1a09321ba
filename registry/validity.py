"""When a mandate or a licence is valid: from its start on, until it ends or is revoked."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, SQLModel, col


class Dated(Protocol):
    """starts_at is included; ends_at and revoked_at are not. An absent end is open."""

    starts_at: datetime
    ends_at: datetime | None
    revoked_at: datetime | None


class Status(StrEnum):
    """How a licence, a mandate or the like stands at a moment."""

    VALID = "valid"
    REVOKED = "revoked"
    FUTURE = "not yet begun"
    ENDED = "ended"


def status_at(row: Dated, at: datetime) -> Status:
    """What stands foremost against it: that it was revoked, even before it began."""
    if row.revoked_at is not None and row.revoked_at <= at:
        return Status.REVOKED
    if row.starts_at > at:
        return Status.FUTURE
    return Status.ENDED if row.ends_at is not None and row.ends_at <= at else Status.VALID


def valid_at(row: Dated, at: datetime) -> bool:
    """Whether it has begun, and has neither ended nor been revoked."""
    begun = row.starts_at <= at and (row.revoked_at is None or at < row.revoked_at)
    return begun and (row.ends_at is None or at < row.ends_at)


def in_force(table: type[SQLModel], at: datetime) -> ColumnElement[bool]:
    """As valid_at, to be asked of a table's rows."""
    dated: Any = table
    begun = col(dated.starts_at) <= at
    open_ends = (col(end).is_(None) | (col(end) > at) for end in (dated.revoked_at, dated.ends_at))
    return and_(begun, *open_ends)


def why_none(rows: Sequence[Dated], at: datetime) -> str:
    """How many are over or to come, in words, of rows of which none is valid."""
    found = [status_at(row, at) for row in rows]
    return ", ".join(f"{found.count(status)} {status.value}" for status in (Status.REVOKED, Status.FUTURE, Status.ENDED))


def end_now(session: Session, row: Dated, at: datetime) -> None:
    """Revoke it at that moment; flushed, not committed. Revoking it again changes nothing."""
    if row.revoked_at is None:
        row.revoked_at = at
        session.add(row)
        session.flush()
