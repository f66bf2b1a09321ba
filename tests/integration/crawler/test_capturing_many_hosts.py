"""Many hosts are captured from at once, each of them politely, and nothing of it is lost or mixed up."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlmodel import select

from crawler.custody import verify_chain
from crawler.health import SourceRow
from crawler.pages import record_discovery
from crawler.provenance.labels import AT_A_TIME, LabelReader
from crawler.types import Discovery, SourceKind
from crawler.videos import Capture, Video, VideoState
from monitor.runs.capturing import capture_queue
from monitor.runs.summary import RunSummary
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.db import now
from tests.support.loopback_site import Answer, Site, open_site

HOSTS, EACH, WORKERS = 20, 2, 16
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
