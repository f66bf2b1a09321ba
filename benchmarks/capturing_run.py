"""One taking of whatever waits in a workspace, in a process of its own. Started by `benchmarks.capturing`; prints what it did."""

import json
import resource
import sys
import time
from pathlib import Path

from sqlmodel import func, select

from crawler.custody import verify_chain
from crawler.videos import Capture
from monitor.runs.capturing import capture_queue
from monitor.runs.summary import RunSummary
from monitor.workspace import open_workspace


def main() -> None:
    summary = RunSummary()
    with open_workspace(Path(sys.argv[1])) as workspace:
        began = time.monotonic()
        capture_queue(workspace, summary, lambda _: None)
        seconds = time.monotonic() - began
        with workspace.session() as session:
            captures = session.exec(select(func.count()).select_from(Capture)).one()
            broken = verify_chain(session)
    assert broken is None, broken
    own = resource.getrusage(resource.RUSAGE_SELF)
    said = {"seconds": seconds, "captures": captures, "cpu_seconds": own.ru_utime + own.ru_stime}
    print(json.dumps({**said, "problems": summary.problems[:5]}))


if __name__ == "__main__":
    main()
