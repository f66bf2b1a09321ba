"""The server. The only importer of uvicorn."""

import errno
import socket
from collections.abc import Callable
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import uvicorn

from monitor.web.app import make_app
from monitor.web.console.opening import Opening
from monitor.web.delivering import delivering
from monitor.workspace import Workspace
from registry.causes import OutsideCause
from registry.db import now

NUMBER, OTHER_NUMBER = "127.0.0.1", "::1"
"""What localhost stands for."""

STOPPED_WITHIN = 5
"""Seconds that requests under way have when the server is told to end."""


BY_NUMBER = (
    "Passkeys do not work there: browsers bind them to a name, and at localhost another program answers with this port. Choose "
    "another with --port."
)


def serve(workspace: Workspace, port: int, ready: Callable[[str, str], None], link: Callable[[str], None]) -> None:
    """Answer on this machine until the process is told to end. port: 0 for any that is free. ready: is told the address when it
    answers there, and what does not work there, or "".

    link: is told each opening link, by which a browser is signed in once as the machine's owner. Raises OutsideCause for an
    address that cannot be had.
    """
    with ExitStack() as held, delivering(workspace):
        listening = [held.enter_context(closing(_listening(port)))]
        number = listening[0].getsockname()[1]
        try:
            listening += [held.enter_context(closing(each)) for each in _also_by_name(number)]
        except OutsideCause:
            host, lacks = NUMBER, BY_NUMBER
        else:
            host, lacks = "localhost", ""
        opening = Opening(lambda secret: link(f"http://{host}:{number}/open/{secret}"))
        outside = urlsplit(workspace.settings.serve.origin).netloc
        app = make_app(workspace, [f"{NUMBER}:{number}", f"localhost:{number}", *filter(None, (outside,))], opening)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOPPED_WITHIN,
            ws="none",
            # From whom something is asked is said by what stands before this machine, where something does, and by nobody else.
            proxy_headers=bool(outside),
            forwarded_allow_ips=[NUMBER, OTHER_NUMBER],
        )
        ready(f"http://{host}:{number}/", lacks)
        opening.renew(now())
        uvicorn.Server(config).run(listening)


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((NUMBER, port), backlog=128)
    except OSError as error:
        raise _taken(f"{NUMBER}:{port}", error) from error


def _also_by_name(port: int) -> list[socket.socket]:
    """What answers at the other number that localhost stands for; nothing where this machine has none.

    A browser may ask there first: whoever else answered there would be given the opening link. Raises OutsideCause.
    """
    try:
        return [socket.create_server((OTHER_NUMBER, port), family=socket.AF_INET6, backlog=128)]
    except OSError as error:
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            return []
        raise _taken(f"[{OTHER_NUMBER}]:{port}", error) from error


def _taken(place: str, error: OSError) -> OutsideCause:
    return OutsideCause(f"Nothing can be served at {place}: {error.strerror or error}.", "Choose another port with --port.")
