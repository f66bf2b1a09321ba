"""The server. The only importer of uvicorn."""

import socket
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit

import uvicorn

from monitor.web.app import make_app
from monitor.web.console.opening import Opening
from monitor.web.delivering import delivering
from monitor.workspace import Workspace
from registry.causes import OutsideCause
from registry.db import now

STOPPED_WITHIN = 5
"""Seconds that requests under way have when the server is told to end."""


def serve(workspace: Workspace, host: str, port: int, ready: Callable[[str], None], link: Callable[[str], None]) -> None:
    """Answer until the process is told to end. port: 0 for any that is free. ready: is told the address, when it answers there.

    link: is told each opening link, by which a browser is signed in once as the machine's owner. Raises OutsideCause for an
    address that cannot be had.
    """
    with closing(_listening(host, port)) as listening, delivering(workspace):
        named = f"{host}:{listening.getsockname()[1]}"
        opening = Opening(lambda secret: link(f"http://{named}/open/{secret}"))
        outside = urlsplit(workspace.settings.serve.origin).netloc
        app = make_app(workspace, [named, named.replace("127.0.0.1", "localhost"), *filter(None, (outside,))], opening)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=STOPPED_WITHIN, ws="none"
        )
        ready(f"http://{named}/")
        opening.renew(now())
        uvicorn.Server(config).run([listening])


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=128)
    except OSError as error:
        why = error.strerror or str(error)
        raise OutsideCause(f"Nothing can be served at {host}:{port}: {why}.", "Choose another port with --port.") from error
