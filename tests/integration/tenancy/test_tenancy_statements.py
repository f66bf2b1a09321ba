"""Promise 9 for any statement: what Alpha is told is what a database says that has nothing but Alpha's rows."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy.orm import Session as AnySession

from monitor.workspace import Workspace
from registry.accounts import AccessRefused
from registry.tenancy import AccountSession
from registry.tenancy.connection import WalledConnection, wall_of
from registry.tenancy.functions import FUNCTIONS
from registry.tenancy.wall import _HELD
from tests.support.tenancy.drawn_sql import COLUMNS, changes, queries
from tests.support.tenancy.two_parties import CLASSES, others

SLOW = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def alphas(place: Workspace) -> Iterator[sqlite3.Connection]:
    """A database of the same tables with Alpha's rows alone, told by the content that they were given."""
    made = sqlite3.connect(":memory:")
    with place.engine.connect() as connection:
        for table in COLUMNS:
            foreign = {key[0] for key in others(place, CLASSES[table])} if table != "video" else set()
            said = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).scalar_one()
            made.execute(said)
            rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"').mappings().all()
            for row in rows:
                if row["id"] not in foreign:
                    made.execute(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(row))})', tuple(row.values()))
    made.commit()
    yield made
    made.close()


def raw(session: AccountSession) -> WalledConnection:
    connection: Any = AnySession.connection(session).connection.dbapi_connection
    return connection


def answer(connection: Any, statement: str) -> list[str] | str:
    """The rows in any order, or that there was an error."""
    try:
        return sorted(map(repr, connection.execute(statement).fetchall()))
    except (sqlite3.Error, AccessRefused) as error:
        return str(error)


@SLOW
@given(statement=queries())
def test_promise_9_a_query_tells_what_a_database_of_ones_own_would(
    alpha: AccountSession, alphas: sqlite3.Connection, statement: str
) -> None:
    told, would = answer(raw(alpha), statement), answer(alphas, statement.replace("temp.", "main."))
    if isinstance(told, list):
        assert told == would
    else:
        assert _HELD not in told
        assert "Beta union" not in told


def test_promise_9_a_statement_may_call_only_what_computes(alpha: AccountSession) -> None:
    """What the connection has counted, loaded or been given tells of others, or reaches past the database."""
    alpha.rollback()
    known = {(name, count) for name, count in sqlite3.connect(":memory:").execute("SELECT name, narg FROM pragma_function_list")}
    beyond = {(name, count) for name, count in known if name not in FUNCTIONS}
    # Those that would harm most are among them, so that a list that has grown is noticed.
    assert {"load_extension", "total_changes", "changes", "last_insert_rowid"} <= {name for name, _ in beyond}
    for name, count in sorted(beyond):
        arguments = ", ".join(["'x'"] * max(count, 0)) or ("'x'" if count < 0 else "")
        said = answer(raw(alpha), f'SELECT "{name}"({arguments})')
        assert isinstance(said, str), f"{name} answered {said}"


def everything(session: AccountSession) -> dict[str, set[Any]]:
    wall = wall_of(raw(session))
    assert wall is not None
    return {table: set(wall.execute(f'SELECT * FROM {_HELD}."{table}"')) for table in CLASSES}


@SLOW
@given(statement=changes())
def test_promise_9_no_statement_changes_what_is_anothers(place: Workspace, alpha: AccountSession, statement: str) -> None:
    alpha.rollback()
    before = everything(alpha)
    said = answer(raw(alpha), statement)
    after = everything(alpha)
    alpha.rollback()
    assert _HELD not in str(said)
    for table in COLUMNS:
        if table == "video":
            assert after[table] == before[table]
            continue
        foreign = {key[0] for key in others_once(place, table)}
        place_of_id = list(CLASSES[table].__table__.columns.keys()).index("id")  # type: ignore[attr-defined]
        theirs = [{row for row in rows if row[place_of_id] in foreign} for rows in (before[table], after[table])]
        assert theirs[0] == theirs[1]
    assert after["audit_entry"] == before["audit_entry"]
    assert after["custody_entry"] == before["custody_entry"]


_OTHERS: dict[tuple[str, str], set[tuple[Any, ...]]] = {}


def others_once(place: Workspace, table: str) -> set[tuple[Any, ...]]:
    key = str(place.root), table
    if key not in _OTHERS:
        _OTHERS[key] = others(place, CLASSES[table])
    return _OTHERS[key]
