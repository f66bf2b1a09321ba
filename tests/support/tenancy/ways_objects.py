"""Ways by objects: detached rows, classes of one's own for the same tables, events, and what a session says of itself."""

import contextlib
import itertools
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, func, select
from sqlalchemy.orm import (
    Session as AnySession,
)
from sqlalchemy.orm import (
    column_property,
    declarative_base,
    make_transient,
    registry,
)
from sqlalchemy.sql.expression import literal_column

from registry.accounts import Caller
from registry.kinds import Role
from registry.parties import Party
from registry.subjects import Subject
from tests.support.tenancy.two_parties import CLASSES
from tests.support.tenancy.ways import (
    ANYBODYS,
    PARTY,
    READS,
    SUBJECT,
    Count,
    Known,
    all_of,
    detached,
    reads,
)


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
