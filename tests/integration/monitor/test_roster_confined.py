"""Workbooks that were sent to a server are read in a confined process, and as one's own are by the command."""

import zipfile
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from monitor.roster import book, confined_book
from monitor.roster.bounds import SENT, Bounds, Origin
from monitor.roster.columns import RosterUnreadable
from monitor.roster.table import open_roster


@pytest.fixture
def members(tmp_path: Path) -> Path:
    made = Workbook()
    made.active.title = "Cover"
    made.active.append(["Members of the guild"])
    sheet = made.create_sheet("Members")
    sheet.append(["Members of the guild, 2026"])
    sheet.append(["Member number", "Name", "Photo", "Era", "Note"])
    for number in range(1200):
        sheet.append([f"{number:05}", f"Member M{number}", "", date(2024, 3, 4), "=1+1"])
    sheet.append([12345678901234567, "Ada Marsh", "#N/A", 2024, "x"])
    sheet.row_dimensions[7].hidden = True
    sheet.column_dimensions["E"].hidden = True
    made.create_sheet("Old").sheet_state = "hidden"
    made.save(tmp_path / "members.xlsx")
    return tmp_path / "members.xlsx"


def test_a_confined_process_reads_the_same(members: Path) -> None:
    assert confined_book.open_book(members, None, SENT.bounds) == book.open_book(members, None, SENT.bounds)
    for sheet in ("Cover", "Members"):
        assert confined_book.hidden_columns(members, sheet) == book.hidden_columns(members, sheet)
        here, there = (list(each.book_lines(members, sheet)) for each in (book, confined_book))
        assert [(list(line.cells), line.marks, line.problem) for line in there] == [
            (list(line.cells), line.marks, line.problem) for line in here
        ]
    sent, own = open_roster(members, origin=SENT), open_roster(members)
    assert sent.read_as == own.read_as
    assert list(sent.rows()) == list(own.rows())


def test_a_sheet_that_is_not_there_is_said_with_those_that_are(members: Path) -> None:
    for sheet in ("Nobody", "Old"):
        with pytest.raises(RosterUnreadable, match=rf"has no sheet '{sheet}'; it has: Cover, Members"):
            open_roster(members, sheet=sheet, origin=SENT)


def test_what_is_damaged_or_too_large_is_told_as_of_ones_own(members: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.xlsx"
    with zipfile.ZipFile(members) as whole, zipfile.ZipFile(cut, "w") as archive:
        for entry in whole.infolist():
            content = whole.read(entry)
            archive.writestr(entry, content[: len(content) // 2] if "sheet2" in entry.filename else content)
    with pytest.raises(RosterUnreadable, match=r"cut\.xlsx cannot be read as a table, or not to its end"):
        list(open_roster(cut, origin=SENT).rows())
    with pytest.raises(RosterUnreadable, match=r"members\.xlsx holds more than 40 tags\. Save the one sheet as CSV"):
        open_roster(members, origin=Origin(Bounds(tags=40), confined=True))


def test_more_tags_than_a_union_has_are_refused_before_any_is_parsed(members: Path, tmp_path: Path) -> None:
    full = tmp_path / "full.xlsx"
    with zipfile.ZipFile(members) as whole, zipfile.ZipFile(full, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in whole.infolist():
            archive.writestr(entry, whole.read(entry))
        archive.writestr("xl/extra.xml", b"<a/>" * 20_000_000)
    with pytest.raises(RosterUnreadable, match=r"full\.xlsx holds more than 12,000,000 tags"):
        open_roster(full, origin=SENT)
