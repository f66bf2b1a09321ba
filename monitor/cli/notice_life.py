"""notice: what becomes of a letter after it was approved."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.opening import Json, NotUnderstood, moment, person_named, session_of
from monitor.cli.output import named, say, show_record, shown, tell, utc

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.posting import Posting
    from reports.notices.status import EventLine

By = Annotated[str | None, typer.Option(help="The name of the person who does it; an account has its own.")]
On = Annotated[str | None, typer.Option(help="When it happened: a day or a moment; now, if it is not given.")]
Reference = Annotated[str, typer.Option(help="The number that the recipient gave it.")]

COLUMNS = ("law", "state", "since", "next_due", "what", "late", "recipient", "id")


class Recorded(StrEnum):
    """What is recorded of a letter that went out."""

    ACKNOWLEDGED = "acknowledged"
    REMOVED = "removed"
    REFUSED = "refused"
    COUNTER_NOTICED = "counter-noticed"
    RESTORED = "restored"
    REPOSTED = "reposted"
    EXPIRED = "expired"
    NOT_SENT = "not-sent"


def add_to(notice: typer.Typer) -> None:
    notice.command("send")(notice_send)
    notice.command("sent")(notice_sent)
    notice.command("record")(notice_record)
    notice.command("status")(notice_status)
    notice.command("form")(notice_form)


def notice_send(
    context: typer.Context,
    notice: str,
    by: By = None,
    to: Annotated[list[str] | None, typer.Option(help="The recipient's mail address, if the letter names none.")] = None,
    signed: Annotated[str, typer.Option(help="Who signs it electronically; the letter has a line for a pen.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Send it without asking.")] = False,
    json: Json = False,
) -> None:
    """Send an approved letter by mail, exactly as it was approved; [mail] in the settings says by which server."""
    from monitor.posting import prepare_sending, send_letter
    from registry.db import now

    with session_of(context) as (workspace, session):
        who = person_named(session, by, "--by")
        posting = prepare_sending(workspace, session, notice, to or [], signed, now())
        _tell_before(posting)
        if not yes and not typer.confirm("Send it?", err=True):
            raise typer.Abort
        sent = send_letter(workspace, session, posting, who)
    if json:
        show_record(sent, json)
        return
    say(f"Sent to {shown(', '.join(sent.recipients))} on {utc(sent.at)}; its Message-ID is {shown(sent.message_id)}.")


def _tell_before(posting: "Posting") -> None:
    """What whoever sends a letter should know before."""
    tell(f"To {shown(', '.join(posting.mail.recipients))}, from {shown(posting.mail.sender)}.")
    for line in posting.known:
        tell(line)
    if posting.unsigned:
        tell("Nobody signs it: the letter has a line for a pen. Give --signed, or sign the file and send it by hand.")


def notice_sent(
    context: typer.Context,
    notice: str,
    by: By = None,
    on: On = None,
    how: Annotated[str, typer.Option(help="By which way: a web form, post.")] = "by hand",
    reference: Reference = "",
    json: Json = False,
) -> None:
    """Record that a letter went out by hand, or that one which may have been sent did."""
    from monitor.posting import record_by_hand
    from reports.notices.events import Event

    with session_of(context) as (_, session):
        at, whole_day = _when(on)
        who = person_named(session, by, "--by")
        made = record_by_hand(session, notice, Event.SENT, who, at, whole_day=whole_day, how=how, reference=reference)
        line = _line(made)
    _tell_recorded(line, json)


def notice_record(
    context: typer.Context,
    notice: str,
    event: Annotated[Recorded, typer.Argument(help="What happened.")],
    by: By = None,
    on: On = None,
    reference: Reference = "",
    how: Annotated[str, typer.Option(help="How it is known, in a few words.")] = "",
    json: Json = False,
) -> None:
    """Record what came of a letter; refused where that cannot come next."""
    from monitor.posting import record_by_hand
    from reports.notices.events import Event

    with session_of(context) as (_, session):
        at, whole_day = _when(on)
        what, who = Event[event.name], person_named(session, by, "--by")
        made = record_by_hand(session, notice, what, who, at, whole_day=whole_day, how=how, reference=reference)
        line = _line(made)
    _tell_recorded(line, json)


def notice_status(
    context: typer.Context,
    search: Search = "",
    limit: Limit = None,
    after: After = None,
    json: Json = False,
) -> None:
    """List the letters that are under way, late ones first, with what is due and when."""
    from registry.db import now
    from reports.notices.status import status_lines

    with session_of(context) as (_, session):
        found = status_lines(session, part_of(search, limit, after, json), now())
        show_listed(found, named, json, "No letter is under way.", COLUMNS, limit=limit)


def notice_form(context: typer.Context, notice: str, json: Json = False) -> None:
    """Show a letter as plain text, a block for each field of a web form, and what is known of its recipient."""
    from registry.db import now
    from reports.notices.form import form_of

    with session_of(context) as (_, session):
        found = form_of(session, notice, now().date())
    if json:
        show_record(found, json)
        return
    for line in found.known:
        tell(line)
    for block in found.blocks:
        say(f"== {shown(block.field)} ==")
        for line in block.text.splitlines():
            say(shown(line))
        say("")


def _when(on: str | None) -> "tuple[datetime, bool]":
    """The moment that was typed, and whether it is only a day. Raises NotUnderstood."""
    from registry.db import now

    if on is None:
        return now(), False
    if len(on.strip()) < len("2026-01-01"):
        raise NotUnderstood(f"{on!r} is no day.", "Write it as 2026-11-22 or 2026-11-22T18:00:00Z.")
    return moment(on), len(on.strip()) == len("2026-01-01")


def _line(made: object) -> "EventLine":
    from registry.views import view_of
    from reports.notices.status import EventLine

    return view_of(EventLine, made)


def _tell_recorded(line: "EventLine", json: bool) -> None:
    if json:
        show_record(line, json)
        return
    at = f"{line.at:%Y-%m-%d}" if line.whole_day else utc(line.at)
    say(f"Recorded by {shown(line.by)}: {line.event}, {at}.")
