"""review and case: what a person decides on, and what comes of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import deciding
from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.matches import in_batches, match_fields, show_matches
from monitor.cli.opening import Json, NotUnderstood, session_of
from monitor.cli.output import say, show_json, show_json_rows, show_record, shown, tell, tell_if_any
from registry.errors import ExitCode

if TYPE_CHECKING:
    from sqlmodel import Session

    from reports.batches import Outcome
    from reports.cases import Case

review = typer.Typer(no_args_is_help=True, help="Matches that want a person's decision.")
case = typer.Typer(no_args_is_help=True, help="Confirmed matches of one video for one claimant.")


def join(app: typer.Typer) -> None:
    deciding.join(review)
    app.add_typer(review, name="review")
    app.add_typer(case, name="case")


@review.command("list")
def review_list(
    context: typer.Context,
    status: Annotated[str, typer.Option(help="pending, licensed, confirmed, rejected, permitted or all.")] = "pending",
    video: deciding.Video = None,
    subject: deciding.Subject = None,
    uploader: deciding.Uploader = None,
    host: deciding.Host = None,
    search: Search = "",
    limit: Limit = None,
    after: After = None,
    json: Json = False,
) -> None:
    """List matches, those of one video together; without options, those that wait for a decision."""
    from reports.matches import licences_as_of_now
    from reports.selection import listed_matches

    statuses = deciding.status_called(status)
    with session_of(context) as (_, session):
        licences_as_of_now(session)
        wanted = deciding.selection(session, (), video, subject, uploader, host, statuses)
        found = listed_matches(session, wanted, part_of(search, limit, after, json))
        some = in_batches(session, found)
        if json:
            show_json_rows({**row, "cursor": cursor} if limit else row for row, cursor in some)
            tell_if_any(f"{found.more} more" if found.more else "")
            return
        every = list(some)
    waiting = wanted.names_none and status == "pending" and not (search or after)
    show_matches([row for row, _ in every], "No match waits for a decision." if waiting else "No match fits all of that.")
    if found.more:
        tell(f"{found.more} more: --after {every[-1][1]}")


@case.command("list")
def case_list(context: typer.Context, search: Search = "", limit: Limit = None, after: After = None, json: Json = False) -> None:
    """List all cases."""
    from reports.cases import listed_cases, renew_cases

    with session_of(context) as (_, session):
        renew_cases(session)
        found = listed_cases(session, part_of(search, limit, after, json))
        nothing = "No case fits that." if search else "No cases yet: confirm a match with `semblance review confirm`."
        columns = ("id", "party", "matches", "opened_at", "title", "page_url")
        show_listed(found, lambda row: row._asdict(), json, nothing, columns, limit=limit)


@case.command("show")
def case_show(context: typer.Context, case: str, json: Json = False) -> None:
    """Show one case with its matches."""
    from reports.cases import case_matches, find_case

    with session_of(context) as (_, session):
        found = find_case(session, case)
        matches = match_fields(session, case_matches(session, found))
        if json:
            show_record({**_case_fields(session, found), "matches": matches}, True)
            return
        show_record(_case_fields(session, found), False)
        show_matches(matches, "It holds no match any more.")


@case.command("export")
def case_export(
    context: typer.Context,
    cases: Annotated[list[str] | None, typer.Argument(help="Cases by id; or --all.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All cases.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the bundles; otherwise each party's own in reports.")] = None,
    json: Json = False,
) -> None:
    """Write a bundle of each case that is new, or changed since its last one; exit code 1 when one could not be made."""
    from reports.batches import export_all
    from reports.evidence.sign import signing_key

    with session_of(context) as (workspace, session):
        wanted = cases_called(session, cases, every)
        key = signing_key(workspace.keys)
        operator = workspace.settings.operator.name or "semblance"
        made = export_all(session, workspace.vault, wanted, out, key, operator=operator)
    show_outcomes(made, json, "No cases yet: confirm a match with `semblance review confirm`.", "its last bundle says the same")


def cases_called(session: "Session", typed: "Sequence[str] | None", every: bool) -> "list[Case]":
    """The cases of these ids, or all. Raises NotUnderstood where it is not said which."""
    from reports.cases import find_case, open_cases

    if every == bool(typed):
        raise NotUnderstood("It is not said which cases.", "Give the id of a case, or --all, and not both.")
    return open_cases(session) if every else [find_case(session, one) for one in typed or ()]


def show_outcomes(outcomes: "Sequence[Outcome]", as_json: bool, nothing: str, unchanged: str) -> None:
    """A line for each case, and Exit with code 1 when something was left."""
    from reports.batches import Left

    if as_json:
        show_json([_outcome_fields(outcome) for outcome in outcomes])
    elif not outcomes:
        say(nothing)
    for outcome in () if as_json else outcomes:
        if isinstance(outcome, Left):
            tell(f"{outcome.id[:12]}  not made: {shown(outcome.what)} {shown(outcome.remedy)}")
        else:
            places = ", ".join(map(str, outcome.documents))
            say(f"{outcome.case_id[:12]}  {shown(places) if places else 'nothing new: ' + unchanged}")
            for warning in outcome.warnings:
                tell(f"{outcome.case_id[:12]}  before you send it: {shown(warning)}")
    if any(isinstance(outcome, Left) for outcome in outcomes):
        raise typer.Exit(ExitCode.FOUND)


def _outcome_fields(outcome: "Outcome") -> dict[str, Any]:
    from reports.batches import Left

    if isinstance(outcome, Left):
        said = {"what": outcome.what, "remedy": outcome.remedy}
        return {"case_id": outcome.id, "documents": [], "missing": [], "warnings": [], **said}
    missing = outcome.notice.missing if outcome.notice else []
    documents = [str(path) for path in outcome.documents]
    warnings = list(outcome.warnings)
    return {
        "case_id": outcome.case_id,
        "documents": documents,
        "missing": missing,
        "warnings": warnings,
        "what": "",
        "remedy": "",
    }


def _case_fields(session: "Session", row: "Case") -> dict[str, Any]:
    from reports.cases import case_line

    return case_line(session, row)._asdict()
