"""Looking through the sources: what they show is put on record as it comes."""

from collections.abc import Sequence
from pathlib import Path

from sqlmodel import Session, col, func, select

from crawler.crawl import CrawlOptions, crawl
from crawler.errors import CrawlerError
from crawler.health import SourceRun, record_run, specs
from crawler.pages import record_discovery
from crawler.types import Discovery, SourceReport, SourceSpec
from crawler.videos import Video
from crawler.watchlist import specs_of
from monitor.drivers import StillMine
from monitor.runs.capturing import document_limits, guard_policy
from monitor.runs.summary import RunSummary, Say
from monitor.settings import Settings
from monitor.workspace import Workspace, alone
from registry.db import now
from registry.tenancy import refuse_accounts


def crawl_options(settings: Settings, cache: Path | None = None) -> CrawlOptions:
    """cache: where pages are kept from one crawl to the next."""
    crawl = settings.crawl
    return CrawlOptions(
        contact=settings.operator.contact,
        max_pages=crawl.max_pages,
        max_depth=crawl.max_depth,
        delay=crawl.delay_seconds,
        max_seconds=crawl.max_seconds,
        cache="" if cache is None else str(cache),
        youtube_key=crawl.youtube_key.get_secret_value(),
        listing_limit=crawl.listing_limit,
        document=document_limits(settings),
    )


def crawl_sources(
    workspace: Workspace,
    summary: RunSummary,
    say: Say,
    wanted: Sequence[SourceSpec] | None = None,
    still_mine: StillMine = lambda _: None,
) -> None:
    """Look through the wanted sources, or all, but for those that another run has looked through since this one began. Each
    discovery is committed as it comes. still_mine: asked before each is written."""
    with workspace.session() as session:
        refuse_accounts(session, "A crawl")
        # What ended later than now ended by a clock that was set back since, and tells nothing of this run.
        meanwhile = col(SourceRun.ended_at).between(summary.began_at, now())
        done = set(session.exec(select(SourceRun.source_id).where(meanwhile)))
        sources = [spec for spec in (specs(session) if wanted is None else wanted) if spec.id not in done]
        before = _videos(session)
        for found in crawl(
            sources, guard_policy(workspace.settings), crawl_options(workspace.settings, workspace.cache / "pages.db")
        ):
            still_mine(session)
            if isinstance(found, SourceReport):
                _note_report(session, found, summary, say)
            else:
                _note_discovery(session, found, summary, say)
            session.commit()
        summary.new_videos += _videos(session) - before


def _note_report(session: Session, report: SourceReport, summary: RunSummary, say: Say) -> None:
    record_run(session, report)
    summary.sources += 1
    summary.incomplete_sources += not report.complete
    summary.problems += report.errors
    of_due = f" of {report.share.due}" if report.share.due is not None else ""
    say(f"Source {report.reading}: {report.pages}{of_due} pages, {report.unchanged} of them unchanged, {report.videos} videos.")


def _note_discovery(session: Session, discovery: Discovery, summary: RunSummary, say: Say) -> None:
    try:
        record_discovery(session, discovery, now())
    except CrawlerError as error:
        session.rollback()
        summary.problems.append(str(error))
    else:
        say(f"Found {discovery.media_url}")


def _videos(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Video)).one()


def crawl_named(workspace: Workspace, session: Session, names: Sequence[str], say: Say) -> RunSummary:
    """Look through the sources of those names or ids, or all, and note the videos they show. Commits the session first; raises
    NotFound for an unknown source before anything is looked at."""
    wanted = specs_of(session, names)
    session.commit()
    summary = RunSummary()
    with alone(workspace):
        crawl_sources(workspace, summary, say, wanted)
    return summary
