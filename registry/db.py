"""What columns hold times, ids and digests in; the database itself is registry.storage's."""

import uuid
from datetime import UTC, datetime

from sqlalchemy import Dialect, String, TypeDecorator
from sqlmodel import SQLModel

# What Pydantic would check values with is made when it is first used: most tables are never checked, or shown, by a command.
SQLModel.model_config["defer_build"] = True

SAID_ONLY = "digest is said, bytes are not kept"
"""Stands in the info of a column whose name ends in sha256 and that names no object of the vault."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as ISO 8601 text with a Z, so that text order is time order in every database."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """ISO 8601 text of 27 characters. Raises ValueError for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return in_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The text's moment, aware, in UTC."""
        return None if value is None else datetime.fromisoformat(value)


def in_text(at: datetime) -> str:
    """A moment, as the database keeps it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """An id for a row that a person makes; rows made from content derive theirs from the content."""
    return uuid.uuid4().hex
