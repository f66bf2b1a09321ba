"""review and case: what a person decides on, and what comes of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import deciding
from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.matches import show_matches
from monitor.cli.opening import Json, NotUnderstood, person_named, session_of
from monitor.cli.output import named, say, show_json, show_json_rows, show_record, shown, tell, tell_if_any
from registry.errors import ExitCode

if TYPE_CHECKING:
    from registry.paging import Listed
    from reports.batches import OutcomeLine
    from reports.match_lines import MatchLine

AsReviewer = Annotated[str | None, typer.Option(help="Whose second reviews are counted; an account has its own name.")]

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
    from reports.match_lines import listed_lines

    with session_of(context) as (_, session):
        wanted = deciding.selection(session, (), video, subject, uploader, host, deciding.status_called(status))
        part = part_of(search, limit, after, json)
        waiting = wanted.names_none and status == "pending" and not (search or after)
        _show_lines(listed_lines(session, wanted, part), json, limit, waiting)


@review.command("agreement")
def review_agreement(context: typer.Context, reviewer: AsReviewer = None, json: Json = False) -> None:
    """How far reviewers agree: decisions that somebody else made again without seeing them, and those that want settling."""
    from registry.tenancy import caller_of
    from reports.agreement import SETTLING, agreement

    with session_of(context) as (_, session):
        named_so = reviewer is not None or caller_of(session) is not None
        found = agreement(session, person_named(session, reviewer, "--reviewer") if named_so else "")
    if json:
        show_record(named(found), True)
        return
    for words in found.words:
        say(words)
    if found.waiting is not None:
        many = "more than 100" if found.waiting > 100 else found.waiting
        say(f"Waiting for a second review by you: {many}.")
    for each in found.disagreements:
        said = f"{each.first} by {shown(each.first_by)}, {each.second} by {shown(each.second_by)}"
        say(f"{shown(each.match_id)}  {shown(each.subject)}: {said}")
    if found.open:
        tell(f"{found.open} to be settled. {SETTLING}")


def _show_lines(found: "Listed[MatchLine]", json: bool, limit: int | None, waiting: bool) -> None:
    """waiting: whether it is the list of all that wait."""
    if json:
        show_json_rows({**named(line), "cursor": cursor} if limit else line for line, cursor in found.rows)
        tell_if_any(f"{found.more} more" if found.more else "")
        return
    every = list(found.rows)
    show_matches([line for line, _ in every], "No match waits for a decision." if waiting else "No match fits all of that.")
    if found.more:
        tell(f"{found.more} more: --after {every[-1][1]}")


@case.command("list")
def case_list(context: typer.Context, search: Search = "", limit: Limit = None, after: After = None, json: Json = False) -> None:
    """List all cases."""
    from reports.case_lines import listed_cases

    with session_of(context) as (_, session):
        found = listed_cases(session, part_of(search, limit, after, json))
        nothing = "No case fits that." if search else "No cases yet: confirm a match with `semblance review confirm`."
        columns = ("id", "party", "matches", "opened_at", "title", "page_url")
        show_listed(found, named, json, nothing, columns, limit=limit)


@case.command("show")
def case_show(context: typer.Context, case: str, json: Json = False) -> None:
    """Show one case with its matches."""
    from reports.match_lines import shown_case

    with session_of(context) as (_, session):
        found, matches = shown_case(session, case)
        if json:
            show_record({**named(found), "matches": matches}, True)
            return
        show_record(found, False)
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
    with session_of(context) as (workspace, session):
        check_which(cases, every)
        workspace.decoder().start_for_stills()
        tell("The evidence is being made ...")
        from monitor.bundles import export_cases  # what seals and prints takes a second to load, while the decoders come up

        made = export_cases(workspace, session, cases or (), out)
    show_outcomes(made, json, "No cases yet: confirm a match with `semblance review confirm`.", "its last bundle says the same")


def check_which(typed: "Sequence[str] | None", every: bool) -> None:
    """Raises NotUnderstood where it is not said which cases."""
    if every == bool(typed):
        raise NotUnderstood("It is not said which cases.", "Give the id of a case, or --all, and not both.")


def show_outcomes(lines: "Sequence[OutcomeLine]", as_json: bool, nothing: str, unchanged: str) -> None:
    """A line for each case, and Exit with code 1 when something was left."""
    if as_json:
        show_json(lines)
    elif not lines:
        say(nothing)
    for line in () if as_json else lines:
        _show_outcome(line, unchanged)
    if any(line.what for line in lines):
        raise typer.Exit(ExitCode.FOUND)


def _show_outcome(line: "OutcomeLine", unchanged: str) -> None:
    which = line.case_id[:12]
    if line.what:
        tell(f"{which}  not made: {shown(line.what)} {shown(line.remedy)}")
        return
    say(f"{which}  {shown(', '.join(line.documents)) if line.documents else 'nothing new: ' + unchanged}")
    for warning in line.warnings:
        tell(f"{which}  before you send it: {shown(warning)}")
