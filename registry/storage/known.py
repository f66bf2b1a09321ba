"""Which storage a database has."""

from functools import cache
from typing import Protocol

from registry.storage.base import Storage
from registry.storage.sqlite import SqliteStorage


class _Dialect(Protocol):
    @property
    def name(self) -> str: ...


class Bound(Protocol):
    """An engine, or a connection of one."""

    @property
    def dialect(self) -> _Dialect: ...


def storage_of(bind: Bound) -> Storage:
    """How the database of an engine, or of a connection, does what databases do differently."""
    return _storage(bind.dialect.name)


@cache
def _storage(name: str) -> Storage:
    if name == "sqlite":
        return SqliteStorage()
    # Loaded where it is used alone: it comes with an extra, and a command on SQLite need not wait for it.
    from registry.storage.postgres import PostgresStorage

    return PostgresStorage()
