"""group and portrayal: subjects that are licensed together, and who plays whom."""

from typing import Annotated

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_part
from monitor.cli.opening import Json, session_of
from monitor.cli.output import fields, say, show_record, shown, tell

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
    from registry.groups import add_group, put_in
    from registry.parties import find_party
    from registry.subjects import find_subject

    with session_of(context) as (_, session):
        holder = find_party(session, party)
        added = add_group(session, holder, name)
        put_in(session, added, [find_subject(session, one, party=holder) for one in subjects or []])
        record = {"id": added.id, "name": added.name, "party": holder.name, "subjects": len(subjects or [])}
    show_record(record, json)


@group.command("put")
def group_put(context: typer.Context, name: str, subjects: list[str]) -> None:
    """Put subjects in a group; licences of the group cover them from now on."""
    from registry.db import now
    from registry.groups import find_group, put_in
    from registry.subjects import find_subject
    from reports.matches import apply_licences

    with session_of(context) as (_, session):
        found = find_group(session, name)
        chosen = [find_subject(session, one) for one in subjects]
        put_in(session, found, chosen)
        apply_licences(session, now(), subjects=[subject.id for subject in chosen])
    say(f"{len(subjects)} subjects are in {shown(name)}.")


@group.command("take")
def group_take(context: typer.Context, name: str, subject: str) -> None:
    """Take a subject out of a group; what the group's licences covered of it is open again at once."""
    from registry.db import now
    from registry.groups import find_group, take_out
    from registry.subjects import find_subject
    from reports.matches import apply_licences

    with session_of(context) as (_, session):
        taken = find_subject(session, subject)
        take_out(session, find_group(session, name), taken)
        apply_licences(session, now(), subjects=[taken.id])
    say(f"{shown(subject)} is not in {shown(name)} any more.")


@group.command("list")
def group_list(context: typer.Context, search: Search = "", limit: Limit = None, after: After = None, json: Json = False) -> None:
    """List all groups."""
    from registry.groups import list_groups, members_of
    from registry.parties import Party

    with session_of(context) as (_, session):
        rows = [
            {
                "id": row.id,
                "name": row.name,
                "party": session.get_one(Party, row.party_id).name,
                "subjects": [subject.name for subject in members_of(session, row)],
            }
            for row in list_groups(session)
        ]
        nothing = "No group fits that." if search else "No groups yet. Add one with `semblance group add`."
        part, columns = part_of(search, limit, after, json), ("name", "party", "subjects", "id")
        show_part(rows, part, json, nothing, columns, searched=("name", "party"), limit=limit)


@portrayal.command("add")
def portrayal_add(
    context: typer.Context,
    character: str,
    by: Annotated[str, typer.Option(help="The person who plays the character.")],
    reference: Annotated[str | None, typer.Option(help="The person's picture in that role; any likeness if not given.")] = None,
    json: Json = False,
) -> None:
    """Record who plays a character: a match of the person, earlier ones too, then concerns both, each judged apart."""
    from registry.db import now
    from registry.portrayals import add_portrayal
    from registry.references import find_reference
    from registry.subjects import find_subject
    from reports.claims import claim_played
    from reports.matches import apply_licences

    with session_of(context) as (_, session):
        chosen = find_reference(session, reference) if reference else None
        added = add_portrayal(session, find_subject(session, character), find_subject(session, by), chosen)
        claimed = claim_played(session, now())
        apply_licences(session, now(), subjects=[added.character_id])
        record = fields(added, "id", "character_id", "person_id", "reference_id")
    show_record(record, json)
    tell(f"Matches of the person that now are claims of the character, too: {claimed}.")


@portrayal.command("list")
def portrayal_list(
    context: typer.Context, search: Search = "", limit: Limit = None, after: After = None, json: Json = False
) -> None:
    """List who plays whom."""
    from registry.portrayals import list_portrayals
    from registry.subjects import Subject

    with session_of(context) as (_, session):
        names = {
            key: found.name if (found := session.get(Subject, key)) else key
            for row in list_portrayals(session)
            for key in (row.character_id, row.person_id)
        }
        rows = [
            {"character": names[row.character_id], "person": names[row.person_id], "reference_id": row.reference_id, "id": row.id}
            for row in list_portrayals(session)
        ]
        nothing = "No portrayal fits that." if search else "Nobody plays anybody yet. Add it with `semblance portrayal add`."
        part = part_of(search, limit, after, json)
        show_part(rows, part, json, nothing, searched=("character", "person"), limit=limit)


@portrayal.command("revoke")
def portrayal_revoke(context: typer.Context, portrayal_id: str) -> None:
    """Take back that a person plays a character; matches that were found stay for a person to judge."""
    from registry.portrayals import remove_portrayal

    with session_of(context) as (_, session):
        remove_portrayal(session, portrayal_id)
    say(f"Removed the portrayal {shown(portrayal_id)}.")
