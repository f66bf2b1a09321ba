"""How soon the command line answers."""

import json
import statistics
import subprocess
import sys
import time


def startup(runs: int = 9) -> None:
    """Seconds of `semblance --help` as a whole process; the limit is half a second."""
    seconds = []
    for _ in range(runs):
        started = time.monotonic()
        subprocess.run([sys.executable, "-m", "monitor.cli.main", "--help"], check=True, capture_output=True)
        seconds.append(time.monotonic() - started)
    found = {"runs": runs, "min": min(seconds), "median": statistics.median(seconds), "max": max(seconds), "limit": 0.5}
    print(json.dumps(found))
    print(f"help answers in {found['median']:.2f} s (median of {runs}; {found['min']:.2f} to {found['max']:.2f})")
    sys.exit(found["median"] > found["limit"])
