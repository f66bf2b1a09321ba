"""One run of ours over the benchmark's web, in a process of its own. Started by `benchmarks.crawl`; prints what it did."""

import json
import sys
import time
from pathlib import Path

from sqlmodel import func, select

from crawler.videos import Capture, Video
from monitor.runs.capturing import capture_queue
from monitor.runs.crawling import crawl_sources
from monitor.runs.summary import RunSummary
from monitor.workspace import open_workspace


def main() -> None:
    summary = RunSummary()
    with open_workspace(Path(sys.argv[1])) as workspace:
        began = time.monotonic()
        crawl_sources(workspace, summary, lambda _: None)
        crawled = time.monotonic()
        if "--crawl-only" not in sys.argv:
            capture_queue(workspace, summary, lambda _: None)
        captured = time.monotonic()
        with workspace.session() as session:
            counts = {
                "videos": session.exec(select(func.count()).select_from(Video)).one(),
                "captures": session.exec(select(func.count()).select_from(Capture)).one(),
                "incomplete_sources": summary.incomplete_sources,
                "problems": summary.problems[:5],
            }
    print(json.dumps({"crawl_seconds": crawled - began, "capture_seconds": captured - crawled, **counts}))


if __name__ == "__main__":
    main()
