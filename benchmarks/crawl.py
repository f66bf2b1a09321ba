"""Crawling and capturing a web on loopback: speed against a bare spider, duplicates, memory, and what a second run fetches."""

import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Annotated, Any
from urllib.request import urlopen

import typer

from benchmarks.crawl_site import CHANGED_PAGES, CHANGED_VIDEOS, HOSTS, PAGES, VIDEOS
from benchmarks.own_site import ROOT, own_site
from crawler.health import SourceKind, SourceRow
from monitor.workspace import init_workspace, open_workspace

SETTINGS = """\
pack = ""
[crawl]
allowed_networks = ["127.0.0.0/8"]
delay_seconds = 0.0
[capture]
recheck_hours = 0.000001
screenshots = false
"""


def told(port: int, path: str) -> dict[str, Any]:
    with urlopen(f"http://{HOSTS[0]}:{port}{path}") as answer:
        said: dict[str, Any] = json.load(answer)
    return said


class Memory(threading.Thread):
    """The largest resident size, in MiB, of a process and of each of its children, twenty times a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self.main = 0.0
        self.child = 0.0

    def run(self) -> None:
        while (size := _resident(self._pid)) is not None:
            self.main = max(self.main, size)
            for child in Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split():
                self.child = max(self.child, _resident(int(child)) or 0.0)
            time.sleep(0.05)


def _resident(pid: int) -> float | None:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None
    return pages * 4096 / (1 << 20) if pages else None


def ours(workspace: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.crawl_run", str(workspace)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as run:
        memory = Memory(run.pid)
        memory.start()
        out, _ = run.communicate()
    said: dict[str, Any] = json.loads(out)
    return {**said, "resident_mib": round(memory.main), "spider_resident_mib": round(memory.child)}


def bare(port: int) -> tuple[int, float]:
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "benchmarks.crawl_bare", str(port)], cwd=ROOT, capture_output=True, check=True)
    return int(done.stdout), time.monotonic() - began


def crawl(rounds: Annotated[int, typer.Option(help="How often each of the two spiders is timed.")] = 3) -> None:
    """Crawl 2,000 pages and capture 500 videos on 50 hosts, twice; the second time some have changed."""
    pages, videos = len(HOSTS) * PAGES, len(HOSTS) * VIDEOS
    folder = Path(tempfile.mkdtemp(prefix="semblance-crawl-"))
    try:
        with own_site("benchmarks.crawl_site") as port:
            plain, mine = [], []
            for number in range(rounds):
                got, seconds = bare(port)
                # It asks for each front page twice: for its start, and for the link that leads back.
                assert got >= pages, got
                plain.append(got / seconds)
                told(port, "/_counts")
                mine.append(pages / timed(folder / f"timed{number}", port))
                told(port, "/_counts")
            made(folder / "work", port)
            first = ours(folder / "work")
            first_told = told(port, "/_change")
            second = ours(folder / "work")
            second_told = told(port, "/_counts")
    finally:
        shutil.rmtree(folder)
    assert first["videos"] == videos, first
    figures = {
        "bare_pages_per_second": [round(each, 1) for each in plain],
        "pages_per_second": [round(each, 1) for each in mine],
        "ratio": round(max(mine) / max(plain), 3),
        "first_run": {**first, **first_told},
        "second_run": {**second, **second_told},
        "changed": {"pages": len(CHANGED_PAGES) * len(HOSTS), "videos": len(CHANGED_VIDEOS) * len(HOSTS)},
    }
    print(json.dumps(figures, indent=1))
    print(f"{figures['ratio']} of a bare spider's speed; {first['resident_mib']} MiB resident")


def made(folder: Path, port: int) -> None:
    """A workspace that watches every host's front page."""
    init_workspace(folder)
    (folder / "semblance.toml").write_text(SETTINGS, encoding="utf-8")
    with open_workspace(folder) as workspace, workspace.session() as session:
        for host in HOSTS:
            session.add(SourceRow(name=host, kind=SourceKind.PAGE, url=f"http://{host}:{port}/"))
        session.commit()


def timed(folder: Path, port: int) -> float:
    """Seconds for crawling alone, with the start of the crawling process, until every video is in the database."""
    made(folder, port)
    command = [sys.executable, "-m", "benchmarks.crawl_run", str(folder), "--crawl-only"]
    return float(json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)["crawl_seconds"])
