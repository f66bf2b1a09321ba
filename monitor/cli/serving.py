"""serve: the console and the API, for browsers and programs."""

from typing import Annotated

import typer

from monitor.cli.opening import workspace_of
from monitor.cli.output import say


def join(app: typer.Typer) -> None:
    app.command()(serve)


def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on this machine; 0 takes any that is free.")] = 8321,
    opened: Annotated[bool, typer.Option("--open", help="Open the console in this machine's browser.")] = False,
) -> None:
    """Serve the console and the API on this machine, until it is stopped with Ctrl+C."""
    import webbrowser

    from monitor.web.console.opening import LASTS
    from monitor.web.server import serve as answer

    def tell(link: str) -> None:
        minutes = int(LASTS.total_seconds() // 60)
        say(f"Open this in a browser on this machine, once and within {minutes} minutes; Ctrl+C ends it all: {link}")
        if opened:
            webbrowser.open(link)

    with workspace_of(context) as workspace:
        answer(workspace, "127.0.0.1", port, lambda address: say(f"Semblance answers at {address}"), tell)
