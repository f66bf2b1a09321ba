"""Filling a workspace: members with drawn vectors, videos with drawn pictures, matches, decisions. Nobody in it exists.

Rows are put in by tables, so that 20,000 members take a minute or two; ids, digests, chains and states are such as the services
leave them, and the benchmark's own commands check the chains.
"""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.size.findings import make_looks, make_matches
from benchmarks.size.people import make_people
from benchmarks.size.rows import Union
from benchmarks.size.web import make_web
from monitor.workspace import init_workspace, open_workspace

MADE = "made.json"
"""Lies in a workspace whose making came to its end, and says how large it was to be."""


def is_made(root: Path, members: int, matches: int) -> bool:
    """Whether such a workspace lies in root, whole."""
    note = root / MADE
    return note.exists() and json.loads(note.read_text("utf-8")) == {"members": members, "matches": matches}


def make_union(root: Path, members: int, matches: int) -> None:
    """A workspace in root with one union's members, each with a reference, a template, a consent, and a mandate for all.

    What lies in root goes.
    """
    shutil.rmtree(root, ignore_errors=True)
    init_workspace(root)
    made = Union(root, members, matches, datetime.now(UTC) - timedelta(hours=12))
    with open_workspace(root) as workspace, workspace.session() as session:
        # What is put in here could be made again: nothing of it needs to outlast a power cut.
        session.connection().exec_driver_sql("PRAGMA synchronous=OFF")
        session.rollback()
        make_people(workspace, session, made)
        make_web(workspace, session, made)
        make_matches(session, made)
        make_looks(workspace, session, made)
        session.commit()
    _run_until_nothing_waits(root)
    (root / MADE).write_text(json.dumps({"members": members, "matches": matches}), "utf-8")


def _run_until_nothing_waits(root: Path) -> None:
    """The first run compares everybody with everybody, as imports would have done, and each some of the videos with earlier ones;
    the runs that are timed find nothing new."""
    command = [sys.executable, "-m", "monitor.cli.main", "--workspace", str(root), "run", "--once", "--json"]
    to_compare = True
    while to_compare:
        ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        to_compare = json.loads(ran.stdout)["to_compare"]
