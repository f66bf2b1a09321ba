"""After an erasure nobody who has every file of the workspace, but not its key, finds out who it was by trying numbers."""

import hashlib
import json
import logging
import shutil
import sqlite3
import sys
import tempfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from benchmarks.patterns import save_photo
from crawler import videos
from monitor.cli.main import main
from monitor.roster.invitations import write_invitations
from monitor.roster.outcomes import OutcomeFile, Result
from monitor.roster.table import open_roster
from monitor.wiring import ERASERS, KEEPERS, SEEKERS
from monitor.workspace import Workspace, open_workspace
from registry.audit import AuditEntry
from registry.db import now
from registry.erase import Erasure, ErasureRefused, erase_subject
from registry.listings import note_listing
from registry.mandates import Basis, Terms, add_mandate
from registry.members import Keyed, Member
from registry.parties import Party
from registry.references import Reference
from registry.storage.scrub import scrub
from registry.subjects import Subject, find_subject
from registry.templates import TemplateRow, arrays_of
from registry.types import Modality
from reports.matches import MatchRow
from reports.review import Decision, Review, review
from tests.support.erasure_search import GUESSES, confirmed, digests_in, everything, forms_of, pieces_in
from tests.support.rosters import people, take_in, union_workspace, write_csv

AT = datetime(2026, 1, 1, tzinfo=UTC)
NAME, NUMBER = "Zénobie Quarrel", 734512


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with union_workspace(tmp_path / "work") as workspace:
        yield workspace


def enrol(workspace: Workspace, tmp_path: Path) -> Path:
    """Two members, with the outcome and the links beside the roster; the one has a consent, matches and a decision."""
    photos = people(tmp_path / "photos", 2)
    (photos / "1").rename(photos / str(NUMBER))
    (photos / "2").rename(photos / "12")
    save_photo(photos / "swapped.png", 1, 5)
    rows = [["number", "name", "photo"], [NUMBER, NAME, ""], [12, "Bo Stays", ""], [13, "Cy", "swapped.png"]]
    roster = write_csv(tmp_path / "roster.csv", rows)
    outcome, links = tmp_path / "roster.outcome.csv", tmp_path / "roster.links.csv"
    with workspace.session() as session:
        party = session.exec(select(Party)).one()
        note_listing(session, party.id, outcome)
        with OutcomeFile(outcome) as file:
            made = take_in(workspace, roster, photos)
            file.write(made.values())
        assert [row.result for row in made.values()] == [Result.ENROLLED, Result.ENROLLED, Result.REFUSED]
        assert any(NAME in line for line in made[4].says)
        write_invitations(session, open_roster(roster), party.id, now() + timedelta(days=9), links)
        found(session, workspace, find_subject(session, NAME))
        session.commit()
    return tmp_path / "roster.outcome.csv"


def found(session: Session, workspace: Workspace, person: Subject) -> None:
    document = b"I, Z. Quarrel, agree that my face is looked for. " * 4
    for terms in (Terms(), Terms(Basis.CONSENT)):
        add_mandate(session, workspace.vault, person, document, verified_by="R. Reader", starts_at=AT, terms=terms)
    session.add(videos.Video(id="v", media_url="https://cdn.example/v.mp4", title=f"{NAME} sells shoes"))
    session.flush()
    capture = videos.Capture(id="c", video_id="v", captured_at=AT, media_sha256="0" * 64, media_size=1)
    capture.media_type, capture.final_url, capture.manifest_sha256 = "video/mp4", "https://cdn.example", "0" * 64
    session.add(capture)
    session.flush()
    numbers = dict.fromkeys(("t_start", "t_end", "best_t", "best_x1", "best_y1", "best_x2", "best_y2"), 1.0)
    numbers |= dict.fromkeys(("score", "threshold", "margin", "expected_false_matches"), 0.5)
    match = MatchRow(id="m", capture_id="c", subject_id=person.id, reference_id="r", **numbers)
    match.modality, match.encoder, match.pack, match.found_at = Modality.FACE, "enc", "open", AT
    session.add(match)
    session.flush()
    review(session, "m", Decision.CONFIRM, "R. Viewer", f"This is {NAME}, number {NUMBER}.", now())


def erase(workspace: Workspace, name: str = NAME) -> list[str]:
    with workspace.session() as session:
        subject = find_subject(session, name)
        receipt = erase_subject(session, workspace.vault, subject, now(), "asked for", ERASERS, KEEPERS, SEEKERS)
        assert receipt.finished, receipt.left
        return [*receipt.kept, *receipt.left]


@pytest.fixture
def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of logs and one for temporary files, which this process and its children use."""
    for name in ("logs", "temporary"):
        (tmp_path / name).mkdir()
    for variable in ("TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(variable, str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    handler = logging.FileHandler(tmp_path / "logs" / "all.log")
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.getLogger("monitor").info("begins")
    yield tmp_path
    root.removeHandler(handler)
    root.setLevel(level)
    handler.close()


def typed(folder: Path, capfd: pytest.CaptureFixture[str], *words: str) -> None:
    """A command as a service would run it: what it says beside its answer goes to a log."""
    capfd.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["semblance", "-w", str(folder / "work"), *words])
        assert main() == 0, capfd.readouterr()
    with (folder / "logs" / "commands.log").open("a") as stream:
        stream.write(capfd.readouterr().err)


def test_a_million_guesses_find_nobody_in_any_file(around: Path, workspace: Workspace, capfd: pytest.CaptureFixture[str]) -> None:
    outcome = enrol(workspace, around)
    with workspace.session() as session:
        person, party = find_subject(session, NAME), session.exec(select(Party)).one().id
        photos = [row.sha256 for row in session.exec(select(Reference).where(Reference.subject_id == person.id))]
        own = select(TemplateRow).join(Reference, Reference.id == TemplateRow.reference_id)  # type: ignore[arg-type]
        row = session.exec(own.where(Reference.subject_id == person.id)).first()
        assert row is not None
        (vector,) = [array.tobytes() for array in arrays_of(row, workspace.vault.keys).values()][:1]
    shutil.rmtree(around / "photos")
    (around / "roster.csv").unlink()
    typed(around, capfd, "privacy", "export", NAME, "--out", str(around / "handed"))
    typed(around, capfd, "report", "weekly", "--party", "Union")
    shown = pieces_in(everything(around / "handed", around / "work" / "reports"), forms_of(NAME))
    assert {"data.json", "index.html"} <= {name for _, name in shown}
    said = erase(workspace)
    typed(around, capfd, "audit", "verify")
    typed(around, capfd, "privacy", "report")
    files = everything(around)
    assert {str(outcome), str(around / "logs" / "all.log"), str(around / "logs" / "commands.log")} <= files.keys()
    sought = {
        "number": str(NUMBER).encode(),
        "vector": vector[:16],
        **{f"photo {digest}": digest.encode() for digest in photos},
        **{f"raw photo {digest}": bytes.fromhex(digest) for digest in photos},
        "consent": b"my face is looked for",
    }
    assert pieces_in(files, sought) == set()
    # The title of a public video names the member, and the receipt says in which row.
    assert {name for _, name in pieces_in(files, forms_of(NAME))} == {"semblance.db"}
    assert [line for line in said if line.startswith("1 row of video that names the subject (v): what public pages say")]
    assert confirmed(digests_in(files), party, range(GUESSES), [NAME, "Bo Stays", "Cy"]) == []


def planted(party: str) -> dict[str, bytes]:
    """What earlier versions, or careless code, would leave of a member."""
    member = hashlib.sha256(f"member\n{party}\nnumber {NUMBER}".encode())
    return {
        "number in a log": f"row 1: {NUMBER}".encode(),
        "name in a document": zlib.compress(NAME.encode()),
        "name in a table": json.dumps({"name": NAME}).encode(),
        "digest of the number in hex": member.hexdigest()[:32].encode(),
        "digest of the number": hashlib.md5(str(NUMBER).encode()).digest(),
        "digest of the name": hashlib.sha256(f"member\n{party}\nname {NAME.casefold()}".encode()).digest(),
        "digest of the name in hex": hashlib.sha1(NAME.encode()).hexdigest().encode(),
    }


@pytest.mark.parametrize("what", planted(""))
def test_the_search_finds_what_is_planted(tmp_path: Path, what: str) -> None:
    content = planted("a-party")[what]
    framed = b"%PDF-1.7\nstream\n" + content + b"endstream" if "document" in what else b"before " + content + b" after"
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(framed)
    files = everything(tmp_path)
    found = pieces_in(files, {"number": str(NUMBER).encode(), **forms_of(NAME)})
    near = range(NUMBER - 2, NUMBER + 3)
    hits = confirmed(digests_in(files), "a-party", near, ["Ann Other", NAME])
    assert bool(found) is not bool(hits), (found, hits)


WAL = pytest.param("wal", marks=pytest.mark.local("of the log beside SQLite's file"))


@pytest.mark.parametrize("where", ["member", "logs", "temporary", "reports", WAL])
def test_the_search_looks_there(around: Path, workspace: Workspace, where: str) -> None:
    with workspace.session() as session:
        party = session.exec(select(Party)).one().id
        digest = hashlib.sha256(f"member\n{party}\nnumber {NUMBER}".encode()).hexdigest()[:32]
        if where in ("member", "wal"):
            session.add(Member(id=digest, party_id=party))
            session.commit()
            if where == "member":
                scrub(workspace.engine)
    if where in ("logs", "temporary", "reports"):
        folder = around / "work" / where if where == "reports" else around / where
        (folder / "left").write_text(digest)
    hits = confirmed(digests_in(everything(around)), party, range(NUMBER, NUMBER + 1), [])
    assert hits == [f"sha256 of 'member\\n{party}\\nnumber {NUMBER}'"]


def test_listings_keep_everybody_else(workspace: Workspace, tmp_path: Path) -> None:
    outcome = enrol(workspace, tmp_path)
    said = erase(workspace)
    text = outcome.read_text("utf-8-sig")
    assert [line.split(",")[2] for line in text.splitlines()] == ["name", "Bo Stays", "Cy"]
    assert "It shows '(erased)'" in text
    assert [line.split(",")[1] for line in (tmp_path / "roster.links.csv").read_text("utf-8-sig").splitlines()] == [
        "name",
        "Bo Stays",
        "Cy",
    ]
    assert outcome.stat().st_mode & 0o777 == 0o600
    (line,) = [line for line in said if "was struck" in line]
    assert str(outcome) in line


def test_a_listing_that_cannot_be_read_is_on_the_receipt_until_it_is_gone(workspace: Workspace, tmp_path: Path) -> None:
    outcome = enrol(workspace, tmp_path)
    outcome.write_bytes(b"\xff\xfe\x00 changed by hand")
    with workspace.session() as session:
        subject = find_subject(session, NAME)
        receipt = erase_subject(session, workspace.vault, subject, now(), "asked for", ERASERS, KEEPERS, SEEKERS)
    assert not receipt.finished
    assert [line for line in receipt.left if line.startswith(f"{outcome}: ")]


def test_what_a_reviewer_wrote_goes_and_nothing_else_of_a_decision_is_ever_changed(workspace: Workspace, tmp_path: Path) -> None:
    enrol(workspace, tmp_path)
    with workspace.session() as session, pytest.raises(Exception, match="a review is never changed"):
        session.connection().exec_driver_sql("UPDATE review SET reason = ''")
    erase(workspace)
    with workspace.session() as session:
        row = session.exec(select(Review)).one()
        assert (row.reason, row.reviewer, row.decision) == ("", "R. Viewer", Decision.CONFIRM)
        for changed in ("reason = 'x'", "reviewer = ''", "decision = 'REJECT', reason = ''"):
            with pytest.raises(Exception, match="a review is never changed"):
                session.connection().exec_driver_sql(f"UPDATE review SET {changed}")
            session.rollback()
        entry = session.exec(select(AuditEntry).where(AuditEntry.table_name == "review")).all()[-1]
        assert (entry.action, entry.row_ids) == ("change", [str(row.id)])


def test_a_reason_that_names_the_subject_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    enrol(workspace, tmp_path)
    with workspace.session() as session:
        subject = find_subject(session, NAME)
        with pytest.raises(ErasureRefused, match="names the subject"):
            erase_subject(session, workspace.vault, subject, now(), f"letter of {NAME.upper()}", ERASERS)


@pytest.mark.local("puts into SQLite's file what an earlier version left there")
def test_an_earlier_workspace_is_keyed_when_it_is_opened_and_no_roster_brings_anybody_back(tmp_path: Path) -> None:
    root = tmp_path / "work"
    with union_workspace(root) as workspace:
        enrol(workspace, tmp_path)
        party = workspace.session().exec(select(Party)).one().id
        erase(workspace)
    old = hashlib.sha256(f"member\n{party}\nnumber {NUMBER}".encode()).hexdigest()[:32]
    photo = hashlib.sha256((tmp_path / "photos" / str(NUMBER) / "0.png").read_bytes()).hexdigest()
    stay = hashlib.sha256(f"member\n{party}\nnumber 12".encode()).hexdigest()[:32]
    database = sqlite3.connect(root / "semblance.db")
    for key, erased in ((old, "IS NOT NULL"), (stay, "IS NULL")):
        database.execute(f"UPDATE member SET id = ?, keyed = 'NOT_YET' WHERE erased_at {erased}", (key,))
    database.execute("UPDATE erasure SET keyed = 0, digests = ?", (f'["{photo}"]',))
    database.execute("DELETE FROM blinding_secret")
    database.commit()
    database.close()
    assert old.encode() in b"".join(everything(root).values())
    with open_workspace(root) as workspace:
        files = b"".join(everything(root).values())
        assert old.encode() not in files
        assert photo.encode() not in files
        with workspace.session() as session:
            assert {row.keyed for row in session.exec(select(Member))} == {Keyed.LATER}
            assert session.exec(select(Erasure)).one().keyed
        rows = [["number", "name", "photo"], [NUMBER, NAME, ""], [12, "Bo Stays", ""], [77, "Other", f"{NUMBER}/0.png"]]
        again = take_in(workspace, write_csv(tmp_path / "again.csv", rows), tmp_path / "photos")
        assert [row.result for row in again.values()] == [Result.ERASED, Result.UNCHANGED, Result.REFUSED]
        assert "It was erased on" in " ".join(again[4].says)
        said = erase(workspace, "Bo Stays")
    assert any("audit log of an earlier version" in line for line in said)
