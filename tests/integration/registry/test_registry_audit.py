"""The audit log: every write of every room is in it, and nothing in it can be changed unseen."""

import json
import multiprocessing
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import delete, update
from sqlmodel import Session, select

from crawler.custody import append
from monitor.cli.main import main
from monitor.runs.once import run_once
from monitor.workspace import Workspace, open_workspace
from registry.audit import LOG, Actor, AuditEntry, acting, verify_audit
from registry.db import now
from registry.licences import Licence, add_licence, revoke_licence
from registry.parties import Party, add_party
from registry.subjects import Subject, add_subject, find_subject
from registry.types import PartyKind, SubjectKind
from reports.matches import MatchRow
from reports.review import Decision, review
from tests.support.audit_log import list_entries
from tests.support.cases import open_cases
from tests.support.direct_database import directly
from tests.support.loopback_site import Site
from tests.support.new_database import new_database
from tests.support.tampering import tamper
from tests.support.watched_site import watched

AT = datetime(2026, 5, 1, tzinfo=UTC)
WITNESS = "CREATE TABLE witness (table_name TEXT, action TEXT, row TEXT)"


@pytest.fixture
def workspace(tmp_path: Path, site: Site) -> Iterator[Workspace]:
    with watched(tmp_path, site, [1, None], [1]) as workspace:
        yield workspace


def watch_every_table(database: Path) -> None:
    """Let the database itself note every row that is written, by whatever way."""
    connection = sqlite3.connect(database)
    connection.execute(WITNESS)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in set(tables) - {"witness", "audit_entry", "alembic_version"}:
        keys = [row[1] for row in sorted(connection.execute(f'PRAGMA table_info("{table}")'), key=lambda row: row[5]) if row[5]]
        for moment, action, row in (("INSERT", "add", "NEW"), ("UPDATE", "change", "NEW"), ("DELETE", "remove", "OLD")):
            key = " || '/' || ".join(f'{row}."{name}"' for name in keys)
            note = f"INSERT INTO witness VALUES ('{table}', '{action}', {key})"
            connection.execute(f'CREATE TRIGGER witness_{table}_{action} AFTER {moment} ON "{table}" BEGIN {note}; END')
    connection.commit()
    connection.close()


NOTED_BY_ITSELF = ("licences_applied", "claim")
"""When something was last done for all, and which run is at what: nobody's act, and nobody's data."""


@pytest.mark.local("has SQLite's triggers note every row")
def test_every_write_of_every_room_is_in_the_log(workspace: Workspace) -> None:
    database = workspace.root / "semblance.db"
    watch_every_table(database)
    with acting(Actor("night watch", "run")):
        run_once(workspace)
    with acting(Actor("R. Eviewer", "review")), workspace.session() as session:
        (match,) = session.exec(select(MatchRow))
        review(session, match.id, Decision.CONFIRM, "R. Eviewer", "the same", now())
        open_cases(session)
        review(session, match.id, Decision.REJECT, "R. Eviewer", "a mistake", now())
        open_cases(session)
        licence = add_licence(session, find_subject(session, "Figure 1"), "Fan Club", AT)
        revoke_licence(session, licence.id, now())
        session.commit()
        entries = session.exec(select(AuditEntry)).all()
        assert verify_audit(session).ok
    logged = {(entry.table_name, entry.action, row) for entry in entries for row in entry.row_ids}
    connection = sqlite3.connect(database)
    witnessed = set(connection.execute("SELECT table_name, action, row FROM witness"))
    connection.close()
    assert {table for table, _, _ in witnessed} >= {"video", "sighting", "capture", "custody_entry", "label", "scan", "match"}
    assert {table for table, _, _ in witnessed} >= {"source_run", "review", "case_file", "case_match", "licence"}
    assert {action for _, action, _ in witnessed} == {"add", "change", "remove"}
    assert {write for write in witnessed - logged if write[0] not in NOTED_BY_ITSELF} == set()
    by = {entry.table_name: (entry.who, entry.why) for entry in entries}
    assert by["capture"] == ("night watch", "run")
    assert by["review"] == ("R. Eviewer", "review")
    assert by["subject"] == ("unnamed", "")


def test_an_entry_says_who_what_when_and_why(session: Session) -> None:
    with acting(Actor("Jo Doe", "licence revoke", "party-7")):
        subject = add_subject(session, add_party(session, "Studio", PartyKind.STUDIO), "Mascot", SubjectKind.CHARACTER)
        licence = add_licence(session, subject, "Fan Club", AT)
        revoke_licence(session, licence.id, AT)
    session.commit()
    (added, revoked) = list_entries(session, table="licence")
    assert (added.action, added.row_ids, added.detail) == ("add", [licence.id], {})
    assert (revoked.action, revoked.row_ids, revoked.detail) == (
        "change",
        [licence.id],
        {"revoked_at": "2026-05-01T00:00:00.000000Z"},
    )
    assert (revoked.who, revoked.why, revoked.party_id) == ("Jo Doe", "licence revoke", "party-7")
    assert abs((now() - revoked.at).total_seconds()) < 60


def test_the_log_names_nobody(session: Session) -> None:
    party = add_party(session, "Party of Grace Gone", PartyKind.UNION, email="grace@example.org")
    subject = add_subject(session, party, "Grace Gone", SubjectKind.PERSON)
    subject.name = "Grace Goner"
    session.add(subject)
    session.commit()
    (change,) = (entry for entry in list_entries(session) if entry.action == "change")
    assert change.detail == {"name": "changed", "name_key": "changed"}
    log = json.dumps([entry.model_dump(mode="json") for entry in list_entries(session)])
    assert subject.id in log
    assert "race" not in log


def test_what_is_taken_back_leaves_no_entry(session: Session) -> None:
    add_party(session, "Kept", PartyKind.UNION)
    session.commit()
    add_party(session, "Taken back", PartyKind.UNION)
    session.rollback()
    add_party(session, "Kept, too", PartyKind.UNION)
    session.commit()
    assert [len(entry.row_ids) for entry in list_entries(session, table="party")] == [1, 1]
    assert verify_audit(session).entries == 2


def test_one_statement_over_many_rows_is_logged(session: Session) -> None:
    subject = add_subject(session, add_party(session, "Studio", PartyKind.STUDIO), "Mascot", SubjectKind.CHARACTER)
    for number in range(3):
        add_licence(session, subject, f"Fan {number}", AT)
    session.execute(update(Licence).values(revoked_at=AT))
    session.execute(delete(Licence).where(Licence.licensee == "nobody"))
    session.execute(delete(Licence))
    session.commit()
    bulk = [(entry.action, entry.detail) for entry in list_entries(session, table="licence") if entry.row_ids == ["*"]]
    assert bulk == [("change", {"rows": 3}), ("remove", {"rows": 3})]
    assert verify_audit(session).ok


def test_rows_written_alike_at_once_share_an_entry(session: Session) -> None:
    parties = [Party(name=f"Party {number}", kind=PartyKind.AGENCY) for number in range(2)]
    session.add_all(parties)
    session.flush()
    for party, count in zip(parties, (2500, 3), strict=True):
        subjects = (Subject(party_id=party.id, name=f"Mark {number}", kind=SubjectKind.MARK) for number in range(count))
        session.add_all(subjects)
    session.commit()
    entries = list_entries(session, table="subject")
    assert sorted((parties[0].id != entry.concerns, -len(entry.row_ids)) for entry in entries) == [
        *((False, -1000), (False, -1000), (False, -500)),
        (True, -3),
    ]
    assert {row for entry in entries if entry.concerns == parties[1].id for row in entry.row_ids} == set(
        session.exec(select(Subject.id).where(Subject.party_id == parties[1].id))
    )
    assert verify_audit(session).ok


def logged(folder: Path) -> tuple[Path, str]:
    """A workspace's database with six entries in its log, and the digest of the last."""
    assert cli(folder, "init") == 0
    for number in range(6):
        assert cli(folder, "party", "add", f"Party {number}", "--kind", "agency") == 0
    with open_workspace(folder) as workspace, workspace.session() as session:
        verdict = verify_audit(session)
    assert (verdict.ok, verdict.entries) == (True, 6)
    return folder / "semblance.db", verdict.head


def cli(folder: Path, *arguments: str) -> int:
    sys.argv = ["semblance", "-w", str(folder), *arguments]
    return main()


@pytest.fixture(autouse=True)
def _arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", sys.argv)


def test_what_is_written_stays_as_it_is_whoever_asks(tmp_path: Path) -> None:
    database, _ = logged(tmp_path)
    for statement in ("UPDATE audit_entry SET why = ''", "DELETE FROM audit_entry WHERE seq = 2"):
        refused = pytest.raises((sqlite3.IntegrityError, psycopg.errors.IntegrityConstraintViolation), match="append-only")
        with refused, directly(database) as connection:
            connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "broken", "why"),
    [
        ("UPDATE audit_entry SET who = 'somebody else' WHERE seq = 3", 3, "its content was changed"),
        ("UPDATE audit_entry SET why = '' WHERE seq = 1", 1, "its content was changed"),
        ("UPDATE audit_entry SET row_ids = '[]' WHERE seq = 6", 6, "its content was changed"),
        ("UPDATE audit_entry SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 4", 4, "its content was changed"),
        ("DELETE FROM audit_entry WHERE seq = 2", 2, "it is missing"),
        ("UPDATE audit_entry SET previous = digest WHERE seq = 5", 5, "it does not follow"),
    ],
)
def test_verify_names_the_first_broken_entry(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], statement: str, broken: int, why: str
) -> None:
    database, _ = logged(tmp_path)
    tamper(database, statement)
    capsys.readouterr()
    assert cli(tmp_path, "audit", "verify") == 4
    said = capsys.readouterr().out
    assert f"entry {broken}: " in said
    assert why in said


def test_a_log_whose_end_was_cut_off_is_known_by_a_noted_digest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database, head = logged(tmp_path)
    assert cli(tmp_path, "party", "add", "Later", "--kind", "union") == 0
    assert cli(tmp_path, "audit", "verify", "--head", head) == 0
    tamper(database, "DELETE FROM audit_entry WHERE seq > 5")
    capsys.readouterr()
    assert cli(tmp_path, "audit", "verify") == 0
    assert cli(tmp_path, "audit", "verify", "--head", head) == 4
    assert "ends before the noted entry" in capsys.readouterr().out


def test_the_command_is_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logged(tmp_path)
    capsys.readouterr()
    assert cli(tmp_path, "audit", "list", "--last", "1", "--json") == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert (entry["why"], entry["action"], entry["table"]) == ("semblance party add", "add", "party")
    assert entry["who"].endswith(" on this machine")


def test_a_clock_that_was_set_back_is_found_with_both_times(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(tmp_path, "init") == 0
    said_by_all = {"who": "E. Novak", "party_id": None, "concerns": None, "why": "semblance party add", "salt": None}
    with open_workspace(tmp_path) as workspace, workspace.session() as session:
        for number, seconds in enumerate((0, 60, 59, 3600, 120, 130)):
            written = {"action": "add", "table_name": "party", "row_ids": [f"p{number}"], "detail": {}}
            LOG.add(session, [{**said_by_all, **written, "at": AT + timedelta(seconds=seconds)}])
        session.commit()
    capsys.readouterr()
    assert cli(tmp_path, "audit", "verify") == 1
    said = capsys.readouterr().out
    assert "The log of writes is whole: 6 entries" in said
    (line,) = (line for line in said.splitlines() if "set back" in line)
    assert "entry 5 is dated 2026-05-01T00:02:00Z, and the entry before it 2026-05-01T01:00:00Z" in line
    assert cli(tmp_path, "audit", "verify", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    assert [(found["entry"], found["at"]) for found in told["audit"]["set_back"]] == [(5, "2026-05-01T00:02:00Z")]
    tamper(tmp_path / "semblance.db", "UPDATE audit_entry SET who = 'somebody else' WHERE seq = 6")
    assert cli(tmp_path, "audit", "verify") == 4
    assert "set back" in capsys.readouterr().out


def test_custody_dated_before_what_stands_before_it_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(tmp_path, "init") == 0
    with open_workspace(tmp_path) as workspace, workspace.session() as session:
        # A capture that began earlier and took longer than another is none.
        for number, minutes in enumerate((0, 30, 10, 400, 20)):
            append(session, "E. Novak", "captured", f"c{number}", {}, AT + timedelta(minutes=minutes))
        session.commit()
    capsys.readouterr()
    assert cli(tmp_path, "audit", "verify") == 1
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "set back" in line)
    assert "entry 5 is dated 2026-05-01T00:20:00Z, and the entry before it 2026-05-01T06:40:00Z" in line


def _add_parties(path: Path, name: str) -> None:
    engine = new_database(path)
    for number in range(15):
        with Session(engine) as session:
            add_party(session, f"{name} {number}", PartyKind.AGENCY)
            session.commit()


def test_processes_that_write_at_once_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "semblance.db"
    new_database(path).dispose()
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_add_parties, args=(path, name)) for name in ("one", "two")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    engine = new_database(path)
    with Session(engine) as session:
        verdict = verify_audit(session)
        assert (verdict.ok, verdict.entries) == (True, 30)
    engine.dispose()
