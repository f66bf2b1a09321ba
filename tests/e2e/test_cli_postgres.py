"""Commands in a workspace whose database is PostgreSQL's, as its settings name it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_cli_journey import Desk
from tests.support.postgres_server import Server
from tests.support.watched_site import SETTINGS


@pytest.fixture
def desk(
    tmp_path: Path, postgres_server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    root = tmp_path / "work"
    root.mkdir()
    named = f'{SETTINGS}\n[database]\nurl = "{postgres_server.new_database()}"\n'
    (root / "semblance.toml").write_text(named, encoding="utf-8")
    desk = Desk(root, monkeypatch, capsys)
    desk.run("init")
    yield desk
    assert not list(root.glob("semblance.db*"))


def test_what_copies_a_file_alone_refuses_in_plain_words(desk: Desk, tmp_path: Path) -> None:
    assert "pg_dump" in desk.run("backup", tmp_path / "backups", code=2).stderr
