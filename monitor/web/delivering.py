"""What the server does beside answering: webhooks are sent by a thread of it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from monitor.webhooks import deliver
from monitor.workspace import Workspace
from registry.db import now

LOG = logging.getLogger("monitor.web")

EVERY = 1.0
"""Seconds between two looks at what is due."""


@contextmanager
def delivering(workspace: Workspace) -> Iterator[None]:
    """Send what is due as long as this is held."""
    ended = Event()

    def work() -> None:
        while not ended.wait(EVERY):
            try:
                with workspace.acting_for(None, "web server") as owned:
                    deliver(owned, now())
            except Exception:
                # What fails now, such as a held database, is tried again; the server goes on.
                LOG.exception("webhooks were not delivered")

    thread = Thread(target=work, name="webhooks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
