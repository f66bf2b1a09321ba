"""The engine of a database, one SQLite file, and how every connection has it."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, inspect
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlmodel import SQLModel, create_engine

from registry.causes import cause_of
from registry.errors import Damaged, ExitCode, RegistryError
from registry.private import make_file, make_folder
from registry.storage import triggers as triggers  # they come with the tables


class DatabaseUnusable(RegistryError):
    """A database that cannot be opened here."""

    exit_code = ExitCode.OUTSIDE_CAUSE


def connect(path: Path) -> Engine:
    """The engine of the database at path, whatever tables it has."""
    make_folder(path.parent)
    # What SQLite puts beside it gets the file's mode. A statement's values, names and passwords' hashes among them, stay out of
    # every error.
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30}, hide_parameters=True)
    event.listen(engine, "do_connect", lambda *_: _make_private(path))
    event.listen(engine, "connect", configure)
    return engine


def open_database(path: Path) -> Engine:
    """The engine of a database at path with every table that the imported rooms define, and no other.

    A workspace's database is opened by monitor.migrations instead, which brings earlier ones up to date. Raises
    DatabaseUnusable for a file that cannot be opened or was made by another version, Damaged for one that is none.
    """
    engine = connect(path)
    with plain_words(path):
        SQLModel.metadata.create_all(engine)
        missing = missing_columns(engine)
    if missing:
        raise DatabaseUnusable(
            f"{path} was made by another version: it lacks {missing[0]}.", "Use that version, or start a new workspace."
        )
    return engine


@contextmanager
def plain_words(path: Path) -> Iterator[None]:
    """What goes wrong while the database at path is opened, as errors that a user can act on."""
    try:
        yield
    except (DatabaseError, OSError) as error:
        cause = cause_of(error, path.parent)
        if cause is None and isinstance(error, OperationalError):
            raise DatabaseUnusable(f"{path} cannot be opened: {error.orig}.", "Restore a backup.") from error
        if cause is None:
            raise
        if cause.damage:
            raise Damaged(f"{path} is no whole database.", cause.remedy) from error
        raise DatabaseUnusable(f"{path} cannot be opened: {cause.why}.", cause.remedy, retryable=cause.passes) from error


def _make_private(path: Path) -> None:
    with contextlib.suppress(OSError):  # SQLite says it better
        if not path.exists():
            make_file(path)


def missing_columns(engine: Engine) -> list[str]:
    """Tables are made where they are missing, columns are not: a table of another version would fail at its first use."""
    inspector = inspect(engine)
    missing = []
    for table in SQLModel.metadata.tables.values():
        there = {column["name"] for column in inspector.get_columns(table.name)}
        missing += [f"{table.name}.{column.name}" for column in table.columns if column.name not in there]
    return missing


def configure(connection: Any, _record: Any) -> None:
    """What each new connection of an engine is set to; see configure_schema."""
    configure_schema(connection, "main")


def configure_schema(connection: Any, schema: str) -> None:
    """How every connection has the database, whatever it calls it."""
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA busy_timeout=30000")
    # Full synchronisation: a commit that was reported must survive a power cut.
    # Secure deletion: what is erased is overwritten, not only unlinked.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {schema}.{pragma}")
