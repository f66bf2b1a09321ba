"""capture: what was captured and could not be read."""

from dataclasses import asdict
from typing import Annotated

import typer

from monitor.cli.opening import Json, session_of
from monitor.cli.output import say, show_json, show_rows
from registry.counting import counted

capture = typer.Typer(no_args_is_help=True, help="What was captured and could not be read: see it, have it looked at again.")


def join(app: typer.Typer) -> None:
    app.add_typer(capture, name="capture")


@capture.command("unread")
def capture_unread(context: typer.Context, json: Json = False) -> None:
    """List the captures that could not be read, each with why; those at which several runs ended are among them."""
    from reports.unread import unread

    with session_of(context) as (_, session):
        found = [asdict(each) for each in unread(session)]
        show_rows(found, json, "Every capture that was looked at could be read.")


@capture.command("again")
def capture_again(
    context: typer.Context,
    captures: Annotated[list[str], typer.Argument(metavar="CAPTURE...", help="Their ids, or how these begin.")],
    json: Json = False,
) -> None:
    """Have the next run look once more at captures that could not be read, and at all with the same bytes."""
    from reports.unread import look_once_more

    with session_of(context) as (_, session):
        asked = look_once_more(session, captures)
        session.commit()
    if json:
        show_json([asdict(each) for each in asked])
    else:
        say(f"{counted(len(asked), 'capture waits', 'captures wait')} for the next run, which looks once more.")
