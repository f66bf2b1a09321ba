"""Consents that end while a run is under way, as the commands of two people meet: nothing found afterwards is recorded."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlmodel import Session, select

from crawler.videos import Capture, Video
from monitor.enrolment import enrol_file
from monitor.recognisers import build_recognisers, recogniser_spec
from monitor.workspace import Workspace, open_workspace
from registry.audit import AuditEntry, verify_audit
from registry.db import now
from registry.kinds import PartyKind, SubjectKind
from registry.mandates import Basis, Mandate, Terms, add_mandate, declare_own, list_mandates
from registry.parties import add_party
from registry.subjects import add_subject, find_subject
from reports.matches import MatchRow
from tests.support.drawn_clips import figure, save
from tests.support.loopback_site import Site
from tests.support.watched_site import BEGIN, make_workspace, publish

ROOT = Path(__file__).resolve().parents[2]
WITHDRAWN, OVER, RIVAL = "Figure 1", "Figure 3", "Figure 1 of another"


@pytest.fixture
def root(tmp_path: Path, site: Site) -> Path:
    """Twelve clips of two figures, of whom one is enrolled by a second party as well; one process looks."""
    (tmp_path / "clips").mkdir()
    publish(site, tmp_path / "clips", [1, 3] * 6)
    make_workspace(tmp_path / "work", site, tmp_path / "clips", [1, 3])
    settings = tmp_path / "work" / "semblance.toml"
    settings.write_text(settings.read_text() + "[scan]\nworkers = 1\n")
    with open_workspace(tmp_path / "work") as workspace, workspace.session() as session:
        agency = add_party(session, "Agency", PartyKind.AGENCY)
        rival = add_subject(session, agency, RIVAL, SubjectKind.CHARACTER)
        declare_own(session, workspace.vault, rival, verified_by="R. Reader", starts_at=BEGIN)
        picture = save(tmp_path / "clips" / "rival.png", figure(1))
        enrol_file(workspace, session, build_recognisers(recogniser_spec(workspace.settings)), rival, picture)
        for name in (WITHDRAWN, OVER):
            consent(workspace, session, name)
        session.commit()
    return tmp_path / "work"


def consent(workspace: Workspace, session: Session, name: str) -> None:
    subject, terms = find_subject(session, name), Terms(Basis.CONSENT)
    content = f"I agree, {name}".encode()
    add_mandate(session, workspace.vault, subject, content, verified_by="R. Reader", starts_at=BEGIN, terms=terms)


def consent_of(session: Session, name: str) -> Mandate:
    (found,) = [row for row in list_mandates(session, find_subject(session, name)) if row.basis is Basis.CONSENT]
    return found


def semblance(root: Path, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "monitor.cli.main", "-w", str(root), *words]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@contextmanager
def stopped(process: "subprocess.Popen[str]", root: Path) -> Iterator[None]:
    """The process stands still meanwhile, at a moment when it does not hold the database."""
    while True:
        os.kill(process.pid, signal.SIGSTOP)
        with closing(sqlite3.connect(root / "semblance.db", timeout=0, isolation_level=None)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
                break
            except sqlite3.OperationalError:
                os.kill(process.pid, signal.SIGCONT)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


def end_both(root: Path) -> tuple[datetime, datetime]:
    """One consent by itself, the other by a command: when they ended."""
    with open_workspace(root) as workspace, workspace.session() as session:
        withdrawn, over = (consent_of(session, name) for name in (WITHDRAWN, OVER))
        over.ends_at = ends = now() + timedelta(milliseconds=200)
        session.add(over)
        session.commit()
        which = withdrawn.id
    with semblance(root, "mandate", "revoke", which) as revoked:
        assert (revoked.communicate()[1], revoked.returncode) == ("", 0)
    revoked_at = now()
    time.sleep(max(0.0, (ends - now()).total_seconds()))
    return ends, revoked_at


def test_what_a_consent_covered_that_ends_during_a_run_is_dropped_from_that_moment_on(root: Path) -> None:
    """One consent is revoked by another command, another comes to its end. Whoever's mandate stands is looked for again."""
    with semblance(root, "run", "--json") as run:
        assert run.stderr is not None
        assert run.stdout is not None
        assert any("Scanning: 11 captures to go" in line for line in run.stderr)
        with stopped(run, root):
            ends, revoked_at = end_both(root)
        rest: list[str] = []
        reading = threading.Thread(target=lambda: rest.extend(run.stderr or ()))
        reading.start()
        summary = json.loads(run.stdout.read())
        reading.join()
        assert run.wait() == 0, rest
    with open_workspace(root) as workspace, workspace.session() as session:
        subjects = {name: find_subject(session, name) for name in (WITHDRAWN, OVER)}
        assert all(match.found_at < revoked_at for match in found(session, WITHDRAWN))
        assert all(match.found_at < ends for match in found(session, OVER))
        kept = len(found(session, WITHDRAWN)) + len(found(session, OVER))
        for name in (WITHDRAWN, OVER):
            assert any(line.startswith(f"A find of {name} was dropped") for line in summary["problems"])
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "drop finds")).all()
        assert {(*entry.row_ids, entry.concerns) for entry in entries} == {(row.id, row.party_id) for row in subjects.values()}
        assert verify_audit(session).ok
    assert summary["scanned"] < 12
    with semblance(root, "run", "--json") as again:
        said, _ = again.communicate()
    assert json.loads(said)["scanned"] == 12 - summary["scanned"]
    with open_workspace(root) as workspace, workspace.session() as session:
        assert len(found(session, WITHDRAWN)) + len(found(session, OVER)) == kept
        # A clip of the other figure may come to the threshold now and then: both have "No" drawn on them.
        assert shows(session, found(session, RIVAL)) >= {f"/media/{number}.mp4" for number in range(0, 12, 2)}


def shows(session: Session, matches: list[MatchRow]) -> set[str]:
    """The paths of the videos that they are of."""
    captures = [session.get_one(Capture, match.capture_id) for match in matches]
    return {urlsplit(session.get_one(Video, capture.video_id).media_url).path for capture in captures}


def found(session: Session, name: str) -> list[MatchRow]:
    return list(session.exec(select(MatchRow).where(MatchRow.subject_id == find_subject(session, name).id)))
