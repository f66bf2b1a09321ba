"""The engine of a database, and what goes wrong while it is opened."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlmodel import SQLModel

from registry.causes import cause_of
from registry.errors import Damaged
from registry.storage import triggers as triggers  # they come with the tables
from registry.storage.base import FOLDER, DatabaseUnusable
from registry.storage.sqlite import configure as configure
from registry.storage.sqlite import configure_schema as configure_schema
from registry.storage.sqlite import connect as connect


def folder_of(engine: Engine) -> Path:
    """The workspace's folder: the one in which the database lies, or that its engine was given."""
    given = engine.get_execution_options().get(FOLDER)
    return given if isinstance(given, Path) else Path(os.path.realpath(str(engine.url.database or "semblance.db"))).parent


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
def plain_words(place: Path | str) -> Iterator[None]:
    """What goes wrong while a database is opened, as errors that a user can act on. place: its file, or what it is called."""
    try:
        yield
    except (DatabaseError, OSError) as error:
        cause = cause_of(error, place.parent if isinstance(place, Path) else None)
        if cause is None and isinstance(error, OperationalError):
            raise DatabaseUnusable(f"{place} cannot be opened: {error.orig}.", "Restore a backup.") from error
        if cause is None:
            raise
        if cause.damage:
            raise Damaged(f"{place} is no whole database.", cause.remedy) from error
        raise DatabaseUnusable(f"{place} cannot be opened: {cause.why}.", cause.remedy, retryable=cause.passes) from error


def missing_columns(engine: Engine) -> list[str]:
    """Tables are made where they are missing, columns are not: a table of another version would fail at its first use."""
    inspector = inspect(engine)
    missing = []
    for table in SQLModel.metadata.tables.values():
        there = {column["name"] for column in inspector.get_columns(table.name)}
        missing += [f"{table.name}.{column.name}" for column in table.columns if column.name not in there]
    return missing
