"""The command `server-size`: a union's workspace brought to a server and multiplied, and its pages and reports asked for."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import func, select, text
from sqlalchemy.engine import Engine

from benchmarks.console_size import ask_pages
from benchmarks.server_size.multiplying import multiply
from crawler.videos import Video
from monitor.workspace import open_workspace
from reports.matches import MatchRow
from tests.support.postgres_server import server

PAGE, REPORT = 100.0, 60.0
"""Milliseconds of a page at p95, and seconds of a weekly report."""

ASKED = ("report weekly", "report monthly", "review list", "review list --search 04999", "case list", "run --once --json")

_OPTIONS = ("shared_buffers=2GB", "work_mem=16MB", "maintenance_work_mem=512MB", "max_wal_size=8GB", "synchronous_commit=off")


def server_size(
    workspace: Annotated[Path, typer.Argument(help="A workspace that `size --keep` made.")],
    place: Annotated[Path, typer.Argument(help="Where the server's files and the workspace are made, and stay.")],
    matches: Annotated[int, typer.Option(min=1)] = 1_000_000,
    videos: Annotated[int, typer.Option(min=1)] = 5_000_000,
    rounds: Annotated[int, typer.Option(min=2)] = 10,
) -> None:
    """Make it where it is not there yet; then milliseconds of each page of the console, and seconds of reports; exit 1 over a
    limit."""
    with server(*_OPTIONS, keep=place / "pg") as running:
        root = place / "workspace"
        if not (place / "made").exists():
            began = time.monotonic()
            _bring(workspace, root, running.new_database())
            with open_workspace(root) as opened:
                _multiply(opened.engine, matches, videos)
            (place / "made").write_text(f"{time.monotonic() - began:.0f} s\n", "utf-8")
        with open_workspace(root) as opened:
            print(_how_large(opened.engine), flush=True)
        over = ask_pages(root, rounds, PAGE)
        over |= _asked(root)
    sys.exit(over)


def _bring(workspace: Path, root: Path, database: str) -> None:
    _semblance(workspace, "backup", f"{root}-backup", "--with-keys")
    _semblance(workspace, "restore", f"{root}-backup", "--to", str(root), "--database", database)
    _semblance(root, "resume")


def _multiply(engine: Engine, matches: int, videos: int) -> None:
    with engine.connect() as connection:
        of_one, seen = (connection.execute(select(func.count()).select_from(each)).scalar_one() for each in (MatchRow, Video))
    multiply(engine, matches // of_one - 1, videos // seen - 1, lambda line: print(line, file=sys.stderr, flush=True))


def _how_large(engine: Engine) -> str:
    with engine.connect() as connection:
        counted = [connection.execute(select(func.count()).select_from(each)).scalar_one() for each in (MatchRow, Video)]
        size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    return f"{counted[0]:,} matches, {counted[1]:,} videos, {size / 1e9:.1f} GB"


def _asked(root: Path) -> bool:
    """Seconds of commands; whether the weekly report takes too long."""
    over = False
    for words in ASKED:
        began = time.monotonic()
        written = len(_semblance(root, *words.split()))
        took = time.monotonic() - began
        late = words == "report weekly" and took > REPORT
        print(json.dumps({"command": words, "seconds": round(took, 2), "bytes": written}) + "  *" * late, flush=True)
        over |= late
    return over


def _semblance(root: Path, *words: str) -> bytes:
    command = [sys.executable, "-m", "monitor.cli.main", "--workspace", str(root), *words]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, env=dict(os.environ)).stdout
