"""report: what a party is told."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import Json, NotUnderstood, person_named, session_of
from monitor.cli.output import say, show_json, show_record, show_rows, shown, tell
from registry.counting import counted
from registry.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from reports.issuing import IssuedWeekly
    from reports.period import Period

report = typer.Typer(no_args_is_help=True, help="What was found, decided, and could not be seen.")


def join(app: typer.Typer) -> None:
    app.add_typer(report, name="report")


Party = Annotated[str | None, typer.Option(help="Only what belongs to this party and those under it.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the report; otherwise the party's own in the workspace's reports.")]


@report.command("weekly")
def report_weekly(
    context: typer.Context,
    week: Annotated[str | None, typer.Option(help="Such as 2026-W47; otherwise this week.")] = None,
    party: Party = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Write the weekly report as PDF and HTML, and its figures as XLSX and JSON."""
    from reports.week import parse_week, week_of

    _write(context, lambda at: parse_week(week) if week else week_of(at), party, out, json)


@report.command("monthly")
def report_monthly(
    context: typer.Context,
    month: Annotated[str | None, typer.Option(help="Such as 2026-11; otherwise this month.")] = None,
    party: Party = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Write the same report about a month, beside the months before it."""
    from reports.month import month_of, parse_month

    _write(context, lambda at: parse_month(month) if month else month_of(at), party, out, json)


def _write(
    context: typer.Context, period_at: "Callable[[datetime], Period]", party: str | None, out: Path | None, json: bool
) -> None:
    from monitor.reporting import make_report
    from registry.db import now
    from reports.issuing import party_of_report

    # Documents are dated to the second.
    at = now().replace(microsecond=0)
    with session_of(context) as (workspace, session):
        period = period_at(at)
        whose = party_of_report(session, party, workspace.settings.report.party)
        issued = make_report(workspace, session, period, at, out, whose)
        made = issued.report
        counts = {status.value: made.count(status) for status in made.groups}
    _tell(issued, counts, json)


def _tell(issued: "IssuedWeekly", counts: dict[str, int], json: bool) -> None:
    written, period = issued.written, issued.report.week
    if json:
        files = {file.suffix[1:]: str(file) for file in written.files}
        show_json({period.unit: str(period), "party": issued.report.party, **files, "replaced": issued.replaced, **counts})
        return
    say(f"{period.unit.capitalize()} {period}: " + ", ".join(f"{count} {status}" for status, count in counts.items()))
    if issued.replaced:
        say("It takes the place of an earlier one of the same name, which was not sent.")
    say(f"The report is {shown(written.pdf)}, and as a page {shown(written.html)}.")
    say(f"Its figures are {shown(written.xlsx)}, and for programs {shown(written.json)}.")


@report.command("send")
def report_send(
    context: typer.Context,
    week: Annotated[str | None, typer.Option(help="Such as 2026-W47; otherwise the week before this one.")] = None,
    month: Annotated[str | None, typer.Option(help="Such as 2026-11, for the report of a month.")] = None,
    party: Party = None,
    to: Annotated[list[str] | None, typer.Option(help="A mail address; otherwise those that the settings name.")] = None,
    by: Annotated[str | None, typer.Option(help="The name of the person who has it sent.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also to those whom it went to before, or may have.")] = False,
    json: Json = False,
) -> None:
    """Make a report and send it by mail, once to each address; [mail] in the settings says by which server."""
    from monitor.reporting import send_report
    from registry.db import now
    from reports.issuing import party_of_report
    from reports.month import parse_month
    from reports.week import parse_week, week_of

    if week and month:
        raise NotUnderstood("A report is about a week or about a month.", "Give --week or --month.")
    with session_of(context) as (workspace, session):
        period = parse_month(month) if month else parse_week(week) if week else week_of(now()).before
        who = person_named(session, by, "--by")
        whose = party_of_report(session, party, workspace.settings.report.party)
        sent = send_report(workspace, session, period, whose, to or [], who, again=again)
    if json:
        show_record(sent, json)
        return
    say(f"Sent to {shown(', '.join(sent.recipients))}: {shown(sent.pdf)}; its Message-ID is {shown(sent.message_id)}.")


@report.command("due")
def report_due(
    context: typer.Context,
    do: Annotated[bool, typer.Option("--do", help="Make and send what is due, as a run does.")] = False,
    json: Json = False,
) -> None:
    """List the reports that the schedule asks for, were not made or did not reach everybody; with --do, do it."""
    from monitor.reporting import do_due, due_reports
    from registry.db import now

    done: list[str] = []
    with session_of(context) as (workspace, session):
        problems = do_due(workspace, session, now(), done.append) if do else []
        found, unread = due_reports(workspace, session, now())
        due, problems = [one.words for one in found], list(dict.fromkeys([*problems, *unread]))
    if json:
        show_json({"done": done, "due": due, "problems": problems})
    else:
        for line in done:
            say(f"Done: {shown(line)}")
        for line in problems:
            tell(shown(line))
        for line in due:
            say(f"Due: {shown(line)}")
        if not due:
            say("No report is due.")
    if problems:
        raise typer.Exit(ExitCode.OUTSIDE_CAUSE)


@report.command("posted")
def report_posted(context: typer.Context, json: Json = False) -> None:
    """List what became of reports that were made on schedule or sent: to whom, when, and in which words."""
    from reports.postings import all_postings

    with session_of(context) as (_, session):
        rows = [posting.model_dump(exclude={"id"}) for posting in all_postings(session)]
    columns = ("report", "step", "at", "by", "recipients", "how")
    show_rows(rows, json, "No report was made on schedule or sent.", columns)


@report.command("sent")
def report_sent(context: typer.Context, documents: Annotated[list[Path], typer.Argument()]) -> None:
    """Record that reports, letters or bundles were handed out: erasing a subject no longer removes them."""
    from registry.db import now
    from registry.documents import mark_sent

    with session_of(context) as (_, session):
        for document in documents:
            mark_sent(session, document, now())
    say(f"{counted(len(documents), 'document is', 'documents are')} on record as sent.")
