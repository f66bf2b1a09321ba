"""What an account's session has for a connection: an object that leads to no other.

SQLAlchemy, and whoever takes its raw connection, gets these. Nothing on them takes the wall away, copies the database, or gives
them a function of somebody's own.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, Self
from weakref import WeakKeyDictionary

from registry.accounts import Caller
from registry.storage.engine import configure_schema
from registry.tenancy.gate import Gate
from registry.tenancy.wall import Wall


class AnyWall(Protocol):
    """What stands between an account and its connection, of whatever database: Wall, or PostgresWall."""

    @property
    def gate(self) -> Gate: ...

    def cursor(self) -> Any: ...

    def run(self, cursor: Any, sql: str, parameters: Any, *, many: bool = False) -> int: ...

    def ask(self, sql: str, parameters: Any) -> Iterator[Any]: ...

    def noted(self, table: str, action: str, key: str) -> int: ...

    def refresh(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...

    def in_transaction(self) -> bool: ...


_WALLS: "WeakKeyDictionary[WalledConnection, AnyWall]" = WeakKeyDictionary()
_CURSORS: "WeakKeyDictionary[WalledCursor, tuple[AnyWall, Any]]" = WeakKeyDictionary()


class WalledConnection:
    """A connection as PEP 249 has it, and no more than SQLAlchemy needs of one."""

    __slots__ = ("__weakref__",)

    def cursor(self, *_: str) -> "WalledCursor":
        """PostgreSQL is given a name under which it would keep rows that are read one after another; here they come at once."""
        return WalledCursor(self)

    def execute(self, sql: str, parameters: Any = ()) -> "WalledCursor":
        return self.cursor().execute(sql, parameters)

    def commit(self) -> None:
        """Raises AccessRefused, after which nothing was written, when the audit log does not have what was written."""
        _WALLS[self].commit()

    def rollback(self) -> None:
        """Take back what was written since the last commit, notes for the audit log too."""
        _WALLS[self].rollback()

    def close(self) -> None:
        _WALLS[self].close()

    @property
    def in_transaction(self) -> bool:
        """Whether something was begun that is neither committed nor taken back."""
        return _WALLS[self].in_transaction()


class WalledCursor:
    """A cursor as PEP 249 has it. rowcount counts the rows of the account that a statement wrote."""

    __slots__ = ("__weakref__", "_connection", "_last", "_written", "arraysize")

    def __init__(self, connection: WalledConnection) -> None:
        wall = _WALLS[connection]
        _CURSORS[self] = wall, wall.cursor()
        self.arraysize, self._connection, self._written = 1, connection, -1
        self._last: int | None = None

    @property
    def connection(self) -> WalledConnection:
        """The walled connection that it is of."""
        return self._connection

    @property
    def description(self) -> Any:
        return _CURSORS[self][1].description

    @property
    def rowcount(self) -> int:
        """How many of the account's rows the last statement wrote; -1 for one that only reads."""
        return self._written

    @property
    def lastrowid(self) -> int | None:
        """The number of the row that was added last, of a table whose rows are numbered."""
        return self._last

    def execute(self, sql: str, parameters: Any = ()) -> Self:
        """Raises AccessRefused for what the wall does not let through, and what the driver raises."""
        return self._run(sql, parameters, many=False)

    def executemany(self, sql: str, parameters: Any) -> Self:
        """One statement with each of many parameters; raises as execute does."""
        return self._run(sql, parameters, many=True)

    def _run(self, sql: str, parameters: Any, *, many: bool) -> Self:
        wall, real = _CURSORS[self]
        self._written, self._last = -1, None
        written = wall.run(real, sql, parameters, many=many)
        if real.description is None or written:
            self._written, self._last = written, wall.gate.last_number
        return self

    def fetchone(self) -> Any:
        return _CURSORS[self][1].fetchone()

    def fetchmany(self, size: int | None = None) -> list[Any]:
        rows: list[Any] = _CURSORS[self][1].fetchmany(self.arraysize if size is None else size)
        return rows

    def fetchall(self) -> list[Any]:
        rows: list[Any] = _CURSORS[self][1].fetchall()
        return rows

    def __iter__(self) -> Iterator[Any]:
        while (row := self.fetchone()) is not None:
            yield row

    def close(self) -> None:
        _CURSORS[self][1].close()


def connect_walled(path: Path, caller: Caller) -> WalledConnection:
    """A connection for an account to the database at path, which must have its tables."""
    return behind(Wall(path, caller, configure_schema))


def behind(wall: AnyWall) -> WalledConnection:
    """A connection behind that wall."""
    connection = WalledConnection()
    _WALLS[connection] = wall
    return connection


def wall_of(connection: Any) -> AnyWall | None:
    """The wall before a DBAPI connection; None where there is none, as before the connections of the machine's owner."""
    return _WALLS.get(connection) if isinstance(connection, WalledConnection) else None
