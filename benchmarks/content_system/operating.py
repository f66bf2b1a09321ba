"""A workspace that watches the site, worked through the command line alone, as an operator does."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.content_system.clips import write_mark
from benchmarks.content_system.services import Missing

FAKETIME = "usr/lib/*/faketime/libfaketimeMT.so.1"
_SETTINGS = """\
pack = ""
[operator]
name = "Benchmark"
[crawl]
allowed_networks = ["127.0.0.0/8"]
allowed_ports = []
delay_seconds = 0.0
[capture]
screenshots = false
"""
REVIEWER = ("--reviewer", "R. Eviewer")
AVAILABLE = r"the video \(same bytes[^)]*\) was at {}"
"""What a letter says of a video that it takes to be online."""


_SLEEP = """\
import select, time
time.sleep = lambda seconds: select.select([], [], [], max(0.0, seconds)) and None
"""
"""For commands that are shown another clock: the library that shows it breaks the call by which Python sleeps in threads."""


class Operator:
    """days: how many days ago each command is run, by the clock that it is shown."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self._program = str(Path(sys.executable).with_name("semblance"))

    def semblance(self, *arguments: str, days: int = 0) -> subprocess.CompletedProcess[str]:
        command = [self._program, "-w", str(self.workspace), *arguments]
        return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **_clock(days, self.workspace)})

    def done(self, *arguments: str, days: int = 0) -> str:
        """Standard output of a command that has to succeed."""
        done = self.semblance(*arguments, days=days)
        if done.returncode:
            raise RuntimeError(f"semblance {' '.join(arguments)} ended with {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout

    def watch(self, sources: Mapping[str, tuple[str, str]], days: int) -> None:
        """A new workspace with these sources, each a kind and an address, and with the mark enrolled."""
        name = str(self.workspace)
        subprocess.run(
            [self._program, "init", name], check=True, capture_output=True, env={**os.environ, **_clock(days, self.workspace)}
        )
        (self.workspace / "semblance.toml").write_text(_SETTINGS, encoding="utf-8")
        mark = write_mark(self.workspace.with_name("mark.png"))
        self.done("party", "add", "Emberfox Pictures", "--kind", "studio", days=days)
        own = ("--party", "Emberfox Pictures", "--kind", "mark", "--own-verified-by", "Jo Doe")
        self.done("subject", "add", "Emberfox seal", *own, days=days)
        self.done("reference", "add", "Emberfox seal", str(mark), days=days)
        for title, (kind, url) in sources.items():
            self.done("source", "add", title, url, "--kind", kind, days=days)

    def run(self, days: int, *, capture: bool = True) -> dict[str, Any]:
        """One run, or a crawl alone; the summary as the command prints it."""
        said: dict[str, Any] = json.loads(self.done(*(("run", "--once") if capture else ("crawl",)), "--json", days=days))
        return said

    def confirm_all(self, days: int) -> int:
        """Confirm each match that waits; how many."""
        waiting = json.loads(self.done("review", "list", "--json", days=days))
        for match in waiting:
            self.done("review", "confirm", match["id"], *REVIEWER, "--reason", "The seal is shown.", days=days)
        return len(waiting)

    def weekly(self, days: int) -> str:
        """The weekly report as a page."""
        said = json.loads(self.done("report", "weekly", "--json", days=days))
        return Path(said["html"]).read_text("utf-8")

    def letter(self, case: str, days: int) -> str | None:
        """The words of a letter drafted for a case; None where the draft is refused."""
        done = self.semblance("notice", "draft", case, "--by", "Jo Doe", "--json", days=days)
        if done.returncode:
            return None
        from docx import Document

        document = Document(json.loads(done.stdout)["docx"])
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def _clock(days: int, beside: Path) -> dict[str, str]:
    if not days:
        return {}
    library = next(Path("/").glob(FAKETIME), None)
    if library is None:
        raise Missing("Debian packages are missing: apt-get install --no-install-recommends faketime")
    patch = beside.with_name("clock")
    patch.mkdir(exist_ok=True)
    (patch / "sitecustomize.py").write_text(_SLEEP, encoding="utf-8")
    # Only the calendar is moved: waiting goes by the other clock.
    return {
        "PYTHONPATH": str(patch),
        "LD_PRELOAD": str(library),
        "FAKETIME": f"-{days}d",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
