"""Taking what waits: many sites at once, each of them politely."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.availability import Change
from crawler.capture import CaptureLimits, CaptureOutcome, CaptureTools, capture_video
from crawler.documents import DocumentLimits
from crawler.fetch.http import HttpFetcher
from crawler.fetch.pace import Pace
from crawler.fetch.ytdlp import YtDlp
from crawler.guard import GuardPolicy
from crawler.lanes import Done, Workers, in_lanes
from crawler.parsing import Parser
from crawler.provenance.labels import LabelReader
from crawler.recheck import look_again, recheck_queue
from crawler.screenshot import Pictures
from crawler.sites import site_of
from crawler.videos import Video, queue
from monitor.drivers import StillMine
from monitor.runs.summary import RunSummary, Say
from monitor.settings import Settings
from monitor.workspace import Workspace
from registry.db import now
from reports.cases import confirmed_videos


@dataclass(frozen=True)
class Outfit:
    """What takes things from the web in one run; all its threads share it. stop: lets nothing more begin, ends what is open."""

    fetcher: HttpFetcher
    tools: CaptureTools
    pace: Pace
    workers: Workers
    stop: Callable[[], None]


def guard_policy(settings: Settings) -> GuardPolicy:
    crawl = settings.crawl
    return GuardPolicy(crawl.allowed_networks, crawl.allowed_ports or None, crawl.allowed_schemes)


def document_limits(settings: Settings) -> DocumentLimits:
    return DocumentLimits(settings.crawl.document_seconds, settings.crawl.document_memory)


@contextmanager
def outfit(workspace: Workspace) -> Iterator[Outfit]:
    """The fetcher and tools of a run; its browser ends with the context."""
    settings = workspace.settings
    policy, contact = guard_policy(settings), settings.operator.contact
    workers = Workers(settings.capture.workers)
    # The crawl has just asked many of these hosts.
    pace = Pace(settings.crawl.delay_seconds, aside=workers.aside, just_asked=True)
    with (
        Pictures(policy, contact, pace, aside=workers.aside) as pictures,
        Parser(document_limits(settings)) as parser,
        LabelReader(*workspace.vault.readable) as labels,
    ):

        def stop() -> None:
            pace.stop()
            pictures.close()
            parser.close()
            labels.close()

        tools = CaptureTools(
            workspace.cache / "parts",
            YtDlp(policy, contact=contact, pace=pace),
            pictures.take if settings.capture.screenshots else None,
            parser=parser,
            labels=labels,
        )
        yield Outfit(HttpFetcher(policy, contact=contact, pace=pace), tools, pace, workers, stop)


@dataclass(frozen=True)
class _Task:
    """A video to capture, or, again, one to look at once more with its pages."""

    video: Video
    again: bool


def capture_queue(
    workspace: Workspace,
    summary: RunSummary,
    say: Say,
    captured: Callable[[str], None] = lambda _: None,
    still_mine: StillMine = lambda _: None,
) -> None:
    """Take every video that waits, and look again at those that may have changed. One that cannot be had says so in its row.

    captured: is told the id of each new capture once it is on record, while others are still being taken. still_mine: asked in
    each transaction that puts one, or a look at one of its pages, on record.
    """
    with workspace.session() as session:
        before = summary.began_at - timedelta(hours=workspace.settings.capture.recheck_hours)
        due = [_Task(video, again=False) for video in queue(session)]
        due += [_Task(video, again=True) for video in recheck_queue(session, before, confirmed_videos(session))]
        session.expunge_all()
    if not due:
        return
    faults: list[Exception] = []
    with outfit(workspace) as hands, closing(_captured(workspace, hands, due, summary.began_at, still_mine)) as outcomes:
        for number, done in enumerate(outcomes, 1):
            say(f"{number} of {len(due)}. {_did(done)} {done.task.video.media_url}")
            if done.result is not None:
                _count(done.result, done.task, summary)
                if done.result.new and done.result.capture_id is not None:
                    captured(done.result.capture_id)
            if done.error is not None:
                faults.append(done.error)
        summary.problems += hands.pace.hurried
    if faults:
        # The vault or the database refuses, or a fault of ours. It ends the run, once all others have had their turn.
        raise faults[0]


def _captured(
    workspace: Workspace, hands: Outfit, due: list[_Task], since: datetime, still_mine: StillMine
) -> Generator[Done[_Task, CaptureOutcome], None, None]:
    settings = workspace.settings
    limits = CaptureLimits(settings.capture.max_bytes, settings.capture.max_seconds)
    operator = settings.operator.name or "semblance"

    def capture(task: _Task) -> CaptureOutcome:
        asked, at = (workspace.engine, workspace.vault, hands.fetcher, task.video.id), now()
        tried = capture_video(*asked, operator=operator, at=at, limits=limits, tools=hands.tools, still_mine=still_mine)
        if not task.again:
            return tried
        own = (workspace.engine, hands.fetcher, tried)
        return look_again(*own, at=at, since=since, parser=hands.tools.parser, still_mine=still_mine)

    return in_lanes(due, lambda task: sites_of(task.video), capture, hands.workers, hands.stop)


def sites_of(video: Video) -> frozenset[str]:
    """The sites that are sure to be asked for a video; others may follow from redirects."""
    found = (site_of(url) for url in (video.media_url, video.page_url or ""))
    return frozenset(site for site in found if site is not None)


def _did(done: Done[_Task, CaptureOutcome]) -> str:
    if done.task.again:
        return "Looked again at"
    return "Captured" if done.result is not None and done.result.capture_id is not None else "Not captured:"


def _count(outcome: CaptureOutcome, task: _Task, summary: RunSummary) -> None:
    summary.captured += outcome.new
    summary.unchanged += outcome.unchanged
    told = {Change.GONE: summary.gone, Change.REPLACED: summary.replaced, Change.BACK: summary.back}
    if outcome.change is not None:
        told[outcome.change].append(task.video.media_url)
    for url, change in outcome.pages:
        told[change].append(f"{url} (a page of {task.video.media_url})")
    # That a captured video is gone is told once, when it went.
    if outcome.what is not None and not outcome.gone:
        # What is looked at again was captured before, and stays so.
        summary.not_captured += not task.again
        summary.problems.append(f"{outcome.what} {outcome.remedy}")
