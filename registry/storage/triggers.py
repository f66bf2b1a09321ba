"""Promises that the database keeps by itself, whoever writes to it."""

import zlib
from collections.abc import Mapping
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
    """Give the database the triggers of the imported rooms, in place of earlier ones of the same name, and let it note them."""
    there = _there(connection)
    for name, wanted in _TRIGGERS.items():
        if there.get(name) != wanted:
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
            connection.exec_driver_sql(wanted)
    made = _digest({**there, **_TRIGGERS})
    if _noted(connection) != made:
        connection.exec_driver_sql(f"PRAGMA user_version={made}")


def triggers_are_current(connection: Connection, every: int) -> bool:
    """Whether the database has every trigger in its present wording, and no other. every: what digest_of_triggers says once all
    rooms are imported, so that it need not be done for the asking."""
    return _noted(connection) == every == _digest(_there(connection))


def digest_of_triggers() -> int:
    """The number by which a database notes the triggers of the imported rooms."""
    return _digest(_TRIGGERS)


def strange_triggers(connection: Connection) -> list[str]:
    """By name, what is not as it was given to the database: dropped, worded otherwise, or made by somebody else.

    Empty where all is as it was left, by an earlier version too, and where nothing was noted yet (databases from before 0028).
    """
    there, noted = _there(connection), _noted(connection)
    if noted in (0, _digest(there)):
        return []
    names = {*there, *_TRIGGERS}
    return sorted(name for name in names if there.get(name) != _TRIGGERS.get(name)) or sorted(there)


def remove_triggers(connection: Connection) -> None:
    """Take all triggers away, for a migration that must touch what they guard; it puts them back in its transaction."""
    for name in _there(connection):
        connection.execute(text(f'DROP TRIGGER "{name}"'))


def _there(connection: Connection) -> dict[str, str]:
    found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return {row.name: row.sql for row in found}


def _noted(connection: Connection) -> int:
    """The number in the database's header that SQLite leaves to the program: the digest of the triggers that it was given."""
    return connection.exec_driver_sql("PRAGMA user_version").scalar_one()  # type: ignore[no-any-return]


def _digest(triggers: Mapping[str, str]) -> int:
    """31 bits, and never 0, which stands where nothing was noted. It finds mishaps; a forger is found by the chains."""
    return zlib.crc32("\n".join(sorted(triggers.values())).encode()) & 0x7FFFFFFF or 1


@event.listens_for(SQLModel.metadata, "after_create")
def _with_the_tables(_metadata: Any, connection: Connection, **_: Any) -> None:
    if connection.dialect.name == "sqlite":
        install_triggers(connection)
