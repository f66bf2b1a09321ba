"""The wall of one role in SQL: views in a connection's own schema that stand before the tables, and what may be written."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from registry.kinds import Role
from registry.tenancy.rules import MAY_WRITE, NEVER, NEWLY, RULES, SHOWN_AS, Of, Via

OWN_PARTIES = "own_party"
UNLOGGED = "unlogged"

ADD, CHANGE, REMOVE = "add", "change", "remove"
_INSTEAD = {ADD: ("INSERT", ("NEW",)), CHANGE: ("UPDATE", ("OLD", "NEW")), REMOVE: ("DELETE", ("OLD",))}
_SHAPES = """
    SELECT t.name, c.name, c.pk FROM {held}.sqlite_master AS t JOIN pragma_table_info(t.name, '{held}') AS c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY t.name, c.cid
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


@dataclass(frozen=True)
class Plan:
    """held: what the connection calls the database. mark: begins the names of the views that alone read its tables. Nobody can
    guess either. everything: whether its parties are all there are. open_tables: those that are shown whole.
    """

    held: str
    mark: str
    everything: bool
    tables: Mapping[str, Shape]
    writable: Mapping[str, Shape]
    open_tables: frozenset[str]
    statements: tuple[str, ...]

    # SQLite takes a party to have ten rows, for want of statistics, and would read and sort all that a large one has for each
    # page (https://www.sqlite.org/optoverview.html, "Disqualifying WHERE Clause Terms Using Unary +").
    by_the_way = "+"

    @property
    def parties(self) -> str:
        """The view of the ids of the account's parties."""
        return f"temp.{OWN_PARTIES}"

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
def plan_for(held: str, mark: str, role: Role, everything: bool, shapes: tuple[Shape, ...]) -> Plan:
    """The plan of a role for a database of that shape."""
    tables = {shape.name: shape for shape in shapes}
    writable = {name: shape for name, shape in tables.items() if name in MAY_WRITE[role] and name in RULES}
    bare = Plan(held, mark, everything, tables, writable, frozenset(), ())
    statements = [
        f"CREATE TEMP TABLE {OWN_PARTIES} (id TEXT PRIMARY KEY) WITHOUT ROWID",
        f"CREATE TEMP TABLE {UNLOGGED} (table_name TEXT, action TEXT, row_id TEXT)",
    ]
    for shape in shapes:
        statements += _views(bare, shape)
    for shape in writable.values():
        statements += [_instead(bare, shape, action) for action in _INSTEAD]
    whole = frozenset(name for name in tables if bare.seen(name) is None)
    return Plan(held, mark, everything, tables, writable, whole, tuple(statements))


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
