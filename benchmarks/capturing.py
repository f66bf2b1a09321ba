"""Capturing from many slow hosts: one by one against many hosts at once, with the same pauses."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Annotated, Any
from urllib.request import urlopen

import typer

from benchmarks.capturing_site import HOSTS, VIDEOS
from benchmarks.own_site import ROOT, own_site
from crawler.health import SourceRow
from crawler.pages import record_discovery
from crawler.types import Discovery, SourceKind
from monitor.settings import CaptureSettings
from monitor.workspace import init_workspace, open_workspace
from registry.db import now

SETTINGS = """\
pack = ""
[crawl]
allowed_networks = ["127.0.0.0/8"]
allowed_ports = []
delay_seconds = {delay}
[capture]
workers = {workers}
screenshots = {pictures}
"""


class Memory(threading.Thread):
    """The most that a process and those under it held at a time, in MiB, and how many they were; pages that several hold are
    shared among them."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._ended = threading.Event()
        self.all, self.main, self.processes = 0.0, 0.0, 0

    def run(self) -> None:
        while not self._ended.wait(0.2):
            sizes = [_held(pid) for pid in _under(self._pid)]
            self.all, self.processes = max(self.all, sum(sizes)), max(self.processes, len(sizes))
            self.main = max(self.main, *sizes[:1], 0.0)

    def end(self) -> dict[str, int]:
        self._ended.set()
        self.join()
        return {"memory_mib": round(self.all), "main_process_mib": round(self.main), "processes": self.processes}


def _under(pid: int) -> list[int]:
    """A process, and all below it."""
    found, at = [pid], 0
    while at < len(found):
        for file in Path(f"/proc/{found[at]}/task").glob("*/children"):
            try:
                found += map(int, file.read_text().split())
            except OSError:
                continue
        at += 1
    return found


def _held(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def made(folder: Path, port: int, each: int, settings: str) -> int:
    """A workspace in which each host's first videos wait. How many they are."""
    init_workspace(folder)
    (folder / "semblance.toml").write_text(settings, encoding="utf-8")
    with open_workspace(folder) as workspace, workspace.session() as session:
        source = SourceRow(name="a list", kind=SourceKind.PAGE, url=f"http://{HOSTS[0]}:{port}/")
        session.add(source)
        session.flush()
        for number in range(each):
            for host in HOSTS:
                place = f"http://{host}:{port}"
                found = Discovery(source.id, f"{place}/v{number}.mp4", f"{place}/p{number}", f"Video {number}")
                record_discovery(session, found, now())
        session.commit()
    return each * len(HOSTS)


def taken(folder: Path, port: int, each: int, settings: str) -> dict[str, Any]:
    """How one taking of all that waits went."""
    wanted = made(folder, port, each, settings)
    command = [sys.executable, "-m", "benchmarks.capturing_run", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as run:
        memory = Memory(run.pid)
        memory.start()
        out, _ = run.communicate()
        held = memory.end()
    said: dict[str, Any] = json.loads(out)
    assert said["captures"] == wanted, said
    with urlopen(f"http://{HOSTS[0]}:{port}/_told") as answer:
        seen = json.load(answer)
    shutil.rmtree(folder)
    per_video = said["seconds"] / wanted
    return {**said, "seconds_a_video": round(per_video, 3), **held, **seen, "load": round(os.getloadavg()[0], 1)}


def capturing(
    workers: Annotated[int, typer.Option(help="Videos worked on at a time; without it as many as a workspace has.")] = 0,
    alone: Annotated[int, typer.Option(help="How many videos of each host are taken one by one.", max=VIDEOS)] = 1,
    each: Annotated[int, typer.Option(help="How many of each host are taken at once.", max=VIDEOS)] = VIDEOS,
    megabytes: Annotated[float, typer.Option(help="Of each video.")] = 2.0,
    delay: Annotated[float, typer.Option(help="Seconds between two requests to one host.")] = 1.0,
    pictures: Annotated[bool, typer.Option(help="Picture the pages, too.")] = False,
) -> None:
    """Capture videos of 50 hosts that answer after 200 ms and send 1 MB a second: one by one, and then 500 as many at once as are
    worked on at a time. Ratios are of seconds for one video."""
    many = workers or CaptureSettings().workers
    folder = Path(tempfile.mkdtemp(prefix="semblance-capturing-"))

    def settings(count: int) -> str:
        return SETTINGS.format(delay=delay, workers=count, pictures=str(pictures).lower())

    try:
        with own_site("benchmarks.capturing_site", str(round(megabytes * 1e6))) as port:
            single = taken(folder / "single", port, alone, settings(1))
            at_once = taken(folder / "many", port, each, settings(many))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    ratio = round(single["seconds_a_video"] / at_once["seconds_a_video"], 1)
    print(json.dumps({"workers": many, "ratio": ratio, "one_by_one": single, "at_once": at_once}, indent=1))
    print(f"{ratio} times as fast with {many} at a time; {at_once['memory_mib']} MiB in {at_once['processes']} processes")
