"""Titles with letters that Unicode takes for letters of their own, such as the Polish ł: read as they are typed without."""

from pathlib import Path

import pytest

from monitor.roster.table import open_roster


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("Numer członkowski", "Imię i nazwisko"),
        ("NR CZŁONKOWSKI", "Imię i nazwisko"),
        ("Üye numarası", "Adı Soyadı"),
        ("Üye no", "Ad soyad"),
    ],
)
def test_the_number_and_the_name_are_found(tmp_path: Path, number: str, name: str) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text(f"{number};PESEL ID;{name}\n0012;77;Zoe\n", encoding="utf-8")
    (row,) = open_roster(roster).rows()
    assert (row.key, row.name) == ("0012", "Zoe")
