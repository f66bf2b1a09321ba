"""Ways by statements that SQLAlchemy makes, which name something beside the mapped classes."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import (
    aliased,
    load_only,
    undefer,
)
from sqlalchemy.sql.expression import ColumnElement, literal_column
from sqlalchemy.types import TypeDecorator, UserDefinedType

from registry.parties import Party
from registry.subjects import Subject
from tests.support.tenancy.ways import ANYBODYS, EVERYBODYS, PARTY, READS

_other = PARTY.alias()
_STATEMENTS = {
    "a table's alias beside an entity": lambda: select(Subject, _other.c.name),
    "an alias in a join": lambda: select(Subject.name, _other.c.name).join(_other, _other.c.id != Subject.id),
    "an alias in exists": lambda: select(Subject.name).where(sa.exists().where(_other.c.name.like("Beta%"))),
    "an alias in order by": lambda: select(Subject.name, func.count(_other.c.id)).group_by(Subject.name, _other.c.name),
    "an alias of an alias": lambda: select(Subject.name, _other.alias().c.name),
    "an alias in a scalar subquery": lambda: select(Subject.name, select(func.group_concat(_other.c.name)).scalar_subquery()),
    "an alias in a window": lambda: select(Subject.name, func.first_value(_other.c.name).over(order_by=_other.c.name.desc())),
    "an entity of an alias": lambda: select(aliased(Party, PARTY.alias())),
    "an entity of a select": lambda: select(aliased(Party, select(PARTY).subquery())),
    "an entity of a union": lambda: select(aliased(Party, sa.union_all(select(PARTY), select(PARTY)).subquery())),
    "a sample of a table": lambda: select(Subject.name, sa.tablesample(PARTY, 100).c.name),
    "values beside a table": lambda: select(Subject.name, _other.c.name, literal_column("1")),
    "a lateral subquery": lambda: select(Subject.name, select(_other.c.name).lateral().c.name),
    "a recursive expression": lambda: select(Subject.name, select(_other.c.name).cte(recursive=True).c.name),
    "an operator": lambda: select(Subject.name.op(f"|| {EVERYBODYS} ||")("")),
    "an operator, unqualified": lambda: select(Subject.name.op(f"|| {ANYBODYS} ||")("")),
    "an operator in a condition": lambda: select(Subject.name).where(Subject.name.op(f"= {ANYBODYS} OR 1 =")(1)),
    "a boolean operator": lambda: select(Subject.name).where(Subject.name.bool_op("IN (SELECT name FROM party) OR ''=")("")),
    "an operator out of the condition": lambda: select(Subject.name).where(Subject.name.op("= '' OR 1) OR (1 =")(1)),
    "a comment operator": lambda: select(Subject.name).where(Subject.name.op("= '' OR 1 --")(1)),
    "a union operator": lambda: select(Subject.name).where(Subject.name.op("= '' UNION SELECT name FROM party --")(1)),
    "a prefix": lambda: select(Subject.name).prefix_with(f"{ANYBODYS},"),
    "a prefix that comments": lambda: select(Subject.name).prefix_with("name FROM party --"),
    "a prefix of everybody's": lambda: select(Subject.name).prefix_with("name FROM main.party --"),
    "a suffix": lambda: select(Subject.name).suffix_with("UNION SELECT name FROM party"),
    "a suffix of everybody's": lambda: select(Subject.name).suffix_with("UNION ALL SELECT name FROM main.party"),
    "a hint": lambda: select(Subject.name).with_hint(Subject, ", party --"),
    "a statement hint": lambda: select(Subject.name).with_statement_hint("UNION SELECT name FROM party"),
    "a hint for a dialect": lambda: select(Subject.name).with_statement_hint("UNION SELECT name FROM main.party", "sqlite"),
    "a collation": lambda: select(Subject.name.collate("NOCASE")).order_by(sa.text(ANYBODYS)),
    "a label": lambda: select(Subject.name.label(f'x" , {ANYBODYS} AS "y')),
    "a quoted name": lambda: select(Subject.name, sa.column(sa.quoted_name(ANYBODYS, quote=False))),
    "a column without text": lambda: select(Subject.name, sa.column("name", _selectable=sa.table("party"))),
    "a function of that name": lambda: select(Subject.name, getattr(func, "(SELECT group_concat(name) FROM party) || lower")("")),
    "a table-valued function": lambda: select(Subject.name, func.party().table_valued("name").c.name),
    "a pragma's table": lambda: select(Subject.name, func.pragma_table_list().table_valued("name").c.name),
    "an extract": lambda: select(sa.extract("year", sa.type_coerce(Subject.name, sa.DateTime))).prefix_with(f"{ANYBODYS},"),
    "a select for update of another": lambda: select(Party).with_for_update(of=Subject).execution_options(autoflush=False),
    "options of another class": lambda: select(Party).options(load_only(Party.name), undefer(Party.email)),
    "a schema": lambda: select(sa.Table("party", sa.MetaData(), sa.Column("name"), schema="main").c.name, Subject.name),
    "temp's own list": lambda: select(Subject.name, sa.Table("sqlite_temp_master", sa.MetaData(), sa.Column("sql")).c.sql),
}


def _executed(session: Any, make: Callable[[], Any]) -> Any:
    return session.execute(make()).all()


for _name, _make in _STATEMENTS.items():
    READS[f"a statement: {_name}"] = lambda session, _known, make=_make: _executed(session, make)
    READS[f"a statement in a subquery: {_name}"] = lambda session, _known, make=_make: (
        session.execute(select(func.count()).select_from(Subject).where(sa.exists(make().with_only_columns(sa.literal(1))))).all()
        and session.execute(select(make().subquery())).all()
    )


class Injected(UserDefinedType[Any]):
    cache_ok = False

    def get_col_spec(self, **_: Any) -> str:
        return f"TEXT) || {ANYBODYS} || CAST('' AS TEXT"

    def column_expression(self, _column: Any) -> Any:
        return literal_column(ANYBODYS)


class Bound(TypeDecorator[str]):
    impl, cache_ok = sa.String, False

    def bind_expression(self, _value: Any) -> Any:
        return literal_column(EVERYBODYS)


class Raw(ColumnElement[str]):
    inherit_cache, type = False, sa.String()

    def __init__(self, sql: str) -> None:
        self.sql = sql


@compiles(Raw)
def _raw(element: Raw, _compiler: Any, **_: Any) -> str:
    return element.sql


class RawFrom(sa.sql.expression.FromClause):
    inherit_cache, named_with_column = False, False

    def __init__(self, sql: str) -> None:
        self.sql = sql

    def _populate_column_collection(self, columns: Any, primary_key: Any, foreign_keys: Any) -> None:
        columns.add(sa.Column("name"))


@compiles(RawFrom)
def _raw_from(element: RawFrom, _compiler: Any, **_: Any) -> str:
    return element.sql


_CONSTRUCTS = {
    "a type's column": lambda: select(sa.type_coerce(Subject.name, Injected())),
    "a type's cast": lambda: select(sa.cast(Subject.name, Injected())),
    "a type's bind": lambda: select(Subject.name, sa.bindparam("x", "y", type_=Bound())),
    "an element": lambda: select(Subject.name, Raw(ANYBODYS)),
    "an element of everybody's": lambda: select(Subject.name, Raw(EVERYBODYS)),
    "an element in a condition": lambda: select(Subject.name).where(Raw("1) OR (1").is_(None) | Raw("1")),
    "an element beside": lambda: select(Subject.name, Raw("party.name FROM party, subject --")),
    "an element with a name of the wall's": lambda: select(
        Subject.name, Raw("(WITH party AS (SELECT * FROM main.party) SELECT group_concat(name) FROM party)")
    ),
    "rows of an element": lambda: select(Subject.name).select_from(Subject, RawFrom("main.party")).add_columns(Raw("party.name")),
    "an element that lists the schema": lambda: select(Subject.name, Raw("(SELECT group_concat(sql) FROM sqlite_temp_master)")),
}
for _name, _make in _CONSTRUCTS.items():
    READS[f"a construct: {_name}"] = lambda session, _known, make=_make: _executed(session, make)
