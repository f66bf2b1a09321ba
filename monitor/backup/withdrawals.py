"""What was withdrawn after a backup, besides people: what was permitted, doors, and members whom no roster brings back."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlmodel import Session

from registry.db import now
from registry.members import Member
from registry.parties import Party
from registry.storage.tables import all_mappers
from reports.matches import apply_licences

COLUMNS = ("revoked_at", "disabled_at")
"""The moments by which a row of any table says that it holds no more: a mandate, a licence, a token, an account, ..."""


@dataclass(frozen=True)
class Ended:
    """A row that holds no more, and since when."""

    table: str
    key: str
    at: datetime


@dataclass(frozen=True)
class Barred:
    """A member who was erased, by the keyed digests of the roster's key: nobody is told by them. lapsed: see registry.members."""

    key: str
    loose_key: str
    party_id: str
    at: datetime
    lapsed: bool


@dataclass(frozen=True)
class Withdrawals:
    """Nothing but ids, keyed digests and times."""

    ended: tuple[Ended, ...] = ()
    barred: tuple[Barred, ...] = ()


@dataclass(frozen=True)
class Withdrawn:
    """How many rows were ended again, and how many members are barred again."""

    ended: int = 0
    barred: int = 0


def withdrawals_in(connection: Connection) -> Withdrawals:
    """Those of a database, by plain statements: it may be of another version than this one."""
    known = inspect(connection)
    there = {table: {column["name"] for column in known.get_columns(table)} for table in known.get_table_names()}
    ended = [
        Ended(table, str(key), moment_of(at))
        for table, column in _columns()
        if {"id", column} <= there.get(table, set())
        for key, at in connection.execute(text(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY id"))  # noqa: S608
    ]
    if not {"loose_id", "lapsed", "erased_at"} <= there.get("member", set()):
        return Withdrawals(tuple(ended))
    erased = connection.execute(
        text("SELECT id, loose_id, party_id, erased_at, lapsed FROM member WHERE erased_at IS NOT NULL ORDER BY id")
    )
    return Withdrawals(tuple(ended), tuple(_barred(*row) for row in erased))


def as_rows(found: Withdrawals) -> dict[str, list[list[Any]]]:
    """For a list."""
    return {
        "ended": [[one.table, one.key, one.at.isoformat()] for one in found.ended],
        "members": [[one.key, one.loose_key, one.party_id, one.at.isoformat(), one.lapsed] for one in found.barred],
    }


def of_rows(said: dict[str, Any]) -> Withdrawals:
    """Of a list; one of an earlier version has none. Raises ValueError and TypeError for what is no such list."""
    ended = (Ended(str(table), str(key), moment_of(at)) for table, key, at in said.get("ended", ()))
    return Withdrawals(tuple(ended), tuple(_barred(*row) for row in said.get("members", ())))


def withdraw(session: Session, given: Iterable[Withdrawals]) -> Withdrawn:
    """End again what was ended, with what follows for matches, and bar again who was erased, also who came after the backup.

    What is not here came after the backup and is left out. Flushed, not committed.
    """
    lists = list(given)
    ended = sum(_end(session, one) for one in _earliest(each for held in lists for each in held.ended))
    barred = sum(_bar(session, one) for one in {one.key: one for held in lists for one in held.barred}.values())
    session.flush()
    if ended:
        apply_licences(session, now())
    return Withdrawn(ended, barred)


def moment_of(at: Any) -> datetime:
    """A moment as a database or a list has it; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(str(at))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _columns() -> Iterator[tuple[str, str]]:
    for mapper in all_mappers():
        yield from ((str(mapper.class_.__tablename__), column) for column in COLUMNS if column in mapper.columns)


def _barred(key: Any, loose_key: Any, party_id: Any, at: Any, lapsed: Any) -> Barred:
    return Barred(str(key), str(loose_key), str(party_id), moment_of(at), bool(lapsed))


def _earliest(ended: Iterable[Ended]) -> Iterable[Ended]:
    found: dict[tuple[str, str], Ended] = {}
    for one in ended:
        held = found.get((one.table, one.key))
        if held is None or one.at < held.at:
            found[one.table, one.key] = one
    return found.values()


def _end(session: Session, one: Ended) -> bool:
    classes = {str(mapper.class_.__tablename__): mapper.class_ for mapper in all_mappers()}
    row = session.get(classes[one.table], one.key) if one.table in classes else None
    column = next((name for name in COLUMNS if hasattr(row, name)), None)
    if column is None or getattr(row, column) is not None:
        return False
    setattr(row, column, one.at)
    session.add(row)
    return True


def _bar(session: Session, one: Barred) -> bool:
    if session.get(Member, one.key) is not None or session.get(Party, one.party_id) is None:
        return False
    member = Member(id=one.key, party_id=one.party_id, loose_id=one.loose_key, imported_at=one.at)
    member.erased_at, member.lapsed = one.at, one.lapsed
    session.add(member)
    return True
