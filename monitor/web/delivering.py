"""What the server does beside answering: webhooks are sent by a thread of it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from monitor.webhooks import deliver
from monitor.workspace import Workspace

LOG = logging.getLogger("monitor.web")

EVERY, AT_MOST = 1.0, 60.0
"""Seconds between two looks at what is due; twice as many after each that failed, and no more than so many."""


@contextmanager
def delivering(workspace: Workspace) -> Iterator[None]:
    """Send what is due as long as this is held."""
    ended = Event()

    def work() -> None:
        pause = EVERY
        while not ended.wait(pause):
            try:
                with workspace.acting_for(None, "web server") as owned:
                    deliver(owned, ended=ended.is_set)
                pause = EVERY
            except Exception:
                # What fails now, such as a held database, is tried again, ever later; the server goes on.
                pause = min(2 * pause, AT_MOST)
                LOG.exception("webhooks were not delivered")

    thread = Thread(target=work, name="webhooks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
