"""Rosters as clerks have them, from LibreOffice and in the XML that Excel writes: read right, or told by what to change."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from monitor.roster.columns import RosterUnreadable
from monitor.roster.table import RosterRow, open_roster
from registry.actions import Action, Step
from tests.support.excel_parts import cell, inline, row, write_book

FROM_LIBREOFFICE = Path(__file__).resolve().parents[2] / "data" / "rosters"


def read(path: Path, encoding: str | None = None) -> list[RosterRow]:
    return list(open_roster(path, encoding).rows())


def csv(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return path


TITLES = row(inline("Member No."), inline("Name"), inline("Photo"), inline("Date taken"))


def test_a_book_of_libreoffice_is_read_as_it_looks() -> None:
    """A cover sheet, a merged title, numbers in the format 00000, days, a row that a filter hides, a formula."""
    roster = open_roster(FROM_LIBREOFFICE / "members.xlsx")
    known, hidden, third, formula = roster.rows()
    assert (known.key, known.name, known.photos, known.era, known.problem) == (
        *("00123", "Jörg Weiß", ("weiß 1.jpg",), (2019, 2019), ""),
    )
    assert hidden.problem.startswith("the row is hidden in the sheet")
    assert (third.key, third.name, third.era, third.problem) == ("00456", "Ľuba Ďurčová", (2011, 2011), "")
    assert "never run" in formula.problem
    assert "Sheets that are not read: 'Deckblatt'" in roster.read_as


@pytest.mark.parametrize("name", ["members-utf8.csv", "members-utf16.csv"])
def test_a_csv_of_libreoffice_is_read(name: str) -> None:
    known, former, third, failed = read(FROM_LIBREOFFICE / name)
    assert [(made.key, made.name, made.era) for made in (known, third)] == [
        ("123", "Jörg Weiß", (2019, 2019)),
        ("00456", "Ľuba Ďurčová", (2011, 2011)),
    ]
    assert (former.name, former.problem) == ("Eva Ehemals", "")
    assert "where a formula failed" in failed.problem


def test_letters_that_an_encoding_lacks_are_told() -> None:
    """LibreOffice writes a question mark for what Windows' western letters have not."""
    path = FROM_LIBREOFFICE / "members-cp1252.csv"
    with pytest.raises(RosterUnreadable, match="is not in utf-8-sig"):
        open_roster(path)
    known, _, lost, _ = read(path, "cp1252")
    assert (known.key, known.name, known.problem) == ("123", "Jörg Weiß", "")
    assert "letters of the name or the number were lost" in lost.problem


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("members.xls", None, "an Excel file of the old kind (.xls), or one with a password"),
        ("members.ods", None, "an OpenDocument file (.ods)"),
        ("members.fods", None, "an OpenDocument file"),
        ("export.xls", b"<html><body><table><tr><td>No</td><td>Name</td></tr></table>", "a web page"),
        (
            "export.xls",
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
            "Spreadsheet 2003",
        ),
        ("list.csv", b"%PDF-1.7\n", "a PDF"),
        ("list.csv", b"{\\rtf1 No, Name}", "a text document"),
        ("contacts.vcf", b"BEGIN:VCARD\r\nFN:Ada\r\nEND:VCARD\r\n", "a file of contacts"),
    ],
)
def test_other_kinds_of_files_are_told_what_they_are_and_how_to_save_them(
    name: str, content: bytes | None, told: str, tmp_path: Path
) -> None:
    path = FROM_LIBREOFFICE / name if content is None else tmp_path / name
    if content is not None:
        path.write_bytes(content)
    refuses(path, told)


@pytest.mark.parametrize(
    ("name", "parts", "told"),
    [
        ("members.xlsb", ("[Content_Types].xml", "xl/workbook.bin", "xl/worksheets/sheet1.bin"), "Binary Workbook (.xlsb)"),
        ("members.numbers", ("Index/Document.iwa", "Index/Tables/Tile.iwa", "preview.jpg"), "a document of Numbers"),
        ("old.numbers", ("Index.zip", "Metadata/Properties.plist"), "a document of Numbers"),
        ("members.docx", ("[Content_Types].xml", "word/document.xml"), "a document of Word"),
    ],
)
def test_archives_of_other_programs_are_told_what_they_are(name: str, parts: Sequence[str], told: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with zipfile.ZipFile(path, "w") as archive:
        for part in parts:
            archive.writestr(part, bytes(200))
    refuses(path, told)


def test_a_document_of_numbers_may_be_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "members.numbers"
    (folder / "Index").mkdir(parents=True)
    (folder / "Index.zip").write_bytes(b"PK")
    refuses(folder, "a document of Numbers")


def test_a_workbook_that_was_cut_off_is_told_damaged(tmp_path: Path) -> None:
    whole = write_book(tmp_path / "whole.xlsx", [TITLES, row(inline("1"), inline("Ada Byron"))]).read_bytes()
    for share in (0.3, 0.6, 0.95):
        cut = tmp_path / "cut.xlsx"
        cut.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(RosterUnreadable) as refused:
            open_roster(cut)
        assert "damaged" in refused.value.what
        assert refused.value.remedy


def refuses(path: Path, told: str) -> None:
    with pytest.raises(RosterUnreadable) as refused:
        open_roster(path)
    assert told in refused.value.what
    assert "save it as Excel Workbook (.xlsx) or as CSV in UTF-8" in refused.value.remedy


def test_excels_strict_kind_is_told(tmp_path: Path) -> None:
    path = write_book(tmp_path / "r.xlsx", [TITLES], main="http://purl.oclc.org/ooxml/spreadsheetml/main")
    with pytest.raises(RosterUnreadable, match="of the kind Strict Open XML"):
        open_roster(path)


@pytest.mark.parametrize(
    ("form", "number", "shown"),
    [
        ("00000", 123, "00123"),
        ("00000", 1234567, "1234567"),
        ("000-00-0000", 12345678, "012-34-5678"),
        ('"A-"000', 7, "A-007"),
        ("[Blue]0000;[Red]-0000", 42, "0042"),
        ("0000\\ 0000", 123456, "0012 3456"),
        ("#,##0", 12345, "12345"),
        ("General", 12345, "12345"),
        ("0.00", 12, "12"),
        ("@", 9, "9"),
    ],
)
def test_a_number_is_what_the_sheet_shows(form: str, number: int, shown: str, tmp_path: Path) -> None:
    path = write_book(tmp_path / "r.xlsx", [TITLES, row(cell("n", number, 1), inline("Ada"))], formats=[form])
    assert [(made.key, made.problem) for made in read(path)] == [(shown, "")]


@pytest.mark.parametrize(("since_1904", "serial"), [(False, 43538), (True, 42076)])
@pytest.mark.parametrize("form", ["dd/mm/yyyy", "[$-407]d. mmmm yyyy;@", 14, 31, 57])
def test_days_are_days_from_either_beginning_and_in_any_format(
    form: str | int, since_1904: bool, serial: int, tmp_path: Path
) -> None:
    lines = [TITLES, row(cell("n", 7), inline("Ada"), inline("a.jpg"), cell("n", serial, 1))]
    path = write_book(tmp_path / "r.xlsx", lines, formats=[form], since_1904=since_1904)
    assert [(made.era, made.problem) for made in read(path)] == [((2019, 2019), "")]


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (cell("n", 43538, 1), "made a date of the number"),
        (cell("n", "1.2345678901234568E+16"), "no more than 15 digits"),
        (cell("e", "#N/A"), "where a formula failed"),
        (cell("str", "00123", formula='TEXT(B2,"00000")'), "never run"),
        (cell("str", "123.0"), ""),
    ],
)
def test_a_number_that_a_spreadsheet_changed_is_told_in_its_row(number: str, told: str, tmp_path: Path) -> None:
    path = write_book(tmp_path / "r.xlsx", [TITLES, row(number, inline("Ada"), inline("a.jpg"))], formats=["d-mmm"])
    (made,) = read(path)
    assert told in made.problem if told else (made.key, made.problem) == ("123", "")


def test_readings_of_a_name_are_no_part_of_it(tmp_path: Path) -> None:
    shared = [
        "<t>会員番号</t>",
        '<r><t>氏</t></r><r><rPr><b/></rPr><t>名</t></r><rPh sb="0" eb="2"><t>シメイ</t></rPh>',
        '<t>髙橋 凛</t><rPh sb="0" eb="2"><t>タカハシ</t></rPh><phoneticPr fontId="1"/>',
        "<t>Zoe_x000D_&#10;</t>",
    ]
    head, first, second = row(cell("s", 0), cell("s", 1)), row(cell("n", 1), cell("s", 2)), row(cell("n", 2), cell("s", 3))
    path = write_book(tmp_path / "r.xlsx", [head, first, second], shared=shared)
    assert [(made.key, made.name, made.problem) for made in read(path)] == [("1", "髙橋 凛", ""), ("2", "Zoe", "")]


def test_hidden_columns_are_named_and_hidden_rows_are_not_read(tmp_path: Path) -> None:
    lines = [TITLES, row(cell("n", 1), inline("Ada")), row(cell("n", 2), inline("Bo"), hidden=True)]
    path = write_book(tmp_path / "r.xlsx", lines, columns='<cols><col min="1" max="1" hidden="1"/></cols>')
    roster = open_roster(path)
    assert "hides columns that are read: 'Member No.'" in roster.read_as
    assert [bool(made.problem) for made in roster.rows()] == [False, True]


@pytest.mark.parametrize(
    ("encoding", "text", "name"),
    [
        ("cp932", "会員番号,氏名\n1,髙橋 凛\n", "髙橋 凛"),
        ("euc_jp", "会員番号,氏名\n1,高橋 凛\n", "高橋 凛"),
        ("cp949", "회원번호,성명\n1,김하나\n", "김하나"),
        ("cp950", "會員編號,姓名\n1,歐陽娜娜\n", "歐陽娜娜"),
        ("gb18030", "会员编号,姓名\n1,欧阳娜娜\n", "欧阳娜娜"),
    ],
)
def test_titles_tell_the_encodings_of_east_asia(encoding: str, text: str, name: str, tmp_path: Path) -> None:
    assert [made.name for made in read(csv(tmp_path, text, encoding))] == [name]


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "cp949", "cp950", "gb18030"])
def test_names_do_not_tell_an_encoding(encoding: str, tmp_path: Path) -> None:
    """Korean names in the bytes of Windows are faultless Chinese ones that nobody has."""
    name = {"cp949": "김하나"}.get(encoding, "高橋文子")
    path = csv(tmp_path, f"number,name\n1,{name}\n2,{name}二\n" if encoding != "cp949" else f"number,name\n1,{name}\n", encoding)
    with pytest.raises(RosterUnreadable, match="is not in utf-8-sig") as refused:
        open_roster(path)
    assert Step(Action.NAME_ENCODING) in refused.value.steps
    assert read(path, encoding)[0].name == name


@pytest.mark.parametrize(
    ("titles", "cells", "name"),
    [
        ("Nr;Name;Vorname", "1;Weiß;Jörg", "Jörg Weiß"),
        ("Nr;Name;Vorname", "1;Jörg Weiß;Jörg", "Jörg Weiß"),
        ("Nr;Naam;Voornaam", "1;de Vries;Jan", "Jan de Vries"),
        ("No;Full name;First name", "1;Ada Byron;Ada", "Ada Byron"),
        ("No;Stage name;Surname", "1;Ada Byron;King", "Ada Byron"),
        ("No;Name;Surname", "1;Ada;Byron", "Ada Byron"),
        ("No;Stage name;First name;Last name", "1;;Ada;Byron", "Ada Byron"),
        ("N.;Nome;Cognome", "1;Anna;Rossi", "Anna Rossi"),
        ("Nr;Name;Vorname", "1;Thomas;Thomas", "Thomas Thomas"),
    ],
)
def test_names_in_parts_are_whole(titles: str, cells: str, name: str, tmp_path: Path) -> None:
    assert [made.name for made in read(csv(tmp_path, f"{titles}\n{cells}\n"))] == [name]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ('="00123"', "00123"),
        ("'00123", "00123"),
        ("123.0", "123"),
        ("12\u200b3\ufeff", "123"),
        ("１２３", "123"),
        ("\u00a0123", "123"),
    ],
)
def test_what_programs_put_around_a_number_is_no_part_of_it(typed: str, key: str, tmp_path: Path) -> None:
    assert [(made.key, made.problem) for made in read(csv(tmp_path, f"number,name\n{typed},Ada\n"))] == [(key, "")]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("14-Mar,Ada,a.jpg", "made a date of the number (14-Mar)"),
        ("Jan-98,Ada,a.jpg", "made a date of the number"),
        ("#REF!,Ada,a.jpg", "where a formula failed"),
        ("#######,Ada,a.jpg", "a column is too narrow"),
        ("7,MÃ¼ller,a.jpg", "letters of the name or the number were lost"),
        ("7,Bj?rk,a.jpg", "letters of the name or the number were lost"),
        ("7,Ren\ufffde,a.jpg", "letters of the name or the number were lost"),
        ("7,Byron, Ada,a.jpg", "it has more cells than there are titles"),
    ],
)
def test_a_damaged_row_is_told_and_costs_no_other(line: str, told: str, tmp_path: Path) -> None:
    bad, good = read(csv(tmp_path, f"number,name,photo\n{line}\n8,Renée Ó Briain?,b.jpg\n"))
    assert told in bad.problem
    assert (good.key, good.problem) == ("8", "")


def test_photos_under_one_title_over_several_columns_are_read(tmp_path: Path) -> None:
    (made,) = read(csv(tmp_path, "No,Name,Photos,,,Notes\n1,Ada,a.jpg,b.jpg,c.jpg,nice\n"))
    assert made.photos == ("a.jpg", "b.jpg", "c.jpg")


def test_titles_on_every_page_are_no_members_and_other_titles_are_told(tmp_path: Path) -> None:
    again = read(csv(tmp_path, "No,Name,Photo\n1,Ada,a.jpg\nNo,Name,Photo\n2,Bo,b.jpg\n"))
    assert [(made.number, made.key, made.problem) for made in again] == [(2, "1", ""), (4, "2", "")]
    with pytest.raises(RosterUnreadable, match="has titles in row 1, and others in row 3"):
        read(csv(tmp_path, "No,Name,Photo\n1,Ada,a.jpg\nPhoto,Name,No\nb.jpg,Bo,2\n"))


@pytest.mark.parametrize(
    ("titles", "known"),
    [("Member #,Name", "Member #"), ("Membership #,Name", "Membership #"), ("SAG-AFTRA #,Name", "SAG-AFTRA #")],
)
def test_a_number_sign_is_a_title_of_numbers(titles: str, known: str, tmp_path: Path) -> None:
    roster = open_roster(csv(tmp_path, f"{titles},Photo #1,Photo #2\n7,Ada,a.jpg,b.jpg\n"))
    (made,) = roster.rows()
    assert (roster.columns.titled("number"), made.key, made.photos) == (known, "7", ("a.jpg", "b.jpg"))


@pytest.mark.parametrize("title", ["演员编号", "身份证号码", "俳優番号", "Číslo pasu"])
def test_another_number_is_asked_about_in_any_language(title: str, tmp_path: Path) -> None:
    with pytest.raises(RosterUnreadable, match="may hold the members' numbers"):
        open_roster(csv(tmp_path, f"{title},name\n1,Ada\n"))


def test_there_is_no_such_encoding(tmp_path: Path) -> None:
    with pytest.raises(RosterUnreadable, match="There is no encoding 'windoze'"):
        open_roster(csv(tmp_path, "number,name\n1,Ada\n"), "windoze")
