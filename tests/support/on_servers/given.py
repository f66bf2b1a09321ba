"""Which database and which place in a bucket a workspace of the tests has, where these are to live on servers.

A file of its own would be at `semblance.db`; there lies instead a note that names both. So whoever copies a workspace's folder
copies the note, too, and its first opening brings a copy of the database and of the objects. A workspace whose file is SQLite's
(one that was restored, or made by an earlier version) keeps it, and one whose vault's folder holds objects keeps that.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote, unquote

VARIABLE = "TESTS_ON_SERVERS"
"""By which processes that a test starts know the servers."""
NOTE = "semblance.db"
BUCKET = "workspaces"
_SQLITE = b"SQLite format 3\0"
_OF_VAULT = ("sha256", "private")


@dataclass(frozen=True)
class Home:
    """root: the folder whose this is. vault: whether its objects lie in the bucket; None until its settings are first read."""

    root: str
    name: str
    vault: bool | None = None


@dataclass(frozen=True)
class Servers:
    """Servers that run. socket: the folder of PostgreSQL's. template: a database without rows, for others to be made of."""

    socket: str
    template: str
    endpoint: str

    @classmethod
    def running(cls) -> "Servers | None":
        """Those of the process that began the tests; None where workspaces live in their folders."""
        said = os.environ.get(VARIABLE)
        return cls(**json.loads(said)) if said else None

    def address(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={quote(self.socket, safe='')}"

    def settings(self, root: Path, written: Mapping[str, Any]) -> dict[str, Any]:
        """What a workspace's settings say, and where it lives, unless they name a database themselves."""
        told: dict[str, Any] = dict(written)
        database, vault = told.get("database", {}), told.get("vault", {})
        # What is written may be anything, for a test of what is refused.
        if not root.is_dir() or not isinstance(database, dict) or not isinstance(vault, dict) or "url" in database:
            return told
        home = self.home(root)
        if home is not None:
            told["database"] = {**database, "url": self.address(home.name)}
        if home is not None and home.vault and "url" not in vault:
            told["vault"] = {"endpoint": self.endpoint, **vault, "url": f"s3://{BUCKET}/{home.name}"}
        return told

    def home(self, root: Path, *, settle: bool = True) -> Home | None:
        """The workspace's, made where it has none; None for one that keeps its file. settle: whether it is to be
        decided now where its objects lie."""
        note = root / NOTE
        with self._alone():
            if note.is_dir() or (note.is_file() and note.read_bytes()[: len(_SQLITE)] in (_SQLITE, b"")):
                return None
            found = self._read(note) if note.is_file() else self._made(root)
            if found is None:
                return None
            if found.vault is None and settle:
                found = replace(found, vault=not any((root / "vault" / each).is_dir() for each in _OF_VAULT))
            self._write(note, found)
            return found

    def _read(self, note: Path) -> Home | None:
        try:
            found = Home(**json.loads(note.read_text("utf-8")))
        except (ValueError, TypeError):
            return None
        root = str(note.parent.resolve())
        if found.root == root:
            return found
        # Whoever moved the folder has the same database still, and who copied it one of its own.
        return self._copied(found, root) if Path(found.root).exists() else replace(found, root=root)

    def _made(self, root: Path) -> Home:
        made = Home(str(root.resolve()), _name())
        self._copy_database(self.template, made.name)
        return made

    def _copied(self, home: Home, root: str) -> Home:
        made = replace(home, root=root, name=_name())
        self._copy_database(home.name, made.name)
        if home.vault:
            client = self.client()
            for key in _keys(client, home.name):
                source = {"Bucket": BUCKET, "Key": key}
                client.copy_object(Bucket=BUCKET, Key=made.name + key.removeprefix(home.name), CopySource=source)
        return made

    def _copy_database(self, name: str, to: str) -> None:
        self.execute(f'CREATE DATABASE "{to}" TEMPLATE "{name}"')

    def _write(self, note: Path, home: Home) -> None:
        told = json.dumps(asdict(home)).encode()
        if note.is_file() and note.read_bytes() == told:
            return
        if not note.is_file() or json.loads(note.read_bytes())["root"] != home.root:
            self.execute(f"COMMENT ON DATABASE \"{home.name}\" IS '{quote(home.root)}'")
        new = note.with_name(f".{home.name}")
        new.write_bytes(told)
        new.chmod(0o600)
        new.replace(note)

    def sweep(self) -> None:
        """Take away what folders had that are there no more."""
        of = "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database"
        client = self.client()
        for name, root in self.execute(f"{of} WHERE datname LIKE 'w\\_%'"):
            if root is not None and not Path(unquote(root)).exists():
                self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
                for key in _keys(client, name):
                    client.delete_object(Bucket=BUCKET, Key=key)

    def execute(self, statement: str) -> list[Any]:
        """Of the server itself, outside of any transaction."""
        import psycopg

        with psycopg.connect(host=self.socket, user="postgres", dbname="postgres", autocommit=True) as connection:
            done = connection.execute(statement)  # type: ignore[call-overload]  # the tests' own words
            return list(done.fetchall()) if done.description else []

    def objects(self, home: Home) -> Iterator[tuple[str, bytes]]:
        """What lies at a workspace's place in the bucket, by its name there."""
        client = self.client()
        for key in _keys(client, home.name):
            yield key.removeprefix(f"{home.name}/"), client.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def client(self) -> Any:
        """Of somebody else's who may do everything in the store."""
        from boto3.session import Session
        from botocore.config import Config

        return Session().client("s3", endpoint_url=self.endpoint, config=Config(s3={"addressing_style": "path"}))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (Path(self.socket) / "tests.lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def put_into(settings: ModuleType, by: Callable[[ModuleType, str, Any], None] = setattr) -> None:
    """Have the module monitor.settings read of every workspace's file what the servers add to it, as if it were written there."""
    read = settings._read_file

    def added(path: Path) -> dict[str, Any]:
        running = Servers.running()
        written: dict[str, Any] = read(path)
        return written if running is None else running.settings(path.parent, written)

    by(settings, "_read_file", added)


def _name() -> str:
    return f"w_{secrets.token_hex(6)}"


def _keys(client: Any, name: str) -> list[str]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{name}/")
    return [each["Key"] for page in pages for each in page.get("Contents", ())]
