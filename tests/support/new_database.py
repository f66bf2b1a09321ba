"""A new database as `open_database` makes it, made once in a process and then copied: 170 statements cost more than most."""

import tempfile
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import SQLModel

from monitor.migrations import engine_at
from registry.storage.engine import connect, open_database
from tests.support.on_servers.given import Servers

_made: dict[frozenset[str], bytes] = {}


def new_database(path: Path) -> Engine:
    """The engine of a new database at path with every table that the rooms imported so far define; of a workspace's that is
    there already."""
    if (engine := on_server(path)) is not None:
        return engine
    if path.exists():
        return open_database(path)
    tables = frozenset(SQLModel.metadata.tables)
    if tables not in _made:
        with tempfile.TemporaryDirectory() as folder:
            first = Path(folder) / path.name
            open_database(first).dispose()
            _made[tables] = first.read_bytes()
    with path.open("xb") as file:
        file.write(_made[tables])
    path.chmod(0o600)
    return connect(path)


def on_server(path: Path) -> Engine | None:
    """The engine of the database that the folder of path has on a server, made where there is none, with the tables of all rooms;
    None where it has a file."""
    servers = Servers.running()
    home = servers.home(path.parent, settle=False) if servers is not None else None
    return engine_at(path, servers.address(home.name)) if servers is not None and home is not None else None
