"""members: the imports of rosters that brought something, and taking one back."""

from typing import Annotated, Any

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.opening import Json, NotUnderstood, session_of
from monitor.cli.output import say, show_record, shown, tell
from registry.counting import counted
from registry.errors import ExitCode

Party = Annotated[str, typer.Option("--party", help="The party whose rosters they were, by name or id.")]


def join(members: typer.Typer) -> None:
    members.command("imports")(members_imports)
    members.command("take-back")(members_take_back)


def members_imports(
    context: typer.Context, party: Party, search: Search = "", limit: Limit = None, after: After = None, json: Json = False
) -> None:
    """List the imports that brought members, photos or names, the latest first."""
    from registry.intakes import IntakeLine, listed_intakes
    from registry.parties import find_party

    def told(line: IntakeLine) -> dict[str, Any]:
        intake = line.intake
        return {"id": intake.id, "at": intake.at, "members": line.members, "taken_back_at": intake.taken_back_at}

    with session_of(context) as (_, session):
        found = listed_intakes(session, find_party(session, party).id, part_of(search, limit, after, json))
        show_listed(found, told, json, "No import is on record yet.", limit=limit)


def members_take_back(
    context: typer.Context,
    which: Annotated[str, typer.Argument(metavar="IMPORT", help="The import's id, or its beginning: semblance members imports.")],
    party: Party,
    with_consents: Annotated[
        bool, typer.Option("--with-consents", help="Consents and legal grounds that its members were given since go, too.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Take back what one import brought: its members, photos and new names go, and what was there before stays.

    Refused where later decisions rest on it; it is said which. What is removed is removed as by semblance erase, except that the
    right roster may bring the same people again.
    """
    from monitor.roster.taking_back import plan, take_back
    from monitor.workspace import alone
    from registry.db import now
    from registry.intakes import find_intake
    from registry.parties import find_party

    with session_of(context) as (workspace, session), alone(workspace):
        intake = find_intake(session, find_party(session, party).id, which)
        planned = plan(session, intake, with_consents=with_consents)
        if not dry_run:
            if not yes and not planned.resting and not typer.confirm(_question(planned.members, planned.photos)):
                raise NotUnderstood("Nothing was taken back.", "Answer y, or give --yes.")
            if not yes:
                # While the question stood, somebody may have decided what rests on it.
                planned = plan(session, intake, with_consents=with_consents)
            take_back(session, workspace.vault, planned, now())
        photos = "photos" if json else "photos of members who stay"
        show_record({"members": planned.members, photos: planned.photos, "renamed": planned.renamed, "dry_run": dry_run}, json)
    for rest in planned.resting:
        tell(f"{shown(rest.name)}: {', '.join(rest.what)}")
    if planned.resting:
        tell("Later decisions rest on these: it would be refused. Consents go along with --with-consents.")
        raise typer.Exit(ExitCode.FOUND)
    say("Nothing was changed: this was a dry run." if dry_run else "It was taken back; the right roster may be imported now.")


def _question(members: int, photos: int) -> str:
    return f"Take back {counted(members, 'member')}, and {counted(photos, 'photo')} of members who stay?"
