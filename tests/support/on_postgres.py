"""The suite on PostgreSQL: each path at which a test would have a database's file stands for a database of its own."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine

import monitor.migrations
import registry.storage.engine
from registry.private import make_folder
from registry.storage.postgres import connect_postgres
from tests.support.postgres_server import Server


def put_on_postgres(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """For one test. Commands in processes of their own have the database of the first workspace."""
    template = _template(server)
    first = server.new_database(f"--template={template}")
    monkeypatch.setenv("SEMBLANCE_DATABASE__URL", first)
    known: dict[Path, str] = {}

    def connected(path: Path) -> Engine:
        place = path.absolute()
        if place not in known:
            known[place] = server.new_database(f"--template={template}") if known else first
        make_folder(path.parent)
        return connect_postgres(known[place], path.parent)

    monkeypatch.setattr(registry.storage.engine, "connect", connected)
    monkeypatch.setattr(monitor.migrations, "_engine_of", lambda path, _address: (connected(path), path))


@cache
def _template(server: Server) -> str:
    """A database with all tables, of which others are copies."""
    address = server.new_database()
    with TemporaryDirectory() as folder:
        monitor.migrations.open_up_to_date(Path(folder) / "semblance.db", print, address=address).dispose()
    return address.split("/@/")[-1].split("@/", 1)[-1].split("?", 1)[0]
