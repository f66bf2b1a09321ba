"""Rosters as files: what can be read is read, what cannot is said of its row, and nothing of the user's is written over."""

import csv
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlmodel import select

from benchmarks.patterns import save_photo
from monitor.roster.columns import RosterUnreadable
from monitor.roster.invitations import write_invitations
from monitor.roster.outcomes import Outcome, OutcomeFile, Result
from monitor.roster.photos import open_photos
from monitor.roster.table import open_roster
from monitor.workspace import Workspace
from registry.db import now
from registry.erase import erase_subject
from registry.errors import SemblanceError
from registry.invitations import InvitationRefused, open_invitation
from registry.members import Member
from registry.parties import Party
from registry.references import list_references
from registry.subjects import find_subject, list_subjects
from tests.support.rosters import counts, people, take_in, union_workspace, write_csv

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with union_workspace(tmp_path / "work") as workspace:
        yield workspace


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


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b"name\nRen\xe9e\n", b"PK\x03\x04 no zip"])
def test_what_is_no_roster_is_told_in_our_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    with pytest.raises(RosterUnreadable) as told:
        list(open_roster(path).rows())
    assert told.value.remedy
    if b"\xe9" in content:
        assert next(open_roster(path, "cp1252").rows()).name == "Renée"


def test_a_row_that_cannot_be_told_apart_costs_no_other_row(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 6)
    roster = tmp_path / "roster.csv"
    rows = [
        "number,name,notes",
        "1,Ada,",
        f"2,Long,{'x' * 70_000}",
        "3,Bo,",
        '4,"Unclosed,',
        "5,Swallowed,",
        '",x',
        "6,Cy,",
        '7,"Open to the end,',
        "8,Lost,",
    ]
    roster.write_text("\n".join(rows), encoding="utf-8")
    outcomes = take_in(workspace, roster, photos)
    assert [(made.name, made.result.value) for made in outcomes.values() if made.result is Result.ENROLLED] == [
        (name, "enrolled") for name in ("Ada", "Bo", "Cy")
    ]
    refused = [" ".join(made.says) for made in outcomes.values() if made.result is Result.REFUSED]
    assert len(refused) == 3
    assert "longer than 64 KiB" in refused[0]
    assert "over several lines" in refused[1]
    assert "quotation mark is missing" in refused[2]
    with workspace.session() as session:
        assert {subject.name for subject in list_subjects(session)} == {"Ada", "Bo", "Cy"}


def test_of_a_workbook_that_breaks_off_nothing_is_taken_in(workspace: Workspace, tmp_path: Path) -> None:
    photos, members = people(tmp_path / "photos", 70), 140
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["number", "name"])
    for number in range(1, members + 1):
        sheet.append([number, f"Member {number}"])
    book.save(tmp_path / "whole.xlsx")
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(tmp_path / "roster.xlsx", "w") as broken:
        for name in whole.namelist():
            content = whole.read(name)
            broken.writestr(name, content[: len(content) * 2 // 3] if "sheet1" in name else content)
    with pytest.raises(RosterUnreadable, match="not to its end") as told:
        take_in(workspace, tmp_path / "roster.xlsx", photos)
    assert "nothing of it was taken in" in str(told.value.remedy)
    with workspace.session() as session:
        assert counts(session)[0] == 0
    again = take_in(workspace, tmp_path / "whole.xlsx", photos)
    assert Counter(made.result.value for made in again.values()) == {"enrolled": 70, "refused": 70}


def test_a_day_in_the_column_of_years_is_read_as_its_year(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 3)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (["number", "name", "taken"], [1, "Ada", date(1998, 5, 1)], [2, "Bo", 2001], [3, "Cy", "1995 – 1999"]):
        sheet.append(line)
    book.save(tmp_path / "roster.xlsx")
    take_in(workspace, tmp_path / "roster.xlsx", photos)
    with workspace.session() as session:
        eras = {s.name: {(row.era_from, row.era_to) for row in list_references(session, s)} for s in list_subjects(session)}
    assert eras == {"Ada": {(1998, 1998)}, "Bo": {(2001, 2001)}, "Cy": {(1995, 1999)}}


def test_neither_outcomes_nor_links_are_written_over_another_file(workspace: Workspace, tmp_path: Path) -> None:
    roster = write_csv(tmp_path / "roster.csv", [["number", "name"], [1, "Ada"]])
    photo = people(tmp_path / "photos", 1) / "1" / "0.png"
    before = {path: path.read_bytes() for path in (roster, photo)}
    with workspace.session() as session:
        for path in before:
            with pytest.raises(SemblanceError, match="would be lost"):
                OutcomeFile(path)
            with pytest.raises(SemblanceError, match="would be lost"):
                write_invitations(session, open_roster(roster), "p1", now() + timedelta(days=9), path)
    assert {path: path.read_bytes() for path in before} == before
    for _ in range(2):
        with OutcomeFile(tmp_path / "outcome.csv") as file:
            file.write([Outcome(2, "1", "Ada", Result.ENROLLED, 3)])
    assert (tmp_path / "outcome.csv").read_text("utf-8-sig").splitlines()[1:] == ["2,1,Ada,enrolled,3,"]


def test_links_are_for_their_owner_alone_and_none_goes_to_whom_was_erased(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 5)
    rows = [["number", "name"], [1, "Ada"], ["", "Numberless"], [3, "=1+1"], [4, "Bo"], [5, "Gone"]]
    roster = write_csv(tmp_path / "roster.csv", rows)
    take_in(workspace, roster, photos)
    place = tmp_path / "links.csv"
    place.write_bytes(b"")
    with workspace.session() as session:
        party = session.exec(select(Party)).one().id
        erase_subject(session, workspace.vault, find_subject(session, "Gone"), now(), "asked for")
        made = write_invitations(session, open_roster(roster), party, now() + timedelta(days=9), place)
        with pytest.raises(InvitationRefused, match="over before"):
            write_invitations(session, open_roster(roster), party, now(), place)
    assert made.written == 2
    assert [line.split(":")[0] for line in made.left_out] == ["row 3", "row 4", "row 6"]
    assert "erased on" in made.left_out[2]
    assert place.stat().st_mode & 0o777 == 0o600
    with place.open(encoding="utf-8-sig", newline="") as stream:
        links = list(csv.DictReader(stream))
    with workspace.session() as session:
        found = [open_invitation(session, row["link"], now()) for row in links]
        assert [(row.number, row.name) for row in found] == [("1", "Ada"), ("4", "Bo")]
        with pytest.raises(InvitationRefused):
            open_invitation(session, links[0]["link"][:-1], now())


def test_a_member_gets_the_photos_of_one_folder_and_of_no_file_that_is_called_alike(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 3)  # 1/0.png, 1/1.png, 1/2.png, 2/0.png ...
    save_photo(photos / "4.png", 4, 0)
    for packed in ("", "headshots/"):
        with zipfile.ZipFile(tmp_path / f"photos{len(packed)}.zip", "w") as archive:
            for file in sorted(path for path in photos.rglob("*.png")):
                archive.write(file, f"{packed}{file.relative_to(photos)}")
            archive.writestr(f"__MACOSX/{packed}1/._0.png", b"a Mac's second file")
    for place in (photos, tmp_path / "photos0.zip", tmp_path / "photos10.zip"):
        source = open_photos(place)
        found = {word: ["/".join(Path(name).parts[-2:]) for name in source.of_member(word)] for word in "0124"}
        assert found["1"] == ["1/0.png", "1/1.png", "1/2.png"], place
        assert found["2"] == ["2/0.png", "2/1.png", "2/2.png"], place
        assert [name.rsplit("/")[-1] for name in found["4"]] == ["4.png"], place
        assert found["0"] == [], place


class ChineseWindowsEntry(zipfile.ZipInfo):
    """Named in the system's own bytes, without the mark for UTF-8."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 (zipfile's own name)
        return self.filename.encode("gb18030"), self.flag_bits


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("Zoë", zipfile.ZipInfo("members/" + unicodedata.normalize("NFD", "Zoë") + "/1.png")),
        ("王小明", ChineseWindowsEntry("members/王小明/1.png")),
        ("李雷", zipfile.ZipInfo("members/李雷/1.png")),
    ],
)
def test_a_zip_of_any_system_is_read_by_the_names_in_the_roster(tmp_path: Path, name: str, entry: zipfile.ZipInfo) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr(entry, b"x")
        archive.writestr("members/other/1.png", b"y")
    source = open_photos(tmp_path / "photos.zip")
    (photo,) = source.of_member(name)
    with source.opened(photo) as file:
        assert file.read_bytes() == b"x"
    found = source.find(f"{name}/1.png")
    assert found is not None
    assert source.find("1.png") is None
    with source.opened(found) as file:
        assert file.read_bytes() == b"x"


@pytest.mark.parametrize(
    "sheet",
    [
        '<worksheet xmlns="{main}"><sheetPr><outlinePr summaryRigat="1"/></sheetPr><sheetData/></worksheet>',
        '<worksheet xmlns="{main}"><sheetData><row r="1"><c r="A1" t="s"><v>99999</v></c></row></sheetData></worksheet>',
        '<worksheet xmlns="{main}"><sheetData><row r="0"><c r="-1"><v>1</v></c></row></sheetData></worksheet>',
    ],
)
def test_a_book_that_its_library_trips_over_is_refused_in_words(tmp_path: Path, sheet: str) -> None:
    openpyxl.Workbook().save(tmp_path / "whole.xlsx")
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(tmp_path / "odd.xlsx", "w") as odd:
        for name in whole.namelist():
            content = sheet.format(main=main).encode() if name.endswith("sheet1.xml") else whole.read(name)
            odd.writestr(name, content)
    with pytest.raises(RosterUnreadable):
        list(open_roster(tmp_path / "odd.xlsx").rows())
