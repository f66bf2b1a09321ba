"""``python -m fuzz [TARGET ...] [--seconds N]``: one target after the other, each in a process that is watched.

A finding is an exception that is not ours, an answer that breaks a promise, an input that takes longer than ten seconds or more
than 2 GiB of memory, or a process that dies. Each is kept in ``.fuzz/TARGET/findings``; the exit code is 1 where there is one.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

from fuzz.findings import ROOT, again, keep
from fuzz.progress import Progress
from fuzz.targets import all_targets

HOME = ROOT / ".fuzz"
STUCK_SECONDS = 10.0
START_SECONDS = 180.0
_LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Outcome:
    """inputs: that were looked at. findings: different ones; raised: how often any came up. died: processes that ended so."""

    target: str
    seconds: float
    inputs: int
    findings: int
    raised: int
    died: int


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m fuzz", description="Fuzz the parsers of outside data.")
    options.add_argument("targets", nargs="*", help="by name; all without")
    options.add_argument("--seconds", type=int, default=600, help="for each target")
    options.add_argument("--list", action="store_true", help="print the targets' names")
    asked = options.parse_args()
    known = [target.name for target in all_targets()]
    if asked.list:
        print("\n".join(known))
        return
    if unknown := set(asked.targets) - set(known):
        options.error(f"there is no target {', '.join(sorted(unknown))}; see --list")
    outcomes = []
    for name in asked.targets or known:
        outcomes.append(fuzz(name, asked.seconds))
        print(json.dumps(asdict(outcomes[-1])), flush=True)
    sys.exit(any(outcome.findings for outcome in outcomes))


def fuzz(name: str, seconds: int) -> Outcome:
    """Fuzz one target for so long, whatever becomes of its processes."""
    folder = HOME / name
    folder.mkdir(parents=True, exist_ok=True)
    again(folder / "findings", folder / "corpus")
    progress = Progress(folder / "progress", make=True)
    (folder / "stuck").touch()
    started, died = time.monotonic(), 0
    deadline = started + seconds
    with (folder / "log").open("wb") as log:
        while (left := deadline - time.monotonic()) > 1:
            before = progress.read()[0]
            command = [sys.executable, "-m", "fuzz.one", name, str(max(1, round(left))), str(folder)]
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=_environment())
            ended = _watch(process, progress)
            if ended == "":
                break
            if progress.read()[0] == before:
                raise SystemExit(f"{name} does not start; see {folder / 'log'}")
            died += 1
            keep(folder / "findings", f"{ended} on an input of {name}", progress.last(), (folder / "stuck").read_text("utf-8"))
    inputs, raised, _ = progress.read()
    findings = len(list((folder / "findings").glob("*.txt")))
    return Outcome(name, round(time.monotonic() - started, 1), inputs, findings, raised, died)


def _watch(process: "subprocess.Popen[bytes]", progress: Progress) -> str:
    """Wait for the process; how it ended, or nothing where it ended as it should."""
    counted, since, begun = 0, time.monotonic(), False
    while True:
        try:
            code = process.wait(_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            inputs = progress.read()[0]
            if inputs != counted:
                counted, since, begun = inputs, time.monotonic(), True
            if time.monotonic() - since > (STUCK_SECONDS if begun else START_SECONDS):
                _end(process)
                return "stuck"
            continue
        return "" if code == 0 else signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Let it say where it stands, and end it."""
    process.send_signal(signal.SIGUSR1)
    try:
        process.wait(_LOOK_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _environment() -> dict[str, str]:
    """Without settings of this machine's own, so that a finding is one everywhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SEMBLANCE_")}


if __name__ == "__main__":
    main()
