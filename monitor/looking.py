"""What looks again, now, at every address of a case: what its letters say of them must just have been seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from crawler.capture import CaptureLimits
from crawler.looking import Looker
from monitor.runs.capturing import outfit
from monitor.runs.summary import Say
from monitor.workspace import Workspace


@contextmanager
def looker(workspace: Workspace, say: Say = lambda _: None) -> Iterator[Looker]:
    """Looks as this workspace is set up, while it is open. Bytes are fetched and compared even where the site says that they are
    unchanged."""
    settings = workspace.settings
    limits, operator = CaptureLimits(settings.capture.max_bytes, settings.capture.max_seconds), settings.operator.name
    with outfit(workspace) as hands:
        # No parts of files are kept: a run may be at work on the same ones.
        tools = replace(hands.tools, parts=None, compare=True)
        yield Looker(workspace.engine, workspace.vault, hands.fetcher, operator or "semblance", limits, tools, say)
