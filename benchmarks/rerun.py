"""The second run over a web that was captured before: how long it takes, and how politely it asks."""

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Annotated, Any
from urllib.request import urlopen

import typer

from benchmarks.own_site import ROOT, own_site
from benchmarks.rerun_site import FIRST, HOSTS, NEW

SETTINGS = """\
pack = ""
[crawl]
allowed_networks = ["127.0.0.0/8"]
delay_seconds = {delay}
[capture]
recheck_hours = 0.000001
"""
# Runs with the code of any commit: what it imports has been where it is since the first of them.
RUN = """
import json, sys, time
from pathlib import Path
from sqlmodel import func, select
from crawler.health import SourceKind, SourceRow
from crawler.videos import Capture
from monitor.runs.capturing import capture_queue
from monitor.runs.crawling import crawl_sources
from monitor.runs.judging import judge
from monitor.runs.scanning import scan_captures
from monitor.runs.summary import RunSummary
from monitor.workspace import init_workspace, open_workspace
root, settings, urls = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
if not root.exists():
    init_workspace(root)
    (root / "semblance.toml").write_text(settings, encoding="utf-8")
    with open_workspace(root) as workspace, workspace.session() as session:
        for url in urls:
            session.add(SourceRow(name=url, kind=SourceKind.PAGE, url=url))
        session.commit()
summary, marks = RunSummary(), [time.monotonic()]
with open_workspace(root) as workspace:
    for step in (crawl_sources, capture_queue, scan_captures):
        step(workspace, summary, lambda line: None)
        marks.append(time.monotonic())
    judge(workspace, summary)
    marks.append(time.monotonic())
    with workspace.session() as session:
        pictured = session.exec(select(func.count()).where(Capture.screenshot_sha256 != None)).one()
        captures = session.exec(select(func.count()).select_from(Capture)).one()
print(json.dumps({"marks": marks, "captures": captures, "pictured": pictured, "unchanged": summary.unchanged,
    "problems": [p for p in summary.problems if not p.startswith("Nothing was scanned")][:5]}))
"""


def run(code: Path, folder: Path, port: int, delay: float, then: str) -> dict[str, Any]:
    """One run with the code at that place, and what the hosts saw of it. then: the word to the site afterwards."""
    urls = [f"http://{host}:{port}/" for host in HOSTS]
    command = [sys.executable, "-c", RUN, str(folder), SETTINGS.format(delay=delay), *urls]
    environment = {**os.environ, "PYTHONPATH": str(code)}
    done = subprocess.run(command, cwd=code, env=environment, check=True, stdout=subprocess.PIPE)
    said: dict[str, Any] = json.loads(done.stdout)
    marks = said.pop("marks")
    with urlopen(f"http://{HOSTS[0]}:{port}/{then}") as answer:
        asked: list[dict[str, Any]] = json.load(answer)
    steps = dict(zip(("crawl", "capture", "scan", "judge"), [b - a for a, b in itertools.pairwise(marks)], strict=True))
    return {
        "seconds": round(marks[-1] - marks[0], 2),
        **{f"{step}_seconds": round(seconds, 2) for step, seconds in steps.items()},
        **said,
        "whole_run": politeness(asked),
        "captures_only": politeness([each for each in asked if each["began"] >= marks[1]]),
    }


def politeness(asked: list[dict[str, Any]]) -> dict[str, Any]:
    """What the hosts saw. most_at_once: own requests open at one host. beside_a_picture: own ones while the browser's were open.
    smallest_pause, smallest_interval: seconds from the end, or the beginning, of an own request to the next one's beginning."""
    by_host: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in sorted(asked, key=lambda each: each["began"]):
        by_host[each["host"]].append(each)
    most, beside, pauses, intervals = 0, 0, [], []
    for requests in by_host.values():
        own = [each for each in requests if not each["browser"]]
        most = max([most, *(sum(other["began"] <= each["began"] < other["ended"] for other in own) for each in own)])
        beside += sum(
            other["began"] < each["ended"] and each["began"] < other["ended"]
            for each in own
            for other in requests
            if other["browser"]
        )
        pauses += [b["began"] - a["ended"] for a, b in itertools.pairwise(own)]
        intervals += [b["began"] - a["began"] for a, b in itertools.pairwise(own)]
    return {
        "requests": len(asked),
        "by_the_browser": sum(each["browser"] for each in asked),
        "most_at_once": most,
        "beside_a_picture": beside,
        "smallest_pause": round(min(pauses, default=0.0), 3),
        "smallest_interval": round(min(intervals, default=0.0), 3),
    }


def rerun(
    before: Annotated[Path | None, typer.Option(help="A checkout of an earlier commit, timed in turn with this one.")] = None,
    rounds: Annotated[int, typer.Option(help="How often each is timed.")] = 2,
    delay: Annotated[float, typer.Option(help="crawl.delay_seconds.")] = 1.0,
    validators: Annotated[bool, typer.Option(help="Whether the hosts answer 304 to what is unchanged.")] = True,
) -> None:
    """Capture 65 videos with pages and pictures from 12 hosts, then run again with 6 new ones."""
    places = ([("before", before.absolute())] if before is not None else []) + [("now", ROOT)]
    second: dict[str, list[dict[str, Any]]] = {name: [] for name, _ in places}
    first: dict[str, list[float]] = {name: [] for name, _ in places}
    with tempfile.TemporaryDirectory(prefix="semblance-rerun-") as folder:
        for turn in range(rounds):
            for name, code in places:
                with own_site("benchmarks.rerun_site", "yes" if validators else "no") as port:
                    work = Path(folder) / f"{name}{turn}"
                    begun = run(code, work, port, delay, "_more")
                    assert begun["captures"] == FIRST, begun
                    time.sleep(1)
                    again = run(code, work, port, delay, "_told")
                    assert again["captures"] == FIRST + NEW, again
                first[name].append(begun["seconds"])
                second[name].append(again)
    print(json.dumps({"first_run_seconds": first, "second_run": second}, indent=1))
    medians = {name: statistics.median(each["seconds"] for each in runs) for name, runs in second.items()}
    print(", ".join(f"{name}: {seconds:.1f} s" for name, seconds in medians.items()) + " for the second run")
