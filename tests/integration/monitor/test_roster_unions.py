"""Rosters as unions keep them: every row right, or told by what to change; and never another number for the member's."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest

from monitor.roster.columns import RosterUnreadable
from monitor.roster.table import Roster, RosterRow, open_roster
from registry.actions import Action, Step

Save = Callable[[Path], Path]
People = Sequence[tuple[str, str, tuple[str, ...], tuple[int, int] | None]]


def saved(rows: Sequence[Sequence[str]], *, encoding: str = "utf-8", delimiter: str = ",", before: str = "") -> Save:
    def save(folder: Path) -> Path:
        text = io.StringIO(newline="")
        text.write(before)
        csv.writer(text, delimiter=delimiter).writerows(rows)
        path = folder / "roster.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        return path

    return save


def book(*sheets: tuple[str, Sequence[Sequence[object]]], hidden: str = "") -> Save:
    def save(folder: Path) -> Path:
        made = openpyxl.Workbook()
        made.remove(made.worksheets[0])
        for title, rows in sheets:
            sheet = made.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
            if title == hidden:
                sheet.sheet_state = "hidden"
        path = folder / "roster.xlsx"
        made.save(path)
        return path

    return save


ROSTERS: dict[str, tuple[Save, People]] = {
    "SAG-AFTRA, exported by Excel for Windows": (
        saved(
            [
                ["SAG-AFTRA ID", "Professional Name", "Legal Name", "Headshot 1", "Headshot 2", "Date Taken", "Phone Number"],
                ["00123456", "Ada Byron", "Augusta King", "ada 1.jpg", "ada 2.jpg", "3/14/2019", "555-0100"],
                ["10987654", "Bo Reyes", "Bo Reyes", "bo.jpg", "", "", "555-0101"],
            ],
            encoding="utf-8-sig",
        ),
        [("00123456", "Ada Byron", ("ada 1.jpg", "ada 2.jpg"), (2019, 2019)), ("10987654", "Bo Reyes", ("bo.jpg",), None)],
    ),
    "a French union, exported by Excel in France": (
        saved(
            [
                ["N° d'adhérent", "Nom", "Prénom", "Photo", "Année"],
                ["A-17", "Lefèvre", "Zoé", "zoe.jpg", "2018-2020"],
                ["A-18", "Müller", "Noël", "", ""],
            ],
            delimiter=";",
            before="sep=;\r\n",
        ),
        [("A-17", "Zoé Lefèvre", ("zoe.jpg",), (2018, 2020)), ("A-18", "Noël Müller", (), None)],
    ),
    "a Spanish union with a heading of its own": (
        saved(
            [
                ["Unión de Actores: censo de afiliados"],
                ["Actualizado el 3 de marzo de 2026"],
                [],
                ["Nº de socio", "Apellidos", "Nombre", "Foto", "Fecha de la foto"],
                ["0042", "García Núñez", "Inés", "ines.png", "01/09/2017"],
            ],
            delimiter=";",
        ),
        [("0042", "Inés García Núñez", ("ines.png",), (2017, 2017))],
    ),
    "a German union, exported by LibreOffice": (
        saved(
            [
                ["Mitglieds-Nr.", "Nachname", "Vorname", "Foto 1", "Foto 2", "Aufnahmejahr"],
                ["77/3", "Weiß", "Jörg", "a.jpg", "b.jpg", "1998"],
            ],
            delimiter=";",
        ),
        [("77/3", "Jörg Weiß", ("a.jpg", "b.jpg"), (1998, 1998))],
    ),
    "an Italian society": (
        saved([["Matricola", "Cognome e nome", "Immagine"], ["9", "Rossi Anna", "rossi.webp"]], delimiter="\t"),
        [("9", "Rossi Anna", ("rossi.webp",), None)],
    ),
    "a Portuguese society": (
        saved(
            [["Nº de associado", "Nome completo", "Ficheiro", "Ano"], ["5", "João Conceição", "joao.jpg", "2004"]], delimiter=";"
        ),
        [("5", "João Conceição", ("joao.jpg",), (2004, 2004))],
    ),
    "a Polish union": (
        saved([["Nr legitymacji", "Imię i nazwisko", "Zdjęcie", "Rok"], ["3", "Łucja Żak", "lucja.jpg", "2011"]]),
        [("3", "Łucja Żak", ("lucja.jpg",), (2011, 2011))],
    ),
    "a Russian union": (
        saved(
            [["Номер члена", "Фамилия", "Имя", "Фотография", "Год съёмки"], ["8", "Щукина", "Вера", "v.jpg", "2009 г."]],
            delimiter=";",
        ),
        [("8", "Вера Щукина", ("v.jpg",), (2009, 2009))],
    ),
    "a Chinese association, exported by Excel in China": (
        saved(
            [
                ["会员编号", "姓名", "照片", "拍摄年份"],
                ["京0012", "欧阳娜娜", "照片/欧阳.jpg", "2015年"],
                ["京0013", "René Li 李", "li.jpg", ""],
            ],
            encoding="gb18030",
        ),
        [("京0012", "欧阳娜娜", ("照片/欧阳.jpg",), (2015, 2015)), ("京0013", "René Li 李", ("li.jpg",), None)],
    ),
    "a Japanese union, in Excel's Unicode text": (
        saved([["会員番号", "氏名", "写真", "撮影年"], ["J-1", "髙橋 凛", "rin.jpg", "2020"]], encoding="utf-16", delimiter="\t"),
        [("J-1", "髙橋 凛", ("rin.jpg",), (2020, 2020))],
    ),
    "a Korean union, a book of Excel with a cover sheet and a hidden one": (
        book(
            ("표지", [["한국방송연기자노동조합"], ["2026년 조합원 명부"]]),
            ("명부", [["조합원번호", "성명", "사진", "촬영연도"], ["0007", "김하나", "hana.jpg", 2016]]),
            ("옛 명부", [["조합원번호", "성명"], ["0001", "아무개"]]),
            hidden="옛 명부",
        ),
        [("0007", "김하나", ("hana.jpg",), (2016, 2016))],
    ),
    "an English union, a book of Numbers with its export summary": (
        book(
            (
                "Export Summary",
                [["This document was exported from Numbers."], ["Name", "Numbers Sheet Name"], ["Members", "Table 1"]],
            ),
            (
                "Members",
                [
                    ["Members of the branch", None, None],
                    ["Equity No.", "Stage name", "Photos"],
                    [501, "Cy O'Neill", "cy1.jpg; cy2.jpg"],
                ],
            ),
        ),
        [("501", "Cy O'Neill", ("cy1.jpg", "cy2.jpg"), None)],
    ),
}


def read(roster: Roster) -> list[tuple[str, str, tuple[str, ...], tuple[int, int] | None]]:
    rows: list[RosterRow] = list(roster.rows())
    assert [row.problem for row in rows] == [""] * len(rows)
    return [(row.key, row.name, row.photos, row.era) for row in rows]


@pytest.mark.parametrize("title", ROSTERS)
def test_every_row_of_a_unions_roster_is_read_right(title: str, tmp_path: Path) -> None:
    save, people = ROSTERS[title]
    assert read(open_roster(save(tmp_path))) == list(people)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (["Phone number", "Name"], "'Phone number' may hold the members' numbers"),
        (["Passport No", "Tax ID", "Name"], "'Passport No' and 'Tax ID' may hold"),
        (["ID", "No", "Name"], "'ID' and 'No' may hold"),
        (["Member ID", "Membership number", "Name"], "'Member ID' and 'Membership number' may hold"),
    ],
)
def test_no_other_number_is_taken_for_the_members(header: list[str], told: str, tmp_path: Path) -> None:
    path = saved([header, [str(place) for place in range(len(header) - 1)] + ["Ada"]])(tmp_path)
    with pytest.raises(RosterUnreadable, match=told) as refused:
        open_roster(path)
    assert Step(Action.NAME_NUMBERS) in refused.value.steps
    assert [row.key for row in open_roster(path, number_column=header[0]).rows()] == ["0"]
    assert [row.key for row in open_roster(path, number_column="").rows()] == [""]
    with pytest.raises(RosterUnreadable, match="No columns are titled 'Badge'"):
        open_roster(path, number_column="Badge")


def test_the_members_own_number_goes_before_any_other(tmp_path: Path) -> None:
    path = saved([["ID", "Phone number", "Member no.", "Name"], ["1", "2", "3", "Ada"]])(tmp_path)
    assert [row.key for row in open_roster(path).rows()] == ["3"]
    assert "known by 'Member no.'" in open_roster(path).read_as


def test_two_sheets_of_members_are_not_chosen_between(tmp_path: Path) -> None:
    path = book(("London", [["No", "Name"], ["1", "Ada"]]), ("Leeds", [["No", "Name"], ["1", "Bo"]]))(tmp_path)
    with pytest.raises(RosterUnreadable, match="several sheets of members: 'London', 'Leeds'"):
        open_roster(path)
    assert [row.name for row in open_roster(path, sheet="Leeds").rows()] == ["Bo"]
    with pytest.raises(RosterUnreadable, match="has no sheet 'York'; it has: London, Leeds"):
        open_roster(path, sheet="York")


@pytest.mark.parametrize("said", ["98", "平成10年", "unknown", "1990, 1995 and 2001"])
def test_a_time_that_names_no_year_is_told_in_its_row(said: str, tmp_path: Path) -> None:
    path = saved([["number", "name", "year"], ["1", "Ada", said], ["2", "Bo", "1998"]])(tmp_path)
    first, second = open_roster(path).rows()
    assert first.problem.endswith("is no year; write 1998 or 1995-1999")
    assert (second.problem, second.era) == ("", (1998, 1998))


def test_western_letters_are_not_read_as_chinese(tmp_path: Path) -> None:
    path = saved([["number", "name"], ["1", "Renée Zoë Núñez"], ["2", "Jörg Weiß"]], encoding="cp1252")(tmp_path)
    with pytest.raises(RosterUnreadable, match="is not in utf-8-sig"):
        open_roster(path)
    assert [row.name for row in open_roster(path, "cp1252").rows()] == ["Renée Zoë Núñez", "Jörg Weiß"]
