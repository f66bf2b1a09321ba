"""Taking in at once who enrolled by a link, where the party wants it: after the answer, whose time then tells nothing."""

import logging
from threading import Thread

from monitor.taking_in_invited import accept
from monitor.workspace import Workspace
from registry.errors import SemblanceError

LOG = logging.getLogger("monitor.taking_in_at_once")


class TakingIn:
    """What takes in at once for a server."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def begin(self, invitation_id: str, party: str) -> Thread:
        """Begin, and return. What hinders it, and what was not done when the server stops, waits for a registrar."""
        begun = Thread(target=self._run, args=(invitation_id, party), daemon=True, name="taking in")
        begun.start()
        return begun

    def _run(self, invitation_id: str, party: str) -> None:
        try:
            with self._workspace.acting_for(None, "web enrol.send") as workspace:
                accept(workspace, invitation_id, f"{party}, which takes in at once")
        except SemblanceError:
            LOG.warning("who enrolled by a link was not taken in at once, and waits for a registrar")
        except Exception:
            LOG.exception("who enrolled by a link was not taken in at once, and waits for a registrar")
