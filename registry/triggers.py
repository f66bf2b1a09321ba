"""Promises that the database keeps by itself, whoever writes to it."""

from typing import Any

from sqlalchemy import Connection, event, text
from sqlmodel import SQLModel

_TRIGGERS: dict[str, str] = {}


def forbid(name: str, moment: str, message: str, *, when: str = "1") -> None:
    """Make the database refuse what happens at moment (such as ``BEFORE DELETE ON review``) while when holds of the row NEW.

    The trigger comes with the tables, and anew with every migration. All arguments are the code's own words, never data.
    """
    _TRIGGERS[name] = f"CREATE TRIGGER {name} {moment} WHEN {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"


def install_triggers(connection: Connection) -> None:
    """Give the database the triggers of the imported rooms, in place of earlier ones of the same name."""
    there = _there(connection)
    for name, wanted in _TRIGGERS.items():
        if there.get(name) != wanted:
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
            connection.exec_driver_sql(wanted)


def triggers_are_current(connection: Connection) -> bool:
    """Whether the database has every trigger of the imported rooms, in its present wording."""
    there = _there(connection)
    return all(there.get(name) == wanted for name, wanted in _TRIGGERS.items())


def remove_triggers(connection: Connection) -> None:
    """Take all triggers away, for a migration that must touch what they guard; it puts them back in its transaction."""
    for name in _there(connection):
        connection.execute(text(f'DROP TRIGGER "{name}"'))


def _there(connection: Connection) -> dict[str, str]:
    found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return {row.name: row.sql for row in found}


@event.listens_for(SQLModel.metadata, "after_create")
def _with_the_tables(_metadata: Any, connection: Connection, **_: Any) -> None:
    if connection.dialect.name == "sqlite":
        install_triggers(connection)
