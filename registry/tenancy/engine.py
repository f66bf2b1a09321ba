"""The engines of accounts: each has connections of its own, which are never the machine's owner's nor another account's."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.dialects import registry as dialects
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import DBAPIConnection, IsolationLevel

from registry.accounts import AccessRefused, Caller
from registry.tenancy.connection import connect_walled, wall_of
from registry.tenancy.questions import seal

MOST = 64
"""Engines that are kept for one database: those of the accounts that asked last."""

_LOCK = threading.Lock()
_ENGINES: "WeakKeyDictionary[Engine, OrderedDict[Caller, Engine]]" = WeakKeyDictionary()
_CALLERS: "WeakKeyDictionary[Dialect, Caller]" = WeakKeyDictionary()
"""By what an engine, those with other options, and their connections have in common."""


class WalledDialect(SQLiteDialect_pysqlite):
    """SQLite through walled connections, which take neither PRAGMA nor functions, and whose tables are views."""

    driver = "walled"
    supports_statement_cache = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # A view returns what was given to it, not what the table made of it.
        self.insert_returning = self.update_returning = self.delete_returning = False
        self.use_insertmanyvalues = False

    def on_connect(self) -> Callable[[DBAPIConnection], None]:
        """Nothing: functions that SQLAlchemy would add are no part of a walled connection."""
        return lambda _connection: None

    def get_isolation_level(self, _connection: DBAPIConnection) -> IsolationLevel:
        return "SERIALIZABLE"

    def set_isolation_level(self, _connection: DBAPIConnection, _level: IsolationLevel) -> None:
        """Raises AccessRefused."""
        raise AccessRefused("An account's session keeps its transactions as they are.", "Leave the isolation level alone.")

    def detect_autocommit_setting(self, _connection: DBAPIConnection) -> bool:
        return False


dialects.register("sqlite.walled", __name__, WalledDialect.__name__)


def account_engine(engine: Engine, caller: Caller) -> Engine:
    """The engine of an account for the database of the machine's engine, made where there is none yet."""
    if engine.dialect in _CALLERS:
        raise AccessRefused("An account's session opens no other account's.", "Let that account open its own.")
    with _LOCK:
        if engine not in _ENGINES:
            _ENGINES[engine] = OrderedDict()
            event.listen(engine, "engine_disposed", _dispose)
        known = _ENGINES[engine]
        if caller not in known:
            known[caller] = _made(engine, caller)
        known.move_to_end(caller)
        while len(known) > MOST:
            known.popitem(last=False)[1].dispose()
        return known[caller]


def caller_behind(bind: Any) -> Caller | None:
    """The account whose engine that is, or whose connection; None for the machine's owner."""
    return _CALLERS.get(bind.dialect) if bind is not None else None


def _made(engine: Engine, caller: Caller) -> Engine:
    seal()
    made = _on_sqlite(engine, caller) if engine.dialect.name == "sqlite" else _on_postgres(engine, caller)
    made.update_execution_options(**engine.get_execution_options())
    _CALLERS[made.dialect] = caller
    return made


def _on_sqlite(engine: Engine, caller: Caller) -> Engine:
    path = Path(str(engine.url.database))
    made = create_engine(engine.url.set(drivername="sqlite+walled"), creator=lambda: connect_walled(path, caller))
    event.listen(made, "checkout", _refresh)
    return made


def _on_postgres(engine: Engine, caller: Caller) -> Engine:
    # Loaded where it is used alone: its driver comes with an extra.
    from registry.tenancy.postgres_engine import made

    return made(engine, caller)


def _refresh(connection: Any, _record: Any, _proxy: Any) -> None:
    wall = wall_of(connection)
    if wall is not None:
        wall.refresh()


def _dispose(engine: Engine) -> None:
    with _LOCK:
        ended = list(_ENGINES.pop(engine, {}).values())
    for made in ended:
        made.dispose()
