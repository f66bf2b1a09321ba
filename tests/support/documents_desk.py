"""A workspace with a confirmed match, and commands that are killed in it at a chosen moment."""

import base64
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlmodel import Session, select

from monitor.runs.once import run_once
from monitor.wiring import ERASERS, KEEPERS, SEEKERS
from monitor.workspace import Workspace, open_workspace
from registry.db import now
from registry.erase import ErasureReceipt, erase_subject
from registry.subjects import find_subject
from reports.cases import Case
from reports.matches import MatchRow
from reports.review import Decision, review
from tests.support.cases import open_cases
from tests.support.drawn_clips import figure, save
from tests.support.loopback_site import Site, open_site
from tests.support.watched_site import make_workspace, publish

ROOT = Path(__file__).resolve().parents[2]

# Runs each command as a fork of a process that has loaded everything. moment: "never", or when the process kills itself:
# "writing" as the list of a bundle's digests is about to be written, "before" and "after" the n-th document gets its place,
# "across" when its copy on another file system is about to get it.
LAUNCHER = """
import json, os, signal, sys
import monitor.cli.main, monitor.retention, reports.issuing, reports.render.weekly
from tests.support.warm import forked
def watch(moment, number):
    left = [number]
    def hook(event, arguments):
        staged = event in ("open", "os.rename") and "/staging/" in str(arguments[0])
        if moment == "writing" and event == "open" and staged and str(arguments[0]).endswith("/tagmanifest-sha256.txt"):
            os.kill(os.getpid(), signal.SIGKILL)
        if moment == "across" and event == "os.rename" and ".part/" in str(arguments[0]):
            os.kill(os.getpid(), signal.SIGKILL)
        if moment in ("before", "after") and event == "os.rename" and staged and "/staging/" not in str(arguments[1]) and left[0]:
            left[0] -= 1
            if not left[0]:
                if moment == "after":
                    os.rename(*arguments[:2])
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
def do(job):
    sys.argv = ["semblance", *job["command"]]
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if job["moment"] != "never":
        watch(job["moment"], job["number"])
    return monitor.cli.main.main()
for line in sys.stdin:
    job = json.loads(line)
    print(forked(lambda: do(job)), flush=True)
"""


class Launcher:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, root: Path, *command: str | Path, moment: str = "never", number: int = 1) -> bool:
        """Run a command in the workspace; says whether it was killed, and asserts that it ended well where it was not."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = {"command": ["-w", str(root), *map(str, command)], "moment": moment, "number": number}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        assert code in (0, -signal.SIGKILL)
        return code != 0


@contextmanager
def launcher() -> Iterator[Launcher]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", LAUNCHER], cwd=ROOT, **pipes) as process:
        yield Launcher(process)


def prepare(folder: Path) -> str:
    """A workspace at folder/work in which the match of Figure 1 is confirmed; the picture it was enrolled with is
    folder/figure1.png. Returns the case's id."""
    with open_site() as site:
        return prepare_at(site, folder)


def prepare_at(site: Site, folder: Path) -> str:
    """As prepare, of a site that stays."""
    publish(site, folder, [1])
    make_workspace(folder / "work", site, folder, [1])
    with open_workspace(folder / "work") as workspace:
        run_once(workspace)
        with workspace.session() as session:
            match = session.exec(select(MatchRow)).one()
            review(session, match.id, Decision.CONFIRM, "R. Viewer", "the same", now())
            (case,) = open_cases(session)
            session.commit()
            return case.id


def reference(folder: Path) -> bytes:
    return save(folder / "again.png", figure(1)).read_bytes()


def case_of(session: Session) -> Case:
    return session.exec(select(Case)).one()


def erase(workspace: Workspace, session: Session, name: str = "Figure 1") -> ErasureReceipt:
    subject = find_subject(session, name)
    return erase_subject(session, workspace.vault, subject, now(), "asked for", ERASERS, KEEPERS, SEEKERS)


def traces(folder: Path, content: bytes) -> set[str]:
    """The files under the folder in which a stretch of the content stands, as it is or as a page would hold it."""
    coded = base64.b64encode(content)
    sought = [content[start : start + 40] for start in range(64, len(content) - 40, 400)] + [coded[400:460], coded[1000:1060]]
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {path.relative_to(folder).as_posix() for path, held in files.items() if any(piece in held for piece in sought)}
