"""A workspace's database without the program, as somebody with its file or its server's password has it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.support.on_servers.given import NOTE, Servers


@contextmanager
def directly(path: Path) -> Iterator[Any]:
    """A connection to the database whose file is, or would be, at path; it executes statements without parameters. What they
    write is kept when the block ends."""
    servers = Servers.running()
    home = servers.home(path.parent, settle=False) if servers is not None else None
    if servers is None or home is None:
        with closing(sqlite3.connect(path)) as file:
            yield file
            file.commit()
        return
    with psycopg.connect(host=servers.socket, user="postgres", dbname=home.name) as connection:
        yield connection


def held_by_database(root: Path) -> bytes:
    """All bytes in the files of a workspace's database, those of deleted rows included, wherever they lie."""
    if on_servers := held_on_servers(root):
        return on_servers[NOTE]
    with closing(sqlite3.connect(root / NOTE)) as file:
        file.execute("PRAGMA wal_checkpoint")
    return b"\0".join(path.read_bytes() for path in sorted(root.glob(f"{NOTE}*")))


def held_on_servers(root: Path) -> dict[str, bytes]:
    """What a workspace has on servers, by the names by which it would lie in root; nothing for one that has it there. Of the
    database the files of its own tables and indexes, without the server's write-ahead log."""
    servers = Servers.running()
    home = servers.home(root, settle=False) if servers is not None else None
    if servers is None or home is None:
        return {}
    servers.execute("CHECKPOINT")
    ((number,),) = servers.execute(f"SELECT oid FROM pg_database WHERE datname = '{home.name}'")
    files = (Path(servers.socket) / "data" / "base" / str(number)).iterdir()
    # Numbers below are those of the server's catalogue.
    own = (path for path in files if (begins := path.name.partition("_")[0].partition(".")[0]).isdigit() and int(begins) >= 16384)
    held = {NOTE: b"\0".join(path.read_bytes() for path in sorted(own))}
    return held | {f"vault/{name}": content for name, content in servers.objects(home)}


@contextmanager
def without_guards(path: Path) -> Iterator[Any]:
    """The same while no trigger of the database refuses anything; afterwards all are there again, as if nothing had been."""
    with directly(path) as connection:
        if not isinstance(connection, sqlite3.Connection):
            # The owner of the server may say that what is written was decided elsewhere.
            connection.execute("SET session_replication_role = replica")
            yield connection
            return
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        yield connection
        for _, sql in triggers:
            connection.execute(sql)
