"""members: links by which members enrol themselves, and what is decided about what they sent."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import Json, NotUnderstood, moment, session_of
from monitor.cli.output import say, show_json, show_record, shown, tell
from registry.counting import counted
from registry.errors import ExitCode
from registry.kinds import LikenessGround

if TYPE_CHECKING:
    from monitor.workspace import Workspace

Party = Annotated[str, typer.Option("--party", help="The party whose members they are, by name or id.")]
Until = Annotated[str, typer.Option(help="When it ends, such as 2026-12-31.")]
Which = Annotated[str, typer.Argument(metavar="LINK", help="The link's id, or its beginning: semblance members links.")]
Encoding = Annotated[str | None, typer.Option(help="Of a CSV, such as cp1252; UTF-8, UTF-16 and GB18030 are found out.")]


def join(members: typer.Typer) -> None:
    members.command("link")(members_link)
    members.command("invite")(members_invite)
    members.command("links")(members_links)
    members.command("check-link")(members_check_link)
    members.command("end-link")(members_end_link)
    members.command("take-in")(members_take_in)
    members.command("turn-down")(members_turn_down)


def _by(workspace: "Workspace") -> str:
    from monitor.settings import os_user

    return workspace.caller.name if workspace.caller else os_user()


def members_link(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The member's name, or the id of a subject.")],
    party: Party,
    until: Until,
    number: Annotated[str, typer.Option(help="The member's number, where they have one.")] = "",
    json: Json = False,
) -> None:
    """Make one link, by which a member enrols themselves on a phone until a day. It is shown this once."""
    from monitor.invited import link_address, make_link, member_meant
    from registry.parties import find_party

    with session_of(context) as (workspace, session):
        whose = find_party(session, party)
        called, subject = member_meant(session, whose, name)
        made, secret = make_link(session, whose, called, moment(until), _by(workspace), number=number, subject=subject)
        record = {"id": made.id, "name": called, "until": made.until, "link": link_address(workspace, secret)}
        session.commit()
    show_record(record, json)
    if not json:
        say("Whoever has it can enrol as that member: send it to the member alone. It works once, where `semblance serve` runs.")


def members_invite(
    context: typer.Context,
    roster: Annotated[Path, typer.Argument(help="CSV or XLSX with the members' numbers and names.")],
    party: Party,
    until: Until,
    out: Annotated[Path | None, typer.Option(help="Where the links are written; otherwise beside the roster.")] = None,
    encoding: Encoding = None,
    sheet: Annotated[str | None, typer.Option(help="Of an XLSX with several sheets of members.")] = None,
    number_column: Annotated[str | None, typer.Option(help="The title of the members' own numbers.")] = None,
) -> None:
    """Write a link for each member of a roster, by which they enrol themselves until a day."""
    from monitor.invited import link_address
    from monitor.roster.invitations import write_invitations
    from monitor.roster.table import open_roster
    from registry.parties import find_party

    place = out or roster.with_name(f"{roster.stem}.links.csv")
    with session_of(context) as (workspace, session):
        whose = find_party(session, party)
        table = open_roster(roster, encoding, sheet=sheet, number_column=number_column)
        made = write_invitations(
            session, table, whose.id, moment(until), place, _by(workspace), lambda secret: link_address(workspace, secret)
        )
    links = counted(made.written, "link is", "links are")
    say(f"{links} in {shown(place)}. Whoever has a link can enrol as that member: send each to its member alone.")
    for line in made.left_out:
        tell(shown(line))


def members_links(context: typer.Context, party: Party, json: Json = False) -> None:
    """List a party's links and what became of them: those first that wait for a decision."""
    from dataclasses import asdict

    from monitor.invited import line_of
    from registry.db import now
    from registry.invitations import invitations_of
    from registry.parties import find_party

    with session_of(context) as (_, session):
        rows = [line_of(session, row, now()) for row in invitations_of(session, [find_party(session, party).id])]
    if json:
        show_json([asdict(row) for row in rows])
        return
    if not rows:
        say("No link was made yet.")
    for row in rows:
        say(shown(f"{row.id[:12]}  {row.state:<10} {row.name or '-'}  {row.photos} photos, until {row.until:%Y-%m-%d}"))


def members_check_link(context: typer.Context, link: str, json: Json = False) -> None:
    """Say what a link allows, if it is still good."""
    from dataclasses import asdict

    from monitor.invited import line_of
    from registry.db import now
    from registry.invitations import open_invitation

    with session_of(context) as (_, session):
        found = open_invitation(session, link.rstrip("/").rpartition("/")[2], now())
        show_record(asdict(line_of(session, found, now())), json)


def members_end_link(context: typer.Context, which: Which) -> None:
    """Withdraw a link: nothing can be sent by it any more, and what was is destroyed."""
    from monitor.invited import end_link
    from registry.invitations import find_invitation

    with session_of(context) as (workspace, session):
        end_link(workspace, session, find_invitation(session, which), _by(workspace))
    say("The link is withdrawn, and what was sent by it is destroyed.")


def members_take_in(
    context: typer.Context,
    which: Which,
    despite_likeness: Annotated[
        LikenessGround | None, typer.Option(help="A person looked, and photos that resemble somebody else are right: why.")
    ] = None,
    without_doubtful: Annotated[
        bool, typer.Option("--without-doubtful", help="Leave out the photos that resemble somebody else.")
    ] = False,
) -> None:
    """Accept what a member sent: they are enrolled with it, with their consent. Exit code 1 when photos still wait for a look."""
    from monitor.taking_in_invited import accept

    with session_of(context) as (workspace, session):
        session.close()
        made = accept(workspace, which, _by(workspace), despite_likeness, without_doubtful=without_doubtful)
    for each in made.found.each:
        say(shown(f"{each.name}: {'enrolled' if each.enrolled else 'not enrolled'}. {' '.join(each.says)}".strip()))
    for line in made.found.notes:
        say(shown(line))
    if made.standing:
        say(shown(f"{made.name} is not looked for yet: {made.standing}."))
    if not made.done:
        tell("Photos resemble somebody who is enrolled. Look at them, and then give --despite-likeness or --without-doubtful.")
        raise typer.Exit(ExitCode.FOUND)
    say(shown(f"{made.name} is enrolled, with the consent that was given."))


def members_turn_down(
    context: typer.Context, which: Which, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """Refuse what a member sent; photos, consent and name are destroyed."""
    from monitor.invited import turn_down
    from registry.invitations import find_invitation

    with session_of(context) as (workspace, session):
        row = find_invitation(session, which)
        if not yes and not typer.confirm(f"Destroy what {shown(row.name)} sent?"):
            raise NotUnderstood("Nothing was changed.", "Answer y, or give --yes.")
        turn_down(workspace, session, row, _by(workspace))
    say("It was refused, and what was sent is destroyed.")
