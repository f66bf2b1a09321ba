"""PostgreSQL: a server's database, for whoever watches with more than one machine. The one importer of psycopg."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg  # noqa: F401 (an absent driver is told here, by its name)
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NotSupportedError, OperationalError, ProgrammingError
from sqlmodel import SQLModel, create_engine

from registry.storage.base import FOLDER, DatabaseUnusable
from registry.storage.postgres_dialect import NAME
from registry.storage.postgres_words import in_postgres_words, kept_as, statements_for, told

SCHEME = "postgresql+psycopg"
OLDEST = 14
_LOCK = 7_305_117_001
"""Of the one who writes, among the advisory locks of the database."""
TAKE = f"SELECT pg_advisory_xact_lock({_LOCK})"
_HAS_LOCK = "semblance_writes"
_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH\b.*\bINSERT)\b", re.IGNORECASE | re.DOTALL)
WALLS = ("_seen", "_whole")
"""How the schemas that registry.tenancy keeps accounts behind are called, after that of the tables."""

POLICY = "semblance_seen"
"""What the policy of each table is called."""
_PARTS = "CREATE INDEX IF NOT EXISTS ix_video_said_parts ON video USING gin (lower(said) gin_trgm_ops)"
MOST_JOINED = 11
"""Relations whose order the planner looks through: the most with which it goes through all orders by itself (geqo_threshold)."""

_BY_CODE_POINT = frozenset({"C", "POSIX", "C.UTF-8", "C.utf8", "C.UTF8"})
_TRIGGERS = """
    SELECT t.tgname, c.relname, t.tgtype, CAST(t.tgenabled AS text), p.prosrc, t.tgqual IS NOT NULL, array_to_string(ARRAY(
        SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum = ANY (t.tgattr) ORDER BY a.attname
    ), ',')
    FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal AND c.relnamespace = CAST(current_schema() AS regnamespace)
"""


def connect_postgres(address: str, folder: Path) -> Engine:
    """The engine of the database at an address, such as postgresql+psycopg://name@host/database, for the workspace in folder.

    Raises DatabaseUnusable for what is no such address; whatever it says is repeated nowhere, since it may hold a password.
    """
    engine = create_engine(
        address_of(address).set(drivername=NAME),
        connect_args={"client_encoding": "utf8", "connect_timeout": 10, "application_name": "semblance"},
        # A server that was started anew, or a wall that ended what was silent, costs no command.
        pool_pre_ping=True,
        hide_parameters=True,
    )
    engine.update_execution_options(**{FOLDER: folder})
    event.listen(engine, "connect", _configure)
    keep_turns(engine)
    return engine


def keep_turns(engine: Engine) -> None:
    """Let one transaction write at a time, of those of the engine and of every other that does so."""
    event.listen(engine, "checkout", _forget_lock)
    event.listen(engine, "before_cursor_execute", _take_to_write)
    for ended in ("commit", "rollback", "rollback_savepoint"):
        # Rolling back to a savepoint gives back what was locked since.
        event.listen(engine, ended, _give_back)


def address_of(address: str) -> URL:
    """The address, read. Raises DatabaseUnusable."""
    try:
        url = make_url(address)
    except ArgumentError:
        url = None
    if url is None or url.drivername != SCHEME or not url.database:
        raise DatabaseUnusable(
            f"database.url is no address of a PostgreSQL database: it begins with {SCHEME}:// and names one.",
            f"Write it as {SCHEME}://NAME@HOST/DATABASE.",
        )
    return url


def called(address: str) -> str:
    """What to call the database in messages: without name and password of whoever connects."""
    url = address_of(address)
    return f"the PostgreSQL database {url.database}" + (f" at {url.host}" if url.host else "")


def _configure(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '30s'")
        # A page joins more relations than eight, and one that is not moved among them is read whole.
        cursor.execute(f"SET join_collapse_limit = {MOST_JOINED}")
        cursor.execute(f"SET from_collapse_limit = {MOST_JOINED}")
        # Conditions of walls look dear, and what is compiled for them takes longer than the page.
        cursor.execute("SET jit = off")
        # A commit that was reported must survive a power cut.
        cursor.execute("SELECT set_config('synchronous_commit', 'on', FALSE) WHERE current_setting('synchronous_commit') = 'off'")
    connection.commit()


def _forget_lock(_connection: Any, record: Any, _proxy: Any) -> None:
    record.info.pop(_HAS_LOCK, None)


def _give_back(connection: Connection, *_: Any) -> None:
    # A connection that broke has nothing to give back, and says so itself.
    if not connection.invalidated:
        connection.info.pop(_HAS_LOCK, None)


def _take_to_write(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    """One transaction writes at a time, as in SQLite: what it decided on cannot change before it ends."""
    if _WRITES.match(statement):
        take(connection)


def take(connection: Connection) -> bool:
    """See Storage."""
    if connection.info.get(_HAS_LOCK):
        return False
    connection.exec_driver_sql(TAKE)
    connection.info[_HAS_LOCK] = True
    return True


def lower_walls(connection: Connection) -> None:
    """Take away what keeps accounts to their own, which refers to the tables as they are: no account sees anything until
    registry.tenancy has raised it anew."""
    schema = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
    for name in WALLS:
        connection.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{schema}{name}" CASCADE')
    policies = text("SELECT tablename FROM pg_policies WHERE schemaname = current_schema() AND policyname = :name")
    for table in connection.execute(policies, {"name": POLICY}).scalars().all():
        connection.exec_driver_sql(f'DROP POLICY {POLICY} ON "{table}"')


class PostgresStorage:
    """See Storage. Triggers are told as their catalogue has them, their functions' text included, which no version words anew."""

    def words(self, sql: str) -> str:
        return in_postgres_words(sql)

    def take(self, connection: Connection) -> bool:
        return take(connection)

    def scrub(self, engine: Engine) -> bool:
        # A connection of its own: one that an account has takes no such statement.
        own = create_engine(engine.url.set(drivername=NAME), hide_parameters=True)
        try:
            return self._rewrite(own)
        finally:
            own.dispose()

    def _rewrite(self, engine: Engine) -> bool:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET lock_timeout = '2s'")
            try:
                for table in sorted(self.tables(connection)):
                    connection.exec_driver_sql(f'VACUUM (FULL) "{table}"')
            except OperationalError:
                return False
        return True

    def what_is_broken(self, connection: Connection) -> str | None:
        # Reading a page checks it, where the server keeps checksums.
        for table in sorted(self.tables(connection)):
            connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"')  # noqa: S608 (a table's name)
        return None

    def tables(self, connection: Connection) -> frozenset[str]:
        found = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        return frozenset(connection.execute(found).scalars())

    @contextmanager
    def upgrading(self, connection: Connection) -> Iterator[None]:
        connection.rollback()
        try:
            self.take(connection)
            lower_walls(connection)
            yield
        finally:
            connection.rollback()

    def begin(self, connection: Connection, schema: Path, head: str) -> None:  # noqa: ARG002 (the tables that the code defines)
        _refuse_unfit(connection)
        SQLModel.metadata.create_all(connection)
        self.index_parts(connection)
        self._make_notes(connection)
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})

    def index_parts(self, connection: Connection) -> None:
        """Three letters at a time, where the server lets this program have its extension pg_trgm.

        In a database of the locale C it cuts letters of ASCII alone: a text without any is looked for in all of it.
        """
        # It may not, or the server has no such extension: then there is no index.
        with suppress(ProgrammingError, NotSupportedError, OperationalError), connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            connection.exec_driver_sql(_PARTS)

    def forget_accounts(self, connection: Connection) -> None:
        lower_walls(connection)

    def dangling(self, connection: Connection) -> tuple[str, str] | None:  # noqa: ARG002 (foreign keys hold at every moment)
        return None

    def triggers(self, connection: Connection) -> dict[str, str]:
        return {
            name: told(table, kind, f"{enabled}{' if' if conditional else ''}", columns, body)
            for name, table, kind, enabled, body, conditional, columns in connection.execute(text(_TRIGGERS))
        }

    def as_kept(self, triggers: Mapping[str, str]) -> dict[str, str]:
        return {one: kept for name, trigger in triggers.items() for one, kept in kept_as(name, trigger).items()}

    def put_trigger(self, connection: Connection, name: str, trigger: str) -> None:
        for statement in statements_for(name, trigger):
            connection.exec_driver_sql(statement.replace("%", "%%"))

    def drop_triggers(self, connection: Connection) -> None:
        found = connection.execute(text(_TRIGGERS)).all()
        for name, table, *_ in found:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}" ON "{table}"')

    def noted(self, connection: Connection) -> int:
        # A comment on the table of the revision: who dumps and restores the database has it.
        said = connection.execute(text("SELECT obj_description(to_regclass('alembic_version'), 'pg_class')")).scalar_one()
        return int(said) if isinstance(said, str) and said.isdigit() else 0

    def note(self, connection: Connection, number: int) -> None:
        self._make_notes(connection)
        connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{number}'")

    def _make_notes(self, connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS alembic_version (version_num TEXT NOT NULL PRIMARY KEY)")


def _refuse_unfit(connection: Connection) -> None:
    """Raises DatabaseUnusable for a database in which texts would not sort, or be kept, as everywhere else."""
    version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000
    if version < OLDEST:
        raise DatabaseUnusable(f"The server is PostgreSQL {version}.", f"Use PostgreSQL {OLDEST} or newer.")
    encoding, collation = connection.exec_driver_sql(
        "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = current_database()"
    ).one()
    if encoding != "UTF8" or collation not in _BY_CODE_POINT:
        raise DatabaseUnusable(
            f"The database keeps text as {encoding} and sorts it by {collation}; Semblance needs UTF8 and C.",
            "Make an empty one as docs/postgresql.md says, in UTF-8 and the locale C.",
        )
