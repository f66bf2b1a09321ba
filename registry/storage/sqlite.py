"""SQLite: one file in the workspace, with a write-ahead log."""

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError
from sqlmodel import create_engine

from registry.private import make_file, make_folder


def connect(path: Path) -> Engine:
    """The engine of the database at path, whatever tables it has."""
    make_folder(path.parent)
    # What SQLite puts beside it gets the file's mode. A statement's values, names and passwords' hashes among them, stay out of
    # every error.
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30}, hide_parameters=True)
    event.listen(engine, "do_connect", lambda *_: _make_private(path))
    event.listen(engine, "connect", configure)
    return engine


def _make_private(path: Path) -> None:
    with contextlib.suppress(OSError):  # SQLite says it better
        if not path.exists():
            make_file(path)


def configure(connection: Any, _record: Any) -> None:
    """What each new connection of an engine is set to; see configure_schema."""
    configure_schema(connection, "main")


def configure_schema(connection: Any, schema: str) -> None:
    """How every connection has the database, whatever it calls it."""
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA busy_timeout=30000")
    # Full synchronisation: a commit that was reported must survive a power cut.
    # Secure deletion: what is erased is overwritten, not only unlinked.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {schema}.{pragma}")


IN_MEMORY = 256 << 20
"""Bytes of a database that is rewritten by way of memory; a larger one goes by way of a file."""


class SqliteStorage:
    """See Storage."""

    def words(self, sql: str) -> str:
        return sql

    def take(self, connection: Connection) -> bool:
        driver = connection.connection.driver_connection
        # The driver begins a transaction at the first write alone: one that is open has the lock.
        if driver is None or driver.in_transaction:
            return False
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return True

    def scrub(self, engine: Engine) -> bool:
        # A connection of its own: one that an account has takes no such statement.
        own = connect(Path(str(engine.url.database)))
        try:
            with own.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("PRAGMA busy_timeout=2000"))
                pages, size = (connection.execute(text(f"PRAGMA page_{what}")).scalar_one() for what in ("count", "size"))
                if pages * size <= IN_MEMORY:
                    # The copy on the way holds everybody's rows: where it fits, no file of the system's has it for a moment.
                    connection.execute(text("PRAGMA temp_store=MEMORY"))
                try:
                    connection.execute(text("VACUUM"))
                except OperationalError:
                    return False
                busy: int = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).scalar_one()
            return not busy
        finally:
            own.dispose()

    def what_is_broken(self, connection: Connection) -> str | None:
        found = str(connection.execute(text("PRAGMA quick_check(1)")).scalar_one())
        return None if found == "ok" else found

    def tables(self, connection: Connection) -> frozenset[str]:
        return frozenset(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())

    @contextmanager
    def upgrading(self, connection: Connection) -> Iterator[None]:
        # Tables are copied and replaced on the way; rows that point to them must not go along. It cannot be set within a
        # transaction.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.commit()
        try:
            # It holds the write lock from its beginning: of two processes, the second finds all done.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield
        finally:
            connection.rollback()
            with contextlib.suppress(Exception):
                connection.exec_driver_sql("PRAGMA foreign_keys=ON")
                connection.commit()

    def begin(self, connection: Connection, schema: Path, head: str) -> None:  # noqa: ARG002 (the script says its own)
        # One statement after another: sqlite3's own way to run a script ends the transaction first.
        for statement in schema.read_text("utf-8").split(";\n\n"):
            connection.exec_driver_sql(statement)

    def index_parts(self, connection: Connection) -> None:
        pass

    def forget_accounts(self, connection: Connection) -> None:
        """Nothing is kept in the database: see registry.tenancy.wall."""

    def dangling(self, connection: Connection) -> tuple[str, str] | None:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        return None if broken is None else (str(broken[0]), str(broken[2]))

    def triggers(self, connection: Connection) -> dict[str, str]:
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        return {row.name: row.sql for row in found}

    def as_kept(self, triggers: Mapping[str, str]) -> dict[str, str]:
        return dict(triggers)

    def put_trigger(self, connection: Connection, name: str, trigger: str) -> None:
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        connection.exec_driver_sql(trigger)

    def drop_triggers(self, connection: Connection) -> None:
        for name in self.triggers(connection):
            connection.execute(text(f'DROP TRIGGER "{name}"'))

    def noted(self, connection: Connection) -> int:
        # The number in the file's header that SQLite leaves to the program.
        return connection.exec_driver_sql("PRAGMA user_version").scalar_one()  # type: ignore[no-any-return]

    def note(self, connection: Connection, number: int) -> None:
        connection.exec_driver_sql(f"PRAGMA user_version={number}")
