"""Leaving nothing of what was deleted in the database's file."""

from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from registry.storage.engine import connect


def scrub(bind: Engine | Connection) -> bool:
    """Rewrite the database, so that no free page and no write-ahead log holds what was deleted.

    bind: its engine, or a connection of that. False when another connection kept the log from being emptied.
    """
    # A connection of its own: one that an account has takes no such statement.
    own = connect(Path(str(bind.engine.url.database)))
    try:
        with own.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("PRAGMA busy_timeout=2000"))
            try:
                connection.execute(text("VACUUM"))
            except OperationalError:
                return False
            busy: int = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).scalar_one()
        return not busy
    finally:
        own.dispose()
