"""The database's revisions: every schema that ever was can be brought up to this version's, with its data.

versions/ holds one file per step, named by its number; `python -m monitor.migrations.draft "what changes"` writes the next
one from the difference between the last revision and the tables that the code defines. schema.sql is what the revisions up to
one of them lead to (`monitor.migrations.snapshot`): a new database begins with it, not with the first.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlmodel import Session

from registry.accounts import AccessRefused
from registry.actions import Action
from registry.audit import record
from registry.errors import Damaged
from registry.storage.base import DatabaseUnusable
from registry.storage.engine import connect, plain_words
from registry.storage.known import storage_of
from registry.storage.moving import refuse_half_moved
from registry.storage.tables import come_with
from registry.storage.triggers import install_triggers, remove_triggers, strange_triggers, triggers_are_current

HERE = Path(__file__).parent
SCHEMA = HERE / "schema.sql"
FIRST = "0001"
HEAD = max((path.name[:4] for path in (HERE / "versions").glob("[0-9][0-9][0-9][0-9]_*.py")), default="0000")
"""Known from the files' names, so that a database that is up to date is opened without loading Alembic."""

TRIGGERS = 38604727
"""What registry.storage.triggers.digest_of_triggers says of all rooms: whoever changes a trigger writes the new number here."""

POSTGRES_TRIGGERS = 1972742350
"""The same for PostgreSQL, in whose words they are others."""

come_with("monitor.tables")


def open_up_to_date(path: Path, say: Callable[[str], None], *, restore: bool = False, address: str = "") -> Engine:
    """The engine of a workspace's database, after whatever it takes to bring its schema to this version's.

    path: of its file, which with an address (of a PostgreSQL database) is none: then its folder is the workspace's. say is told
    when there was something to do. restore: whether triggers that are not as the database was given them are put back, which the
    audit log then says. Raises DatabaseUnusable for one that a newer version made or that cannot be opened, Damaged for a file
    that is no database, breaks its own rules, or lost its triggers. An upgrade that fails or is killed changes nothing.
    """
    engine, place = _engine_of(path, address)
    try:
        with plain_words(place), engine.connect() as connection:
            if address:
                refuse_half_moved(connection, path.parent, place)
            every = TRIGGERS if engine.dialect.name == "sqlite" else POSTGRES_TRIGGERS
            if revision_of(connection) != HEAD or not triggers_are_current(connection, every):
                _bring_up(connection, place, say, restore=restore)
            if address:
                _keep_accounts_apart(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _keep_accounts_apart(connection: Connection) -> None:
    """Raise the walls that accounts stand behind before anybody works in the database: it takes every table for a moment. Where
    this program may not, accounts are refused when they come, in words that say what to do."""
    from registry.tenancy.postgres_plan import raise_walls, walls_stand

    if walls_stand(connection):
        return
    try:
        raise_walls(connection)
    except AccessRefused:
        connection.rollback()


def engine_at(path: Path, address: str) -> Engine:
    """The engine of a workspace's database, whatever is in it; see open_up_to_date. Raises DatabaseUnusable."""
    return _engine_of(path, address)[0]


def _engine_of(path: Path, address: str) -> tuple[Engine, Path | str]:
    """The engine, and what the database is called in messages."""
    if not address:
        return connect(path), path
    try:
        from registry.storage.postgres import called, connect_postgres
    except ImportError as error:
        raise DatabaseUnusable(
            "database.url names a PostgreSQL database, and its driver is not installed.", "Install semblance[postgres]."
        ) from error
    return connect_postgres(address, path.parent), called(address)


def revision_of(connection: Connection) -> str | None:
    """The database's revision; None for an empty one. A database from before there were revisions has the first."""
    tables = storage_of(connection).tables(connection)
    if "alembic_version" in tables:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return FIRST if "party" in tables else None


def know_all_tables() -> None:
    """Load the tables of all rooms, with their triggers and the questions that accounts may ask."""
    import monitor.tables  # noqa: F401


def _bring_up(connection: Connection, place: Path | str, say: Callable[[str], None], *, restore: bool) -> None:
    know_all_tables()
    connection.rollback()
    storage, name = storage_of(connection), place.name if isinstance(place, Path) else place
    # One transaction: of two processes, the second finds all done.
    with storage.upgrading(connection):
        found, strange = revision_of(connection), strange_triggers(connection)
        _check_usable(place, found, [] if restore else strange)
        if found != HEAD:
            if found is None:
                storage.begin(connection, SCHEMA, HEAD)
            else:
                say(f"The database {name} is brought from revision {found} to {HEAD}.")
            if revision_of(connection) != HEAD:
                upgrade(connection, HEAD)
            _check_whole(connection, place)
        if found is not None:
            remove_triggers(connection)
        install_triggers(connection)
        if strange:
            record(Session(connection), "change", "trigger", strange)
            say(f"What guards the database {name} was put back: {', '.join(strange)}.")
        connection.commit()


def _check_usable(place: Path | str, found: str | None, strange: Sequence[str]) -> None:
    """Raises DatabaseUnusable for a revision that is not known here, and Damaged for triggers that are others."""
    if found is not None and found > HEAD:
        raise DatabaseUnusable(
            f"{place} was made by a newer version (revision {found}; this one knows {HEAD}).", "Install that version."
        )
    if strange:
        raise Damaged(
            f"{place} is not kept from being rewritten: {', '.join(strange)} is not as this program left it.",
            "Restore a backup; or let it be put back, and then see by a digest that you noted whether it was rewritten.",
            Action.RESTORE_GUARDS,
            Action.VERIFY,
        )


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


def _check_whole(connection: Connection, place: Path | str) -> None:
    broken = storage_of(connection).dangling(connection)
    if broken is not None:
        raise Damaged(f"{place} holds a row of {broken[0]} that points to nothing in {broken[1]}.", "Restore a backup.")
