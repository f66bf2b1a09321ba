"""What becomes of a database that is none, or another one."""

import sqlite3
from pathlib import Path

import pytest

from registry.errors import Damaged, ExitCode
from registry.parties import Party
from registry.storage.base import DatabaseUnusable
from registry.storage.engine import open_database

pytestmark = pytest.mark.local("of SQLite's file")


def test_a_file_that_is_no_database_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "semblance.db"
    path.write_bytes(b"no database at all, but long enough to be one" * 100)
    with pytest.raises(Damaged, match="no whole database") as damage:
        open_database(path)
    assert damage.value.exit_code == ExitCode.DAMAGED


def test_a_database_of_another_version_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "semblance.db"
    open_database(path).dispose()
    connection = sqlite3.connect(path)
    connection.execute(f"ALTER TABLE {Party.__tablename__} DROP COLUMN signatory")
    connection.close()
    with pytest.raises(DatabaseUnusable, match=r"party\.signatory"):
        open_database(path)


def test_a_folder_in_its_place_is_an_outside_cause(tmp_path: Path) -> None:
    (tmp_path / "semblance.db").mkdir()
    with pytest.raises(DatabaseUnusable, match="cannot be opened"):
        open_database(tmp_path / "semblance.db")
