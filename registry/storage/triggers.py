"""Promises that the database keeps by itself, whoever writes to it."""

import zlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, event
from sqlmodel import SQLModel

from registry.storage.base import Storage
from registry.storage.known import storage_of

_TRIGGERS: dict[str, str] = {}


def forbid(name: str, moment: str, message: str, *, when: str = "1") -> None:
    """Make the database refuse what happens at moment (such as ``BEFORE DELETE ON review``) while when holds of the row NEW.

    The trigger comes with the tables, and anew with every migration. All arguments are the code's own words, never data.
    """
    _TRIGGERS[name] = f"CREATE TRIGGER {name} {moment} WHEN {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"


def install_triggers(connection: Connection) -> None:
    """Give the database the triggers of the imported rooms, in place of earlier ones of the same name, and let it note them."""
    storage = storage_of(connection)
    there, wanted = storage.triggers(connection), storage.as_kept(_TRIGGERS)
    for name, trigger in _TRIGGERS.items():
        if any(there.get(one) != kept for one, kept in storage.as_kept({name: trigger}).items()):
            storage.put_trigger(connection, name, trigger)
    made = _digest({**there, **wanted})
    if storage.noted(connection) != made:
        storage.note(connection, made)


def triggers_are_current(connection: Connection, every: int) -> bool:
    """Whether the database has every trigger in its present wording, and no other. every: what digest_of_triggers says once all
    rooms are imported, so that it need not be done for the asking."""
    storage = storage_of(connection)
    return storage.noted(connection) == every == _digest(storage.triggers(connection))


def digest_of_triggers(storage: Storage) -> int:
    """The number by which a database of that kind notes the triggers of the imported rooms."""
    return _digest(storage.as_kept(_TRIGGERS))


def strange_triggers(connection: Connection) -> list[str]:
    """By name, what is not as it was given to the database: dropped, worded otherwise, or made by somebody else.

    Empty where all is as it was left, by an earlier version too, and where nothing was noted yet (databases from before 0028).
    """
    storage = storage_of(connection)
    there, noted, wanted = storage.triggers(connection), storage.noted(connection), storage.as_kept(_TRIGGERS)
    if noted in (0, _digest(there)):
        return []
    names = {*there, *wanted}
    return sorted(name for name in names if there.get(name) != wanted.get(name)) or sorted(there)


def remove_triggers(connection: Connection) -> None:
    """Take all triggers away, for a migration that must touch what they guard; it puts them back in its transaction."""
    storage_of(connection).drop_triggers(connection)


def _digest(triggers: Mapping[str, str]) -> int:
    """31 bits, and never 0, which stands where nothing was noted. It finds mishaps; a forger is found by the chains."""
    return zlib.crc32("\n".join(sorted(triggers.values())).encode()) & 0x7FFFFFFF or 1


@event.listens_for(SQLModel.metadata, "after_create")
def _with_the_tables(_metadata: Any, connection: Connection, **_: Any) -> None:
    install_triggers(connection)
