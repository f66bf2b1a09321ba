"""Many hosts are captured from at once, each of them politely, and nothing of it is lost or mixed up."""

import os
import random
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import select

from crawler.custody import CustodyEntry, verify_chain
from crawler.health import SourceRow
from crawler.pages import record_discovery
from crawler.provenance.labels import AT_A_TIME, LabelReader
from crawler.types import Discovery, SourceKind
from crawler.videos import Capture, Video, VideoState
from monitor.runs.capturing import capture_queue
from monitor.runs.summary import RunSummary
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.db import now
from registry.vault.files import VaultUnusable
from tests.support.loopback_site import Answer, Site, open_site

ROOT = Path(__file__).resolve().parents[3]
HOSTS, EACH, WORKERS = 20, 2, 16
KILLS, SEED = 6, 20261130
LARGE = 8 << 20
RUN = """
import sys
from pathlib import Path
from monitor.runs.capturing import capture_queue
from monitor.runs.summary import RunSummary
from monitor.workspace import open_workspace
with open_workspace(Path(sys.argv[1])) as workspace:
    capture_queue(workspace, RunSummary(), lambda line: print(line, flush=True))
"""
SETTINGS = f"""\
pack = ""
[crawl]
allowed_networks = ["127.0.0.0/8"]
allowed_ports = []
delay_seconds = 0.0
[capture]
workers = {WORKERS}
screenshots = false
"""


def body(host: int, number: int) -> bytes:
    return b"\0\0\0\x18ftypisom\0\0\0\0isommp41" + f"{host} {number} ".encode() * 5000


class Gate:
    """Lets answers begin once as many hosts are asked as are worked on at a time; counts what is open."""

    def __init__(self) -> None:
        self._lock, self._full = threading.Lock(), threading.Event()
        self.open_of: dict[int, int] = {}
        self.most = self.most_of_one = 0

    def answering(self, host: int, answer: Answer) -> Callable[[], Answer]:
        def make() -> Answer:
            with self._lock:
                self.open_of[host] = self.open_of.get(host, 0) + 1
                self.most = max(self.most, sum(self.open_of.values()))
                self.most_of_one = max(self.most_of_one, self.open_of[host])
                if self.most == WORKERS:
                    self._full.set()
            assert self._full.wait(120), f"only {self.most} hosts were asked at a time"
            with self._lock:
                self.open_of[host] -= 1
            return answer

        return make


@pytest.fixture
def sites() -> Iterator[list[Site]]:
    with ExitStack() as stack:
        yield [stack.enter_context(open_site(f"127.0.30.{1 + number}")) for number in range(HOSTS)]


@pytest.fixture
def workspace(tmp_path: Path, sites: list[Site]) -> Iterator[Workspace]:
    init_workspace(tmp_path / "work")
    (tmp_path / "work" / "semblance.toml").write_text(SETTINGS, encoding="utf-8")
    with open_workspace(tmp_path / "work") as opened:
        with opened.session() as session:
            source = SourceRow(name="a list", kind=SourceKind.PAGE, url=sites[0].url("/"))
            session.add(source)
            session.flush()
            for number in range(EACH):
                for site in sites:
                    address = site.url(f"/v{number}.mp4")
                    record_discovery(session, Discovery(source.id, address, site.url(f"/p{number}"), f"Video {number}"), now())
            session.commit()
        yield opened


def test_as_many_hosts_are_asked_at_once_as_there_are_workers_each_for_one_thing(workspace: Workspace, sites: list[Site]) -> None:
    gate = Gate()
    for host, site in enumerate(sites):
        for number in range(EACH):
            site.routes[f"/v{number}.mp4"] = gate.answering(host, Answer(body(host, number), "video/mp4"))
            site.page(f"/p{number}", f'<title>Video {number}</title><video src="/v{number}.mp4"></video>')
    told: list[str] = []
    summary = RunSummary()
    capture_queue(workspace, summary, lambda _: None, told.append)
    assert (gate.most, gate.most_of_one) == (WORKERS, 1)
    assert (summary.captured, summary.not_captured, summary.problems) == (HOSTS * EACH, 0, [])
    assert all(site.asked.count(f"/v{number}.mp4") == 1 for site in sites for number in range(EACH))
    with workspace.session() as session:
        rows = {video.media_url: capture for capture, video in session.exec(select(Capture, Video).join(Video))}
        assert {capture.id for capture in rows.values()} == set(told)
        assert verify_chain(session) is None
        assert all(video.state is VideoState.CAPTURED for video in session.exec(select(Video)))
        for host, site in enumerate(sites):
            for number in range(EACH):
                digest = rows[site.url(f"/v{number}.mp4")].media_sha256
                assert b"".join(workspace.vault.chunks(digest)) == body(host, number)


def publish(sites: list[Site]) -> None:
    for host, site in enumerate(sites):
        for number in range(EACH):
            site.file(f"/v{number}.mp4", body(host, number))
            site.page(f"/p{number}", f'<title>Video {number}</title><video src="/v{number}.mp4"></video>')


def test_captures_that_end_at_once_are_put_on_record_one_after_the_other(workspace: Workspace, sites: list[Site]) -> None:
    # Nobody waits for the database's lock here: who finds it taken would give up, as others do after half a minute.
    event.listen(workspace.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=0"))
    workspace.engine.dispose()
    gate = Gate()
    for host, site in enumerate(sites):
        for number in range(EACH):
            site.routes[f"/v{number}.mp4"] = gate.answering(host, Answer(body(host, number), "video/mp4"))
    summary = RunSummary()
    capture_queue(workspace, summary, lambda _: None)
    assert (summary.captured, summary.problems) == (HOSTS * EACH, [])
    with workspace.session() as session:
        for video in session.exec(select(Video)):
            video.tried_at = now() - timedelta(days=30)
        session.commit()
    again = RunSummary()
    capture_queue(workspace, again, lambda _: None)
    assert (again.unchanged, again.captured) == (HOSTS * EACH, 0)


def test_kills_while_many_hosts_are_asked_lose_nothing_and_double_nothing(workspace: Workspace, sites: list[Site]) -> None:
    publish(sites)
    choice, taken = random.Random(SEED), 0
    for _ in range(KILLS):
        with subprocess.Popen([sys.executable, "-c", RUN, str(workspace.root)], cwd=ROOT, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            # Some captures further than the last one came, while others are at work.
            for _ in range(choice.randint(1, HOSTS * EACH // KILLS)):
                child.stdout.readline()
            time.sleep(choice.uniform(0, 0.05))
            child.kill()
        with workspace.session() as session:
            captures = session.exec(select(Capture)).all()
            assert verify_chain(session) is None
            assert len(captures) > taken
            taken = len(captures)
            for capture in captures:
                workspace.vault.verify(capture.media_sha256)
                workspace.vault.verify(capture.manifest_sha256)
    summary = RunSummary()
    capture_queue(workspace, summary, lambda _: None)
    assert (taken + summary.captured, summary.not_captured, summary.problems) == (HOSTS * EACH, 0, [])
    with workspace.session() as session:
        entries = [entry.capture_id for entry in session.exec(select(CustodyEntry))]
        assert sorted(entries) == sorted(session.exec(select(Capture.id)))
        assert len(set(entries)) == HOSTS * EACH
        assert verify_chain(session) is None


def test_the_trouble_of_some_hosts_is_theirs_alone(workspace: Workspace, sites: list[Site]) -> None:
    publish(sites)
    private, large, cut, blocked = sites[:4]
    private.redirect("/v0.mp4", "http://10.0.0.1/v.mp4")
    large.routes["/v0.mp4"] = Answer(body(1, 0), "video/mp4", length=1 << 40)
    cut.routes["/v0.mp4"] = Answer(body(2, 0), "video/mp4", hang_up_after=1000)
    blocked.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /", "text/plain")
    summary = RunSummary()
    capture_queue(workspace, summary, lambda _: None)
    assert (summary.captured, summary.not_captured) == (HOSTS * EACH - 5, 5)
    with workspace.session() as session:
        why = {video.media_url: video.failure or "" for video in session.exec(select(Video)) if video.state is VideoState.FAILED}
        assert verify_chain(session) is None
    assert why.keys() == {each.url("/v0.mp4") for each in (private, large, cut, blocked)} | {blocked.url("/v1.mp4")}
    assert "10.0.0.1" in why[private.url("/v0.mp4")]
    assert "larger" in why[large.url("/v0.mp4")]
    assert "broke off" in why[cut.url("/v0.mp4")]
    assert "robots.txt" in why[blocked.url("/v1.mp4")]


def test_a_disk_that_takes_no_more_ends_the_run_with_nothing_half_and_the_next_takes_the_rest(
    workspace: Workspace, sites: list[Site]
) -> None:
    publish(sites)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The largest file that may be written stands for the disk: the videos of the first hosts fit, those of others do not.
    for host, site in enumerate(sites[10:], 10):
        for number in range(EACH):
            site.file(f"/v{number}.mp4", body(host, number) + bytes(LARGE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGE, hard))
    try:
        with pytest.raises(VaultUnusable, match="could not write"):
            capture_queue(workspace, RunSummary(), lambda _: None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with workspace.session() as session:
        assert len(session.exec(select(Capture)).all()) == 10 * EACH
        assert {video.state for video in session.exec(select(Video))} == {VideoState.CAPTURED, VideoState.DISCOVERED}
        assert verify_chain(session) is None
    summary = RunSummary()
    capture_queue(workspace, summary, lambda _: None)
    assert (summary.captured, summary.problems) == (10 * EACH, [])


def test_no_more_processes_read_labels_than_places_however_many_threads_wait(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.mp4" for number in range(3 * AT_A_TIME)]
    for number, file in enumerate(files):
        file.write_bytes(body(number, 0))
    before = children()
    most, found = [0], []
    with LabelReader(tmp_path) as reader:

        def read(file: Path) -> None:
            findings = reader.read(file, None)
            found.append(len(findings))
            most[0] = max(most[0], len(children() - before))

        threads = [threading.Thread(target=read, args=(file,)) for file in files]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == len(files)
    assert 1 <= most[0] <= AT_A_TIME


def children() -> set[int]:
    """The processes that this one started, whichever of its threads did."""
    lists = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for file in lists for pid in file.read_text().split()}
