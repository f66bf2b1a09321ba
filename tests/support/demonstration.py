"""Running the demonstration as a user runs it."""

import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    out: Path
    temporary: Path
    log: Path
    code: int

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8")

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(f"file:{self.out / 'workspace' / 'semblance.db'}?mode=ro", uri=True) as database:
            return database.execute(query).fetchall()


def run_demo(out: Path, temporary: Path) -> Ran:
    temporary.mkdir(exist_ok=True)
    log = out.with_name(f"{out.name}.log")
    with log.open("wb") as sink:
        code = subprocess.run(
            [sys.executable, "-m", "monitor.cli.main", "demo", "--out", str(out)],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(temporary)},
            stdout=sink,
            stderr=subprocess.STDOUT,
            timeout=300,
        ).returncode
    return Ran(out, temporary, log, code)
