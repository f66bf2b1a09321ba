"""A served workspace with two unions, one of which has a member of its own under it, and whoever asks it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests
from sqlmodel import Session, select

from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.accounts import USUAL, Role, add_account, find_account, issue_token
from registry.kinds import Scope
from registry.licences import add_licence
from registry.mandates import add_mandate
from registry.parties import find_party
from registry.references import add_reference
from registry.subjects import add_subject
from registry.types import SubjectKind
from reports.matches import MatchRow
from tests.support.tenancy.two_parties import AT, PASSWORD, found, furnish

ADDRESS = "Semblance answers at "


@dataclass
class Asker:
    """Asks with a token; every change has a key of its own unless one is given."""

    base: str
    token: str | None

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.ask("GET", path, params=params or None)

    def post(
        self, path: str, body: Any = None, *, key: str | None = "", etag: str | None = None, **more: Any
    ) -> requests.Response:
        headers = {"If-Match": etag} if etag is not None else {}
        if key is not None:
            headers["Idempotency-Key"] = key or uuid4().hex
        return self.ask("POST", path, json=body, headers=headers, **more)

    def ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> requests.Response:
        signed = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return requests.request(method, self.base + path, headers={**signed, **(headers or {})}, timeout=60, **more)


@contextmanager
def served(root: Path, **environment: str) -> Iterator[str]:
    """`semblance serve` as a process of its own; its address."""
    with serving(root, **environment) as (base, _):
        yield base


@contextmanager
def serving(root: Path, *options: str, **environment: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The same, with the process."""
    program = [sys.executable, "-m", "monitor.cli.main", "-w", str(root), "serve", "--port", "0", *options]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=os.environ | environment) as process:
        assert process.stdout is not None
        try:
            said = next((line for line in process.stdout if line.startswith(ADDRESS)), "")
            assert said, "the server did not come up"
            yield said.removeprefix(ADDRESS).split()[0].rstrip("/"), process
        finally:
            process.send_signal(signal.SIGTERM)


@dataclass
class ApiDesk:
    """A workspace that is served, and opened here beside it."""

    workspace: Workspace
    base: str

    def asker(self, account: str, *scopes: Scope) -> Asker:
        """Whoever has a new token of that account."""
        with self.workspace.session() as session:
            secret = issue_token(session, find_account(session, account), "tests", scopes=scopes or USUAL)[1]
            session.commit()
        return Asker(self.base, secret)

    def match(self, name: str, status: str = "PENDING") -> str:
        """A further match of a union's person that waits, by its id."""
        key = uuid4().hex
        with self.workspace.session() as session:
            row = session.exec(select(MatchRow).where(MatchRow.id == f"{name} match")).one()
            session.add(MatchRow(**{**row.model_dump(), "id": key, "status": status}))
            session.commit()
        return key


def furnish_family(workspace: Workspace, session: Session) -> None:
    """Alpha with a member that has a subject, a match and an account of its own, and Beta."""
    for name in ("Alpha", "Beta"):
        furnish(workspace, session, name)
        for role in (Role.REGISTRAR, Role.REVIEWER, Role.AUDITOR):
            add_account(session, f"{name} {role}", role, PASSWORD, find_party(session, f"{name} union"))
    local = find_party(session, "Alpha local")
    add_account(session, "Local clerk", Role.ADMIN, PASSWORD, local)
    person = add_subject(session, local, "Local person", SubjectKind.PERSON)
    add_reference(session, workspace.vault, person, b"local" * 9, file_name="Local.jpg")
    add_mandate(session, workspace.vault, person, b"local" * 8, verified_by="Local reader", starts_at=AT)
    add_licence(session, person, "Local licensee", AT, host="nowhere.example")
    found(session, "Local", person)


@contextmanager
def api_desk(root: Path) -> Iterator[ApiDesk]:
    init_workspace(root)
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            furnish_family(workspace, session)
            session.commit()
        with served(root) as base:
            yield ApiDesk(workspace, base)
