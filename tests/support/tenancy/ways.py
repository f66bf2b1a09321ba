"""Ways round a session of an account, as somebody with Python would try them: each gives what it got, or writes what it can.

Every way takes a session of Alpha's and what an outsider may know of Beta: ids. The words of SQL and the parts of SQLAlchemy
that a way uses are all public ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm import (
    make_transient_to_detached,
)
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import SQLModel

from tests.support.tenancy.two_parties import CLASSES

EVERYBODYS = "(SELECT group_concat(name) FROM main.party)"
ANYBODYS = "(SELECT group_concat(name) FROM party)"
PARTY = SQLModel.metadata.tables["party"]
SUBJECT = SQLModel.metadata.tables["subject"]


@dataclass(frozen=True)
class Known:
    """keys: the primary key of a row of each table that is Beta's. own: ids of Alpha's. folder: where files may be made."""

    keys: dict[str, tuple[Any, ...]]
    own: dict[str, str]
    folder: Path

    def __getitem__(self, table: str) -> Any:
        return self.keys[table][0]


Way = Callable[[Any, Known], Any]
READS: dict[str, Way] = {}
WRITES: dict[str, Way] = {}


def reads(name: str) -> Callable[[Way], Way]:
    return lambda way: READS.setdefault(name, way)


def writes(name: str) -> Callable[[Way], Way]:
    return lambda way: WRITES.setdefault(name, way)


def detached(table: str, known: Known, **values: Any) -> Any:
    """A row of Beta's as a detached object of which only the key is known."""
    model = CLASSES[table]
    row = model.__mapper__.class_manager.new_instance()  # type: ignore[attr-defined]
    for column, value in zip(model.__mapper__.primary_key, known.keys[table], strict=True):  # type: ignore[attr-defined]
        set_committed_value(row, model.__mapper__.get_property_by_column(column).key, value)  # type: ignore[attr-defined]
    make_transient_to_detached(row)
    for name, value in values.items():
        set_committed_value(row, name, value)
    return row


def all_of(row: Any) -> dict[str, Any]:
    return {attribute.key: getattr(row, attribute.key) for attribute in sa.inspect(row).mapper.column_attrs}


@dataclass(frozen=True)
class Count:
    """How many rows of a table somebody found."""

    number: int
    table: str


def raw_of(session: Any) -> Any:
    """The connection behind the session that takes SQL as text."""
    return AnySession.connection(session).connection.dbapi_connection
