"""The database's revisions: every schema that ever was can be brought up to this version's, with its data.

versions/ holds one file per step, named by its number; `python -m monitor.migrations.draft "what changes"` writes the next
one from the difference between the last revision and the tables that the code defines. schema.sql is what the revisions up to
one of them lead to (`monitor.migrations.snapshot`): a new database begins with it, not with the first.
"""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlmodel import Session

from registry.actions import Action
from registry.audit import record
from registry.errors import Damaged
from registry.storage.engine import DatabaseUnusable, connect, plain_words
from registry.storage.tables import come_with
from registry.storage.triggers import install_triggers, remove_triggers, strange_triggers, triggers_are_current

HERE = Path(__file__).parent
SCHEMA = HERE / "schema.sql"
FIRST = "0001"
HEAD = max((path.name[:4] for path in (HERE / "versions").glob("[0-9][0-9][0-9][0-9]_*.py")), default="0000")
"""Known from the files' names, so that a database that is up to date is opened without loading Alembic."""

TRIGGERS = 2088517220
"""What registry.storage.triggers.digest_of_triggers says of all rooms: whoever changes a trigger writes the new number here."""

come_with("monitor.tables")


def open_up_to_date(path: Path, say: Callable[[str], None], *, restore: bool = False) -> Engine:
    """The engine of a workspace's database, after whatever it takes to bring its schema to this version's.

    say is told when there was something to do. restore: whether triggers that are not as the database was given them are put
    back, which the audit log then says. Raises DatabaseUnusable for one that a newer version made or that cannot be
    opened, Damaged for a file that is no database, breaks its own rules, or lost its triggers. An upgrade that fails or is
    killed changes nothing.
    """
    engine = connect(path)
    try:
        with plain_words(path), engine.connect() as connection:
            if revision_of(connection) != HEAD or not triggers_are_current(connection, TRIGGERS):
                _bring_up(connection, path, say, restore=restore)
    except BaseException:
        engine.dispose()
        raise
    return engine


def revision_of(connection: Connection) -> str | None:
    """The database's revision; None for an empty one. A database from before there were revisions has the first."""
    tables = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())
    if "alembic_version" in tables:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return FIRST if "party" in tables else None


def know_all_tables() -> None:
    """Load the tables of all rooms, with their triggers and the questions that accounts may ask."""
    import monitor.tables  # noqa: F401


def _bring_up(connection: Connection, path: Path, say: Callable[[str], None], *, restore: bool) -> None:
    know_all_tables()
    connection.rollback()
    # Tables are copied and replaced on the way; rows that point to them must not go along. It cannot be set within a transaction.
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.commit()
    try:
        # One transaction, which holds the write lock from its beginning: of two processes, the second finds all done.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        found, strange = revision_of(connection), strange_triggers(connection)
        _check_usable(path, found, [] if restore else strange)
        if found != HEAD:
            if found is None:
                _make_new(connection)
            else:
                say(f"The database {path.name} is brought from revision {found} to {HEAD}.")
            if revision_of(connection) != HEAD:
                upgrade(connection, HEAD)
            _check_whole(connection, path)
        remove_triggers(connection)
        install_triggers(connection)
        if strange:
            record(Session(connection), "change", "trigger", strange)
            say(f"What guards the database {path.name} was put back: {', '.join(strange)}.")
        connection.commit()
    finally:
        connection.rollback()
        with contextlib.suppress(Exception):
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")
            connection.commit()


def _check_usable(path: Path, found: str | None, strange: Sequence[str]) -> None:
    """Raises DatabaseUnusable for a revision that is not known here, and Damaged for triggers that are others."""
    if found is not None and found > HEAD:
        raise DatabaseUnusable(
            f"{path} was made by a newer version (revision {found}; this one knows {HEAD}).", "Install that version."
        )
    if strange:
        raise Damaged(
            f"{path} is not kept from being rewritten: {', '.join(strange)} is not as this program left it.",
            "Restore a backup; or let it be put back, and then see by a digest that you noted whether it was rewritten.",
            Action.RESTORE_GUARDS,
            Action.VERIFY,
        )


def _make_new(connection: Connection) -> None:
    # One statement after another: sqlite3's own way to run a script ends the transaction first.
    for statement in SCHEMA.read_text("utf-8").split(";\n\n"):
        connection.exec_driver_sql(statement)


def upgrade(connection: Connection, revision: str) -> None:
    """Bring the schema to that revision within the connection's transaction, without triggers, which the caller puts back."""
    # Imported here: it takes longer than all else that opening needs.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    remove_triggers(connection)
    if revision_of(connection) == FIRST and "alembic_version" not in inspect(connection).get_table_names():
        command.stamp(config, FIRST)
    command.upgrade(config, revision)


def _check_whole(connection: Connection, path: Path) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise Damaged(f"{path} holds a row of {broken[0]} that points to nothing in {broken[2]}.", "Restore a backup.")
