"""Rosters as unions send them: each row says what happened, good rows go in, the same file twice changes nothing."""

import codecs
import csv
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import select

from benchmarks.patterns import picture, save_photo
from monitor.roster.outcomes import OutcomeFile, Result
from monitor.workspace import Workspace
from registry.db import now
from registry.erase import erase_subject
from registry.members import Member
from registry.parties import Party
from registry.references import list_references
from registry.subjects import add_subject, find_subject, list_subjects
from registry.types import SubjectKind
from tests.support.audit_log import list_entries
from tests.support.rosters import counts, files, people, take_in, union_workspace, write_csv

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with union_workspace(tmp_path / "work") as workspace:
        yield workspace


def test_the_same_file_twice_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 5)
    (photos / "5" / "1.png").write_bytes(b"no picture")
    roster = write_csv(tmp_path / "roster.csv", [["number", "name"], *([n, f"Member {n}"] for n in range(1, 6)), [6, "No Photo"]])
    first = take_in(workspace, roster, photos)
    assert Counter(made.result for made in first.values()) == {Result.ENROLLED: 5, Result.REFUSED: 1}
    assert "1.png: not enrolled" in " ".join(first[6].says)
    with workspace.session() as session:
        before, stored = counts(session), files(workspace)
        stamps = {row.id: row.imported_at for row in session.exec(select(Member))}
    second = take_in(workspace, roster, photos)
    assert Counter(made.result for made in second.values()) == {Result.UNCHANGED: 5, Result.REFUSED: 1}
    with workspace.session() as session:
        assert counts(session) == before
        assert {row.id: row.imported_at for row in session.exec(select(Member))} == stamps
    assert files(workspace) == stored
    save_photo(photos / "2" / "9.png", 2, 9)
    third = take_in(workspace, roster, photos)
    assert {row: made.photos for row, made in third.items() if made.result is Result.UPDATED} == {3: 1}


def test_a_dry_run_says_the_same_and_writes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 3)
    rows = [
        ["number", "name", "photo"],
        [1, "One", "1/0.png"],
        [2, "Two", "2/0.png"],
        [3, "Three", "1/1.png"],
        [4, "", "3/0.png"],
        *([number, f"Without {number}", ""] for number in range(100, 170)),  # what follows comes in another batch
        [5, "ONE", "3/0.png"],
    ]
    roster = write_csv(tmp_path / "roster.csv", rows)
    told = take_in(workspace, roster, photos, dry_run=True)
    with workspace.session() as session:
        assert counts(session) == (0, 0, 0, 0)
    assert not [name for name in files(workspace) if len(name) == 64]
    assert take_in(workspace, roster, photos) == told
    enrolled = {row: " ".join(made.says) for row, made in told.items() if made.result is Result.ENROLLED}
    assert enrolled.keys() == {2, 3, 76}
    assert "this one is called ONE (5)" in enrolled[76]


def test_a_member_with_a_new_name_is_renamed_where_a_photo_shows_the_same_person(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 3)
    take_in(workspace, write_csv(tmp_path / "a.csv", [["number", "name"], [1, "Ada Byron"], [2, "Bo"]]), photos)
    rows = [["number", "name", "photo"], [1, "Ada Lovelace", "1/2.png"], [2, "Somebody Else", "3/0.png"]]
    roster = write_csv(tmp_path / "b.csv", rows)
    told = take_in(workspace, roster, photos, dry_run=True)
    renamed, another = take_in(workspace, roster, photos).values()
    assert told == {2: renamed, 3: another}
    assert (renamed.result, renamed.photos) == (Result.UPDATED, 0)
    assert "renamed: was called 'Ada Byron' until now" in renamed.says
    assert another.result is Result.REFUSED
    assert "the registry has another name for this member number" in another.says[0]
    assert "rename the member in the registry" in another.says[0]
    with workspace.session() as session:
        assert [subject.name for subject in list_subjects(session)] == ["Ada Lovelace", "Bo"]
        (entry,) = [row for row in list_entries(session, table="subject") if row.action == "change"]
        assert entry.detail == {"name": "changed", "name_key": "changed"}
    assert take_in(workspace, roster, photos)[2].result is Result.UNCHANGED


def test_a_member_known_by_name_alone_goes_on_once_renamed_by_hand(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 2)
    take_in(workspace, write_csv(tmp_path / "a.csv", [["name", "photo"], ["Cher", "1/0.png"], ["Bo", "2/0.png"]]), photos)
    command = [sys.executable, "-m", "monitor.cli.main", "-w", str(workspace.root), "subject", "rename", "cher"]
    assert subprocess.run([*command, "bo"], cwd=ROOT, capture_output=True, check=False).returncode == 2
    assert subprocess.run([*command, "Cherilyn"], cwd=ROOT, capture_output=True, check=False).returncode == 0
    roster = write_csv(tmp_path / "b.csv", [["name", "photo"], ["Cherilyn", "1/0.png"], ["Bo", "2/0.png"]])
    assert [made.result for made in take_in(workspace, roster, photos).values()] == [Result.UNCHANGED] * 2


def test_what_is_wrong_with_a_row_is_said_and_the_good_rows_go_in(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 9)
    (photos / "phone.heic").write_bytes(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100))
    _huge_png(photos / "huge.png")
    save_photo(tmp_path / "outside.png", 77, 0)
    blank = np.full((16, 16, 3), 128, np.uint8)
    import cv2

    (photos / "blank.png").write_bytes(cv2.imencode(".png", blank)[1].tobytes())
    roster = write_csv(
        tmp_path / "roster.csv",
        [
            ["number", "name", "photos", "year"],
            [1, "Maria Silva", "1/0.png; 1/1.png; 1/2.png", "1995-1999"],
            [2, "MARIA  SILVA", "2/0.png; 2/1.png; 2/2.png", ""],  # another member of the same name
            [3, "Heic", "phone.heic", ""],
            [4, "Huge", "huge.png", ""],
            [5, "Swapped", "1/2.png", ""],  # somebody who is enrolled as another
            [6, '=HYPERLINK("http://evil.example","x")', "3/0.png", ""],
            [7, "Outside", "../outside.png", ""],
            [8, "Blank", "blank.png", ""],
            [9, "Mixed", "4/0.png; 4/1.png; 5/0.png", ""],  # one photo of three shows somebody else
            [10, "Year", "6/0.png", "someday"],
            [11, "Absent", "gone.png", ""],
            [13, "Other Name", "7/0.png", ""],
            [12, "+Plus Sign", "8/0.png|8/1.png|8/2.png", "2001"],
            [13, "Third Name", "9/0.png", ""],
        ],
    )
    outcomes = take_in(workspace, roster, photos)
    results = {row: made.result.value for row, made in outcomes.items()}
    enrolled = {2, 3, 10, 14}
    assert {row for row, result in results.items() if result == "enrolled"} == enrolled, outcomes
    assert {row for row, result in results.items() if result == "refused"} == set(range(2, 16)) - enrolled
    says = {row: " ".join(made.says) for row, made in outcomes.items()}
    for row, words in {
        3: "another member has the same name",
        4: "phone.heic cannot be read as a picture",
        5: "more than the 150,000,000 pixels",
        6: "It shows 'Maria Silva' (row 2), who is enrolled already",
        7: "a formula, which is never run",
        8: "there is no such photo",
        9: "No face was found",
        10: "5/0.png: not enrolled. It does not agree with the member's other photos",
        11: "is no year",
        12: "there is no such photo",
        13: "the rows 13, 15 have the same member number and different names",
    }.items():
        assert words in says[row], (row, says[row])
    with workspace.session() as session:
        assert {subject.name for subject in list_subjects(session)} == {
            *("Maria Silva (1)", "MARIA SILVA (2)", "Mixed", "+Plus Sign"),
        }
        (era,) = {(row.era_from, row.era_to) for row in list_references(session, find_subject(session, "Maria Silva (1)"))}
        assert era == (1995, 1999)

    place = tmp_path / "outcome.csv"
    with OutcomeFile(place) as file:
        file.write(outcomes.values())
    assert place.read_bytes().startswith(codecs.BOM_UTF8)
    with place.open(encoding="utf-8-sig", newline="") as stream:
        cells = [cell for line in csv.reader(stream) for cell in line]
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}]
    assert "'+Plus Sign" in cells


def _huge_png(path: Path) -> None:
    """A PNG that says it is 300 megapixels."""
    import struct
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 20_000, 15_000, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b""))


def test_namesakes_without_member_numbers_are_refused_whichever_comes_first(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 2)
    roster = write_csv(tmp_path / "roster.csv", [["name", "photo"], ["Ann", "1/0.png"], ["ann ", "2/0.png"]])
    for made in take_in(workspace, roster, photos).values():
        assert made.result is Result.REFUSED
        assert "the rows 2, 3 have the same name" in " ".join(made.says)


def test_an_erased_member_is_not_enrolled_again_and_a_hand_made_subject_is_adopted(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 2)
    roster = write_csv(tmp_path / "roster.csv", [["number", "name"], [1, "Gone"], [2, "By Hand"]])
    with workspace.session() as session:
        by_hand = add_subject(session, session.exec(select(Party)).one(), "By Hand", SubjectKind.PERSON).id
        session.commit()
    take_in(workspace, roster, photos)
    with workspace.session() as session:
        assert find_subject(session, "By Hand").id == by_hand
        receipt = erase_subject(session, workspace.vault, find_subject(session, "Gone"), now(), "asked for")
        assert any("roster" in line for line in receipt.kept)
    outcomes = take_in(workspace, roster, photos)
    assert outcomes[2].result is Result.ERASED
    assert outcomes[3].result is Result.UNCHANGED
    with workspace.session() as session:
        assert [subject.name for subject in list_subjects(session)] == ["By Hand"]


def test_a_photo_that_was_erased_does_not_come_back_as_somebody_else(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 2)
    rows = [["number", "name", "photo"], [1, "Gone", "1/0.png;1/1.png;1/2.png"], [2, "Mixed up", "1/1.png"], [3, "Bo", "2/0.png"]]
    roster = write_csv(tmp_path / "roster.csv", rows)
    take_in(workspace, roster, photos)
    with workspace.session() as session:
        erase_subject(session, workspace.vault, find_subject(session, "Gone"), now(), "asked for")
    outcomes = take_in(workspace, roster, photos)
    assert [made.result for made in outcomes.values()] == [Result.ERASED, Result.REFUSED, Result.UNCHANGED]
    assert "1/1.png: not enrolled. It was erased on" in " ".join(outcomes[3].says)
    with workspace.session() as session:
        assert [subject.name for subject in list_subjects(session)] == ["Bo"]


IMPORT = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.support.rosters import take_in
from monitor.workspace import open_workspace
with open_workspace(Path({work!r})) as workspace:
    print("begun", flush=True)
    take_in(workspace, Path({roster!r}), Path({photos!r}))
"""


def test_a_kill_at_any_moment_loses_and_doubles_nothing(workspace: Workspace, tmp_path: Path) -> None:
    members = 300
    photos = people(tmp_path / "photos", members)
    roster = write_csv(tmp_path / "roster.csv", [["number", "name"], *([n, f"Member {n}"] for n in range(1, members + 1))])
    script = IMPORT.format(root=str(ROOT), work=str(workspace.root), roster=str(roster), photos=str(photos))
    partial = []
    for delay in (0.3, 0.7, 1.1):
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with workspace.session() as session:
            held, references, templates, subjects = counts(session)
        assert references == templates == 3 * held == 3 * subjects
        partial.append(held)
    assert partial == sorted(partial)
    outcomes = take_in(workspace, roster, photos)
    kinds = Counter(made.result for made in outcomes.values())
    assert kinds == Counter({Result.UNCHANGED: partial[-1], Result.ENROLLED: members - partial[-1]}) - Counter()
    with workspace.session() as session:
        assert counts(session) == (members, 3 * members, 3 * members, members)
        for reference in list_references(session)[:20]:
            workspace.vault.verify(reference.sha256)
    assert len([name for name in files(workspace) if len(name) == 64]) == 3 * members
    assert len({picture(n, 0).tobytes() for n in range(20)}) == 20
