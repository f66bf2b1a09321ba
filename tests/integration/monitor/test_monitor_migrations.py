"""Databases of every earlier revision, with data in them, become this version's."""

import json
import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, Engine, Table, inspect, text
from sqlmodel import Session, SQLModel, select

import monitor.tables  # noqa: F401
from monitor.migrations import FIRST, HEAD, HERE, POSTGRES_TRIGGERS, SCHEMA, TRIGGERS, know_all_tables, open_up_to_date, upgrade
from monitor.migrations.snapshot import snapshot
from monitor.workspace import init_workspace, open_workspace
from registry.actions import Action
from registry.audit import AuditEntry
from registry.errors import Damaged
from registry.parties import Party, find_party
from registry.storage import triggers
from registry.storage.base import DatabaseUnusable
from registry.storage.engine import connect
from registry.storage.postgres import PostgresStorage
from registry.storage.sqlite import SqliteStorage
from registry.storage.triggers import digest_of_triggers
from tests.support.old_databases import database_of

pytestmark = pytest.mark.local("of SQLite's file, and of files that earlier versions made")

REVISIONS = sorted(path.name[:4] for path in (HERE / "versions").glob("[0-9]*.py"))
Rows = dict[str, list[dict[str, Any]]]


def silence(line: str) -> None:
    raise AssertionError(f"nothing was to be said: {line}")


def rows_of(path: Path) -> Rows:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    found = {name: [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')] for name in tables}
    connection.close()
    del found["alembic_version"]
    return found


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_database_of_every_revision_is_brought_up_with_its_data(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "semblance.db"
    database_of(path, revision).dispose()
    before = rows_of(path)
    assert before["party"]
    assert all(len(rows) == 2 for rows in before.values())
    said: list[str] = []
    engine = open_up_to_date(path, said.append)
    assert said == ([] if revision == HEAD else [f"The database semblance.db is brought from revision {revision} to {HEAD}."])
    after = rows_of(path)
    # When licences were last applied is forgotten by 0048, so that all matches follow what the allow-list means since then.
    kept = before.keys() if revision == HEAD else before.keys() - {"licences_applied"}
    for name in kept:
        for old, new in zip(before[name], after[name], strict=True):
            assert {key: new[key] for key in old if key in new} == {key: old[key] for key in old if key in new}
    assert differences(engine) == []
    with Session(engine) as session:
        for table in classes():
            assert len(session.exec(select(table)).all()) == len(after[table.__table__.name])  # type: ignore[attr-defined]
    engine.dispose()
    open_up_to_date(path, silence).dispose()


def test_what_is_searched_for_is_filled_in_for_those_who_are_on_record(tmp_path: Path) -> None:
    place = tmp_path / "semblance.db"
    with database_of(place, "0062").begin() as connection:
        called = json.dumps(["阿达·例子", "Countess  Straße"])
        connection.exec_driver_sql("UPDATE subject SET aliases = ? WHERE id = 'subject-1'", (called,))
        said = "title = 'A\nTitle', uploader = '@who', page_url = NULL, media_url = 'https://a.example/v'"
        connection.exec_driver_sql(f"UPDATE video SET {said} WHERE id = 'video-1'")
    with Session(open_up_to_date(place, lambda _: None)) as session:
        subject = session.connection().exec_driver_sql("SELECT alias_keys FROM subject WHERE id = 'subject-1'").scalar_one()
        assert subject == "阿达·例子\ncountess strasse"
        said = session.connection().exec_driver_sql("SELECT said FROM video WHERE id = 'video-1'").scalar_one()
        assert said == "A\nTitle\n@who\n\nhttps://a.example/v"


def classes() -> list[type[SQLModel]]:
    return [mapper.class_ for mapper in SQLModel._sa_registry.mappers]  # type: ignore[attr-defined]


def differences(engine: Engine) -> list[Any]:
    """Between the database and the tables that the code defines, in tables, columns, indexes and what may be empty."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, SQLModel.metadata))


def test_the_revisions_lead_to_the_tables_of_the_code(tmp_path: Path) -> None:
    engine = open_up_to_date(tmp_path / "semblance.db", silence)
    hint = 'write the next revision: python -m monitor.migrations.draft "what changes"'
    assert differences(engine) == [], hint
    with engine.connect() as connection:
        for table in SQLModel.metadata.sorted_tables:
            assert keys_of(table) == stored_keys(connection, table), hint
    engine.dispose()


def test_a_new_database_is_what_all_revisions_lead_to(tmp_path: Path) -> None:
    """It begins with the schema that was written down, and goes through the revisions since."""
    (written,) = re.findall(r"INSERT INTO alembic_version VALUES \('(\d+)'\)", SCHEMA.read_text("utf-8"))
    assert snapshot(written) == SCHEMA.read_text("utf-8"), "write it anew: python -m monitor.migrations.snapshot"
    open_up_to_date(tmp_path / "new.db", silence).dispose()
    engine = connect(tmp_path / "old.db")
    with engine.connect() as connection:
        upgrade(connection, HEAD)
        triggers.install_triggers(connection)
        connection.commit()
    engine.dispose()
    assert made_of(tmp_path / "new.db") == made_of(tmp_path / "old.db")


def made_of(path: Path) -> dict[str, str]:
    connection = sqlite3.connect(path)
    made = dict(connection.execute("SELECT type || ' ' || name, sql FROM sqlite_master"))
    made["revision"] = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    connection.close()
    return made


def keys_of(table: Table) -> set[tuple[str, str]]:
    def target(column: Column[Any]) -> set[tuple[str, str]]:
        return {(column.name, key.target_fullname) for key in column.foreign_keys}

    return set().union(*map(target, table.columns))


def stored_keys(connection: Connection, table: Table) -> set[tuple[str, str]]:
    return {
        (keys["constrained_columns"][0], f"{keys['referred_table']}.{keys['referred_columns'][0]}")
        for keys in inspect(connection).get_foreign_keys(table.name)
    }


def test_a_database_from_before_there_were_revisions_is_the_first(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    path = tmp_path / "semblance.db"
    path.unlink()
    engine = database_of(path, FIRST)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    engine.dispose()
    said: list[str] = []
    with open_workspace(tmp_path, said.append) as workspace, workspace.session() as session:
        assert find_party(session, "name 1").id == "party-1"
    assert said == ([f"The database semblance.db is brought from revision {FIRST} to {HEAD}."] if HEAD != FIRST else [])


def test_the_promises_of_the_database_hold_after_an_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "semblance.db"
    database_of(path, FIRST).dispose()
    open_up_to_date(path, lambda _: None).dispose()
    connection = sqlite3.connect(path)
    for change in ("UPDATE review SET reason = ''", "DELETE FROM review", "DELETE FROM custody_entry"):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(change)
    connection.close()


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "semblance.db"
    engine = database_of(path, HEAD)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    before = rows_of(path)
    with pytest.raises(DatabaseUnusable, match=r"revision 9999; this one knows") as refused:
        open_up_to_date(path, silence)
    assert "Install" in refused.value.remedy
    assert rows_of(path) == before


@pytest.mark.skipif(HEAD == FIRST, reason="there is nothing to upgrade to yet")
def test_an_upgrade_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "semblance.db"
    engine = database_of(path, FIRST)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.execute(text("DELETE FROM party WHERE id = 'party-2'"))
        connection.commit()
    engine.dispose()
    before = rows_of(path)
    with pytest.raises(Damaged, match="points to nothing"):
        open_up_to_date(path, lambda _: None)
    assert rows_of(path) == before


def test_two_that_open_at_once_upgrade_once(tmp_path: Path) -> None:
    path = tmp_path / "semblance.db"
    database_of(path, FIRST).dispose()
    said: list[str] = []
    engines: list[Engine] = []
    openers = [threading.Thread(target=lambda: engines.append(open_up_to_date(path, said.append))) for _ in range(4)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    assert len(engines) == 4
    assert len(said) == (HEAD != FIRST)
    with Session(engines[0]) as session:
        assert len(session.exec(select(Party)).all()) == 2
    for engine in engines:
        engine.dispose()


DROPPED = "DROP TRIGGER custody_entry_no_delete"
REWORDED = "CREATE TRIGGER custody_entry_no_delete BEFORE DELETE ON custody_entry WHEN 0 BEGIN SELECT RAISE(ABORT, ''); END"
STRANGE = "CREATE TRIGGER forget AFTER INSERT ON audit_entry BEGIN DELETE FROM review; END"


@pytest.mark.parametrize(
    ("changes", "name"),
    [((DROPPED,), "custody_entry_no_delete"), ((DROPPED, REWORDED), "custody_entry_no_delete"), ((STRANGE,), "forget")],
)
def test_a_database_that_lost_what_guards_it_is_refused_until_that_is_put_back(
    tmp_path: Path, changes: tuple[str, ...], name: str
) -> None:
    init_workspace(tmp_path)
    with closing(sqlite3.connect(tmp_path / "semblance.db")) as connection:
        for change in changes:
            connection.execute(change)
    for _ in range(2):
        with pytest.raises(Damaged, match=rf"not kept from being rewritten: {name} is not") as refused, open_workspace(tmp_path):
            pass
    assert [step.action for step in refused.value.steps] == [Action.RESTORE_GUARDS, Action.VERIFY]
    said: list[str] = []
    init_workspace(tmp_path, said.append)
    assert said == [f"What guards the database semblance.db was put back: {name}."]
    with open_workspace(tmp_path, silence) as workspace, workspace.session() as session:
        (entry,) = session.exec(select(AuditEntry).where(AuditEntry.table_name == "trigger")).all()
        assert (entry.action, entry.row_ids) == ("change", [name])
    with closing(sqlite3.connect(tmp_path / "semblance.db")) as connection:
        connection.execute(INSERTED)
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute("DELETE FROM custody_entry")


INSERTED = """
INSERT INTO custody_entry (seq, at, actor, action, capture_id, detail, previous, sha256)
VALUES (1, '2026-05-01T00:00:00.000000Z', 'E. Novak', 'captured', 'c1', '{}', '', '')
"""


def test_triggers_of_an_earlier_version_are_replaced_without_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "semblance.db"
    with monkeypatch.context() as earlier:
        earlier.setitem(triggers._TRIGGERS, "custody_entry_no_delete", REWORDED)
        open_up_to_date(path, silence).dispose()
    open_up_to_date(path, silence).dispose()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(INSERTED)
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute("DELETE FROM custody_entry")


def test_the_number_of_all_triggers_is_written_down() -> None:
    know_all_tables()
    assert digest_of_triggers(SqliteStorage()) == TRIGGERS, "write the new number into monitor.migrations.TRIGGERS"
    number = digest_of_triggers(PostgresStorage())
    assert number == POSTGRES_TRIGGERS, f"write {number} into monitor.migrations.POSTGRES_TRIGGERS"


def test_a_trigger_that_this_version_has_no_more_goes_without_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "semblance.db"
    with monkeypatch.context() as earlier:
        earlier.setitem(
            triggers._TRIGGERS, "party_no_delete", "CREATE TRIGGER party_no_delete BEFORE DELETE ON party BEGIN SELECT 1; END"
        )
        open_up_to_date(path, silence).dispose()
    open_up_to_date(path, silence).dispose()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'party_no_delete'").fetchone() is None
