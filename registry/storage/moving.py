"""All rows of a database, as they are, into another one, of either kind: for backups, and for moving between the two."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Engine,
    Enum,
    Integer,
    Table,
    Text,
    column,
    func,
    insert,
    select,
    table,
    text,
)
from sqlalchemy.exc import DataError
from sqlmodel import SQLModel, create_engine

from registry.private import make_file
from registry.storage.base import DatabaseUnusable
from registry.storage.known import storage_of
from registry.storage.tables import all_tables
from registry.storage.triggers import install_triggers, remove_triggers

AT_ONCE = 500
"""Rows that are read, and written, together."""


def copy_to_file(engine: Engine, place: Path) -> None:
    """Write a server's database, as it is at one moment, to a SQLite file at place, where nothing is yet.

    Readers and writers go on meanwhile. Raises what SQLAlchemy and the system raise.
    """
    all_tables()
    make_file(place)
    # Not as a workspace opens one: nothing is to be left beside it.
    made = create_engine(f"sqlite:///{place}", hide_parameters=True)
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as source, made.begin() as target:
            SQLModel.metadata.create_all(target)
            target.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
            copy_rows(source, target)
    finally:
        made.dispose()


def copy_rows(source: Connection, target: Connection) -> None:
    """Put every row of one database into another of the same revision, which has no row; both in their transactions.

    Raises DatabaseUnusable for a text that the other kind of database cannot keep.
    """
    remove_triggers(target)
    for each in (_REVISION, *SQLModel.metadata.sorted_tables):
        with _rows_in_any_order(target, each):
            _copy_table(source, target, each)
    install_triggers(target)


_REVISION = table("alembic_version", column("version_num", Text))


def _copy_table(source: Connection, target: Connection, each: Any) -> None:
    # Documents and moments as the texts that they are kept as: digests are over them.
    named = table(each.name, *(column(one.name, _kept_as(one.type)) for one in each.columns))
    asked, put = select(named), insert(named)
    found = source.execution_options(yield_per=AT_ONCE).execute(asked)
    for rows in found.mappings().partitions(AT_ONCE):
        try:
            target.execute(put, [dict(row) for row in rows])
        except (DataError, ValueError) as error:
            raise DatabaseUnusable(
                f"The table {each.name} holds what that database cannot keep: {type(error).__name__}.",
                "Look for a character NUL in its texts, and take it out.",
            ) from error


def _kept_as(kind: Any) -> Any:
    if isinstance(kind, JSON | Enum):
        return Text()
    return kind.impl_instance if hasattr(kind, "impl_instance") else kind


@contextmanager
def _rows_in_any_order(target: Connection, each: Any) -> Iterator[None]:
    """Rows may name others of their own table that come later; what gives numbers goes on behind the last one at the end."""
    if target.dialect.name == "sqlite" or not isinstance(each, Table):
        yield
        return
    own = text(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = confrelid"
        " AND conrelid = CAST(:name AS regclass)"
    )
    found = target.execute(own, {"name": f'"{each.name}"'}).all()
    for name, _ in found:
        target.exec_driver_sql(f'ALTER TABLE "{each.name}" DROP CONSTRAINT "{name}"')
    yield
    for name, said in found:
        target.exec_driver_sql(f'ALTER TABLE "{each.name}" ADD CONSTRAINT "{name}" {said}')
    for one in each.primary_key if len(each.primary_key) == 1 else ():
        if isinstance(one.type, Integer):
            last = target.execute(select(func.max(one))).scalar_one()
            sequence = "SELECT setval(pg_get_serial_sequence(:name, :column), :last)"
            if last is not None:
                target.execute(text(sequence), {"name": f'"{each.name}"', "column": one.name, "last": max(last, 1)})


MARK = "semblance_restoring"
"""A table of a database to which a backup is being restored, with the folder that becomes its workspace."""

_MARKED = table(MARK, column("folder", Text))


def begin_restoring(engine: Engine, file: Engine, folder: Path) -> None:
    """Bring all rows of a file's database to an empty one of a server, for what becomes a workspace in folder.

    One transaction. What an earlier restore to the same folder left there that was broken off is removed. Until end_restoring,
    the database is nobody else's. Raises DatabaseUnusable for one that holds anything else, or another folder's restore.
    """
    with file.connect() as source, engine.begin() as target:
        storage = storage_of(target)
        there = storage.tables(target)
        if there and MARK not in there:
            raise DatabaseUnusable(
                f"The database {engine.url.database} is not empty: it holds a table {min(there)}.",
                "Make an empty one, as docs/postgresql.md says.",
            )
        if there and (meant := _meant(target)) != folder.resolve():
            # It may be a workspace by now, on a machine that is not this one.
            raise DatabaseUnusable(
                f"The database {engine.url.database} holds what was restored to {meant}, which may be a workspace.",
                f"Restore to {meant} if that was broken off; or make another database, as docs/postgresql.md says.",
            )
        storage.forget_accounts(target)
        for name in sorted(there):
            target.exec_driver_sql(f'DROP TABLE "{name}" CASCADE')
        head = source.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        storage.begin(target, Path(), head)
        target.exec_driver_sql("DELETE FROM alembic_version")
        copy_rows(source, target)
        target.exec_driver_sql(f"CREATE TABLE {MARK} (folder TEXT NOT NULL)")
        target.execute(insert(_MARKED), {"folder": str(folder.resolve())})


def end_restoring(engine: Engine) -> None:
    """The database is that of a whole workspace."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {MARK} CASCADE")


def refuse_half_moved(connection: Connection, folder: Path, place: Path | str) -> None:
    """Raise DatabaseUnusable for a database to which a restore was broken off, unless it is the restore itself that asks.

    The workspace that the restore made, once it is opened, is whole: then the mark is taken away.
    """
    if MARK not in storage_of(connection).tables(connection):
        return
    meant = _meant(connection)
    if not folder.resolve().is_relative_to(meant):
        raise DatabaseUnusable(
            f"A restore to {place} was broken off.",
            f"Restore the backup again, to the same database and to {meant}, which begins anew.",
        )
    if folder.resolve() == meant:
        connection.exec_driver_sql(f"DROP TABLE {MARK} CASCADE")
        connection.commit()


def _meant(connection: Connection) -> Path:
    """The folder whose restore the database is marked with."""
    return Path(connection.execute(select(_MARKED.c.folder)).scalar_one())
