"""The application that a server runs: console and API over one open workspace."""

from collections.abc import Iterable

from fastapi import FastAPI

from monitor.web.api.joined import join_api
from monitor.web.guards import Guards
from monitor.web.problems import failed, refused
from monitor.workspace import Workspace
from registry.errors import SemblanceError


def make_app(workspace: Workspace, hosts: Iterable[str]) -> FastAPI:
    """workspace: open, as the machine's owner has it. hosts: as Guards has them."""
    app = FastAPI(title="Semblance", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.workspace = workspace
    join_api(app, workspace)
    app.add_middleware(Guards, hosts=tuple(hosts))
    app.add_exception_handler(SemblanceError, refused)
    app.add_exception_handler(Exception, failed)
    app.add_api_route("/healthz", _alive, name="alive")
    return app


def _alive() -> dict[str, str]:
    return {"status": "alive"}
