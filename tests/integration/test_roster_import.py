"""Rosters as unions send them: each row says what happened, good rows go in, the same file twice changes nothing."""

import codecs
import csv
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from sqlmodel import Session, select

from benchmarks.patterns import PatternRecogniser, picture, save_photo
from monitor.roster.outcomes import Outcome, OutcomeFile, Result
from monitor.roster.photos import open_photos
from monitor.roster.table import open_roster
from monitor.roster.taking_in import RosterImport
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.db import now
from registry.erase import erase_subject
from registry.members import Member
from registry.parties import Party, add_party
from registry.references import Reference, list_references
from registry.subjects import add_subject, find_subject, list_subjects
from registry.templates import TemplateRow
from registry.types import PartyKind, SubjectKind

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        with workspace.session() as session:
            add_party(session, "Union", PartyKind.UNION)
            session.commit()
        yield workspace


def take_in(workspace: Workspace, roster: Path, photos: Path, *, dry_run: bool = False) -> dict[int, Outcome]:
    with workspace.session() as session:
        party = session.exec(select(Party)).one()
        intake = RosterImport(session, workspace.vault, party, [PatternRecogniser()], open_photos(photos), dry_run=dry_run)
        return {made.row: made for batch in intake.run(open_roster(roster)) for made in batch}


def write_csv(path: Path, rows: Sequence[Sequence[object]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def people(folder: Path, count: int, first: int = 1) -> Path:
    for person in range(first, first + count):
        for shot in range(3):
            save_photo(folder / str(person) / f"{shot}.png", person, shot)
    return folder


def counts(session: Session) -> tuple[int, int, int, int]:
    members, references, templates = (len(session.exec(select(table)).all()) for table in (Member, Reference, TemplateRow))
    return members, references, templates, len(list_subjects(session))


def files(workspace: Workspace) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (workspace.root / "vault").rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("encoding", "header"),
    [
        ("utf-8", ["Member No.", "Full Name", "Photo 1", "Photo 2", "Photo 3"]),
        ("utf-8-sig", ["Photo 3", "Photo 1", "姓名", "Photo 2", "会员编号"]),
        ("gb18030", ["会员号", "姓名", "照片1", "照片2", "照片3"]),
        ("utf-16", ["Mitgliedsnummer", "Name", "Bild 1", "Bild_2", "BILD-3"]),
    ],
)
def test_any_order_and_encoding_and_names_in_any_script(
    workspace: Workspace, tmp_path: Path, encoding: str, header: list[str]
) -> None:
    names = {1: "王小明", 2: "أمينة بن علي" if encoding.startswith("utf") else "李雷", 3: "Zoë Ng"}
    photos = people(tmp_path / "photos", 3)
    rows: list[list[object]] = []
    for person, name in names.items():
        fields = {"number": person, "name": name, **{str(n): f"{person}/{n - 1}.png" for n in (1, 2, 3)}}
        rows.append([fields[_role(title)] for title in header])
    if encoding == "gb18030":
        names[3], rows[2][1] = "赵六", "赵六"
    roster = write_csv(tmp_path / "roster.csv", [header, *rows], encoding)
    outcomes = take_in(workspace, roster, photos)
    assert [(made.result, made.photos, made.says) for made in outcomes.values()] == [(Result.ENROLLED, 3, ())] * 3
    with workspace.session() as session:
        assert {subject.name for subject in list_subjects(session)} == set(names.values())
        assert counts(session) == (3, 9, 9, 3)


def _role(title: str) -> str:
    if title[-1].isdigit():
        return title[-1]
    return "number" if any(word in title.lower() for word in ("no.", "nummer", "会员")) else "name"


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
    ]
    roster = write_csv(tmp_path / "roster.csv", rows)
    told = take_in(workspace, roster, photos, dry_run=True)
    with workspace.session() as session:
        assert counts(session) == (0, 0, 0, 0)
    assert not [name for name in files(workspace) if len(name) == 64]
    done = take_in(workspace, roster, photos)
    assert {row: (made.result, made.photos) for row, made in told.items()} == {
        row: (made.result, made.photos) for row, made in done.items()
    }
    assert [made.result for made in done.values()] == [Result.ENROLLED, Result.ENROLLED, Result.REFUSED, Result.REFUSED]


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
            [1, "Other Name", "7/0.png", ""],
            [12, "+Plus Sign", "8/0.png|8/1.png|8/2.png", "2001"],
        ],
    )
    outcomes = take_in(workspace, roster, photos)
    results = {row: made.result.value for row, made in outcomes.items()}
    enrolled = {2, 3, 10, 14}
    assert {row for row, result in results.items() if result == "enrolled"} == enrolled
    assert {row for row, result in results.items() if result == "refused"} == set(range(2, 15)) - enrolled
    says = {row: " ".join(made.says) for row, made in outcomes.items()}
    for row, words in {
        3: "another member has the same name",
        4: "HEIC photo, which is not read here. Save it as JPEG",
        5: "more than the 100,000,000 pixels",
        6: "It shows 'Maria Silva' (row 2), who is enrolled already",
        7: "a formula, which is never run",
        8: "there is no such photo",
        9: "No face was found",
        10: "5/0.png: not enrolled. It does not agree with the member's other photos",
        11: "is no year",
        12: "there is no such photo",
        13: "row 2 has the same member number and another name",
    }.items():
        assert words in says[row], (row, says[row])
    with workspace.session() as session:
        assert {subject.name for subject in list_subjects(session)} == {"Maria Silva", "MARIA SILVA (2)", "Mixed", "+Plus Sign"}
        (era,) = {(row.era_from, row.era_to) for row in list_references(session, find_subject(session, "Maria Silva"))}
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


def test_a_namesake_without_member_numbers_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 2)
    roster = write_csv(tmp_path / "roster.csv", [["name", "photo"], ["Ann", "1/0.png"], ["ann ", "2/0.png"]])
    outcomes = take_in(workspace, roster, photos)
    assert outcomes[2].result is Result.ENROLLED
    assert "row 2 has the same name" in outcomes[3].says[0]


def test_a_workbook_with_formulas_and_photos_in_a_zip(workspace: Workspace, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (
        ["ID", "First name", "Last name", "Notes"],
        [1.0, "Ada", "Byron", "x"],
        [2, '="A"&"B"', "Formula", ""],
        [3, "Li", "Lei"],
    ):
        sheet.append(line)
    book.save(tmp_path / "roster.xlsx")
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for person in (1, 2, 3):
            for shot in range(3):
                archive.write(save_photo(tmp_path / "p" / f"{person}-{shot}.png", person, shot), f"pictures/{person}/{shot}.png")
        archive.write(tmp_path / "p" / "1-0.png", "../../escaped.png")
        archive.writestr(zipfile.ZipInfo("/etc/absolute.png"), b"x")
    before = sorted(path for path in tmp_path.rglob("*") if "work" not in path.parts)
    photos = open_photos(tmp_path / "photos.zip")
    assert [line.split(":")[0] for line in photos.refused] == ["../../escaped.png", "/etc/absolute.png"]
    outcomes = take_in(workspace, tmp_path / "roster.xlsx", tmp_path / "photos.zip")
    assert [made.result for made in outcomes.values()] == [Result.ENROLLED, Result.REFUSED, Result.ENROLLED]
    assert "never run" in outcomes[3].says[0]
    assert sorted(path for path in tmp_path.rglob("*") if "work" not in path.parts) == before
    with workspace.session() as session:
        assert {subject.name for subject in list_subjects(session)} == {"Ada Byron", "Li Lei"}
        assert session.exec(select(Member).where(Member.name_key == "ada byron")).one().id != ""


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


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b"name\nRen\xe9e\n", b"PK\x03\x04 no zip"])
def test_what_is_no_roster_is_told_in_our_words(tmp_path: Path, content: bytes) -> None:
    from monitor.roster.columns import RosterUnreadable

    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    with pytest.raises(RosterUnreadable) as told:
        list(open_roster(path).rows())
    assert told.value.remedy
    if b"\xe9" in content:
        assert next(open_roster(path, "cp1252").rows()).name == "Renée"


IMPORT = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.integration.test_roster_import import take_in
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
