"""Several runs of one workspace at once share what waits to be looked at; one that is killed loses and doubles nothing."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, func, select

from crawler.health import SourceRun
from crawler.videos import Capture
from matcher.types import Gallery
from monitor.drivers import FOLDER, STEP, driving, is_shared
from monitor.engine.base import Looked
from monitor.engine.local import LocalEngine
from monitor.locks import WorkspaceBusy
from monitor.recognisers import RecogniserSpec
from monitor.runs.capturing import capture_queue
from monitor.runs.crawling import crawl_sources
from monitor.runs.scan_queue import SCAN
from monitor.runs.scanning import scan_captures
from monitor.runs.summary import RunSummary
from monitor.sending import alone_sending
from monitor.workspace import Workspace, alone, among_runs, init_workspace, open_workspace
from registry.claims import ENDINGS, Claim, Wanted, claim
from registry.db import now
from reports.matches import MatchRow, Scan
from tests.support.loopback_site import Site
from tests.support.postgres_server import Server, server
from tests.support.watched_site import make_workspace, publish

ROOT = Path(__file__).resolve().parents[3]
SHOWN: list[int | None] = [1, None, 2, 3]
PATIENCE = 120.0
SEED = 20261130
Launcher = subprocess.Popen[str]
# Starts runs as forks of a process that has loaded everything and done nothing. Their leases are short: a test need not wait for
# the real ones to end.
LAUNCHER = """
import os, sys
from pathlib import Path
from monitor import drivers
import monitor.tables, monitor.recognisers, monitor.engine.local
from monitor.runs.scanning import scan_captures
from monitor.runs.summary import RunSummary
from monitor.workspace import among_runs, open_workspace
drivers.LEASE, drivers.RENEWED_AFTER = 6.0, 1.0
def take_part(root, said, go):
    summary = RunSummary()
    with open(said, "w") as out, open_workspace(Path(root)) as workspace, among_runs(workspace):
        tell = lambda line: print(line, file=out, flush=True)
        tell("BEGUN")
        open(go).close()
        scan_captures(workspace, summary, tell)
        tell(f"SCANNED {summary.scanned}")
for line in sys.stdin:
    words = line.rstrip().split(chr(9))
    pid = os.fork()
    if not pid:
        take_part(*words)
        os._exit(0)
    print(pid, flush=True)
"""


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", LAUNCHER], cwd=ROOT, **pipes) as process:  # type: ignore[call-overload]
        yield process


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Settings that name an empty database; nothing for a file in the folder."""
    if request.param == "sqlite":
        return ""
    server: Server = request.getfixturevalue("postgres_server")
    return f'[database]\nurl = "{server.new_database()}"\n'


@pytest.fixture
def workspace(database: str, tmp_path: Path, site: Site) -> Iterator[Workspace]:
    """One whose captures were taken, and not looked at."""
    (tmp_path / "clips").mkdir()
    publish(site, tmp_path / "clips", SHOWN)
    make_workspace(tmp_path / "work", site, tmp_path / "clips", [1, 2], database)
    with open_workspace(tmp_path / "work") as workspace:
        crawl_sources(workspace, RunSummary(), lambda _: None)
        capture_queue(workspace, RunSummary(), lambda _: None)
        yield workspace


@pytest.fixture
def bare(database: str, tmp_path: Path) -> Iterator[Workspace]:
    """One in which nothing is."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "semblance.toml").write_text(database, encoding="utf-8")
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        yield workspace


class Running:
    """A run in a process of its own, which has begun, and looks at nothing before it is told to go. number: one of its own."""

    def __init__(self, launcher: Launcher, root: Path, number: int) -> None:
        said, self._go = (root.parent / f"{name}{number}" for name in ("said", "go"))
        for fifo in (said, self._go):
            os.mkfifo(fifo)
        assert launcher.stdin is not None
        assert launcher.stdout is not None
        launcher.stdin.write(f"{root}\t{said}\t{self._go}\n")
        launcher.stdin.flush()
        self._pid = int(launcher.stdout.readline())
        self._heard = said.open()
        assert self.line() == "BEGUN"

    def go(self) -> None:
        self._go.open("w").close()

    def line(self) -> str:
        return self._heard.readline().strip()

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        with self._heard as heard:
            list(heard)

    def scanned(self) -> int:
        """How many captures it looked at, once it has ended."""
        with self._heard as heard:
            *_, last = heard
        assert last.startswith("SCANNED "), last
        return int(last.split()[1])


def on_record(workspace: Workspace) -> tuple[int, int, int]:
    """Captures that were looked at, scans, matches."""
    with workspace.session() as session:
        scans = list(session.exec(select(Scan.capture_id)))
        return len(set(scans)), len(scans), session.exec(select(func.count()).select_from(MatchRow)).one()


def claims_left(workspace: Workspace) -> list[Claim]:
    with Session(workspace.engine) as session:
        return [row for row in session.exec(select(Claim)) if row.holder]


def test_promise_4_two_runs_at_once_look_at_each_object_once(workspace: Workspace, launcher: Launcher) -> None:
    runs = [Running(launcher, workspace.root, number) for number in range(2)]
    for run in runs:
        run.go()
    scanned = [run.scanned() for run in runs]
    # On a busy machine one may have looked at all before the other has begun.
    assert sum(scanned) == len(SHOWN)
    assert on_record(workspace) == (len(SHOWN), len(SHOWN), 2)
    assert claims_left(workspace) == []


@pytest.mark.parametrize("seen", [True, False], ids=["of the same folder", "of another machine"])
def test_promise_4_what_a_killed_run_had_is_taken_up_by_the_other(workspace: Workspace, launcher: Launcher, seen: bool) -> None:
    killed = Running(launcher, workspace.root, 0)
    killed.go()
    for _ in range(random.Random(SEED + seen).randint(1, 3)):
        assert killed.line().startswith("Scanning")
    files = list((workspace.root / FOLDER).iterdir())
    killed.kill()
    if not seen:
        # What another machine does not see; it knows the leases alone.
        for path in files:
            path.unlink()
    other = Running(launcher, workspace.root, 1)
    other.go()
    began = time.monotonic()
    other.scanned()
    assert time.monotonic() - began < PATIENCE
    assert on_record(workspace) == (len(SHOWN), len(SHOWN), 2)


class Overtaken(LocalEngine):
    """Looks so long, the first time, that another takes over what it looks at, and ends."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.vault, workspace.settings.scan)
        self._workspace, self.looked = workspace, Counter[str]()

    def scan(self, spec: RecogniserSpec, gallery: Gallery, sha256s: Sequence[str]) -> Generator[Looked]:
        if not self.looked:
            with Session(self._workspace.engine) as session:
                holders = set(session.exec(select(Claim.holder)))
                given = claim(session, SCAN, sha256s, Wanted("another", 0.5, gone=holders), len(sha256s), now())
                session.commit()
            assert len(given) == len(sha256s)
        for looked in super().scan(spec, gallery, sha256s):
            self.looked[looked.sha256] += 1
            yield looked


def test_what_a_run_that_was_taken_for_gone_finds_is_not_recorded(workspace: Workspace) -> None:
    engine, summary, lines = Overtaken(workspace), RunSummary(), list[str]()
    scan_captures(workspace, summary, lines.append, engine)
    assert set(engine.looked.values()) == {2}
    # Nothing of the first look is on record, and all of the second.
    assert lines.count(f"Scanning: {len(SHOWN)} captures to go") == 1 + len(SHOWN)
    assert (summary.scanned, summary.new_matches, summary.problems) == (len(SHOWN), 2, [])
    assert on_record(workspace) == (len(SHOWN), len(SHOWN), 2)


def test_a_file_at_which_three_runs_ended_is_set_aside_and_reported(workspace: Workspace) -> None:
    with workspace.session() as session:
        bad = session.exec(select(Capture).order_by(Capture.media_sha256)).all()[1]
        digest, url = bad.media_sha256, bad.final_url
    for number in range(ENDINGS + 1):
        with Session(workspace.engine) as session:
            claim(session, SCAN, [digest], Wanted(f"{number}", 40.0, gone=[f"{number - 1}"]), 1, now())
            session.commit()
    summary = RunSummary()
    scan_captures(workspace, summary, lambda _: None)
    (problem,) = summary.problems
    assert problem.startswith(f"Not scanned: {url}: Each run that looked at it ended, 3 of them.")
    assert (summary.scanned, summary.not_readable) == (len(SHOWN), 1)
    assert claims_left(workspace) == []
    again = RunSummary()
    scan_captures(workspace, again, lambda _: None)
    assert (again.scanned, again.problems) == (0, [])


def test_what_another_run_looked_through_is_not_asked_again_unless_a_clock_was_set_back_since(workspace: Workspace) -> None:
    waiting = RunSummary()
    crawl_sources(workspace, RunSummary(), lambda _: None)
    crawl_sources(workspace, waiting, lambda _: None)
    assert waiting.sources == 0
    with workspace.session() as session:
        for ran in session.exec(select(SourceRun)):
            ran.ended_at += timedelta(days=365)
        session.commit()
    later = RunSummary()
    crawl_sources(workspace, later, lambda _: None)
    assert later.sources == 1


def test_one_run_waits_for_the_one_that_is_at_the_web_and_says_so_and_a_third_is_refused(bare: Workspace) -> None:
    told, waits, done = list[str](), threading.Event(), list[str]()

    def wait() -> None:
        with driving(bare.engine, bare.root) as second, second.only("the web", lambda line: (told.append(line), waits.set())[0]):
            done.append("second")

    thread = threading.Thread(target=wait)
    with driving(bare.engine, bare.root) as first, driving(bare.engine, bare.root) as third:
        with first.only("the web", told.append):
            thread.start()
            assert waits.wait(PATIENCE)
            while not third.known(STEP, ["next at the web"]):
                time.sleep(0.05)
            with pytest.raises(WorkspaceBusy, match="another waits"), third.only("the web", lambda _: None):
                pass
            assert done == []
        thread.join(PATIENCE)
        with third.only("the web", told.append):
            pass
    assert (len(told), done) == (1, ["second"])
    assert told[0].startswith("Another run is at the web")


BUSY = ("Somebody is at it.", "Wait.")


def test_what_needs_a_workspace_alone_waits_for_runs_of_every_machine_and_they_for_it(bare: Workspace, tmp_path: Path) -> None:
    elsewhere = tmp_path / "another machine"
    with among_runs(bare), among_runs(bare), pytest.raises(WorkspaceBusy, match="under way"), alone(bare):
        pass
    with alone(bare), pytest.raises(WorkspaceBusy, match="under way"), among_runs(bare):
        pass
    if not is_shared(bare.engine):
        return
    with driving(bare.engine, elsewhere) as other:
        other.take_part(*BUSY)
        with pytest.raises(WorkspaceBusy, match="under way"), alone(bare):
            pass
    with alone(bare), driving(bare.engine, elsewhere) as other, pytest.raises(WorkspaceBusy, match="at it"):
        other.take_part(*BUSY)
    with among_runs(bare), driving(bare.engine, elsewhere) as other, pytest.raises(WorkspaceBusy, match="at it"):
        other.be_alone(*BUSY)


def test_one_sends_mail_at_a_time_on_whatever_machine(bare: Workspace, tmp_path: Path) -> None:
    with alone_sending(bare.engine, bare.root):
        with pytest.raises(WorkspaceBusy, match="being sent"), alone_sending(bare.engine, bare.root):
            pass
        if is_shared(bare.engine):
            (tmp_path / "other").mkdir()
            with pytest.raises(WorkspaceBusy, match="being sent"), alone_sending(bare.engine, tmp_path / "other"):
                pass
    with alone_sending(bare.engine, bare.root):
        pass


def test_what_a_driver_could_not_give_back_to_a_database_that_was_gone_is_the_next_ones_at_once(tmp_path: Path) -> None:
    with server() as running:
        running.begin(tmp_path / "work")
        init_workspace(tmp_path / "work")
        with open_workspace(tmp_path / "work") as workspace:
            with driving(workspace.engine, workspace.root) as first:
                first.be_the_one("mail", *BUSY)
                running.kill()
            running.start()
            with driving(workspace.engine, workspace.root) as second:
                second.be_the_one("mail", *BUSY)
            assert list((workspace.root / FOLDER).iterdir()) == []
