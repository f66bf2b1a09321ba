"""A run over a site, killed at thirty random moments: nothing lost, nothing twice, nothing half."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from select import select as said_within

import pytest
from sqlmodel import Session, select

from crawler.custody import CustodyEntry, verify_chain
from crawler.fetch.resume import BLOCK, KEEP_FROM
from crawler.health import SourceRow, SourceRun
from crawler.pages import Sighting
from crawler.types import SourceKind
from crawler.videos import Capture, Label, Video, VideoState
from registry.vault.base import Vault
from tests.support.loopback_site import Answer, Site
from tests.support.new_database import new_database
from tests.support.new_vault import new_vault

ROOT = Path(__file__).resolve().parents[3]

VIDEOS = 24
KILLS = 30

# Each run is a fork of a process that has loaded everything, so that kills fall into the work and not into what it loads.
LAUNCHER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from sqlmodel import Session
from crawler.capture import CaptureTools, capture_video
from crawler.crawl import CrawlOptions, crawl
from crawler.fetch.http import HttpFetcher
from crawler.guard import GuardPolicy
from crawler.health import record_run, specs
from crawler.types import SourceReport
from crawler.pages import record_discovery
from crawler.videos import queue
from tests.support.new_database import new_database
from tests.support.new_vault import new_vault
from tests.support.warm import forked

def run(folder):
    engine, vault = new_database(folder / "semblance.db"), new_vault(folder)
    policy, now = GuardPolicy.allowing("127.0.0.0/8"), lambda: datetime.now(UTC)
    with Session(engine) as session:
        for item in crawl(specs(session), policy, CrawlOptions(delay=0, cache=str(folder / "cache" / "pages.db"))):
            if isinstance(item, SourceReport):
                record_run(session, item)
            else:
                record_discovery(session, item, now())
            session.commit()
        waiting = [video.id for video in queue(session)]
    fetcher, tools = HttpFetcher(policy), CaptureTools(parts=folder / "parts")
    for video_id in waiting:
        capture_video(engine, vault, fetcher, video_id, operator="clerk", at=now(), tools=tools)
    return 0

for line in sys.stdin:
    print(forked(lambda: run(Path(line.strip())), started=lambda pid: print(pid, flush=True)), flush=True)
"""


class Launcher:
    """Starts one run after the other."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders, self._said = process.stdin, process.stdout

    def run(self, folder: Path, seconds: float) -> int:
        """The exit code of a run that is killed after so many seconds, if it has not ended by then."""
        self._orders.write(f"{folder}\n")
        self._orders.flush()
        pid = int(self._said.readline())
        if not said_within([self._said], [], [], seconds)[0]:
            os.kill(pid, signal.SIGKILL)
        return int(self._said.readline())


@pytest.fixture
def runs() -> Iterator[Launcher]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", LAUNCHER], cwd=ROOT, **pipes) as process:
        yield Launcher(process)


def bodies(site: Site) -> list[bytes]:
    """Put up a front page, a page for each video, and the videos: different ones, one of them sent in parts."""
    choice = random.Random(5)
    head = b"\0\0\0\x18ftypisom\0\0\0\0isommp41"
    made = [head + choice.randbytes(KEEP_FROM + BLOCK if number == 5 else 200_000) for number in range(VIDEOS)]
    for number, body in enumerate(made):
        site.ranged(f"/{number}.mp4", body, f'"{number}"')
        site.routes[f"/p{number}"] = Answer(f'<title>{number}</title><video src="/{number}.mp4"></video>'.encode(), etag='"p"')
    site.page("/", "".join(f'<a href="/p{number}">{number}</a>' for number in range(VIDEOS)))
    return made


def test_promise_4_thirty_kills_lose_nothing_double_nothing_and_show_nothing_half(
    site: Site, runs: Launcher, tmp_path: Path
) -> None:
    made = bodies(site)
    engine, vault = new_database(tmp_path / "semblance.db"), new_vault(tmp_path)
    with Session(engine) as session:
        session.add(SourceRow(name="front", kind=SourceKind.PAGE, url=site.url("/")))
        session.commit()
    choice = random.Random(20261122)
    for _ in range(KILLS):
        finished = runs.run(tmp_path, choice.uniform(0.0, 4.0)) == 0
        check_visible(vault, tmp_path)
        if finished:
            # Everything is there: from now on a run has nothing left to be killed at, so it starts over.
            with Session(engine) as session:
                forget(session)
    assert runs.run(tmp_path, 120) == 0
    with Session(engine) as session:
        videos = session.exec(select(Video)).all()
        captures = session.exec(select(Capture)).all()
        assert len(videos) == len(session.exec(select(Sighting)).all()) == VIDEOS
        assert all(video.state is VideoState.CAPTURED for video in videos)
        assert len(captures) == VIDEOS
        assert sorted(b"".join(vault.chunks(capture.media_sha256)) for capture in captures) == sorted(made)
        assert verify_chain(session) is None
        captured = [entry.capture_id for entry in session.exec(select(CustodyEntry))]
        assert set(captured) == {capture.id for capture in captures}
        last = session.exec(select(SourceRun)).all()[-1]
        assert (last.complete, last.videos) == (True, VIDEOS)
    engine.dispose()


def forget(session: Session) -> None:
    """Forget what was captured, as if it had never been; the chain of custody is append-only and stays."""
    for table in (Label, Capture):
        for row in session.exec(select(table)):
            session.delete(row)
        session.flush()
    for video in session.exec(select(Video)):
        video.state = VideoState.DISCOVERED
        session.add(video)
    session.commit()


def check_visible(vault: Vault, folder: Path) -> None:
    """Whatever can be seen is whole: objects have their digests, and rows name only what is there."""
    for path in (folder / "vault" / "sha256").rglob("*"):
        if path.is_file():
            vault.verify(path.name)
    engine = new_database(folder / "semblance.db")
    with Session(engine) as session:
        for capture in session.exec(select(Capture)):
            for digest in (capture.media_sha256, capture.page_sha256, capture.warc_sha256, capture.manifest_sha256):
                assert digest in vault
            manifest = json.loads(b"".join(vault.chunks(capture.manifest_sha256)))
            assert manifest["capture_id"] == capture.id
        assert verify_chain(session) is None
    engine.dispose()
