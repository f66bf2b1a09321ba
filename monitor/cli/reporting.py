"""report: what a party is told."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.opening import Json, session_of
from monitor.cli.output import say, show_json, shown

report = typer.Typer(no_args_is_help=True, help="What was found, decided, and could not be seen.")


def join(app: typer.Typer) -> None:
    app.add_typer(report, name="report")


@report.command("weekly")
def report_weekly(
    context: typer.Context,
    week: Annotated[str | None, typer.Option(help="Such as 2026-W47; otherwise this week.")] = None,
    party: Annotated[str | None, typer.Option(help="Only what belongs to this party and those under it.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the report; otherwise the party's own in the workspace's reports.")
    ] = None,
    json: Json = False,
) -> None:
    """Write the weekly report as PDF and HTML, and its figures as XLSX and JSON."""
    from monitor.misses import rates_in_words
    from registry.db import now
    from reports.issuing import issue_weekly, party_of_report
    from reports.matches import licences_as_of_now
    from reports.week import parse_week, week_of

    # Documents are dated to the second.
    at = now().replace(microsecond=0)
    with session_of(context) as (workspace, session):
        chosen = parse_week(week) if week else week_of(at)
        licences_as_of_now(session)
        whose = party_of_report(session, party, workspace.settings.report.party)
        rates = rates_in_words(session, workspace.settings, at, whose)
        issued = issue_weekly(session, workspace.vault, chosen, at, out, whose, rates)
        made, written = issued.report, issued.written
        counts = {status.value: made.count(status) for status in made.groups}
    if json:
        files = {file.suffix[1:]: str(file) for file in written.files}
        show_json({"week": str(chosen), "party": made.party, **files, "replaced": issued.replaced, **counts})
        return
    say(f"Week {chosen}: " + ", ".join(f"{count} {status}" for status, count in counts.items()))
    if issued.replaced:
        say("It takes the place of an earlier one of the same name, which was not sent.")
    say(f"The report is {shown(written.pdf)}, and as a page {shown(written.html)}.")
    say(f"Its figures are {shown(written.xlsx)}, and for programs {shown(written.json)}.")


@report.command("sent")
def report_sent(context: typer.Context, documents: Annotated[list[Path], typer.Argument()]) -> None:
    """Record that reports, letters or bundles were handed out: erasing a subject no longer removes them."""
    from registry.db import now
    from registry.documents import mark_sent

    with session_of(context) as (_, session):
        for document in documents:
            mark_sent(session, document, now())
    say(f"{len(documents)} documents are on record as sent.")
