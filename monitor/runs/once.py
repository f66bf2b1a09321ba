"""All steps of a run, one after the other."""

from monitor.drivers import driving
from monitor.logs import event, logged_with
from monitor.readiness import note_run
from monitor.restored import refuse_restored
from monitor.runs.capturing import capture_queue
from monitor.runs.comparing import compare_footage
from monitor.runs.crawling import crawl_sources
from monitor.runs.following import follow
from monitor.runs.judging import judge
from monitor.runs.reporting import report_on_schedule
from monitor.runs.scanning import scan_captures
from monitor.runs.stamping import Stamps
from monitor.runs.summary import RunSummary, Say
from monitor.wiring import SEEKERS
from monitor.workspace import Workspace, among_runs
from registry.db import new_id
from registry.erase import finish_erasures
from registry.tenancy import refuse_accounts


def run_once(workspace: Workspace, say: Say = lambda _: None) -> RunSummary:
    """All that there is to do now, for all parties.

    Raises WorkspaceBusy, RestoredWaits, AccessRefused for an account, or PackError once everything is captured.
    """
    refuse_restored(workspace.root)
    with logged_with(run=new_id()):
        event("a run began")
        summary = _run(workspace, say)
        counted = {name: value for name, value in vars(summary).items() if isinstance(value, int)}
        event("a run ended", problems=len(summary.problems), **counted)
    return summary


def _run(workspace: Workspace, say: Say) -> RunSummary:
    summary = RunSummary()
    with workspace.session() as session:
        refuse_accounts(session, "A run")
    with among_runs(workspace), driving(workspace.engine, workspace.root) as driver:
        with driver.only("erasures"), workspace.session() as session:
            finish_erasures(session, workspace.vault, SEEKERS)
        stamps = Stamps(workspace, summary, say)
        # A site is asked by one run at a time. What of a step one run has done, the next one finds done.
        with driver.only("the web", say) as still_mine:
            crawl_sources(workspace, summary, say, still_mine=still_mine)
            capture_queue(workspace, summary, say, stamps.captured, still_mine)
            stamps.waiting()
        scan_captures(workspace, summary, say)
        with driver.only("comparing") as still_mine:
            compare_footage(workspace, summary, say, still_mine)
        with driver.only("judging"):
            judge(workspace, summary)
        with driver.only("following") as still_mine:
            follow(workspace, summary, still_mine)
    report_on_schedule(workspace, summary)
    note_run(workspace.root)
    return summary
