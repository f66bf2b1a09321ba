"""Rosters and archives that are made to be costly: refused in words, before they cost anything."""

import bz2
import zipfile
from pathlib import Path

import pytest

from matcher.errors import MediaUnreadable
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
