"""The engine of an account on PostgreSQL: SQLAlchemy's psycopg, through walled connections."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.dialects import registry as dialects
from sqlalchemy.engine.interfaces import DBAPIConnection, IsolationLevel
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import NullPool

from registry.accounts import AccessRefused, Caller
from registry.storage.postgres import keep_turns
from registry.storage.postgres_dialect import KeptDialect
from registry.tenancy.connection import WalledConnection, behind, wall_of
from registry.tenancy.postgres_plan import raise_walls, seen_plan
from registry.tenancy.postgres_wall import PostgresWall

NAME = "postgresql+walled"


class WalledPostgresDialect(KeptDialect):
    """PostgreSQL through walled connections, which keep their settings, and whose tables are views."""

    driver = "walled"
    supports_statement_cache = True
    # A number that the database gives is told by the gate.
    postfetch_lastrowid = True
    preexecute_autoincrement_sequences = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        # A view returns what was given to it, not what the table made of it.
        self.insert_returning = self.update_returning = self.delete_returning = False
        self.use_insertmanyvalues = False
        self.use_native_hstore = False

    def on_connect(self) -> Callable[[DBAPIConnection], None]:
        """Nothing: the connection of the machine's owner behind it was set up as its engine does."""
        return lambda _connection: None

    def initialize(self, connection: Any) -> None:
        """Nothing is asked: see like."""

    def like(self, known: Any) -> None:
        """Take what the machine's engine found out of its server."""
        for what in ("server_version_info", "default_schema_name", "default_isolation_level", "_backslash_escapes"):
            setattr(self, what, getattr(known, what))

    def get_isolation_level(self, _connection: DBAPIConnection) -> IsolationLevel:
        return "READ COMMITTED"

    def set_isolation_level(self, _connection: DBAPIConnection, _level: IsolationLevel) -> None:
        """Raises AccessRefused."""
        raise AccessRefused("An account's session keeps its transactions as they are.", "Leave the isolation level alone.")

    def detect_autocommit_setting(self, _connection: DBAPIConnection) -> bool:
        return False

    def is_disconnect(self, error: Any, connection: Any, cursor: Any) -> bool:  # noqa: ARG002 (SQLAlchemy's arguments)
        wall = wall_of(connection)
        return isinstance(wall, PostgresWall) and wall.lost


dialects.register(NAME.replace("+", "."), __name__, WalledPostgresDialect.__name__)


def made(engine: Engine, caller: Caller) -> Engine:
    """The engine of an account for the database of the machine's engine. Raises AccessRefused."""
    with engine.connect() as connection:
        names = raise_walls(connection)
        plan = seen_plan(connection, names, caller.role, everything=caller.party_id is None)

    def connected() -> WalledConnection:
        fairy = engine.raw_connection()
        real = fairy.driver_connection
        # From now on nobody else's.
        fairy.detach()
        return behind(PostgresWall(real, caller, plan, names))

    # Kept by none: accounts are many, and a server's connections few.
    walled = create_engine(engine.url.set(drivername=NAME), creator=connected, hide_parameters=True, poolclass=NullPool)
    walled.dialect.like(engine.dialect)  # type: ignore[attr-defined]
    keep_turns(walled)
    event.listen(walled, "checkout", _refresh)
    return walled


def _refresh(connection: Any, _record: Any, _proxy: Any) -> None:
    wall = wall_of(connection)
    try:
        if wall is not None:
            wall.refresh()
    except AccessRefused:
        raise
    except Exception as error:
        if isinstance(wall, PostgresWall) and wall.lost:
            raise DisconnectionError from error
        raise
