"""Whose rows are whose: the one place that keeps each party to its own.

A session that is opened for an account (AccountSession) puts the conditions below on every statement, whatever code makes it,
and checks every row it writes. A table that RULES does not name gives such a session no rows and takes none.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Column, ColumnElement, Connection, Engine, Table, TextClause, and_, event, false, inspect, or_, select
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm.context import FromStatement
from sqlalchemy.sql.expression import ColumnClause, Select, TableClause
from sqlalchemy.sql.visitors import iterate
from sqlmodel import Session, SQLModel

from registry.accounts import AccessRefused, Caller
from registry.kinds import Role


class Rule(Protocol):
    def __call__(self, table: Table, parties: Collection[str], /) -> ColumnElement[bool] | None:
        """The condition under which the parties see a row; None when everybody sees all."""


@dataclass(frozen=True)
class Of:
    """Rows of a party, by the column with its id."""

    column: str

    def __call__(self, table: Table, parties: Collection[str]) -> ColumnElement[bool]:
        return table.c[self.column].in_(sorted(parties))


@dataclass(frozen=True)
class Via:
    """Rows that name, in a column, a row of another table that the parties see."""

    column: str
    table: str
    key: str = "id"

    def __call__(self, table: Table, parties: Collection[str]) -> ColumnElement[bool]:
        other = SQLModel.metadata.tables.get(self.table)
        if other is None:
            return false()
        condition = RULES[self.table](other, parties)
        seen = select(other.c[self.key]) if condition is None else select(other.c[self.key]).where(condition)
        # Not correlated: the statement around it may read the same table.
        return table.c[self.column].in_(seen.correlate(None))


@dataclass(frozen=True)
class Empty:
    column: str

    def __call__(self, table: Table, _parties: Collection[str]) -> ColumnElement[bool]:
        return table.c[self.column].is_(None)


@dataclass(frozen=True)
class All:
    rules: tuple[Rule, ...]

    def __call__(self, table: Table, parties: Collection[str]) -> ColumnElement[bool]:
        return and_(*(condition for rule in self.rules if (condition := rule(table, parties)) is not None))


@dataclass(frozen=True)
class Either:
    rules: tuple[Rule, ...]

    def __call__(self, table: Table, parties: Collection[str]) -> ColumnElement[bool]:
        return or_(*(condition for rule in self.rules if (condition := rule(table, parties)) is not None))


@dataclass(frozen=True)
class Public:
    """What was seen of the public web, and where it was looked for: no party's own."""

    def __call__(self, _table: Table, _parties: Collection[str]) -> None:
        return None


_SUBJECT = Via("subject_id", "subject")
_PARTY_AND_SUBJECT = All((Of("party_id"), Either((Empty("subject_id"), _SUBJECT))))

RULES: Mapping[str, Rule] = {
    "party": Of("id"),
    "account": Of("party_id"),
    "api_token": Via("account_id", "account"),
    "audit_entry": Of("party_id"),
    "subject": Of("party_id"),
    "subject_group": Of("party_id"),
    "subject_group_member": All((Via("group_id", "subject_group"), _SUBJECT)),
    "portrayal": All((Via("character_id", "subject"), Via("person_id", "subject"))),
    "reference": _SUBJECT,
    "template": Via("reference_id", "reference"),
    "mandate": _PARTY_AND_SUBJECT,
    "allowance": _PARTY_AND_SUBJECT,
    "licence": Either((_SUBJECT, Via("group_id", "subject_group"))),
    "member": _PARTY_AND_SUBJECT,
    "document": _SUBJECT,
    "erasure": _SUBJECT,
    "match": _SUBJECT,
    "review": Via("match_id", "match"),
    "case_file": Of("party_id"),
    "case_match": All((Via("case_id", "case_file"), Via("match_id", "match"))),
    "notice": Via("case_id", "case_file"),
    "custody_entry": Via("capture_id", "match", "capture_id"),
    "source": Public(),
    "source_run": Public(),
    "video": Public(),
    "sighting": Public(),
    "statement": Public(),
    "look": Public(),
    "capture": Public(),
    "label": Public(),
    "scan": Public(),
}

_REGISTRAR = frozenset(
    {
        *("subject", "subject_group", "subject_group_member", "portrayal", "reference", "template", "mandate", "licence"),
        *("member", "document", "erasure", "match", "case_match", "notice", "allowance"),
    }
)
_REVIEWER = frozenset({"match", "review", "case_file", "case_match", "notice", "document", "custody_entry"})

MAY_WRITE: Mapping[Role, frozenset[str]] = {
    Role.ADMIN: _REGISTRAR | _REVIEWER | {"party", "account", "api_token"},
    Role.REGISTRAR: _REGISTRAR,
    Role.REVIEWER: _REVIEWER,
    Role.AUDITOR: frozenset(),
}
"""The tables that a role may write to. Licences and erasure change matches, which is why registrars may."""


class AccountSession(Session):
    """A session for an account: it reads what the account's parties see, and writes what its role allows, and nothing else."""

    def __init__(self, engine: Engine, caller: Caller) -> None:
        super().__init__(engine)
        self.caller = caller
        self.parties = None if caller.party_id is None else _parties_under(engine, caller.party_id)
        self.whole = False

    def connection(self, *arguments: Any, **options: Any) -> Connection:
        """Statements past the session's rules; only within unscoped."""
        if not self.whole:
            raise AccessRefused("An account's session has no bare connection.", "Ask through the session itself.")
        return super().connection(*arguments, **options)

    def bulk_save_objects(self, *_arguments: Any, **_options: Any) -> None:
        """Refused, as the two below: no flush sees what they write, neither these rules nor the audit log."""
        raise AccessRefused("An account's session writes rows one by one.", "Add them to the session.")

    bulk_insert_mappings = bulk_update_mappings = bulk_save_objects


def may_write(session: AnySession, table: str) -> bool:
    """Whether whoever has the session may write to the table."""
    return not isinstance(session, AccountSession) or table in MAY_WRITE[session.caller.role]


@contextmanager
def unscoped(session: AnySession) -> Iterator[None]:
    """For the few questions about everybody's rows whose answer tells nothing of them, such as whether bytes are needed."""
    if not isinstance(session, AccountSession):
        yield
        return
    before, session.whole = session.whole, True
    try:
        yield
    finally:
        session.whole = before


def refuse_accounts(session: AnySession, what: str) -> None:
    """Raise AccessRefused when the session is an account's: what is asked for concerns everybody's rows."""
    if isinstance(session, AccountSession):
        raise AccessRefused(f"{what} is not an account's to do.", "Whoever runs this machine does it.")


def _parties_under(engine: Engine, party_id: str) -> set[str]:
    """A party and all under it, at any depth."""
    party = SQLModel.metadata.tables["party"]
    tree = select(party.c.id).where(party.c.id == party_id).cte("tree", recursive=True)
    below = party.alias()
    tree = tree.union(select(below.c.id).join(tree, below.c.parent_id == tree.c.id))
    with engine.connect() as connection:
        return set(connection.execute(select(tree.c.id)).scalars())


@event.listens_for(AnySession, "do_orm_execute")
def _read_own(state: ORMExecuteState) -> None:
    session = state.session
    if not isinstance(session, AccountSession) or session.whole:
        return
    if not state.is_orm_statement or _is_bare(state.statement):
        raise AccessRefused("An account's session takes no bare SQL.", "Ask through the mapped classes.")
    if state.is_insert or state.is_update or state.is_delete:
        _check_statement(session, state)
    if session.parties is None or state.is_column_load:
        return
    for mapper in SQLModel._sa_registry.mappers:
        condition = _condition(_table(mapper), session.parties)
        if condition is not None:
            state.statement = state.statement.options(with_loader_criteria(mapper.class_, condition, include_aliases=True))


def _is_bare(statement: Any) -> bool:
    """Whether a statement reads anything past the mapped classes, where the conditions do not reach."""
    parts = list(iterate(statement))
    entities = (part._annotations.get("parententity") for part in parts)
    mapped = {_table(entity.mapper).name for entity in entities if entity is not None}
    # Session.get names columns by their table; in one select alone these are columns that the conditions reach.
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


def _condition(table: Table, parties: Collection[str]) -> ColumnElement[bool] | None:
    rule = RULES.get(table.name)
    return false() if rule is None else rule(table, parties)


def _table(mapper: Any) -> Table:
    table: Table = mapper.local_table
    return table


def _check_statement(session: AccountSession, state: ORMExecuteState) -> None:
    """One statement over many rows: what it writes is checked by no flush, so that it may only remove."""
    mapper = state.bind_mapper
    if mapper is None or not state.is_delete:
        raise AccessRefused("An account's session writes rows one by one.", "Write them through the mapped classes.")
    _check_role(session, _table(mapper).name)


@event.listens_for(AnySession, "after_flush")
def _write_own(session: AnySession, _context: Any) -> None:
    """Every row that was written must be of a table that the role may write to, and one that the parties see.

    Raising here takes the whole transaction back.
    """
    if not isinstance(session, AccountSession) or session.whole:
        return
    for row in (*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row))):
        _check_role(session, _table(inspect(row).mapper).name)
    if session.parties is None:
        return
    _grow(session)
    for row in (*session.new, *session.dirty):
        _check_own(session, row)


def _check_role(session: AccountSession, table: str) -> None:
    if table not in MAY_WRITE[session.caller.role]:
        raise AccessRefused(
            f"{session.caller.name} is {session.caller.role.value} and may not write to {table.replace('_', ' ')}.",
            "Ask somebody whose role allows it.",
        )


def _grow(session: AccountSession) -> None:
    """Parties that are added under one of the session's belong to it at once; none may be moved out, or in."""
    parties = session.parties or set()
    changed = [row for row in (*session.new, *session.dirty) if _table(inspect(row).mapper).name == "party"]
    for row in sorted(changed, key=lambda row: row.created_at):
        moved = row in session.new or inspect(row).attrs.parent_id.history.has_changes()
        if moved and row.parent_id not in parties:
            raise AccessRefused("A party of yours stands under one of yours.", "Name one of them as its parent.")
        parties.add(row.id)


def _check_own(session: AccountSession, row: Any) -> None:
    mapper = inspect(row).mapper
    table = _table(mapper)
    condition = _condition(table, session.parties or ())
    if condition is None:
        return
    keys = zip(mapper.primary_key, mapper.primary_key_from_instance(row), strict=True)
    seen = select(1).select_from(table).where(*(column == key for column, key in keys), condition)
    if AnySession.connection(session).execute(seen).first() is None:
        raise AccessRefused("That would belong to a party that is not yours.", "Name a party, or a subject, of your own.")
