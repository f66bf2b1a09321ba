"""The sessions of accounts."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Column, Connection, Engine, Table, TextClause, event, inspect, select
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm.context import FromStatement
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql.expression import ColumnClause, Select, TableClause
from sqlalchemy.sql.visitors import iterate
from sqlmodel import Session

from registry.accounts import AccessRefused, Caller
from registry.tenancy.connection import wall_of
from registry.tenancy.engine import account_engine, caller_behind
from registry.tenancy.rules import MAY_WRITE
from registry.tenancy.wall import no_writer


class AccountSession(Session):
    """A session for an account: it reads what the account's parties see, and writes what its role allows, and nothing else.

    Its connections see to that (registry.tenancy.wall). What is refused here besides is refused earlier, and in plainer words.
    """

    def __init__(self, engine: Engine, caller: Caller) -> None:
        super().__init__(account_engine(engine, caller))
        self.caller = caller

    def connection(self, *_arguments: Any, **_options: Any) -> Connection:
        """Raises AccessRefused: a bare connection would not enter the audit log."""
        raise AccessRefused("An account's session has no bare connection.", "Ask through the session itself.")

    def flush(self, objects: Any = None) -> None:
        """Raises AccessRefused for a row that is not the account's, as for one that is not there."""
        try:
            super().flush(objects)
        except StaleDataError as error:
            raise _not_there() from error

    def bulk_save_objects(self, *_arguments: Any, **_options: Any) -> None:
        """Refused, as the two below: no flush sees what they write, so that the audit log would not have it."""
        raise AccessRefused("An account's session writes rows one by one.", "Add them to the session.")

    bulk_insert_mappings = bulk_update_mappings = bulk_save_objects


def caller_of(session: AnySession) -> Caller | None:
    """The account that has the session; None for the machine's owner."""
    return caller_behind(session.bind)


def may_write(session: AnySession, table: str) -> bool:
    """Whether whoever has the session may write to the table."""
    caller = caller_of(session)
    return caller is None or table in MAY_WRITE[caller.role]


def refuse_readers(session: AnySession, table: str) -> None:
    """Raise AccessRefused when the session is an account's whose role does not write to the table."""
    caller = caller_of(session)
    if caller is not None and table not in MAY_WRITE[caller.role]:
        raise no_writer(caller, table)


def refuse_accounts(session: AnySession, what: str) -> None:
    """Raise AccessRefused when the session is an account's: what is asked for concerns everybody's rows."""
    if caller_of(session) is not None:
        raise AccessRefused(f"{what} is not an account's to do.", "Whoever runs this machine does it.")


def logged(session: AnySession, action: str, table: str, rows: Iterable[str]) -> None:
    """The audit log is to have that these rows of a table were written; "*" for all that were. Raises AccessRefused where an
    account wrote none of them, because they were not there, or not its own.
    """
    wall = wall_of(AnySession.connection(session).connection.dbapi_connection)
    if wall is None:
        return
    if not sum(wall.noted(table, action, row) for row in rows):
        raise _not_there()


@event.listens_for(AccountSession, "do_orm_execute")
def _in_plainer_words(state: ORMExecuteState) -> None:
    if not state.is_orm_statement or _is_bare(state.statement):
        raise AccessRefused("An account's session takes no bare SQL.", "Ask through the mapped classes.")
    if state.is_insert or state.is_update:
        raise AccessRefused("An account's session writes rows one by one.", "Write them through the mapped classes.")


@event.listens_for(AccountSession, "before_flush")
def _remove_what_is_there(session: AccountSession, _context: Any, _objects: Any) -> None:
    for row in session.deleted:
        mapper = inspect(row).mapper
        keys = zip(mapper.primary_key, inspect(row).identity, strict=True)
        there = select(1).select_from(mapper.local_table).where(*(column == key for column, key in keys))
        if AnySession.connection(session).execute(there).first() is None:
            raise _not_there()


def _not_there() -> AccessRefused:
    return AccessRefused(
        "A row that was to be changed is not there, or belongs to a party that is not yours.", "Look it up anew, and try again."
    )


def _is_bare(statement: Any) -> bool:
    """Whether a statement names anything past the mapped classes: the audit log could not say what it wrote."""
    parts = list(iterate(statement))
    entities = (part._annotations.get("parententity") for part in parts)
    mapped = {_table(entity.mapper).name for entity in entities if entity is not None}
    # Session.get names columns by their table.
    named = mapped if sum(isinstance(part, Select) for part in parts) == 1 else set()
    return isinstance(statement, FromStatement) or any(_is_bare_part(part, mapped, named) for part in parts)


def _is_bare_part(part: Any, mapped: Collection[str], named: Collection[str]) -> bool:
    if isinstance(part, Column):
        return "parententity" not in part._annotations and isinstance(part.table, Table) and part.table.name not in named
    if isinstance(part, ColumnClause):
        return part.is_literal and part.name != "*"  # count(*) reads no column
    if isinstance(part, TableClause):
        return part.name not in mapped
    return isinstance(part, TextClause)


def _table(mapper: Any) -> Table:
    table: Table = mapper.local_table
    return table
