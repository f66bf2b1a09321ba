"""Leaving nothing of what was deleted in the database's files."""

from sqlalchemy import Connection, Engine

from registry.storage.known import storage_of


def scrub(bind: Engine | Connection) -> bool:
    """Rewrite the database, so that no free page and no write-ahead log of SQLite's holds what was deleted; of what a server
    keeps besides, see docs/postgresql.md.

    bind: its engine, or a connection of that. False when another connection kept that from being done.
    """
    return storage_of(bind).scrub(bind.engine)
