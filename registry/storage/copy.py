"""Copies of a database: made while others write to it, and read without leaving anything beside them."""

import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, text
from sqlmodel import create_engine

from registry.private import make_file
from registry.storage.moving import copy_to_file


def copy_database(engine: Engine, place: Path) -> None:
    """Write the database as it is at this moment to place, where nothing is yet, without free pages: none holds what was deleted.

    Readers and writers go on meanwhile. The copy is a file of SQLite's, whatever the database is. Raises what SQLAlchemy and the
    system raise.
    """
    if engine.dialect.name != "sqlite":
        copy_to_file(engine, place)
        return
    make_file(place)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM INTO :place"), {"place": str(place)})


def open_copy(place: Path, *, resting: bool = True) -> Engine:
    """An engine that only reads. resting: nobody writes there, so that neither a log nor a lock is needed beside it."""
    address = f"file:{quote(str(place.absolute()))}?mode=ro{'&immutable=1' if resting else ''}"
    return create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(address, uri=True, check_same_thread=False), hide_parameters=True
    )


def what_is_broken(engine: Engine) -> str | None:
    """What SQLite finds wrong with a database, in a line; None where it is whole."""
    with engine.connect() as connection:
        found = str(connection.execute(text("PRAGMA integrity_check(1)")).scalar_one())
        points = connection.execute(text("PRAGMA foreign_key_check")).first()
    if found != "ok":
        return " ".join(found.split())
    return None if points is None else f"a row of {points[0]} points to nothing in {points[2]}"
