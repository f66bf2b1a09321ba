"""Promise 9 against whoever has Python: none of the ways round a session reads or writes what is another party's.

Each way is tried through every session that an account can get, on a copy of the database of two unions.
"""

import contextlib
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session, select

from crawler.custody import verify_chain
from monitor.workspace import Workspace
from registry.accounts import Caller, Role
from registry.audit import verify_audit
from registry.groups import SubjectGroup
from registry.parties import find_party
from registry.storage.engine import connect
from registry.subjects import find_subject
from registry.tenancy import AccountSession
from registry.tenancy.wall import _HELD
from tests.support.tenancy import (
    ways_connections,
    ways_objects,
    ways_rare,
    ways_sql,
    ways_sql_writing,
    ways_statements,
    ways_writing,
)
from tests.support.tenancy.two_parties import CLASSES, OWNED, caller, keys_of, others
from tests.support.tenancy.ways import READS, WRITES, Count, Known, Way, raw_of

ALL = (ways_connections, ways_objects, ways_rare, ways_sql, ways_sql_writing, ways_statements, ways_writing)
"""Importing them is what makes READS and WRITES of them."""

Opening = Callable[[Engine, Workspace], Any]


def _as(role: Role) -> Opening:
    return lambda engine, place: AccountSession(engine, caller(place, role))


def _below(engine: Engine, place: Workspace) -> AccountSession:
    with place.session() as session:
        return AccountSession(engine, Caller("x", "Alpha local", Role.ADMIN, find_party(session, "Alpha local").id))


SESSIONS: dict[str, Opening] = {
    **{role.value: _as(role) for role in Role},
    "of a party below": _below,
    "plain, of the bind": lambda engine, place: AnySession(_as(Role.ADMIN)(engine, place).get_bind()),
    "of the workspace": lambda engine, place: replace(place, engine=engine, caller=caller(place)).session(),
}


@pytest.fixture(scope="module")
def known(place: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Known:
    keys = {name: min(others(place, table)) for name, table in OWNED.items()}
    with place.session() as session:
        keys["subject"] = (find_subject(session, "Beta person").id,)
        keys["party"] = (find_party(session, "Beta union").id,)
        own = {"party": find_party(session, "Alpha union").id, "subject": find_subject(session, "Alpha person").id}
        own["subject_group"] = session.exec(select(SubjectGroup.id).where(SubjectGroup.party_id == own["party"])).one()
    return Known(keys, own, tmp_path_factory.mktemp("spy"))


@pytest.fixture(scope="module")
def counts(place: Workspace) -> dict[str, int]:
    with AccountSession(place.engine, caller(place)) as session:
        return {name: len(keys_of(session, table)) for name, table in CLASSES.items()}


@contextlib.contextmanager
def copied(place: Workspace, folder: Path) -> Iterator[Engine]:
    """An engine of a copy of the database, in a folder that looks like the workspace's."""
    with place.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(place.root / "semblance.db", folder / "semblance.db")
    engine = connect(folder / "semblance.db")
    try:
        yield engine
    finally:
        engine.dispose()
        for left in folder.glob("semblance.db*"):
            left.unlink()


def attempt(way: Way, session: Any, known: Known) -> Any:
    """What the way got, or the words in which it was refused."""
    with warnings.catch_warnings(), session:
        warnings.simplefilter("ignore")
        try:
            return way(session, known)
        except Exception as error:
            return f"{getattr(error, 'orig', error)}"
        finally:
            session.rollback()


def text_of(got: Any) -> str:
    if isinstance(got, bytes):
        return got.decode("latin-1")
    if isinstance(got, dict):
        return str({name: text_of(value) for name, value in got.items()})
    if isinstance(got, list | tuple) or type(got).__name__ == "Row":
        return str([text_of(each) for each in got])
    return text_of(got.model_dump()) if hasattr(got, "model_dump") else str(got)


@pytest.fixture(scope="module")
def engine(place: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """For what only reads, one copy for all."""
    with copied(place, tmp_path_factory.mktemp("read")) as engine:
        yield engine


@pytest.mark.parametrize("name", READS)
def test_promise_9_no_way_reads_what_is_anothers(
    place: Workspace, engine: Engine, known: Known, counts: dict[str, int], name: str
) -> None:
    for session, opened in SESSIONS.items():
        got = attempt(READS[name], opened(engine, place), known)
        if isinstance(got, Count):
            assert got.number <= counts[got.table], session
        assert "Beta" not in text_of(got), session
        assert "CREATE " not in text_of(got), session


def rows_of(engine: Engine) -> dict[str, set[tuple[Any, ...]]]:
    """Every row of every table, and the schema."""
    with engine.connect() as connection:
        named = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        rows = {table: set(map(tuple, connection.exec_driver_sql(f'SELECT * FROM "{table}"'))) for table in named}
        rows["sqlite_master"] = set(map(tuple, connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master")))
        return rows


def told_of_beta(rows: dict[str, set[tuple[Any, ...]]], known: Known) -> set[tuple[Any, ...]]:
    """The rows that are Beta's, or name something of Beta's."""
    marks = {"Beta", "c-beta", *(str(key) for keys in known.keys.values() for key in keys if len(str(key)) > 12)}
    everything = ((table, *row) for table, found in rows.items() for row in found)
    return {row for row in everything if any(mark in str(value) for value in row for mark in marks)}


@pytest.mark.parametrize("name", WRITES)
def test_promise_9_no_way_writes_what_is_anothers(place: Workspace, known: Known, tmp_path: Path, name: str) -> None:
    for session, opened in SESSIONS.items():
        with copied(place, tmp_path) as engine:
            before = rows_of(engine)

            def way(session: Any, known: Known) -> Any:
                got = WRITES[name](session, known)
                session.commit()
                return got

            got = attempt(way, opened(engine, place), known)
            after = rows_of(engine)
            assert "Beta" not in text_of(got), session
            assert told_of_beta(after, known) == told_of_beta(before, known), session
            assert after["sqlite_master"] == before["sqlite_master"], session
            assert not any("unlogged" in row for row in after["subject"]), session
            if session == "auditor":
                assert after == before
            with Session(engine) as owner:
                assert verify_audit(owner).ok
                assert verify_chain(owner) is None
                assert len(after["audit_entry"]) > len(before["audit_entry"]) or after == before, session


@pytest.mark.parametrize("sql", ways_sql.RAW_READS)
def test_promise_9_who_knows_what_the_database_is_called_reads_no_more(
    engine: Engine, place: Workspace, known: Known, sql: str
) -> None:
    """The second wall behind the first: the name cannot be guessed, and would not help."""
    guessed = re.sub(r'"?\[?\bmain\b\]?"?(?=\.)', _HELD, sql, flags=re.IGNORECASE)

    def way(session: Any, _known: Known) -> Any:
        return raw_of(session).execute(guessed).fetchall()

    for session, opened in SESSIONS.items():
        got = text_of(attempt(way, opened(engine, place), known))
        assert "Beta" not in got, session
        assert "CREATE " not in got, session


def test_there_are_as_many_ways_as_were_found() -> None:
    assert len(READS) + len(WRITES) >= 91 + 60
