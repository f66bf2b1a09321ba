"""Rewriting a database behind the program's back, as somebody with its file and a shell can."""

import sqlite3
from contextlib import closing
from pathlib import Path


def tamper(database: Path, *statements: str) -> None:
    """Do what the database's triggers refuse, and leave them as they were."""
    with closing(sqlite3.connect(database)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            connection.execute(statement)
        for _, made in triggers:
            connection.execute(made)
        connection.commit()
