"""allow: channels, hosts and addresses where a party lets its subjects be shown."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_part
from monitor.cli.opening import End, Json, optional_moment, person_named, session_of
from monitor.cli.output import fields, show_record, tell

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from registry.allowances import Allowance

allow = typer.Typer(no_args_is_help=True, help="Channels, hosts and addresses where a party lets its subjects be shown.")

COLUMNS = ("about", "uploader", "host", "address", "allowed_by", "reason", "status", "ends_at", "id")
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
    end: End = None,
    any_host: Annotated[bool, typer.Option("--any-host", help="The uploader's name is allowed on every host.")] = False,
    yes_all: Annotated[bool, typer.Option("--yes-all", help="Whatever anybody publishes on the host is allowed.")] = False,
    json: Json = False,
) -> None:
    """Allow a channel, a host or an address; matches there are permitted at once, until it ends."""
    from registry.db import now
    from registry.parties import find_party
    from registry.subjects import find_subject
    from reports.allow_list import allow as enter

    ends = optional_moment(end)
    with session_of(context) as (_, session):
        holder = find_party(session, party)
        entry, changed = enter(
            session,
            holder,
            now(),
            allowed_by=person_named(session, by, "--by"),
            reason=reason,
            ends_at=ends,
            subject=find_subject(session, subject, party=holder) if subject else None,
            uploader=uploader,
            host=host,
            address=address,
            any_host=any_host,
            whole_host=yes_all,
        )
        record = _fields(session, entry, now())
    show_record(record, json)
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
    from registry.allowances import list_allowances
    from registry.db import now
    from registry.parties import find_party

    with session_of(context) as (_, session):
        held = list_allowances(session, find_party(session, party).id if party else None)
        rows = (_fields(session, row, now()) for row in held)
        nothing = (
            "No entry fits that." if search else "Nothing is allowed without a licence. Add what is with `semblance allow add`."
        )
        part, searched = part_of(search, limit, after, json), ("about", "uploader", "host", "address", "reason")
        show_part(rows, part, json, nothing, COLUMNS, searched=searched, limit=limit)


@allow.command("revoke")
def allow_revoke(context: typer.Context, allowance_id: str, json: Json = False) -> None:
    """End an entry now; what it allowed is open again at once."""
    from registry.db import now
    from reports.allow_list import allow_no_more

    with session_of(context) as (_, session):
        entry, changed = allow_no_more(session, allowance_id, now())
        record = _fields(session, entry, now())
    show_record(record, json)
    tell(CHANGED.format(changed))


def _fields(session: "Session", row: "Allowance", at: "datetime") -> dict[str, Any]:
    """about: the subject by its name, or the party whose subjects it is about."""
    from registry.parties import Party
    from registry.subjects import Subject
    from registry.validity import status_at

    subject = session.get(Subject, row.subject_id) if row.subject_id else None
    about = subject.name if subject else f"all of {session.get_one(Party, row.party_id).name}"
    terms = fields(row, "party_id", "subject_id", "uploader", "host", "address", "allowed_by", "reason")
    dates = fields(row, "starts_at", "ends_at", "revoked_at")
    return {"id": row.id, "about": about, **terms, "status": status_at(row, at), **dates}
