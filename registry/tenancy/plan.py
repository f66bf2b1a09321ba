"""The wall of one role in SQL: views in a connection's own schema that stand before the tables, and what may be written."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from registry.kinds import Role
from registry.tenancy.rules import MAY_WRITE, NEVER, NEWLY, RULES, SHOWN_AS, Of, Via

OWN_PARTIES = "own_party"
UNLOGGED = "unlogged"

MANY = 2000
"""Rows of a kind. Where an account's parties have more, not all of them are read and sorted for a page."""

ADD, CHANGE, REMOVE = "add", "change", "remove"
_INSTEAD = {ADD: ("INSERT", ("NEW",)), CHANGE: ("UPDATE", ("OLD", "NEW")), REMOVE: ("DELETE", ("OLD",))}
_SHAPES = """
    SELECT t.name, c.name, c.pk FROM {held}.sqlite_master AS t JOIN pragma_table_info(t.name, '{held}') AS c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY t.name, c.cid
"""
_MANY = """
    WITH RECURSIVE tree (id) AS (
        SELECT ? UNION SELECT party.id FROM {held}.party AS party JOIN tree ON party.parent_id = tree.id
    ) SELECT 1 FROM {held}.{table} WHERE party_id IN tree LIMIT 1 OFFSET ?
"""


@dataclass(frozen=True)
class Shape:
    """A table: its columns in order, and those of its primary key."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


def shapes_of(connection: sqlite3.Connection, held: str) -> tuple[Shape, ...]:
    """Every table of the database that the connection has under that name."""
    columns: dict[str, list[tuple[str, int]]] = {}
    for table, column, place in connection.execute(_SHAPES.format(held=held)):
        columns.setdefault(table, []).append((column, place))
    return tuple(
        Shape(table, tuple(name for name, _ in found), tuple(name for name, place in found if place))
        for table, found in columns.items()
    )


def has_many(connection: sqlite3.Connection, held: str, party_id: str | None) -> bool:
    """Whether a party and those under it have very many rows in the database that the connection has under that name."""
    asked = (_MANY.format(held=held, table=table) for table in ("subject", "case_file", "mandate", "member"))
    return any(connection.execute(sql, (party_id, MANY)).fetchone() for sql in asked)


@dataclass(frozen=True)
class Plan:
    """held: what the connection calls the database. mark: begins the names of the views that alone read its tables. Nobody can
    guess either. everything: whether its parties are all there are. open_tables: those that are shown whole. by_the_way: what
    stands before a column whose index the database is not to choose by itself; "" where it knows better. apart: see rules.Sight.
    """

    held: str
    mark: str
    everything: bool
    tables: Mapping[str, Shape]
    writable: Mapping[str, Shape]
    open_tables: frozenset[str]
    statements: tuple[str, ...]

    by_the_way: str = ""
    apart: str = ""

    @property
    def parties(self) -> str:
        """The view of the ids of the account's parties."""
        return f"temp.{OWN_PARTIES}"

    def own(self, column: str, *, sought: bool) -> str:
        """As in rules.Sight."""
        return f"{'' if sought else self.by_the_way}{quoted(column)} IN (SELECT id FROM {self.parties})"

    def rows(self, table: str) -> str | None:
        """The view of a table's rows that the account sees; None for a table that has none."""
        return f"temp.{self.view(table)}" if table in self.tables else None

    def view(self, table: str) -> str:
        """The name of a table's view, quoted."""
        return quoted(f"{self.mark}{table}")

    def newly(self, table: str, changed: Sequence[str]) -> list[str]:
        """The conditions for columns of a row that are new."""
        rules = NEWLY.get(table, ())
        return [f"({quoted(rule.column)} IS NULL OR {self._named(rule)})" for rule in rules if rule.column in changed]

    def _named(self, rule: Of | Via) -> str:
        return rule.condition(self)

    def seen(self, table: str) -> str | None:
        """The condition under which a row of the table is seen; None when all are."""
        rule = RULES.get(table)
        if rule is None:
            return NEVER
        return None if self.everything else rule.condition(self)


@lru_cache(maxsize=16)
def plan_for(held: str, mark: str, role: Role, everything: bool, shapes: tuple[Shape, ...], many: bool) -> Plan:
    """The plan of a role for a database of that shape. many: see has_many.

    SQLite takes a party to have ten rows, for want of statistics, and would read and sort all that a large one has for each page
    (https://www.sqlite.org/optoverview.html, "Disqualifying WHERE Clause Terms Using Unary +"). A small one's rows are found by
    its index: else each page looks through all that others have, and how long it takes tells how much that is.
    """
    tables = {shape.name: shape for shape in shapes}
    writable = {name: shape for name, shape in tables.items() if name in MAY_WRITE[role] and name in RULES}
    way = "+" if many else ""
    bare = Plan(held, mark, everything, tables, writable, frozenset(), (), way)
    statements = [
        f"CREATE TEMP TABLE {OWN_PARTIES} (id TEXT PRIMARY KEY) WITHOUT ROWID",
        f"CREATE TEMP TABLE {UNLOGGED} (table_name TEXT, action TEXT, row_id TEXT)",
    ]
    for shape in shapes:
        statements += _views(bare, shape)
    for shape in writable.values():
        statements += [_instead(bare, shape, action) for action in _INSTEAD]
    whole = frozenset(name for name in tables if bare.seen(name) is None)
    return Plan(held, mark, everything, tables, writable, whole, tuple(statements), way)


def _views(plan: Plan, shape: Shape) -> tuple[str, str]:
    """Two, because a common table expression could take the name of the outer one, and the right to read that comes with it."""
    condition = plan.seen(shape.name)
    where = "" if condition is None else f" WHERE {condition}"
    instead = {} if plan.everything else SHOWN_AS.get(shape.name, {})
    shown = ", ".join(f"{instead.get(column, quoted(column))} AS {quoted(column)}" for column in shape.columns)
    return (
        f'CREATE TEMP VIEW {plan.view(shape.name)} AS SELECT {shown} FROM {plan.held}."{shape.name}"{where}',
        f'CREATE TEMP VIEW "{shape.name}" AS SELECT {listed(shape.columns)} FROM {plan.rows(shape.name)}',
    )


def _instead(plan: Plan, shape: Shape, action: str) -> str:
    """What happens when the view is written to: the gate is asked, with the row as it was and as it is to be."""
    moment, sides = _INSTEAD[action]
    values = "".join(f", {side}.{quoted(column)}" for side in sides for column in shape.columns)
    return (
        f'CREATE TEMP TRIGGER {quoted(f"{plan.mark}{action} {shape.name}")} INSTEAD OF {moment} ON temp."{shape.name}" '
        f"BEGIN SELECT {quoted(f'{plan.mark}gate')}('{action}', '{shape.name}'{values}); END"
    )


def quoted(name: str) -> str:
    """A name as SQL writes it; of tables and columns, which are the code's own words."""
    return f'"{name}"'


def listed(columns: Sequence[str]) -> str:
    """Column names, quoted, with commas between them."""
    return ", ".join(map(quoted, columns))
