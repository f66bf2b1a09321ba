"""serve: the console and the API, for browsers and programs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.opening import workspace_of
from monitor.cli.output import say
from monitor.cli.output import tell as tell_user

LEADING = "opening.html"
"""In the workspace, as long as it is served with --open."""

UNPRINTED = (
    "These lines are collected, so that no link that signs in is among them: sign in with an account (`semblance account add`)."
)

_PAGE = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={link}"><title>Semblance</title>\n'


def join(app: typer.Typer) -> None:
    app.command()(serve)


def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on this machine; 0 takes any that is free.")] = 8321,
    opened: Annotated[bool, typer.Option("--open", help="Open the console in this machine's browser.")] = False,
) -> None:
    """Serve the console and the API on this machine, until it is stopped with Ctrl+C."""
    from monitor.web.console.opening import LASTS
    from monitor.web.server import serve as answer

    def tell(link: str) -> None:
        minutes = int(LASTS.total_seconds() // 60)
        say(f"Open this in a browser on this machine, once and within {minutes} minutes; Ctrl+C ends it all: {link}")

    def keep_out(_: str) -> None:
        tell_user(UNPRINTED)

    def ready(address: str, lacks: str) -> None:
        outside = workspace.settings.serve.origin
        say(f"Semblance answers at {address}")
        if outside:
            say(f"Browsers elsewhere reach it at {outside}/")
        if lacks:
            tell_user(lacks)

    with workspace_of(context) as workspace, _browser_at(workspace.root, tell) as shown:
        collected = workspace.settings.log.format == "json"
        answer(workspace, port, ready, shown if opened else keep_out if collected else tell)


@contextmanager
def _browser_at(folder: Path, tell: Callable[[str], None]) -> Iterator[Callable[[str], None]]:
    """Tells each link, and has this machine's browser open the first: whoever asks for another opens no browser here.

    The browser is given a file that leads there, which is the owner's alone: what a process is called with, everybody reads.
    """
    import webbrowser

    from registry.private import put

    leading, shown = folder / LEADING, False

    def show(link: str) -> None:
        nonlocal shown
        tell(link)
        if not shown:
            shown = True
            put(leading, _PAGE.format(link=link).encode(), replace=True)
            webbrowser.open(leading.absolute().as_uri())

    try:
        yield show
    finally:
        leading.unlink(missing_ok=True)
