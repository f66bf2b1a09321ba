"""source, crawl and run: what is watched, and the watching."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.types import KINDS, SourceKind
from monitor.cli.actions import typed
from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.looks import look_fields, show_look, show_looks
from monitor.cli.opening import Json, NotUnderstood, duration, session_of, workspace_of
from monitor.cli.output import end_progress, progress_line, say, show_json, show_record, show_rows, shown, tell, tell_if_any, utc
from monitor.engine.kinds import EngineKind
from registry.errors import ExitCode, SemblanceError

if TYPE_CHECKING:
    from monitor.runs.summary import RunSummary

source = typer.Typer(no_args_is_help=True, help="The feeds, sites, searches, channels and inboxes that are watched.")


def join(app: typer.Typer) -> None:
    app.add_typer(source, name="source")
    app.command()(crawl)
    app.command()(run)


@source.command("add")
def source_add(
    context: typer.Context,
    name: str,
    url: str,
    kind: Annotated[SourceKind, typer.Option(help="; ".join(f"{kind.value}: {words}" for kind, words in KINDS.items()) + ".")],
    json: Json = False,
) -> None:
    """Watch a place."""
    from crawler.watchlist import watch
    from monitor.runs.capturing import guard_policy

    with session_of(context) as (workspace, session):
        show_look(watch(session, name, url, kind, guard_policy(workspace.settings)), json)


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
    from crawler.watchlist import SearchPlan, planned_searches, watch_searches
    from monitor.runs.capturing import guard_policy

    plan = SearchPlan(kind, on, subjects or (), also or (), word)
    with session_of(context) as (workspace, session):
        found = planned_searches(session, plan) if dry else watch_searches(session, plan, guard_policy(workspace.settings))
        show_rows([asdict(each) for each in found], json, "Nothing to search for that is not watched already.")


@source.command("list")
def source_list(
    context: typer.Context, search: Search = "", limit: Limit = None, after: After = None, json: Json = False
) -> None:
    """List the sources, each with how its last run went."""
    from crawler.watchlist import list_sources

    with session_of(context) as (_, session):
        found = list_sources(session, part_of(search, limit, after, json))
        nothing = "No source fits that." if search else "No sources yet. Add one with `semblance source add`."
        columns = ("name", "kind", "url", "last_run", "state", "read", "id")
        show_listed(found, look_fields, json, nothing, columns, limit=limit)


@source.command("show")
def source_show(context: typer.Context, name: str, json: Json = False) -> None:
    """Show how the last look at a source went: what was read, how far back, and what was not."""
    from crawler.watchlist import find_source

    with session_of(context) as (_, session):
        for each in find_source(session, name):
            show_look(each, json)


@source.command("check")
def source_check(context: typer.Context, names: Annotated[list[str] | None, typer.Argument()] = None, json: Json = False) -> None:
    """Read sources without keeping anything; exit code 1 when one of them could not be read completely."""
    from crawler.watchlist import check_sources
    from monitor.runs.capturing import guard_policy
    from monitor.runs.crawling import crawl_options

    with session_of(context) as (workspace, session):
        settings = workspace.settings
        checked = check_sources(session, names or (), guard_policy(settings), crawl_options(settings))
        show_looks(checked, json)
    if not all(each.look.complete for each in checked if each.look is not None):
        raise typer.Exit(ExitCode.FOUND)


@source.command("pause")
def source_pause(context: typer.Context, name: str) -> None:
    """Look at a source no more until it is resumed. What was found there stays, and is looked at again as before."""
    from crawler.pausing import pause
    from registry.db import now

    with session_of(context) as (_, session):
        called = pause(session, name, now()).name
    say(f"{shown(called)} is paused: runs leave it out, and reports say so.")


@source.command("resume")
def source_resume(context: typer.Context, name: str) -> None:
    """Look at a source again that was paused, or watch one again that was removed."""
    from crawler.pausing import resume

    with session_of(context) as (_, session):
        called = resume(session, name).name
    say(f"{shown(called)} is looked at again from the next run on.")


@source.command("remove")
def source_remove(context: typer.Context, name: str, json: Json = False) -> None:
    """Watch a source no more. Videos, matches and cases that came of it stay."""
    from crawler.pausing import remove
    from registry.db import now

    with session_of(context) as (_, session):
        removed = remove(session, name, now())
    if json:
        show_json(asdict(removed))
        return
    say(f"{shown(removed.name)} is not watched any more.")
    if removed.kept:
        say(f"{removed.found.videos} videos were found there, {removed.found.captured} of them captured: all of that stays.")


def crawl(context: typer.Context, names: Annotated[list[str] | None, typer.Argument()] = None, json: Json = False) -> None:
    """Look through all sources, or those named, and note the videos they show; nothing is captured."""
    from monitor.runs.crawling import crawl_named

    with session_of(context) as (workspace, session):
        summary = crawl_named(workspace, session, names or (), progress_line())
        end_progress()
        _show_summary(summary, json)


def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Run once; this is what happens without --every, too.")] = False,
    every: Annotated[str | None, typer.Option(help="Run again and again, such as every 6h, 30m or 1d.")] = None,
    engine: Annotated[EngineKind | None, typer.Option(help="What looks at media, instead of the settings'.")] = None,
    address: Annotated[str | None, typer.Option(help="HOST:PORT of the cluster for --engine ray, or auto.")] = None,
    json: Json = False,
) -> None:
    """Crawl, capture, scan, and apply licences: all that there is to do now. It may be stopped at any moment."""
    if once and every:
        raise NotUnderstood("--once and --every exclude each other.", "Give one of them.")
    pause = duration(every) if every else None
    with _ends_when_asked():
        while True:
            try:
                _run_once(context, engine, address, json)
            except SemblanceError as error:
                if pause is None or not error.retryable:
                    raise
                tell(f"{shown(error)} The next run is in {every}.")
            if pause is None:
                return
            _sleep(pause)


@contextmanager
def _ends_when_asked() -> Iterator[None]:
    """Have SIGTERM, by which systems stop services and containers, end what is within as Ctrl-C does, with the exit code that
    shells give it. A run gives back what it was at: otherwise its end would count against the files that it just looked at."""

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _run_once(context: typer.Context, engine: EngineKind | None, address: str | None, json: bool) -> None:
    from monitor.confinement import weaker_here
    from monitor.engine.choosing import with_engine
    from monitor.runs.once import run_once

    with workspace_of(context) as workspace:
        summary = run_once(with_engine(workspace, engine, address), progress_line())
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
    ("letters", "Letter"),
    ("reports", "Report"),
)


def _show_summary(summary: "RunSummary", json: bool) -> None:
    fields = asdict(summary)
    del fields["steps"]
    if json:
        show_json(fields)
        return
    problems = fields.pop("problems")
    if not (summary.timestamped or summary.not_timestamped):
        # Nobody is asked for timestamps, unless the settings name an authority.
        del fields["timestamped"], fields["not_timestamped"]
    if not summary.to_compare:
        del fields["to_compare"]
    told = [(words, fields.pop(name)) for name, words in _CHANGES]
    show_record(fields, False)
    for words, addresses in told:
        for address in addresses:
            say(f"{words}: {shown(address)}")
    for problem in problems:
        tell(f"! {shown(problem)}")
    tell_if_any(typed(summary.steps))
    if summary.waiting:
        say("Matches wait for a person: semblance review list")
