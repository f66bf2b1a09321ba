"""Promise 4: a kill at any moment loses no capture and no match, and repeats none."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from crawler.custody import CustodyEntry, verify_chain
from crawler.pages import Sighting
from crawler.videos import Capture, Video
from monitor.drivers import driving
from monitor.runs.scan_queue import SCAN
from monitor.workspace import open_workspace
from registry.claims import Claim
from reports.matches import MatchRow, Scan
from tests.support.loopback_site import Site, open_site
from tests.support.watched_site import make_workspace, publish

ROOT = Path(__file__).resolve().parents[3]
KILLS = 20
KILLS_PER_WORKSPACE = 5
SEED = 20261122

# Starts each run as a fork of a process that has loaded everything, so that the kills fall into the work and not into the
# loading of libraries. What the run says of its progress comes out at stderr, line by line, and then the END of the run.
LAUNCHER = """
import os, sys
import monitor.cli.main, monitor.runs.once
from tests.support.warm import forked
def run(root):
    sys.argv = ["semblance", "--workspace", root, "run", "--once", "--json"]
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return monitor.cli.main.main()
for line in sys.stdin:
    code = forked(lambda: run(line.strip()), started=lambda pid: print(pid, flush=True))
    print("END", code, file=sys.stderr, flush=True)
"""


class Launcher:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._code: int | None = None

    def start(self, root: Path) -> int:
        """The process id of a run that has begun."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._code = None
        self._process.stdin.write(f"{root}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def step(self) -> bool:
        """Wait for the next line of progress; False when the run has ended instead."""
        assert self._process.stderr is not None
        line = self._process.stderr.readline()
        assert line
        if line.startswith("END "):
            self._code = int(line.split()[1])
        return self._code is None

    def finish(self) -> int:
        """The exit code of the run, once it has ended."""
        while self._code is None:
            self.step()
        return self._code


@contextmanager
def launcher() -> Iterator[Launcher]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", LAUNCHER], cwd=ROOT, **pipes) as process:
        yield Launcher(process)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with open_site() as site:
        yield site


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Path:
    """A workspace that has not run yet."""
    folder = tmp_path_factory.mktemp("prepared")
    publish(site, folder, [1, 2, None, 1, 3])
    site.page("/watch/gone", '<html><body><video src="/media/gone.mp4"></video></body></html>')
    front = site.routes["/"]
    assert not callable(front)
    site.page("/", front.body.decode().replace("</ul>", '<li><a href="/watch/gone">gone</a></li></ul>'))
    make_workspace(folder / "work", site, folder, [1, 2])
    return folder / "work"


def outcome(root: Path) -> dict[str, Any]:
    """All that a run found, without the times at which it did."""
    with open_workspace(root) as workspace, workspace.session() as session:
        captures = list(session.exec(select(Capture)))
        for capture in captures:
            for sha256 in (capture.media_sha256, capture.manifest_sha256, capture.page_sha256):
                assert sha256 is not None
                workspace.vault.verify(sha256)
        assert verify_chain(session) is None
        return {
            "videos": sorted((video.media_url, video.title, video.state) for video in session.exec(select(Video))),
            "sightings": sorted((seen.video_id, seen.source_id) for seen in session.exec(select(Sighting))),
            "captures": sorted((capture.id, capture.video_id, capture.media_sha256) for capture in captures),
            "custody": sorted((entry.capture_id, entry.action) for entry in session.exec(select(CustodyEntry))),
            "scans": sorted((scan.id, scan.appearances, scan.frames) for scan in session.exec(select(Scan))),
            "matches": sorted(
                (match.id, match.subject_id, match.t_start, match.t_end, match.score, match.status)
                for match in session.exec(select(MatchRow))
            ),
            "half-written files": [path.name for path in (root / "vault" / "incoming").iterdir()],
        }


def kill_after(runs: Launcher, root: Path, steps: int, seconds: float) -> bool:
    """Start a run and kill it that long after so many lines of progress; False when it had ended by itself."""
    pid = runs.start(root)
    if all(runs.step() for _ in range(steps)):
        time.sleep(seconds)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return runs.finish() == -signal.SIGKILL


def test_promise_4_twenty_kills_lose_nothing_and_repeat_nothing(prepared: Path, tmp_path: Path) -> None:
    moments = random.Random(SEED)
    with launcher() as runs:
        undisturbed = tmp_path / "undisturbed"
        shutil.copytree(prepared, undisturbed)
        runs.start(undisturbed)
        steps = 0
        while runs.step():
            steps += 1
        assert runs.finish() == 0
        expected = outcome(undisturbed)
        assert (len(expected["captures"]), len(expected["matches"]), len(expected["videos"])) == (5, 3, 6)

        kills, number = 0, 0
        while kills < KILLS:
            number += 1
            root = tmp_path / f"killed-{number}"
            shutil.copytree(prepared, root)
            # In rising order: a kill late in the work leaves little for one that comes after it.
            for step in sorted(moments.sample(range(steps), KILLS_PER_WORKSPACE)):
                if not kill_after(runs, root, step, moments.choice([0, moments.uniform(0, 0.02), moments.uniform(0, 0.4)])):
                    break
                kills += 1
            else:
                runs.start(root)
            assert runs.finish() == 0
            assert outcome(root) == expected
        print(json.dumps({"kills": kills, "workspaces": number, "steps": steps}))


def test_a_run_that_is_asked_to_end_suspects_no_file_of_having_ended_it(prepared: Path, tmp_path: Path) -> None:
    root = tmp_path / "work"
    shutil.copytree(prepared, root)
    with launcher() as runs:
        pid = runs.start(root)
        while not held(root):
            assert runs.step()
        os.kill(pid, signal.SIGTERM)
        assert runs.finish() == 128 + signal.SIGTERM
    assert held(root) == []
    with open_workspace(root) as workspace, driving(workspace.engine, root) as driver, workspace.session() as session:
        waiting = session.exec(select(Capture.media_sha256).distinct()).all()
        assert driver.known(SCAN, waiting) == {}


def held(root: Path) -> list[str]:
    """The objects that a run is at."""
    with open_workspace(root) as workspace, workspace.session() as session:
        return [row.key for row in session.exec(select(Claim).where(Claim.kind == SCAN))]


def test_a_run_after_a_run_by_the_command_itself_finds_nothing_new(prepared: Path, tmp_path: Path) -> None:
    root = tmp_path / "work"
    shutil.copytree(prepared, root)
    summaries = []
    for _ in range(2):
        command = [sys.executable, "-m", "monitor.cli.main", "--workspace", str(root), "run", "--once", "--json"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        summaries.append(json.loads(done.stdout))
    assert [(s["captured"], s["scanned"], s["new_matches"]) for s in summaries] == [(5, 5, 3), (0, 0, 0)]
