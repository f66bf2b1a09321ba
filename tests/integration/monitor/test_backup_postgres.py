"""Backups of a PostgreSQL database, and the way from one kind of database to the other and back."""

import shutil
from pathlib import Path

import pytest
from sqlmodel import select

from monitor.backup.layout import BackupRefused, find_backup
from monitor.backup.making import make_backup
from monitor.backup.restoring import restore
from monitor.migrations import engine_at
from monitor.restored import resume
from monitor.settings_database import holds_password
from monitor.wiring import ERASERS, KEEPERS, SEEKERS
from monitor.workspace import open_workspace
from registry.audit import verify_audit
from registry.db import now
from registry.erase import erase_subject
from registry.parties import find_party
from registry.storage.base import DatabaseUnusable
from registry.storage.moving import MARK
from registry.subjects import Subject, add_subject, find_subject
from registry.types import SubjectKind
from tests.support.backup_desk import furnish, state
from tests.support.postgres_server import Server


def backed_up(root: Path, folder: Path) -> Path:
    with open_workspace(root) as workspace:
        return make_backup(workspace, folder, with_keys=True).backup.place


def test_a_workspace_goes_to_a_server_and_back_with_all_it_holds(tmp_path: Path, postgres_server: Server) -> None:
    here = furnish(tmp_path)
    first = backed_up(here, tmp_path / "backups")
    address = postgres_server.new_database()
    done = restore(first, tmp_path / "moved", database=address)
    assert done.chains.whole
    before, after = state(here), state(tmp_path / "moved")
    assert before == after
    assert not list((tmp_path / "moved").glob("semblance.db*"))

    with open_workspace(tmp_path / "moved") as workspace, workspace.session() as session:
        assert workspace.engine.dialect.name == "postgresql"
        assert resume(session)
        erase_subject(session, workspace.vault, find_subject(session, "Ada Lovelace"), now(), "asked", ERASERS, KEEPERS, SEEKERS)
        party = session.exec(select(Subject.party_id)).first()
        add_subject(session, find_party(session, str(party)), "A new one", SubjectKind.PERSON)
        session.commit()
        assert verify_audit(session).ok
    second = backed_up(tmp_path / "moved", tmp_path / "backups")
    assert find_backup(second).manifest.damaged == ()
    back = restore(second, tmp_path / "back")
    assert back.chains.whole
    assert state(tmp_path / "back")["names"] == state(tmp_path / "moved")["names"]
    assert (tmp_path / "back" / "semblance.db").is_file()

    # What was erased on the server is erased in what the earlier backup brings back, to either.
    again = restore(first, tmp_path / "again", erasures=[tmp_path / "moved"])
    assert again.replayed is not None
    assert again.replayed.subjects == 1
    other = restore(first, tmp_path / "other", erasures=[tmp_path / "moved"], database=postgres_server.new_database())
    assert other.replayed == again.replayed
    assert other.chains.whole
    for name in ("again", "other"):
        assert "Ada Lovelace" not in state(tmp_path / name)["names"]


def test_a_database_that_holds_something_else_or_half_a_restore_is_refused(tmp_path: Path, postgres_server: Server) -> None:
    first = backed_up(furnish(tmp_path), tmp_path / "backups")
    address = postgres_server.new_database()
    with pytest.raises(BackupRefused, match="holds a password"):
        restore(first, tmp_path / "moved", database=address.replace("postgres@", "postgres:hunter2@"))
    engine = engine_at(tmp_path / "x", address)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE strange (x INT)")
    with pytest.raises(DatabaseUnusable, match="is not empty: it holds a table strange"):
        restore(first, tmp_path / "moved", database=address)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE strange")
        connection.exec_driver_sql(f"CREATE TABLE {MARK} (folder TEXT)")
        connection.exec_driver_sql(f"INSERT INTO {MARK} VALUES ('/another')")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "semblance.toml").write_text(f'[database]\nurl = "{address}"\n', encoding="utf-8")
    with pytest.raises(DatabaseUnusable, match="was broken off") as refused, open_workspace(tmp_path / "new"):
        pass
    assert "Restore the backup again" in str(refused.value)
    # The mark may be that of a workspace on another machine.
    with pytest.raises(DatabaseUnusable, match="holds what was restored to /another"):
        restore(first, tmp_path / "moved", database=address)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {MARK} SET folder = '{tmp_path / 'moved'}'")
    engine.dispose()
    # It begins anew.
    assert restore(first, tmp_path / "moved", database=address).chains.whole
    with open_workspace(tmp_path / "moved") as workspace, workspace.session() as session:
        assert verify_audit(session).ok


def test_a_live_workspace_is_not_replaced_by_another_restore_to_its_database(
    tmp_path: Path, postgres_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = backed_up(furnish(tmp_path), tmp_path / "backups")
    address = postgres_server.new_database()
    with monkeypatch.context() as patched:
        # Killed after the folder is whole, and before the database is told so.
        patched.setattr("monitor.backup.restoring.end_on_server", lambda _: None)
        restore(first, tmp_path / "moved", database=address)
    with pytest.raises(DatabaseUnusable, match="which may be a workspace"):
        restore(first, tmp_path / "second", database=address)
    with open_workspace(tmp_path / "moved") as workspace, workspace.session() as session:
        assert verify_audit(session).ok
    with pytest.raises(DatabaseUnusable, match="is not empty"):
        restore(first, tmp_path / "second", database=address)
    shutil.rmtree(tmp_path / "moved")
    with pytest.raises(DatabaseUnusable, match="is not empty"):
        restore(first, tmp_path / "moved", database=address)


@pytest.mark.parametrize("word", ["password", "sslpassword", "passfile"])
def test_a_password_among_the_options_of_an_address_is_refused(word: str) -> None:
    assert holds_password(f"postgresql+psycopg://postgres@/db?host=x&{word}=hunter2")
    assert holds_password("postgresql+psycopg://postgres:hunter2@/db")
    assert not holds_password("postgresql+psycopg://postgres@/db?host=x")
