"""family: copies of one video, by the footage that they share."""

from typing import Annotated

import typer

from monitor.cli.opening import Json, person_named, session_of
from monitor.cli.output import say, show_json, show_record, show_table

family = typer.Typer(
    no_args_is_help=True, help="Copies of one video: what was decided of each, and one case for what is confirmed."
)

COLUMNS = ("status", "title", "address", "said", "decided", "id")


def join(app: typer.Typer) -> None:
    app.add_typer(family, name="family")


@family.command("show")
def family_show(context: typer.Context, match: str, json: Json = False) -> None:
    """List the matches that show the same as this one, in copies of its video with other bytes."""
    from reports.families.words import kin_lines
    from reports.selection import find_match

    with session_of(context) as (_, session):
        lines = kin_lines(session, find_match(session, match))
    if json:
        show_json(lines)
    elif not lines:
        say("No copy of its video with other bytes is known.")
    else:
        show_table(COLUMNS, [[getattr(line, name) for name in COLUMNS] for line in lines])


@family.command("part")
def family_part(
    context: typer.Context,
    match: str,
    reason: Annotated[str, typer.Option(help="Why they are no copies of one another.")],
    by: Annotated[str | None, typer.Option(help="The name of the person who says so; an account has its own.")] = None,
    json: Json = False,
) -> None:
    """Take a video out of a family that it was joined to wrongly. Its decision stays; it leaves the case of the others."""
    from registry.db import now
    from reports.families.parting import part

    with session_of(context) as (_, session):
        parted = part(session, match, person_named(session, by, "--by"), reason, now())
        session.commit()
        show_record(parted, json)
