"""Rosters and archives that are made to be costly: refused in words, before they cost anything."""

import bz2
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from matcher.errors import MediaUnreadable
from monitor.roster.bounds import SENT, Bounds, Origin
from monitor.roster.columns import RosterUnreadable
from monitor.roster.photos import MOST_ENTRIES, MOST_REFUSED, open_photos
from monitor.roster.table import open_roster


def zipped(path: Path, count: int, before: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            archive.writestr(f"{before}{number}.jpg", b"")
    return path


def test_paths_that_lead_out_are_named_to_a_bound_and_counted(tmp_path: Path) -> None:
    refused = open_photos(zipped(tmp_path / "out.zip", 1500, "../")).refused
    assert len(refused) == MOST_REFUSED + 1
    assert refused[0] == "../0.jpg: refused, its path leads out of the archive"
    assert refused[-1].startswith("1,480 more are refused")


def test_an_archive_of_too_many_entries_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaUnreadable, match=r"holds 100,001 entries; at most 100,000 are read"):
        open_photos(zipped(tmp_path / "many.zip", MOST_ENTRIES + 1, ""))


@pytest.mark.parametrize("encoding", ["bz2", "zip", "hex", "rot13", "punycode", "idna", "unicode_escape", "undefined", "\x00"])
def test_what_is_no_encoding_of_text_is_refused(tmp_path: Path, encoding: str) -> None:
    table, path = b"number,name\n1,Ada Marsh\n", tmp_path / "roster.csv"
    path.write_bytes(bz2.compress(table) if encoding == "bz2" else table)
    with pytest.raises(RosterUnreadable, match="There is no encoding"):
        open_roster(path, encoding)


def book(path: Path, extra: bytes = b"") -> Path:
    made = Workbook()
    for cells in (("number", "name"), *((number, f"Member M{number}") for number in range(40))):
        made.active.append(cells)
    made.save(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/more.xml", extra)
    return path


@pytest.mark.parametrize(
    ("origin", "extra", "said"),
    [
        (SENT, b"a" * (129 << 20), "unpacks to more than 128 MiB"),
        (SENT, b"<a/>" * 12_000_001, "holds more than 12,000,000 tags"),
        (Origin(Bounds(rows=20)), b"", "has more than 20 rows"),
        (Origin(Bounds(seconds=1e-9)), b"", "is not read within 1e-09 s"),
    ],
)
def test_a_workbook_that_was_sent_has_bounds_that_ones_own_has_not(
    tmp_path: Path, origin: Origin, extra: bytes, said: str
) -> None:
    path = book(tmp_path / "roster.xlsx", extra)
    assert len(list(open_roster(path).rows())) == 40
    with pytest.raises(RosterUnreadable, match=said):
        list(open_roster(path, origin=origin).rows())
