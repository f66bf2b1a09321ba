"""Ways by connections: where to get one, and what one can do besides statements."""

import contextlib
import sqlite3
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import (
    Session as AnySession,
)

from registry.kinds import SubjectKind
from registry.subjects import Subject
from tests.support.tenancy.ways import (
    READS,
    Known,
    raw_of,
    reads,
)


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


def _rows(connection: Any) -> Any:
    return connection.execute("SELECT name FROM main.party").fetchall()


@reads("a connection without its authorizer")
def _(session: Any, _known: Known) -> Any:
    raw = raw_of(session)
    raw.set_authorizer(None)
    return _rows(raw)


@reads("a connection without its authorizer, by the class's method")
def _(session: Any, _known: Known) -> Any:
    raw = raw_of(session)
    sqlite3.Connection.set_authorizer(raw, None)
    return _rows(raw)


@reads("a connection with an authorizer of one's own")
def _(session: Any, _known: Known) -> Any:
    raw = raw_of(session)
    raw.set_authorizer(lambda *_: sqlite3.SQLITE_OK)
    return _rows(raw)


@reads("a backup")
def _(session: Any, _known: Known) -> Any:
    copy = sqlite3.connect(":memory:")
    raw_of(session).backup(copy)
    return _rows(copy)


@reads("a dump")
def _(session: Any, _known: Known) -> Any:
    return list(raw_of(session).iterdump())


@reads("the bytes")
def _(session: Any, _known: Known) -> Any:
    return raw_of(session).serialize()


@reads("a blob by its row")
def _(session: Any, _known: Known) -> Any:
    return [raw_of(session).blobopen("party", "name", row, readonly=True).read() for row in range(1, 9)]


@reads("a function that sees rows")
def _(session: Any, _known: Known) -> Any:
    heard: list[Any] = []
    raw = raw_of(session)
    raw.create_function("hear", 1, heard.append)
    raw.execute("SELECT hear(name) FROM main.party").fetchall()
    return heard


@reads("a row factory that sees the cursor")
def _(session: Any, _known: Known) -> Any:
    heard: list[Any] = []
    raw = raw_of(session)
    raw.row_factory = lambda cursor, _row: heard.append(cursor)
    raw.execute("SELECT 1").fetchall()
    return _rows(heard[0].connection)


@reads("a cursor's own row factory")
def _(session: Any, _known: Known) -> Any:
    heard: list[Any] = []
    cursor = raw_of(session).cursor()
    cursor.row_factory = lambda inner, _row: heard.append(inner)
    cursor.execute("SELECT 1").fetchall()
    return _rows(heard[0].connection)


@reads("a trace")
def _(session: Any, _known: Known) -> Any:
    heard: list[str] = []
    raw = raw_of(session)
    raw.set_trace_callback(heard.append)
    raw.execute("SELECT name FROM subject").fetchall()
    return heard, raw.execute("SELECT name FROM main.party").fetchall()


@reads("a script")
def _(session: Any, _known: Known) -> Any:
    raw = raw_of(session)
    raw.executescript("CREATE TEMP TABLE mine AS SELECT * FROM main.party")
    return raw.execute("SELECT * FROM mine").fetchall()


@reads("attributes that lead on")
def _(session: Any, _known: Known) -> Any:
    raw = raw_of(session)
    found = [getattr(holder, name) for holder in (raw, raw.cursor()) for name in dir(holder) if not name.startswith("__")]
    real = [value for value in found if isinstance(value, sqlite3.Connection)]
    real += [owner for value in found if isinstance(owner := getattr(value, "__self__", None), sqlite3.Connection)]
    return [_rows(each) for each in real]


@reads("a statement's parameters that run SQL")
def _(session: Any, _known: Known) -> Any:
    raw, heard = raw_of(session), []

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

    return raw_of(session).execute(Chameleon("SELECT name FROM main.party")).fetchall()


@reads("a statement that was prepared before")
def _(session: Any, _known: Known) -> Any:
    from registry.audit import verify_audit

    raw = raw_of(session)
    columns = "seq, at, who, party_id, why, action, table_name, row_ids, detail, previous, digest"
    sql = f"SELECT {columns} FROM main.audit_entry ORDER BY seq"
    with contextlib.suppress(Exception):
        verify_audit(session)
    return raw.execute(sql).fetchall()
