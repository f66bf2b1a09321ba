"""Rewriting a database behind the program's back, as somebody with its file and a shell can."""

from pathlib import Path

from tests.support.direct_database import without_guards


def tamper(database: Path, *statements: str) -> None:
    """Do what the database's triggers refuse, and leave them as they were."""
    with without_guards(database) as connection:
        for statement in statements:
            connection.execute(statement)
