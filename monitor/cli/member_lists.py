"""members: who is enrolled, by which number, how a roster differs, and which photos stay out."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.opening import Json, session_of
from monitor.cli.output import fields, say, show_record, show_rows, shown, tell
from registry.errors import ExitCode
from registry.kinds import LikenessGround, Numbers

Party = Annotated[str, typer.Option("--party", help="The party whose members they are, by name or id.")]


def join(members: typer.Typer) -> None:
    members.command("list")(members_list)
    members.command("compare")(members_compare)
    members.command("numbers")(members_numbers)
    members.command("refused")(members_refused)
    members.command("accept")(members_accept)
    members.command("refuse")(members_refuse)


def members_list(
    context: typer.Context, party: Party, search: Search = "", limit: Limit = None, after: After = None, json: Json = False
) -> None:
    """List a party's members with their numbers; --search takes a part of a number, a name or an alias."""
    from monitor.roster.enrolled import members_of
    from registry.parties import find_party

    with session_of(context) as (_, session):
        found = members_of(session, find_party(session, party), part_of(search, limit, after, json))
        nothing = "No member is enrolled who is called or numbered so." if search else "No roster was taken in yet."
        show_listed(found, lambda row: fields(row, "number", "name", "subject_id", "imported_at"), json, nothing, limit=limit)


def members_compare(
    context: typer.Context,
    roster: Annotated[Path, typer.Argument(help="CSV or XLSX, as for members import.")],
    party: Party,
    encoding: Annotated[str | None, typer.Option(help="Of a CSV, such as cp1252.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Of an XLSX with several sheets of members.")] = None,
    number_column: Annotated[str | None, typer.Option(help="The title of the members' own numbers.")] = None,
    search: Search = "",
    limit: Limit = None,
    after: After = None,
    json: Json = False,
) -> None:
    """Say how a roster differs from what is enrolled, and change nothing. Exit code 1 where it does."""
    from monitor.roster.comparing import compare
    from monitor.roster.table import open_roster
    from registry.paging import listed_of
    from registry.parties import find_party

    with session_of(context) as (_, session):
        table = open_roster(roster, encoding, sheet=sheet, number_column=number_column)
        (tell if json else say)(shown(table.read_as))
        found = compare(session, find_party(session, party), table)
    part = part_of(search, limit, after, json)
    told = listed_of(found, lambda row: row.cursor, lambda row: f"{row.what}\n{row.number}\n{row.name}\n{row.enrolled_as}", part)
    nothing = (
        "Nothing that differs holds this text."
        if search
        else "Everybody in the file is enrolled under that name, and nobody else is."
    )
    columns = ("what", "row", "number", "name", "enrolled_as", "says")
    show_listed(told, lambda row: fields(row, *columns), json, nothing, limit=limit)
    if found:
        raise typer.Exit(ExitCode.FOUND)


def members_numbers(
    context: typer.Context,
    party: Party,
    compared: Annotated[
        Numbers | None, typer.Argument(help="exactly: letter for letter. loosely: zeros, case, spaces aside.")
    ] = None,
    json: Json = False,
) -> None:
    """Say, or decide, whether 00123 and 123 are one member's number."""
    from registry.members import decide_numbering, numbering_of
    from registry.parties import find_party

    with session_of(context) as (_, session):
        whose = find_party(session, party)
        if compared is not None:
            decide_numbering(session, whose.id, compared)
        found = numbering_of(session, whose.id)
        show_record({"party": whose.name, "numbers": found.value if found else "not decided"}, json)


def members_refused(
    context: typer.Context,
    party: Party,
    accepted: Annotated[bool, typer.Option("--accepted", help="Those that a person let in all the same.")] = False,
    json: Json = False,
) -> None:
    """List the photos that stay out because they seem to show somebody else, and why."""
    from registry.refusal_lines import refusals_of

    with session_of(context) as (_, session):
        rows = refusals_of(session, party, decided=accepted)
    show_rows(rows, json, "No photo stays out." if not accepted else "Nobody let a photo in that had been refused.")


def members_accept(
    context: typer.Context,
    photo: Annotated[str, typer.Argument(help="The photo's id, or its beginning: semblance members refused.")],
    party: Party,
    despite_likeness: Annotated[
        LikenessGround,
        typer.Option(
            "--despite-likeness",
            help="What whoever looked at it found: twins; compared, it shows whom it should; changed, the person looked "
            "otherwise; other-wrong, the other one's photos are wrong.",
        ),
    ],
) -> None:
    """Let a refused photo in: a person has looked. The next import enrols it, and the audit log keeps the ground."""
    from registry.refusal_lines import let_in

    with session_of(context) as (_, session):
        name = let_in(session, party, photo, despite_likeness)
    say(f"{shown(name or photo)} is enrolled when its roster is imported again.")


def members_refuse(
    context: typer.Context,
    photo: Annotated[str, typer.Argument(help="The photo's id, or its beginning: semblance members refused --accepted.")],
    party: Party,
) -> None:
    """Take back that a photo was let in: it is revoked where it is enrolled, and stays out until a person decides anew."""
    from registry.refusal_lines import keep_out

    with session_of(context) as (workspace, session):
        out = keep_out(session, workspace.vault, party, photo)
    say(f"{shown(out.photo or photo)} stays out{' and is not enrolled any more' if out.enrolled else ''}.")
