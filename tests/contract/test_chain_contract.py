"""Both chains, the log of writes and the chain of custody: whatever is rewritten is found, by the first entry concerned."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel, select

import crawler.health  # noqa: F401  (its tables are named by those of the videos)
from crawler.custody import CUSTODY, CustodyEntry, append
from registry.audit import LOG, AuditEntry
from registry.chain import FIRST, Chain, ChainVerdict
from registry.storage.engine import connect
from tests.support.new_database import new_database
from tests.support.tampering import tamper

AT = datetime(2026, 5, 1, 12, 30, 15, 250000, tzinfo=UTC)
ENTRIES = 6


def write(session: Session) -> None:
    """As many entries of custody as of the log, whose entries about custody come from there."""
    for number in range(ENTRIES):
        append(session, "E. Novák", "captured", f"c{number}", {"number": number, "标题": "🎬"}, AT + timedelta(minutes=number))
    session.commit()


CHAINS = {"log": (LOG, AuditEntry, "digest"), "custody": (CUSTODY, CustodyEntry, "sha256")}


@pytest.fixture(params=CHAINS)
def chain(request: pytest.FixtureRequest) -> tuple[Chain, type[SQLModel], str]:
    return CHAINS[request.param]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chains") / "semblance.db"
    engine = new_database(path)
    with Session(engine) as session:
        write(session)
    engine.dispose()
    return path


@contextmanager
def rewritten(written: Path, *statements: str) -> Iterator[Session]:
    """A session of a copy in which the statements were done."""
    copy = written.with_name("copy.db")
    for path in written.parent.glob("copy.db*"):
        path.unlink()
    shutil.copy(written, copy)
    tamper(copy, *statements)
    engine = connect(copy)
    with Session(engine) as session:
        yield session
    engine.dispose()


def heads(session: Session, model: type[Any], digest: str) -> list[str]:
    return list(session.exec(select(getattr(model, digest)).order_by(model.seq)))


def test_a_whole_chain_is_said_to_be_and_every_digest_stands_in_it(written: Path, chain: tuple[Chain, Any, str]) -> None:
    one, model, digest = chain
    with rewritten(written) as session:
        noted = [FIRST, *heads(session, model, digest)]
        assert len(noted) == ENTRIES + 1
        for head in noted:
            assert one.verify(session, head) == ChainVerdict(ENTRIES, noted[-1], None, "")
        assert one.verify(session, "0" * 63 + "1").problem == "the chain ends before the noted entry"
        for entry in session.exec(select(model)):
            assert one.digest_of(entry.model_dump()) == getattr(entry, digest)


def columns_of(model: type[Any]) -> list[str]:
    return [column.name for column in model.__table__.columns if column.name != "seq"]


def value_of(model: type[Any], column: str) -> st.SearchStrategy[str]:
    """SQL for a value of what a column may hold: text, or a JSON text."""
    plain = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
    is_json = str(model.__table__.columns[column].type) == "JSON"
    return (plain.map(json.dumps) if is_json else plain).map(lambda text: "'" + text.replace("'", "''") + "'")


@pytest.mark.parametrize("name", CHAINS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_changed_in_an_entry_is_found_at_it(written: Path, name: str, data: st.DataObject) -> None:
    one, model, _ = CHAINS[name]
    seq, column = data.draw(st.integers(1, ENTRIES)), data.draw(st.sampled_from(columns_of(model)))
    value = data.draw(value_of(model, column))
    table = str(model.__tablename__)
    with closing(sqlite3.connect(written)) as connection:
        (differs,) = connection.execute(f"SELECT {column} IS NOT {value} FROM {table} WHERE seq = {seq}").fetchone()
    assume(differs)
    with rewritten(written, f"UPDATE {table} SET {column} = {value} WHERE seq = {seq}") as session:
        verdict = one.verify(session)
    assert (verdict.broken, verdict.entries) == (seq, seq - 1)


@pytest.mark.parametrize("name", CHAINS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gone=st.sets(st.integers(1, ENTRIES), min_size=1))
def test_whatever_is_removed_is_found_from_the_first_on(written: Path, name: str, gone: set[int]) -> None:
    one, model, digest = CHAINS[name]
    with rewritten(written) as session:
        head = heads(session, model, digest)[-1]
    numbers = ", ".join(map(str, gone))
    with rewritten(written, f"DELETE FROM {model.__tablename__} WHERE seq IN ({numbers})") as session:
        verdict = one.verify(session, head)
    cut = set(range(min(gone), ENTRIES + 1)) == gone
    assert (verdict.broken, verdict.problem) == (min(gone), "the chain ends before the noted entry" if cut else "it is missing")


@pytest.mark.parametrize("name", CHAINS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pair=st.sets(st.integers(1, ENTRIES), min_size=2, max_size=2))
def test_entries_that_changed_places_are_found(written: Path, name: str, pair: set[int]) -> None:
    one, model, _ = CHAINS[name]
    first, second = sorted(pair)
    table = model.__tablename__
    swap = [(first, -1), (second, first), (-1, second)]
    with rewritten(written, *(f"UPDATE {table} SET seq = {to} WHERE seq = {was}" for was, to in swap)) as session:
        assert one.verify(session).broken == first


def test_an_entry_that_was_slipped_in_is_found(written: Path, chain: tuple[Chain, Any, str]) -> None:
    one, model, _ = chain
    table, columns = model.__tablename__, ", ".join(columns_of(model))
    copied = f"INSERT INTO {table} (seq, {columns}) SELECT seq + 1, {columns} FROM {table} WHERE seq = {ENTRIES}"
    with rewritten(written, copied) as session:
        assert one.verify(session).broken == ENTRIES + 1


DIGESTS = {
    "custody": "5cac1e5a39e86cecd8a54a197473a991cc3a94ed5d9ec996a56b980ff91aea8c",
    "log": "0a64a4ba32091dd21b47c98e325dd37b1fb8812e4e660b5ff4bf72a6b0c6a3c4",
    "log of an earlier version": "29fd93b30606ac1cd01a19c1cb58b7f78391a4ce68c42dacbcffb578e06a6a3c",
}
"""Of the entries below, as the versions before wrote them."""


def test_digests_stay_what_they_were() -> None:
    ends = {"seq": 7, "at": AT, "previous": "ab" * 32}
    custody = {**ends, "actor": "E. Novák", "action": "captured", "capture_id": "c1"}
    custody["detail"] = {"n": 1, "标题": "🎬", "b": [True, None, 0.5]}
    log = {**ends, "who": "E. Novák", "party_id": None, "concerns": "p1", "why": "semblance run", "action": "add"}
    log |= {"table_name": "licence", "row_ids": ["l1", "l2"], "detail": {"rows": 2}, "salt": "cd" * 16}
    assert {
        "custody": CUSTODY.digest_of(custody),
        "log": LOG.digest_of(log),
        "log of an earlier version": LOG.digest_of({**log, "concerns": None, "salt": None}),
    } == DIGESTS
