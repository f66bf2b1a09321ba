"""A console that really answers, over a busy week's workspace, and what a browser needs to look at it."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpcore
import uvicorn
from fastapi import FastAPI
from sqlmodel import Session

from monitor.web.app import make_app
from monitor.web.asked import COOKIE
from monitor.web.console.opening import Opening
from monitor.web.server import _listening
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.accounts import Caller, Role, add_account
from registry.db import now
from registry.parties import Party
from registry.signed_in import Arrival, begin
from tests.support.busy_week import busy_week
from tests.support.cases import open_cases

OWNER = "the machine's owner"
PASSWORD = "lanterns over the harbour at nine"


@dataclass
class Console:
    """A server on loopback. links: the secrets of the opening links that it printed, the last one last."""

    workspace: Workspace
    base: str
    app: FastAPI
    links: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        return self.base.removeprefix("http://").rstrip("/")

    def account(self, name: str, role: Role, party: str | None = "studio") -> Caller:
        """An account, made once."""
        with self.workspace.session() as session:
            held = session.get(Party, party) if party else None
            row = add_account(session, name, role, PASSWORD, held)
            session.commit()
            return Caller(row.id, row.name, row.role, row.party_id)

    def cookie(self, caller: Caller | None) -> str:
        """The secret of a browser that is signed in as that account; None for the machine's owner."""
        with Session(self.workspace.engine) as session:
            return begin(session, caller, now(), Arrival("A test", "127.0.0.1", "password"))

    def opened(self) -> str:
        """The secret of a new opening link, as a server that was just started prints it."""
        self.app.state.opening = opening = Opening(self.links.append)
        opening.renew(now())
        return self.links[-1]

    def ask(self, method: str, path: str, secret: str | None = None, form: str | bytes | None = None, **headers: str) -> "Answer":
        """One request as a browser of this server's own pages sends it."""
        sent = {"Host": self.host, "Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        if secret:
            sent["Cookie"] = f"{COOKIE}{self.host.rpartition(':')[2]}={secret}"
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        with httpcore.ConnectionPool() as pool:
            got = pool.request(
                method,
                self.base + path.lstrip("/"),
                headers=list(sent.items()),
                content=form if isinstance(form, bytes) else (form or "").encode(),
            )
        found: dict[str, str] = {}
        for name, value in got.headers:
            key = name.decode().lower()
            # Only cookies come more than once.
            found[key] = f"{found[key]}, {value.decode()}" if key in found else value.decode()
        return Answer(got.status, found, got.content)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8")


@contextmanager
def served(workspace: Workspace) -> Iterator[Console]:
    """The application as a server runs it, in a thread of this process, until the context ends."""
    with closing(_listening(0)) as listening:
        host = f"127.0.0.1:{listening.getsockname()[1]}"
        links: list[str] = []
        app = make_app(workspace, [host, host.replace("127.0.0.1", "localhost")], Opening(links.append))
        console = Console(workspace, f"http://{host}/", app, links)
        config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            yield console
        finally:
            server.should_exit = True
            thread.join(20)


@contextmanager
def busy_console(root: Path, videos: int = 12, matches: int = 40) -> Iterator[Console]:
    """A console over a busy week in a new workspace."""
    init_workspace(root)
    with busy_week(root, videos, matches).session as session:
        open_cases(session)
        session.commit()
    with open_workspace(root) as workspace, served(workspace) as console:
        yield console
