"""The reports of the schedule, as a part of a run."""

from monitor.locks import WorkspaceBusy
from monitor.runs.summary import RunSummary
from monitor.workspace import Workspace
from registry.db import now


def report_on_schedule(workspace: Workspace, summary: RunSummary) -> None:
    """Make and send what is due; where another process is at it, that one does it."""
    if not workspace.settings.report.to:
        return
    # Imported here: a run without a schedule needs none of it.
    from monitor.reporting import do_due

    with workspace.session() as session:
        try:
            summary.problems += do_due(workspace, session, now(), summary.reports.append)
        except WorkspaceBusy:
            return
