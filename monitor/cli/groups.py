"""group and portrayal: subjects that are licensed together, and who plays whom."""

from typing import Annotated

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_part
from monitor.cli.opening import Json, session_of
from monitor.cli.output import say, show_record, shown, tell
from registry.counting import counted

group = typer.Typer(no_args_is_help=True, help="Subjects of one party that are licensed together.")
portrayal = typer.Typer(no_args_is_help=True, help="Which person plays which character: two claimants for one appearance.")


def join(app: typer.Typer) -> None:
    app.add_typer(group, name="group")
    app.add_typer(portrayal, name="portrayal")


@group.command("add")
def group_add(
    context: typer.Context,
    name: str,
    party: Annotated[str, typer.Option(help="The party that holds the subjects.")],
    subjects: Annotated[list[str] | None, typer.Argument(help="Who is in it; more can follow with `group put`.")] = None,
    json: Json = False,
) -> None:
    """Add a group."""
    from reports.permissions import new_group

    with session_of(context) as (_, session):
        added = new_group(session, name, party, subjects or [])
    show_record(added, json)


@group.command("put")
def group_put(context: typer.Context, name: str, subjects: list[str]) -> None:
    """Put subjects in a group; licences of the group cover them from now on."""
    from reports.permissions import put_in_group

    with session_of(context) as (_, session):
        put_in_group(session, name, subjects)
    say(f"{counted(len(subjects), 'subject is', 'subjects are')} in {shown(name)}.")


@group.command("take")
def group_take(context: typer.Context, name: str, subject: str) -> None:
    """Take a subject out of a group; what the group's licences covered of it is open again at once."""
    from reports.permissions import take_from_group

    with session_of(context) as (_, session):
        take_from_group(session, name, subject)
    say(f"{shown(subject)} is not in {shown(name)} any more.")


@group.command("list")
def group_list(context: typer.Context, search: Search = "", limit: Limit = None, after: After = None, json: Json = False) -> None:
    """List all groups."""
    from reports.permissions import group_lines

    with session_of(context) as (_, session):
        nothing = "No group fits that." if search else "No groups yet. Add one with `semblance group add`."
        part, columns = part_of(search, limit, after, json), ("name", "party", "subjects", "id")
        show_part(group_lines(session), part, json, nothing, columns, searched=("name", "party"), limit=limit)


@portrayal.command("add")
def portrayal_add(
    context: typer.Context,
    character: str,
    by: Annotated[str, typer.Option(help="The person who plays the character.")],
    reference: Annotated[str | None, typer.Option(help="The person's picture in that role; any likeness if not given.")] = None,
    json: Json = False,
) -> None:
    """Record who plays a character: a match of the person, earlier ones too, then concerns both, each judged apart."""
    from reports.permissions import cast

    with session_of(context) as (_, session):
        added, claimed = cast(session, character, by, reference)
    show_record(added, json)
    tell(f"Matches of the person that now are claims of the character, too: {claimed}.")


@portrayal.command("list")
def portrayal_list(
    context: typer.Context, search: Search = "", limit: Limit = None, after: After = None, json: Json = False
) -> None:
    """List who plays whom."""
    from reports.permissions import portrayal_lines

    with session_of(context) as (_, session):
        nothing = "No portrayal fits that." if search else "Nobody plays anybody yet. Add it with `semblance portrayal add`."
        part = part_of(search, limit, after, json)
        show_part(portrayal_lines(session), part, json, nothing, searched=("character", "person"), limit=limit)


@portrayal.command("revoke")
def portrayal_revoke(context: typer.Context, portrayal_id: str) -> None:
    """Take back that a person plays a character; matches that were found stay for a person to judge."""
    from registry.portrayals import remove_portrayal

    with session_of(context) as (_, session):
        remove_portrayal(session, portrayal_id)
    say(f"Removed the portrayal {shown(portrayal_id)}.")
