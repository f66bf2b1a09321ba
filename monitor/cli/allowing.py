"""allow: channels, hosts and addresses where a party lets its subjects be shown."""

from typing import Annotated

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_part
from monitor.cli.opening import End, Json, optional_moment, person_named, session_of
from monitor.cli.output import show_record, tell
from registry.kinds import Modality

allow = typer.Typer(no_args_is_help=True, help="Channels, hosts and addresses where a party lets its subjects be shown.")

COLUMNS = ("about", "uploader", "host", "address", "modalities", "allowed_by", "reason", "status", "ends_at", "id")
SEARCHED = ("about", "uploader", "host", "address", "reason")
NOTHING = "Nothing is allowed without a licence. Add what is with `semblance allow add`."
CHANGED = "Matches that changed between permitted and waiting for review: {}."


def join(app: typer.Typer) -> None:
    app.add_typer(allow, name="allow")


@allow.command("add")
def allow_add(
    context: typer.Context,
    party: Annotated[str, typer.Option(help="The party whose subjects it is about.")],
    reason: Annotated[str, typer.Option(help="Why; it is printed in the report.")],
    by: Annotated[str | None, typer.Option(help="The name of the person who allows it; an account has its own.")] = None,
    uploader: Annotated[str | None, typer.Option(help="The channel, as its page names it.")] = None,
    host: Annotated[str | None, typer.Option(help="The channel's host, and those under it.")] = None,
    address: Annotated[str | None, typer.Option(help="One page, or one video's own address.")] = None,
    subject: Annotated[str | None, typer.Option(help="Only this subject of the party.")] = None,
    modality: Annotated[
        list[Modality] | None, typer.Option(help="Only this way of use; may be repeated. All but the voice if not given.")
    ] = None,
    end: End = None,
    any_host: Annotated[bool, typer.Option("--any-host", help="The uploader's name is allowed on every host.")] = False,
    yes_all: Annotated[bool, typer.Option("--yes-all", help="Whatever anybody publishes on the host is allowed.")] = False,
    json: Json = False,
) -> None:
    """Allow a channel, a host or an address; matches there are permitted at once, until it ends; voices only if named."""
    from reports.allow_list import Place, allow_called

    ends, place = optional_moment(end), Place(uploader, host, address, any_host, yes_all, modality or ())
    with session_of(context) as (_, session):
        who = person_named(session, by, "--by")
        entry, changed = allow_called(session, party, subject, place, ends, by=who, reason=reason)
    show_record(entry, json)
    tell(CHANGED.format(changed))


@allow.command("list")
def allow_list(
    context: typer.Context,
    party: Annotated[str | None, typer.Option(help="Only this party's.")] = None,
    search: Search = "",
    limit: Limit = None,
    after: After = None,
    json: Json = False,
) -> None:
    """List what is, and was, allowed."""
    from reports.allow_list import allowance_lines

    with session_of(context) as (_, session):
        rows, part = allowance_lines(session, party), part_of(search, limit, after, json)
        nothing = "No entry fits that." if search else NOTHING
        show_part(rows, part, json, nothing, COLUMNS, searched=SEARCHED, limit=limit)


@allow.command("revoke")
def allow_revoke(context: typer.Context, allowance_id: str, json: Json = False) -> None:
    """End an entry now; what it allowed is open again at once."""
    from reports.allow_list import allow_called_no_more

    with session_of(context) as (_, session):
        entry, changed = allow_called_no_more(session, allowance_id)
    show_record(entry, json)
    tell(CHANGED.format(changed))
