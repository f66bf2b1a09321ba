"""Timestamps of authorities, for each capture as soon as it is made, and for those that wait."""

from collections.abc import Iterator
from pathlib import Path

from monitor.runs.summary import RunSummary, Say
from monitor.settings_outside import AuthoritySettings
from monitor.workspace import Workspace
from registry.counting import counted
from registry.errors import ExitCode, SemblanceError
from reports.signing.stamping import Stamper
from reports.signing.timestamp import count_not_stamped, not_stamped
from reports.signing.timestamper import HttpTimestamper
from reports.signing.tokens import roots_of

MOST_AT_ONCE = 500
"""Of captures that wait, asked about in one run: an authority that is free of charge bears no more."""


class AuthorityRefused(SemblanceError):
    """An authority in the settings that cannot be asked."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class Stamps:
    """What one run asks of the authorities in the settings; a capture is never held up by one."""

    def __init__(self, workspace: Workspace, summary: RunSummary, say: Say) -> None:
        self._workspace, self._summary, self._say = workspace, summary, say
        operator = workspace.settings.operator.name or "semblance"
        self._stamper = Stamper(workspace.vault, list(self._usable()), operator)

    def _usable(self) -> Iterator[HttpTimestamper]:
        asked = self._workspace.settings.timestamps
        for named in asked.authorities:
            try:
                yield authority_of(self._workspace.root, named, asked.seconds)
            except SemblanceError as error:
                self._summary.problems.append(f"{error.what} {error.remedy}")

    def captured(self, capture_id: str) -> None:
        """Have a new capture stated. What the authorities cannot do now waits."""
        if self._stamper.authorities:
            with self._workspace.session() as session:
                self._summary.timestamped += self._stamper.stamp(session, capture_id)

    def waiting(self) -> None:
        """Ask about what waits, newest first, and count what still does."""
        with self._workspace.session() as session:
            for authority in self._stamper.authorities:
                left = not_stamped(session, authority.name, MOST_AT_ONCE)
                if left:
                    self._say(f"Asking {authority.name} for the timestamps of {counted(len(left), 'capture')}.")
                for capture_id in left:
                    if authority in self._stamper.authorities:
                        self._summary.timestamped += self._stamper.stamp(session, capture_id)
            named = [authority.name for authority in self._workspace.settings.timestamps.authorities]
            self._summary.not_timestamped = sum(count_not_stamped(session, name) for name in named)
        self._summary.problems += self._stamper.problems


def authorities_of(workspace: Workspace) -> list[HttpTimestamper]:
    """All authorities of the settings. Raises what authority_of raises."""
    asked = workspace.settings.timestamps
    return [authority_of(workspace.root, named, asked.seconds) for named in asked.authorities]


def authority_of(root: Path, named: AuthoritySettings, seconds: float) -> HttpTimestamper:
    """An authority of the settings of the workspace in root.

    Raises AuthorityRefused where its certificates cannot be read, RootsUnusable where there are none.
    """
    path = root / named.roots
    try:
        roots = path.read_bytes()
    except OSError as error:
        raise AuthorityRefused(
            f"The certificates of the timestamp authority {named.name} cannot be read: {path}: {error.strerror}.",
            "Put its root there, in PEM, or mend timestamps.authorities in the settings.",
        ) from error
    roots_of(roots)
    return HttpTimestamper(named.name, roots, named.url, seconds)
