"""source, crawl and run: what is watched, and the watching."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.types import SourceKind
from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.looks import look_fields, show_look, show_looks
from monitor.cli.opening import Json, NotUnderstood, duration, session_of, workspace_of
from monitor.cli.output import end_progress, progress_line, say, show_json, show_record, show_rows, shown, tell, tell_if_any, utc
from registry.errors import ExitCode, SemblanceError

if TYPE_CHECKING:
    from sqlmodel import Session

    from crawler.health import SourceRow
    from crawler.types import SourceReport
    from monitor.pipeline import RunSummary
    from monitor.workspace import Workspace

source = typer.Typer(no_args_is_help=True, help="The feeds, sites, searches, channels and inboxes that are watched.")

KINDS = (
    "feed: RSS or Atom; sitemap: XML; page: a page with videos or links to them; peertube, mastodon, reddit, youtube: the "
    "address of a listing of their interface; ytdlp: a channel, playlist or search that yt-dlp knows; inbox: a folder or a list."
)


def join(app: typer.Typer) -> None:
    app.add_typer(source, name="source")
    app.command()(crawl)
    app.command()(run)


@source.command("add")
def source_add(
    context: typer.Context,
    name: str,
    url: str,
    kind: Annotated[SourceKind, typer.Option(help=KINDS)],
    json: Json = False,
) -> None:
    """Watch a place."""
    with session_of(context) as (workspace, session):
        row = _add(workspace, session, name, url, kind)
        show_look(row, None, json)


@source.command("add-searches")
def source_add_searches(
    context: typer.Context,
    kind: Annotated[SourceKind, typer.Option(help="youtube, ytdlp, peertube, mastodon or reddit.")],
    on: Annotated[
        str, typer.Option(help="The instance (peertube, mastodon), or yt-dlp's name of a search, e.g. bilisearch.")
    ] = "",
    subjects: Annotated[list[str] | None, typer.Option("--subject", help="Only these subjects; otherwise all.")] = None,
    also: Annotated[list[str] | None, typer.Option(help="Further names, aliases or titles, in any script.")] = None,
    word: Annotated[list[str] | None, typer.Option(help="Words to join to the names, in place of the usual ones.")] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only list the searches.")] = False,
    json: Json = False,
) -> None:
    """Watch a search for every protected name, together with the words of generated video in its script."""
    from crawler.queries import queries, search_address
    from registry.subjects import find_subject, list_subjects

    with session_of(context) as (workspace, session):
        held = [find_subject(session, name) for name in subjects] if subjects else list_subjects(session)
        asked = queries([*(subject.name for subject in held), *(also or ())], word)
        try:
            wanted = [(f"{kind.value}: {query}", search_address(kind, query, on)) for query in asked]
        except ValueError as error:
            raise NotUnderstood(f"A source of the kind {kind.value} has no search.", "Choose another kind.") from error
        if not dry:
            known = {row.url for row in _chosen(session, None)}
            wanted = [(name, url) for name, url in wanted if url not in known]
            wanted = [(row.name, row.url) for row in (_add(workspace, session, name, url, kind) for name, url in wanted)]
        show_rows(
            [{"name": name, "url": url} for name, url in wanted], json, "Nothing to search for that is not watched already."
        )


def _add(workspace: "Workspace", session: "Session", name: str, url: str, kind: SourceKind) -> "SourceRow":
    from sqlmodel import select

    from crawler.health import SourceRow
    from registry.errors import Conflict
    from registry.names import clean_name

    cleaned = clean_name(name, "source")
    address = _address(workspace, url, kind)
    if session.exec(select(SourceRow).where(SourceRow.name == cleaned)).first():
        raise Conflict(f"There is a source {cleaned!r} already.", "Choose another name, or type `semblance source list`.")
    row = SourceRow(name=cleaned, kind=kind, url=address)
    session.add(row)
    session.flush()
    return row


def _address(workspace: "Workspace", url: str, kind: SourceKind) -> str:
    """The address as it is kept: that of a folder for an inbox, a search of yt-dlp's, or a checked URL."""
    from pathlib import Path

    from crawler.fetch.ytdlp import SEARCHES
    from crawler.guard import check_url
    from monitor.capturing import guard_policy

    if kind is SourceKind.INBOX:
        path = Path(url).expanduser().absolute()
        if not path.exists():
            raise NotUnderstood(f"There is no folder or list {url!r}.", "Make the folder first, or mend its name.")
        return path.as_uri()
    if kind is SourceKind.YTDLP and url.partition(":")[0].rstrip("0123456789") in SEARCHES:
        return url
    return check_url(url, guard_policy(workspace.settings)).url


@source.command("list")
def source_list(
    context: typer.Context, search: Search = "", limit: Limit = None, after: After = None, json: Json = False
) -> None:
    """List the sources, each with how its last run went."""
    from sqlmodel import col, select

    from crawler.health import SourceRow
    from registry.paging import listed

    with session_of(context) as (_, session):
        part, by = part_of(search, limit, after, json), (col(SourceRow.name), col(SourceRow.id))
        found = listed(session, select(SourceRow), by, part, (SourceRow.name, SourceRow.url))
        nothing = "No source fits that." if search else "No sources yet. Add one with `semblance source add`."
        columns = ("name", "kind", "url", "last_run", "state", "read", "id")
        show_listed(found, lambda row: look_fields(row, _last_look(session, row)), json, nothing, columns, limit=limit)


@source.command("show")
def source_show(context: typer.Context, name: str, json: Json = False) -> None:
    """Show how the last look at a source went: what was read, how far back, and what was not."""
    with session_of(context) as (_, session):
        for row in _chosen(session, [name]):
            show_look(row, _last_look(session, row), json)


@source.command("check")
def source_check(context: typer.Context, names: Annotated[list[str] | None, typer.Argument()] = None, json: Json = False) -> None:
    """Read sources without keeping anything; exit code 1 when one of them could not be read completely."""
    from crawler.crawl import crawl as crawl_specs
    from crawler.health import spec_of
    from crawler.types import SourceReport
    from monitor.capturing import guard_policy
    from monitor.pipeline import crawl_options

    with session_of(context) as (workspace, session):
        chosen = {row.id: row for row in _chosen(session, names)}
        settings = workspace.settings
        wanted = [spec_of(session, row) for row in chosen.values()]
        found = crawl_specs(wanted, guard_policy(settings), crawl_options(settings))
        reports = [item for item in found if isinstance(item, SourceReport)]
        show_looks([(chosen[report.source_id], report) for report in reports], json)
    if not all(report.complete for report in reports):
        raise typer.Exit(ExitCode.FOUND)


def crawl(context: typer.Context, names: Annotated[list[str] | None, typer.Argument()] = None, json: Json = False) -> None:
    """Look through all sources, or those named, and note the videos they show; nothing is captured."""
    from crawler.health import spec_of
    from monitor.pipeline import RunSummary, crawl_sources
    from monitor.workspace import alone

    with session_of(context) as (workspace, session):
        wanted = [spec_of(session, row) for row in _chosen(session, names)]
        session.commit()
        summary = RunSummary()
        with alone(workspace):
            crawl_sources(workspace, summary, progress_line(), wanted)
        end_progress()
        _show_summary(summary, json)


def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Run once; this is what happens without --every, too.")] = False,
    every: Annotated[str | None, typer.Option(help="Run again and again, such as every 6h, 30m or 1d.")] = None,
    json: Json = False,
) -> None:
    """Crawl, capture, scan, and apply licences: all that there is to do now. It may be stopped at any moment."""
    if once and every:
        raise NotUnderstood("--once and --every exclude each other.", "Give one of them.")
    pause = duration(every) if every else None
    while True:
        try:
            _run_once(context, json)
        except SemblanceError as error:
            if pause is None or not error.retryable:
                raise
            tell(f"{shown(error)} The next run is in {every}.")
        if pause is None:
            return
        _sleep(pause)


def _run_once(context: typer.Context, json: bool) -> None:
    from monitor.confinement import weaker_here
    from monitor.pipeline import run_once

    with workspace_of(context) as workspace:
        summary = run_once(workspace, progress_line())
        end_progress()
        tell_if_any(weaker_here())
        _show_summary(summary, json)


def _sleep(seconds: float) -> None:
    import time
    from datetime import UTC, datetime, timedelta

    tell(f"The next run is at {utc(datetime.now(UTC) + timedelta(seconds=seconds))}; stop with Ctrl-C.")
    time.sleep(seconds)


_CHANGES = (
    ("gone", "Not seen any more"),
    ("replaced", "Other bytes in its place"),
    ("back", "Seen again"),
    ("joined", "New address"),
)


def _show_summary(summary: "RunSummary", json: bool) -> None:
    fields = asdict(summary)
    if json:
        show_json(fields)
        return
    problems = fields.pop("problems")
    told = [(words, fields.pop(name)) for name, words in _CHANGES]
    show_record(fields, False)
    for words, addresses in told:
        for address in addresses:
            say(f"{words}: {shown(address)}")
    for problem in problems:
        tell(f"! {shown(problem)}")
    if summary.waiting:
        say("Matches wait for a person: semblance review list")


def _chosen(session: "Session", names: list[str] | None) -> "list[SourceRow]":
    from sqlmodel import col, or_, select

    from crawler.health import SourceRow
    from registry.errors import NotFound

    query = select(SourceRow)
    held = session.exec(query.where(or_(col(SourceRow.name).in_(names), col(SourceRow.id).in_(names))) if names else query).all()
    for name in names or []:
        if all(name not in (row.name, row.id) for row in held):
            raise NotFound(f"There is no source {name!r}.", "Type `semblance source list` to see them.")
    return list(held)


def _last_look(session: "Session", row: "SourceRow") -> "SourceReport | None":
    from sqlmodel import col, select

    from crawler.health import SourceRun

    of_source = select(SourceRun).where(SourceRun.source_id == row.id)
    last = session.exec(of_source.order_by(col(SourceRun.ended_at).desc()).limit(1)).first()
    return last.report() if last is not None else None
