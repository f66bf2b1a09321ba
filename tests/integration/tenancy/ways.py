"""Ways round a session of an account, as somebody with Python would try them: each gives what it got, or writes what it can.

Every way takes a session of Alpha's and what an outsider may know of Beta: ids. The words of SQL and the parts of SQLAlchemy
that a way uses are all public ones.
"""

import contextlib
import itertools
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import (
    Session as AnySession,
)
from sqlalchemy.orm import (
    aliased,
    column_property,
    declarative_base,
    load_only,
    make_transient,
    make_transient_to_detached,
    registry,
    undefer,
)
from sqlalchemy.orm.attributes import flag_modified, set_committed_value
from sqlalchemy.sql.expression import ColumnElement, literal_column
from sqlalchemy.types import TypeDecorator, UserDefinedType
from sqlmodel import SQLModel

from registry.accounts import Account, Caller
from registry.kinds import Role, SubjectKind
from registry.licences import Licence
from registry.parties import Party
from registry.references import Reference
from registry.subjects import Subject
from tests.integration.tenancy.two_parties import AT, CLASSES

EVERYBODYS = "(SELECT group_concat(name) FROM main.party)"
ANYBODYS = "(SELECT group_concat(name) FROM party)"
PARTY = SQLModel.metadata.tables["party"]
SUBJECT = SQLModel.metadata.tables["subject"]


@dataclass(frozen=True)
class Known:
    """keys: the primary key of a row of each table that is Beta's. own: ids of Alpha's. folder: where files may be made."""

    keys: dict[str, tuple[Any, ...]]
    own: dict[str, str]
    folder: Path

    def __getitem__(self, table: str) -> Any:
        return self.keys[table][0]


Way = Callable[[Any, Known], Any]
READS: dict[str, Way] = {}
WRITES: dict[str, Way] = {}


def reads(name: str) -> Callable[[Way], Way]:
    return lambda way: READS.setdefault(name, way)


def writes(name: str) -> Callable[[Way], Way]:
    return lambda way: WRITES.setdefault(name, way)


def detached(table: str, known: Known, **values: Any) -> Any:
    """A row of Beta's as a detached object of which only the key is known."""
    model = CLASSES[table]
    row = model.__mapper__.class_manager.new_instance()  # type: ignore[attr-defined]
    for column, value in zip(model.__mapper__.primary_key, known.keys[table], strict=True):  # type: ignore[attr-defined]
        set_committed_value(row, model.__mapper__.get_property_by_column(column).key, value)  # type: ignore[attr-defined]
    make_transient_to_detached(row)
    for name, value in values.items():
        set_committed_value(row, name, value)
    return row


def all_of(row: Any) -> dict[str, Any]:
    return {attribute.key: getattr(row, attribute.key) for attribute in sa.inspect(row).mapper.column_attrs}


# Detached objects


def _expired(session: Any, known: Known, table: str) -> Any:
    row = detached(table, known)
    session.add(row)
    session.expire(row)
    return all_of(row)


def _refreshed(session: Any, known: Known, table: str) -> Any:
    row = detached(table, known)
    session.add(row)
    session.refresh(row)
    return all_of(row)


def _merged(session: Any, known: Known, table: str) -> Any:
    row = session.merge(detached(table, known), load=False)
    session.expire(row)
    return all_of(row)


def _unloaded(session: Any, known: Known, table: str) -> Any:
    row = session.merge(detached(table, known), load=False)
    return all_of(row)


def _got(session: Any, known: Known, table: str) -> Any:
    session.add(detached(table, known))
    key = known.keys[table]
    return session.get(CLASSES[table], key if len(key) > 1 else key[0], populate_existing=True)


for _table, (_name, _way) in itertools.product(
    ("subject", "party", "account", "reference", "licence", "mandate", "notice", "match", "document", "audit_entry"),
    {"expire": _expired, "refresh": _refreshed, "merge": _merged, "load": _unloaded, "get": _got}.items(),
):
    READS[f"detached, {_name}: {_table}"] = lambda session, known, way=_way, table=_table: way(session, known, table)


@reads("a detached row, one attribute expired")
def _(session: Any, known: Known) -> Any:
    row = session.merge(detached("subject", known, name="x"), load=False)
    session.expire(row, ["name"])
    return row.name


@reads("a detached row, locked")
def _(session: Any, known: Known) -> Any:
    row = detached("subject", known)
    session.add(row)
    session.refresh(row, with_for_update=True)
    return row.name


@reads("a detached row in a plain session of the bind")
def _(session: Any, known: Known) -> Any:
    with AnySession(session.get_bind()) as other:
        row = detached("subject", known)
        other.add(row)
        return all_of(row)


# Statements that name a table beside the mapped classes

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


# Custom types and constructs


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


# Other mappings of the same tables


def _second(schema: str | None = None, name: str = "party") -> Any:
    base = declarative_base()
    return type(
        f"Second{schema}{name}",
        (base,),
        {
            "__tablename__": name,
            "__table_args__": {"schema": schema},
            "id": sa.Column(sa.String, primary_key=True),
            "name": sa.Column(sa.String),
        },
    )


@reads("a second registry")
def _(session: Any, _known: Known) -> Any:
    return session.execute(select(_second().name)).all()


@reads("a second registry, by main's name")
def _(session: Any, _known: Known) -> Any:
    return session.execute(select(_second("main").name)).all()


@reads("a second registry, counted")
def _(session: Any, _known: Known) -> Any:
    return Count(session.execute(select(func.count()).select_from(_second())).scalar_one(), "party")


@reads("a second registry, by key")
def _(session: Any, known: Known) -> Any:
    return all_of(session.get(_second(), known["party"]))


@reads("a class of a select")
def _(session: Any, _known: Known) -> Any:
    mapped = type("OfSelect", (), {})
    registry().map_imperatively(mapped, select(PARTY).subquery(), primary_key=None)
    return [row.name for row in session.query(mapped)]


@reads("a class of a join")
def _(session: Any, _known: Known) -> Any:
    mapped = type("OfJoin", (), {})
    joined = SUBJECT.join(PARTY, SUBJECT.c.party_id != PARTY.c.id)
    registry().map_imperatively(
        mapped, joined, properties={"id": [SUBJECT.c.id, PARTY.c.id], "theirs": PARTY.c.name, "name": SUBJECT.c.name}
    )
    return [row.theirs for row in session.query(mapped)]


@reads("a property of text")
def _(session: Any, _known: Known) -> Any:
    base = declarative_base()
    mapped = type("WithText", (base,), {"__table__": SUBJECT.to_metadata(sa.MetaData())})
    mapped.everybody = column_property(literal_column(ANYBODYS))  # type: ignore[attr-defined]
    return [row.everybody for row in session.query(mapped)]


@reads("tables that are looked up")
def _(session: Any, _known: Known) -> Any:
    metadata = sa.MetaData()
    metadata.reflect(session.get_bind())
    return session.execute(select(metadata.tables["party"])).all()


# Binds and connections


def _connections() -> dict[str, Callable[[Any], Any]]:
    """What gives a raw connection, which takes SQL as text."""
    return {
        "the session's": lambda session: session.connection().connection.dbapi_connection,
        "Session.connection": lambda session: AnySession.connection(session).connection.dbapi_connection,
        "driver_connection": lambda session: AnySession.connection(session).connection.driver_connection,
        "the bind's": lambda session: session.get_bind().connect().connection.dbapi_connection,
        "raw_connection": lambda session: session.get_bind().raw_connection().dbapi_connection,
        "the pool's": lambda session: session.get_bind().pool.connect().dbapi_connection,
        "the pool's creator": lambda session: session.get_bind().pool._creator(),
        "a new pool's": lambda session: session.get_bind().pool.recreate().connect().dbapi_connection,
        "a cursor's": lambda session: AnySession.connection(session).connection.cursor().connection,
        "a bind with options": lambda session: session.get_bind().execution_options(x=1).connect().connection.dbapi_connection,
        "a detached one": _detach,
        "after dispose": _disposed,
        "a plain session's": lambda session: AnySession(session.get_bind()).connection().connection.dbapi_connection,
        "what an event is given": _overheard,
    }


def _detach(session: Any) -> Any:
    connection = session.get_bind().connect()
    connection.detach()
    return connection.connection.dbapi_connection


def _disposed(session: Any) -> Any:
    session.get_bind().dispose()
    return session.get_bind().raw_connection().dbapi_connection


def _overheard(session: Any) -> Any:
    heard: list[Any] = []
    engine = session.get_bind()

    def hear(connection: Any, _record: Any) -> None:
        heard.append(connection)

    event.listen(engine.pool, "connect", hear)
    try:
        held = [engine.connect() for _ in range(2)]
        held[0].exec_driver_sql("SELECT 1")
    finally:
        event.remove(engine.pool, "connect", hear)
    return heard[-1]


for _name, _way in _connections().items():
    READS[f"a connection: {_name}"] = lambda session, _known, way=_way: way(session).execute("SELECT name FROM party").fetchall()
    READS[f"a connection, by main's name: {_name}"] = lambda session, _known, way=_way: (
        way(session).execute("SELECT name FROM main.party").fetchall()
    )

_RAW_READS = (
    "SELECT * FROM party",
    "SELECT * FROM main.subject",
    'SELECT * FROM "main"."subject"',
    "SELECT * FROM MAIN.SUBJECT",
    "SELECT * FROM [main].[subject]",
    "SELECT s.* FROM main.subject AS s",
    "SELECT * FROM temp.subject",
    "WITH party AS (SELECT * FROM main.party) SELECT * FROM party",
    "WITH subject AS (SELECT * FROM main.subject) SELECT s.name FROM subject AS s",
    "WITH subject AS MATERIALIZED (SELECT * FROM main.subject) SELECT name FROM subject",
    "WITH RECURSIVE subject(n) AS (SELECT name FROM main.subject UNION SELECT n FROM subject) SELECT n FROM subject",
    "SELECT * FROM (SELECT * FROM main.subject) AS subject",
    "SELECT (SELECT group_concat(name) FROM main.party)",
    "SELECT group_concat(name) OVER () FROM main.party",
    "SELECT 'Beta' WHERE EXISTS (SELECT 1 FROM main.party WHERE name LIKE 'Beta%')",
    "SELECT name FROM subject UNION ALL SELECT name FROM main.subject",
    "SELECT name FROM subject EXCEPT SELECT 'x' UNION SELECT password_hash FROM main.account",
    "SELECT m.name FROM subject AS s LEFT JOIN main.subject AS m ON m.id <> s.id",
    "SELECT m.name FROM subject AS s RIGHT JOIN main.subject AS m USING (name)",
    "SELECT * FROM subject NATURAL FULL JOIN main.subject",
    "SELECT * FROM subject FULL JOIN main.subject USING (id, party_id, name, name_key, kind, created_at, erased_at)",
    "SELECT name FROM (SELECT 'Be' || 'ta seal' AS name) JOIN main.subject USING (name)",
    "SELECT name FROM (SELECT 'x' AS name) AS x/**/natural\tFULL JOIN main.party",
    "SELECT name, sql FROM (SELECT 'x' AS name, 'y' AS sql) NATURAL FULL JOIN sqlite_temp_master",
    "SELECT sql FROM (SELECT 'x' AS sql) FULL JOIN temp.sqlite_schema USING (sql)",
    "SELECT value FROM json_each((SELECT json_group_array(name) FROM main.party))",
    "SELECT p.name FROM json_each('[1]') AS j JOIN main.party AS p",
    "SELECT fullkey, value FROM json_tree((SELECT json_group_object(id, name) FROM main.party))",
    "VALUES ((SELECT group_concat(name) FROM main.party))",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM sqlite_temp_master",
    "SELECT * FROM temp.sqlite_schema",
    "SELECT * FROM main.sqlite_schema",
    "SELECT * FROM pragma_table_list",
    "SELECT * FROM pragma_database_list()",
    "SELECT * FROM pragma_function_list()",
    "PRAGMA database_list",
    "PRAGMA table_info(party)",
    "PRAGMA writable_schema=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA quick_check",
    "PRAGMA main.data_version",
    "PRAGMA page_count",
    "EXPLAIN SELECT * FROM subject",
    "EXPLAIN QUERY PLAN SELECT * FROM subject",
    "EXPLAIN QUERY PLAN SELECT count(*) FROM subject, party WHERE 'Beta' = 'Beta'",
    "/* */ EXPLAIN SELECT * FROM main.subject",
    "ATTACH DATABASE ':memory:' AS other",
    "ATTACH DATABASE 'file:semblance.db?mode=ro' AS other",
    "DETACH DATABASE main",
    "VACUUM INTO '/dev/null'",
    "SELECT load_extension('x')",
    "SELECT readfile('/etc/passwd')",
    "SELECT fts3_tokenizer('simple')",
    "SELECT sqlite_compileoption_get(1)",
    "SELECT last_insert_rowid(), total_changes()",
    "SELECT sqlite_offset(name) FROM subject",
    "SELECT * FROM dbstat",
    "SELECT * FROM sqlite_dbpage",
    "SELECT * FROM sqlite_stmt",
    "SELECT rowid, * FROM main.subject",
    "SELECT max(_rowid_) FROM main.subject",
    "SELECT * FROM own_party UNION SELECT 'Beta' WHERE 0",
    "SELECT * FROM temp.unlogged",
    "SELECT name FROM main.subject INDEXED BY sqlite_autoindex_subject_1",
    "SELECT name FROM main.subject NOT INDEXED",
    "SELECT iif((SELECT count(*) FROM main.subject WHERE name = 'Beta seal'), 'Beta', '')",
    "SELECT CASE WHEN 'Beta seal' IN (SELECT name FROM main.subject) THEN 'Beta' END",
    "SELECT 'Beta' FROM main.subject LIMIT (SELECT count(*) FROM main.subject)",
    "SELECT json_extract((SELECT name FROM main.subject WHERE name LIKE 'Beta%'), '$')",
    "SELECT date((SELECT name FROM main.subject), 'Beta')",
    "SELECT abs(-9223372036854775808 + (SELECT count(*) FROM main.subject WHERE name LIKE 'Beta%') * 0)",
)
for _sql in _RAW_READS:
    READS[f"SQL: {_sql}"] = lambda session, _known, sql=_sql: AnySession.connection(session).exec_driver_sql(sql).all()
    READS[f"a raw cursor's SQL: {_sql}"] = lambda session, _known, sql=_sql: (
        AnySession.connection(session).connection.cursor().execute(sql).fetchall()
    )


@dataclass(frozen=True)
class Count:
    """How many rows of a table somebody found."""

    number: int
    table: str


for _table in ("subject", "party", "account", "audit_entry", "document", "custody_entry", "match"):
    READS[f"how many: {_table}"] = lambda session, _known, table=_table: Count(
        AnySession.connection(session).exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar_one(), table
    )
    READS[f"how many of everybody's: {_table}"] = lambda session, _known, table=_table: Count(
        AnySession.connection(session).exec_driver_sql(f'SELECT count(*) FROM main."{table}"').scalar_one(), table
    )
    READS[f"how many, by a name of one's own: {_table}"] = lambda session, _known, table=_table: Count(
        AnySession.connection(session)
        .exec_driver_sql(f'WITH "{table}" AS (SELECT 1 FROM main."{table}") SELECT count(*) FROM "{table}"')
        .scalar_one(),
        table,
    )


# What a raw connection can do besides


def _raw(session: Any) -> Any:
    return AnySession.connection(session).connection.dbapi_connection


def _rows(connection: Any) -> Any:
    return connection.execute("SELECT name FROM main.party").fetchall()


@reads("a connection without its authorizer")
def _(session: Any, _known: Known) -> Any:
    raw = _raw(session)
    raw.set_authorizer(None)
    return _rows(raw)


@reads("a connection without its authorizer, by the class's method")
def _(session: Any, _known: Known) -> Any:
    raw = _raw(session)
    sqlite3.Connection.set_authorizer(raw, None)
    return _rows(raw)


@reads("a connection with an authorizer of one's own")
def _(session: Any, _known: Known) -> Any:
    raw = _raw(session)
    raw.set_authorizer(lambda *_: sqlite3.SQLITE_OK)
    return _rows(raw)


@reads("a backup")
def _(session: Any, _known: Known) -> Any:
    copy = sqlite3.connect(":memory:")
    _raw(session).backup(copy)
    return _rows(copy)


@reads("a dump")
def _(session: Any, _known: Known) -> Any:
    return list(_raw(session).iterdump())


@reads("the bytes")
def _(session: Any, _known: Known) -> Any:
    return _raw(session).serialize()


@reads("a blob by its row")
def _(session: Any, _known: Known) -> Any:
    return [_raw(session).blobopen("party", "name", row, readonly=True).read() for row in range(1, 9)]


@reads("a function that sees rows")
def _(session: Any, _known: Known) -> Any:
    heard: list[Any] = []
    raw = _raw(session)
    raw.create_function("hear", 1, heard.append)
    raw.execute("SELECT hear(name) FROM main.party").fetchall()
    return heard


@reads("a row factory that sees the cursor")
def _(session: Any, _known: Known) -> Any:
    heard: list[Any] = []
    raw = _raw(session)
    raw.row_factory = lambda cursor, _row: heard.append(cursor)
    raw.execute("SELECT 1").fetchall()
    return _rows(heard[0].connection)


@reads("a cursor's own row factory")
def _(session: Any, _known: Known) -> Any:
    heard: list[Any] = []
    cursor = _raw(session).cursor()
    cursor.row_factory = lambda inner, _row: heard.append(inner)
    cursor.execute("SELECT 1").fetchall()
    return _rows(heard[0].connection)


@reads("a trace")
def _(session: Any, _known: Known) -> Any:
    heard: list[str] = []
    raw = _raw(session)
    raw.set_trace_callback(heard.append)
    raw.execute("SELECT name FROM subject").fetchall()
    return heard, raw.execute("SELECT name FROM main.party").fetchall()


@reads("a script")
def _(session: Any, _known: Known) -> Any:
    raw = _raw(session)
    raw.executescript("CREATE TEMP TABLE mine AS SELECT * FROM main.party")
    return raw.execute("SELECT * FROM mine").fetchall()


@reads("attributes that lead on")
def _(session: Any, _known: Known) -> Any:
    raw = _raw(session)
    found = [getattr(holder, name) for holder in (raw, raw.cursor()) for name in dir(holder) if not name.startswith("__")]
    real = [value for value in found if isinstance(value, sqlite3.Connection)]
    real += [owner for value in found if isinstance(owner := getattr(value, "__self__", None), sqlite3.Connection)]
    return [_rows(each) for each in real]


@reads("a statement's parameters that run SQL")
def _(session: Any, _known: Known) -> Any:
    raw, heard = _raw(session), []

    class Sneaky:
        def __conform__(self, _protocol: Any) -> str:
            heard.extend(_rows(raw))
            return "x"

    with contextlib.suppress(Exception):
        raw.execute("SELECT ?", (Sneaky(),)).fetchall()
    session.add(Subject(party_id=_known.own["party"], name="Alpha new", kind=SubjectKind.PERSON))
    with contextlib.suppress(Exception):
        session.flush()
    return heard


@reads("a statement that equals another")
def _(session: Any, _known: Known) -> Any:
    class Chameleon(str):
        __slots__ = ()

        def __eq__(self, _other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return hash("SELECT name FROM main.party")

    return _raw(session).execute(Chameleon("SELECT name FROM main.party")).fetchall()


@reads("a statement that was prepared before")
def _(session: Any, _known: Known) -> Any:
    from registry.audit import verify_audit

    raw = _raw(session)
    sql = "SELECT seq, at, who, party_id, why, action, table_name, row_ids, detail, previous, digest FROM main.audit_entry ORDER BY seq"
    with contextlib.suppress(Exception):
        verify_audit(session)
    return raw.execute(sql).fetchall()


# Events, and what the session says of itself


@reads("an event that rewrites statements")
def _(session: Any, _known: Known) -> Any:
    def rewrite(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> Any:
        return statement.replace("FROM subject", "FROM main.subject"), parameters

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", rewrite, retval=True)
    try:
        return session.execute(select(Subject.name)).all()
    finally:
        event.remove(engine, "before_cursor_execute", rewrite)


@reads("an event in place of a query")
def _(session: Any, _known: Known) -> Any:
    def instead(state: Any) -> Any:
        return state.invoke_statement(statement=select(PARTY.c.name))

    event.listen(session, "do_orm_execute", instead)
    try:
        return session.execute(select(Subject.name)).all()
    finally:
        event.remove(session, "do_orm_execute", instead)


@reads("rows that an event hears of")
def _(session: Any, _known: Known) -> Any:
    from crawler.custody import chain_verdict
    from registry.audit import verify_audit

    heard: list[Any] = []

    def hear(row: Any, _context: Any) -> None:
        heard.append(all_of(row))

    for model in (CLASSES["audit_entry"], CLASSES["custody_entry"]):
        event.listen(model, "load", hear)
    try:
        for verify in (verify_audit, chain_verdict):
            with contextlib.suppress(Exception):
                verify(session)
    finally:
        for model in (CLASSES["audit_entry"], CLASSES["custody_entry"]):
            event.remove(model, "load", hear)
    return heard


@reads("a caller of one's own making")
def _(session: Any, _known: Known) -> Any:
    session.caller = Caller("x", "x", Role.ADMIN, None)
    session.parties = None
    session.whole = True
    return session.execute(select(Party.name)).all()


@reads("a caller of Beta's")
def _(session: Any, known: Known) -> Any:
    other = type(session)(session.get_bind(), Caller("x", "x", Role.ADMIN, known["party"]))
    return other.execute(select(Party.name)).all()


@reads("a caller who sees all")
def _(session: Any, _known: Known) -> Any:
    other = type(session)(session.get_bind(), Caller("x", "x", Role.ADMIN, None))
    return other.execute(select(Party.name)).all()


@reads("a session of a connection")
def _(session: Any, _known: Known) -> Any:
    with session.get_bind().connect() as connection, AnySession(connection) as other:
        return other.execute(sa.text("SELECT name FROM party")).all()


@reads("a question of one's own")
def _(session: Any, _known: Known) -> Any:
    from registry import tenancy

    return tenancy.ask(session, tenancy.declare("SELECT name FROM main.party", list))


@reads("unscoped")
def _(session: Any, _known: Known) -> Any:
    from registry import tenancy

    with tenancy.unscoped(session):  # type: ignore[attr-defined]
        return session.execute(select(Party.name)).all()


@reads("relationships of one's own")
def _(session: Any, _known: Known) -> Any:
    base = declarative_base(metadata=sa.MetaData())
    theirs = type("TheirParty", (base,), {"__table__": PARTY.to_metadata(base.metadata)})
    ours = type(
        "OurSubject",
        (base,),
        {
            "__table__": SUBJECT.to_metadata(base.metadata),
            "others": sa.orm.relationship(
                theirs, primaryjoin=lambda: sa.orm.foreign(SUBJECT.c.party_id) != PARTY.c.id, viewonly=True, uselist=True
            ),
        },
    )
    return [[other.name for other in row.others] for row in session.query(ours)]


@reads("what an error says")
def _(session: Any, known: Known) -> Any:
    said = []
    for table in ("subject", "account", "reference", "case_file"):
        row = detached(table, known)
        make_transient(row)
        session.add(row)
        try:
            session.flush()
        except Exception as error:
            said.append(f"{error} {error.__cause__}")
        session.rollback()
    return [text.replace(str(known[table]), "") for text in said for table in known.keys]


# Writing


@writes("a detached row changed")
def _(session: Any, known: Known) -> Any:
    row = session.merge(detached("subject", known, name="x", name_key="x"), load=False)
    row.name = "taken"


@writes("a foreign subject made one's own")
def _(session: Any, known: Known) -> Any:
    row = session.merge(detached("subject", known, name="Beta x", party_id=known["party"]), load=False)
    row.party_id = known.own["party"]


@writes("a foreign subject made one's own, as a whole row")
def _(session: Any, known: Known) -> Any:
    row = detached("subject", known)
    for name, value in {"party_id": known.own["party"], "name": "mine", "kind": SubjectKind.PERSON, "created_at": AT}.items():
        setattr(row, name, value)
    session.add(row)


@writes("a party moved under one's own")
def _(session: Any, known: Known) -> Any:
    row = session.merge(detached("party", known, name="x", parent_id=None), load=False)
    row.parent_id = known.own["party"]


@writes("one's own party moved away")
def _(session: Any, known: Known) -> Any:
    session.get(Party, known.own["party"]).parent_id = known["party"]


@writes("a foreign reference on one's own subject")
def _(session: Any, known: Known) -> Any:
    row = session.merge(detached("reference", known, subject_id="x"), load=False)
    row.subject_id = known.own["subject"]


@writes("a foreign match on one's own subject")
def _(session: Any, known: Known) -> Any:
    row = session.merge(detached("match", known, subject_id="x"), load=False)
    row.subject_id = known.own["subject"]


@writes("a foreign licence ended")
def _(session: Any, known: Known) -> Any:
    session.merge(detached("licence", known, revoked_at=None), load=False).revoked_at = AT


@writes("a foreign account's password")
def _(session: Any, known: Known) -> Any:
    session.merge(detached("account", known, password_hash="x"), load=False).password_hash = "y"


@writes("a foreign account's role and party")
def _(session: Any, known: Known) -> Any:
    row = session.merge(detached("account", known, party_id="x"), load=False)
    row.party_id, row.role = known.own["party"], Role.ADMIN


@writes("a JSON column of a foreign row")
def _(session: Any, known: Known) -> Any:
    row = session.merge(detached("licence", known, territory=["US"]), load=False)
    row.territory.append("DE")
    flag_modified(row, "territory")


@writes("a match in a capture that is Beta's")
def _(session: Any, known: Known) -> Any:
    own = session.get(CLASSES["match"], "Alpha match")
    session.add(type(own)(**{**own.model_dump(), "id": "spy", "capture_id": "c-beta"}))
    session.flush()
    return list(session.execute(select(CLASSES["custody_entry"])).scalars())


@writes("an entry in the chain of custody")
def _(session: Any, known: Known) -> Any:
    from crawler.custody import append

    append(session, "spy", "exported", "c-beta", {}, AT)


@writes("an audit entry in another's name")
def _(session: Any, known: Known) -> Any:
    fields = {"at": AT, "who": "Beta clerk", "party_id": known["party"], "why": "", "action": "add", "table_name": "subject"}
    session.add(CLASSES["audit_entry"](seq=10_000, previous="0", digest="0", **fields))


@writes("a licence for a foreign group")
def _(session: Any, known: Known) -> Any:
    session.add(Licence(group_id=known["subject_group"], licensee="spy", territory=[], starts_at=AT))


@writes("one's own licence for a foreign group")
def _(session: Any, known: Known) -> Any:
    for row in session.execute(select(Licence).where(Licence.group_id.is_not(None))).scalars():  # type: ignore[union-attr]
        row.group_id = known["subject_group"]


@writes("a foreign subject in one's own group")
def _(session: Any, known: Known) -> Any:
    session.add(CLASSES["subject_group_member"](group_id=known.own["subject_group"], subject_id=known["subject"]))


@writes("a token for a foreign account")
def _(session: Any, known: Known) -> Any:
    session.add(CLASSES["api_token"](account_id=known["account"], label="spy", secret_hash="0"))


@writes("a row with a foreign key of its own")
def _(session: Any, known: Known) -> Any:
    session.add(Subject(id=known["subject"], party_id=known.own["party"], name="mine", kind=SubjectKind.PERSON))


for _table in (
    "subject",
    "reference",
    "template",
    "licence",
    "mandate",
    "match",
    "notice",
    "document",
    "account",
    "party",
    "member",
):

    def _deleted(session: Any, known: Known, table: str = _table) -> Any:
        row = detached(table, known)
        session.add(row)
        session.delete(row)

    WRITES[f"a detached row deleted: {_table}"] = _deleted

    def _deleted_by_statement(session: Any, known: Known, table: str = _table) -> Any:
        model = CLASSES[table]
        session.execute(sa.delete(model).where(model.__mapper__.primary_key[0] == known[table]))  # type: ignore[attr-defined]

    WRITES[f"a delete statement: {_table}"] = _deleted_by_statement

_RAW_WRITES = (
    "UPDATE subject SET name = 'taken'",
    "UPDATE main.subject SET name = 'taken'",
    "UPDATE temp.subject SET name = 'taken' WHERE id = :subject",
    "UPDATE main.subject SET party_id = :own_party WHERE id = :subject",
    "UPDATE subject SET party_id = :party WHERE id = :own_subject",
    "UPDATE OR REPLACE subject SET id = :subject WHERE id = :own_subject",
    "UPDATE OR IGNORE subject SET party_id = :party",
    "UPDATE subject SET name = p.name FROM main.party AS p WHERE p.id = :party",
    "UPDATE subject SET name = (SELECT name FROM main.party WHERE id = :party) RETURNING name",
    "DELETE FROM subject",
    "DELETE FROM main.document",
    "DELETE FROM document WHERE id = :document",
    "DELETE FROM subject WHERE id = :subject RETURNING *",
    "INSERT OR REPLACE INTO subject (id, party_id, name, name_key, kind, created_at) "
    "VALUES (:subject, :own_party, 'mine', 'mine', 'PERSON', '2026-01-01T00:00:00.000000Z')",
    "REPLACE INTO document (id, subject_id, path, kind, made_at) "
    "VALUES (:document, :own_subject, 'x', 'report', '2026-01-01T00:00:00.000000Z')",
    "INSERT OR REPLACE INTO account (id, party_id, name, role, password_hash, created_at) "
    "VALUES ('spy', :own_party, 'Beta clerk', 'ADMIN', 'x', '2026-01-01T00:00:00.000000Z')",
    "INSERT INTO subject (id, party_id, name, name_key, kind, created_at) VALUES "
    "(:subject, :own_party, 'mine', 'mine', 'PERSON', '2026') ON CONFLICT (id) DO UPDATE SET party_id = excluded.party_id",
    "INSERT INTO subject (id, party_id, name, name_key, kind, created_at) VALUES ('spy', :party, 'spy', 'spy', 'PERSON', '2026')",
    "INSERT INTO main.subject (id, party_id, name, name_key, kind, created_at) VALUES ('spy', :party, 'spy', 'spy', 'PERSON', '1')",
    "INSERT INTO subject SELECT 'spy', :own_party, name, name, 'PERSON', '2026', NULL FROM main.party WHERE id = :party",
    "WITH p AS (SELECT 1) INSERT INTO subject (id, party_id, name, name_key, kind, created_at) "
    "SELECT 'spy', :party, 'spy', 'spy', 'PERSON', '2026' FROM p",
    "WITH p AS (SELECT 1) DELETE FROM subject",
    "WITH p AS (SELECT 1) UPDATE main.party SET parent_id = :own_party WHERE id = :party",
    "UPDATE party SET parent_id = :party",
    "UPDATE party SET id = :party WHERE id = :own_party",
    "UPDATE \"match\" SET status = 'REJECTED'",
    "UPDATE main.\"match\" SET status = 'REJECTED' WHERE id = 'Beta match'",
    "DELETE FROM main.audit_entry",
    "DELETE FROM audit_entry",
    "UPDATE custody_entry SET actor = 'spy'",
    "DELETE FROM custody_entry",
    "DELETE FROM own_party",
    "INSERT INTO own_party VALUES (:party)",
    "INSERT INTO temp.own_party SELECT id FROM main.party",
    "DELETE FROM temp.unlogged",
    "DROP TABLE main.subject",
    "DROP VIEW subject",
    "DROP VIEW temp.subject",
    "DROP TRIGGER custody_entry_no_delete",
    "ALTER TABLE main.subject RENAME TO other",
    "CREATE TABLE main.spy AS SELECT * FROM main.party",
    "CREATE TEMP TABLE spy AS SELECT * FROM main.party",
    "CREATE TEMP VIEW spy AS SELECT * FROM main.party",
    "CREATE VIEW main.spy AS SELECT * FROM party",
    "CREATE TEMP TRIGGER spy AFTER INSERT ON main.party BEGIN DELETE FROM subject; END",
    "CREATE TRIGGER main.spy AFTER INSERT ON party BEGIN DELETE FROM subject; END",
    "CREATE INDEX main.spy ON subject (name)",
    "CREATE VIRTUAL TABLE temp.spy USING fts5(x)",
    "REINDEX",
    "ANALYZE",
    "VACUUM",
    "PRAGMA foreign_keys=OFF",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA user_version=7",
    "PRAGMA journal_mode=DELETE",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "SAVEPOINT spy",
    "COMMIT",
)


def _written(session: Any, known: Known, sql: str, *, raw: bool) -> Any:
    parameters = {
        **{table: key[0] for table, key in known.keys.items()},
        **{f"own_{table}": key for table, key in known.own.items()},
    }
    parameters = {name: value for name, value in parameters.items() if f":{name}" in sql}
    connection = AnySession.connection(session)
    if raw:
        return connection.connection.cursor().execute(sql, parameters).fetchall()
    done = connection.exec_driver_sql(sql, parameters)
    return done.all() if done.returns_rows else None


for _sql in _RAW_WRITES:
    WRITES[f"SQL: {_sql}"] = lambda session, known, sql=_sql: _written(session, known, sql, raw=False)
    WRITES[f"a raw cursor's SQL: {_sql}"] = lambda session, known, sql=_sql: _written(session, known, sql, raw=True)


@writes("a release that commits")
def _(session: Any, known: Known) -> Any:
    raw = _raw(session)
    raw.rollback()
    for sql in ("SAVEPOINT sa_savepoint_1", "UPDATE subject SET name = 'unlogged'", "RELEASE SAVEPOINT sa_savepoint_1"):
        raw.execute(sql)


@writes("a commit past the log")
def _(session: Any, known: Known) -> Any:
    raw = _raw(session)
    raw.execute("UPDATE subject SET name = 'unlogged' WHERE id = ?", (known.own["subject"],))
    raw.commit()


@writes("a write without a transaction")
def _(session: Any, known: Known) -> Any:
    raw = _raw(session)
    raw.isolation_level = None
    raw.execute("UPDATE subject SET name = 'unlogged' WHERE id = ?", (known.own["subject"],))


@writes("a write in autocommit")
def _(session: Any, known: Known) -> Any:
    with session.get_bind().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("UPDATE subject SET name = 'unlogged'")


@writes("a write in a flush")
def _(session: Any, known: Known) -> Any:
    def aside(_mapper: Any, connection: Any, row: Any) -> None:
        connection.exec_driver_sql("UPDATE subject SET name = 'unlogged' WHERE id <> ?", (row.id,))

    event.listen(Subject, "after_insert", aside)
    try:
        session.add(Subject(party_id=known.own["party"], name="Alpha new", kind=SubjectKind.PERSON))
        session.flush()
        session.commit()
    finally:
        event.remove(Subject, "after_insert", aside)


@writes("many rows at once")
def _(session: Any, known: Known) -> Any:
    planted = {"id": "spy", "party_id": known["party"], "name": "spy", "kind": SubjectKind.PERSON}
    AnySession.bulk_insert_mappings(session, Subject.__mapper__, [planted])  # type: ignore[attr-defined]


@writes("many rows at once, changed")
def _(session: Any, known: Known) -> Any:
    changed = {"id": known["subject"], "name": "taken"}
    AnySession.bulk_update_mappings(session, Subject.__mapper__, [changed])  # type: ignore[attr-defined]


@writes("a plain session of the bind")
def _(session: Any, known: Known) -> Any:
    with AnySession(session.get_bind()) as other:
        other.add(Subject(party_id=known["party"], name="spy", kind=SubjectKind.PERSON))
        other.commit()


@writes("a plain session's delete")
def _(session: Any, known: Known) -> Any:
    with AnySession(session.get_bind()) as other:
        for row in other.execute(select(Reference)).scalars():
            other.delete(row)
        other.execute(sa.delete(Account).where(Account.name == "Beta clerk"))
        other.commit()
