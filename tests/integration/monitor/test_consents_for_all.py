"""Consents of many members from one table: once each, told row by row, whatever stands in it."""

import csv
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlmodel import select

from monitor.cli.main import main
from monitor.workspace import init_workspace, open_workspace
from registry.audit import verify_audit
from registry.db import now
from registry.kinds import PartyKind, SubjectKind
from registry.legal import held_on, note_minor, release_of
from registry.mandates import Basis, Mandate, list_mandates, revoke_mandate
from registry.members import Member, number_key
from registry.parties import add_party, find_party
from registry.subjects import add_subject, find_subject

Cli = Callable[..., int]


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A union's workspace, closed, beside the consents that its members signed."""
    folder = tmp_path_factory.mktemp("members")
    root = folder / "work"
    init_workspace(root)
    with open_workspace(root) as workspace, workspace.session() as session:
        union, other = add_party(session, "Union", PartyKind.UNION), add_party(session, "Other", PartyKind.UNION)
        for number in range(250):
            subject = add_subject(session, union, f"Member {number}", SubjectKind.PERSON)
            session.add(Member(id=number_key(session, union.id, f"{number:05}"), party_id=union.id, subject_id=subject.id))
        add_subject(session, other, "Stranger", SubjectKind.PERSON)
        session.commit()
    (folder / "signed").mkdir()
    for number in range(250):
        (folder / "signed" / f"{number}.pdf").write_bytes(b"%%PDF-1.7 consent of %d\n%%%%EOF\n" % number)
    (folder / "secret.pdf").write_bytes(b"%PDF-1.7 of somebody else\n%%EOF\n")
    return folder


@pytest.fixture
def place(members: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(members, tmp_path, dirs_exist_ok=True))


@pytest.fixture
def add_table(place: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    def run(name: str, *options: str) -> int:
        words = ["semblance", "-w", str(place / "work"), "mandate", "add-for-all", "Union", str(place / "signed" / name)]
        monkeypatch.setattr("sys.argv", [*words, "--consent", "--verified-by", "R. Reader", *options])
        return main()

    return run


@pytest.fixture
def add(add_table: Cli) -> Cli:
    return lambda *options: add_table("all.csv", *options)


def table(place: Path, *rows: str, titles: str = "member;document;from;until;scope") -> None:
    (place / "signed" / "all.csv").write_text("\n".join((titles, *rows)) + "\n", encoding="utf-8-sig")


def outcomes(place: Path) -> list[dict[str, str]]:
    with (place / "signed" / "all.outcome.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def held(place: Path) -> list[Mandate]:
    with open_workspace(place / "work") as workspace, workspace.session() as session:
        assert verify_audit(session).ok
        return list(session.exec(select(Mandate)))


def test_one_table_gives_the_consent_of_many_and_twice_is_once(place: Path, add: Cli) -> None:
    table(place, *(f"{number:05};{number}.pdf;2026-01-31;;" for number in range(250)))
    assert add("--dry-run") == 0
    told = [(row["member"], row["result"]) for row in outcomes(place)]
    assert held(place) == []
    assert add() == 0
    assert [(row["member"], row["result"]) for row in outcomes(place)] == told
    assert len({(row.subject_id, row.document_sha256) for row in held(place) if row.basis is Basis.CONSENT}) == 250
    assert add() == 0
    assert len(held(place)) == 250
    assert {row["result"] for row in outcomes(place)} == {"unchanged"}


def test_each_row_says_what_was_wrong_and_the_good_ones_go_in(place: Path, add: Cli) -> None:
    table(
        place,
        "00001;1.pdf;2026-01-31;2027-01-31;face",
        "Member 2;2.pdf;2026-01-31;;",
        "99999;3.pdf;2026-01-31;;",
        "Stranger;3.pdf;2026-01-31;;",
        "00003;../secret.pdf;2026-01-31;;",
        "00004;none.pdf;2026-01-31;;",
        "00005;5.pdf;31.01.2026;;",
        "00006;6.pdf;2026-01-31;2025-01-31;",
        "00007;7.pdf;2026-01-31;;smell",
        "00008;8.pdf;;;",
        ";9.pdf;2026-01-31;;",
    )
    assert add() == 1
    found = outcomes(place)
    assert [row["result"] for row in found] == ["added", "added", *["refused"] * 9]
    says = ("no subject", "no subject", "no document", "no document", "no date", "end before", "no modality", "from when", "whom")
    for row, word in zip(found[2:], says, strict=True):
        assert word in row["says"], row
    mandates = held(place)
    assert len(mandates) == 2
    assert {tuple(mandate.scope) for mandate in mandates} == {("face",), ()}


def test_a_table_that_says_when_a_text_was_shown_says_which(place: Path, add: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    with open_workspace(place / "work") as workspace, workspace.session() as session:
        version = release_of(session, find_party(session, "Union"), days=30).id
        session.commit()
    table(place, "00001;1.pdf;2026-01-31;2026-01-30", titles="member;document;from;shown")
    assert add() == 2
    assert "Add a column titled release" in capsys.readouterr().err
    table(place, f"00001;1.pdf;2026-01-31;{version[:16]};2026-01-30", titles="lidnummer;document;from;versie;getoond op")
    assert add() == 0
    assert [row.release_version for row in held(place)] == [version]


def test_who_consents_for_a_child_is_named_in_the_childs_own_row(place: Path, add: Cli) -> None:
    with open_workspace(place / "work") as workspace, workspace.session() as session:
        child = find_subject(session, "Member 1", party=find_party(session, "Union"))
        note_minor(session, child, (now() - timedelta(days=3000)).date())
        session.commit()
    rows = ("00001;1.pdf;2026-01-31;Ruth Reader", "00002;2.pdf;2026-01-31;")
    table(place, *rows, titles="Mitgliedsnummer;Dokument;gültig ab;Erziehungsberechtigte")
    assert (add("--dry-run"), add(), add()) == (0, 0, 0)
    assert [row["result"] for row in outcomes(place)] == ["unchanged", "unchanged"]
    assert sorted(row.guardian for row in held(place)) == ["", "Ruth Reader"]
    with open_workspace(place / "work") as workspace, workspace.session() as session:
        child = find_subject(session, "Member 1", party=find_party(session, "Union"))
        assert "given by Ruth Reader as guardian" in held_on(session, child, now()).evidence
    # Somebody else's consent is another one, though the paper is the same.
    table(place, "00001;1.pdf;2026-01-31;Paul Reader", titles="member;document;from;guardian")
    assert add() == 0
    assert [row["result"] for row in outcomes(place)] == ["added"]


def test_what_was_revoked_is_not_brought_back_by_the_same_table(place: Path, add: Cli) -> None:
    table(place, "00001;1.pdf;2026-01-31;;")
    assert add() == 0
    with open_workspace(place / "work") as workspace, workspace.session() as session:
        subject = find_subject(session, "Member 1", party=find_party(session, "Union"))
        revoke_mandate(session, list_mandates(session, subject)[0].id, now())
        session.commit()
    assert add() == 1
    assert "revoked" in outcomes(place)[0]["says"]
    assert len(held(place)) == 1


@pytest.mark.parametrize("titles", ["member;paper", "who;document", "member;document;colour"])
def test_a_table_with_other_columns_changes_nothing(
    place: Path, add: Cli, titles: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table(place, "00001;1.pdf;red", titles=titles)
    assert add("--from", "2026-01-31") == 2
    assert "column" in capsys.readouterr().err
    assert held(place) == []


def test_the_table_itself_is_never_written_over(place: Path, add: Cli) -> None:
    table(place, "00001;1.pdf;2026-01-31;;")
    before = (place / "signed" / "all.csv").read_bytes()
    assert add("--outcome", str(place / "signed" / "all.csv")) == 2
    assert (place / "signed" / "all.csv").read_bytes() == before
    assert held(place) == []


def test_each_row_says_which_text_was_shown_and_when(place: Path, add: Cli) -> None:
    with open_workspace(place / "work") as workspace, workspace.session() as session:
        texts = [release_of(session, find_party(session, "Union"), days=days).id for days in (30, 60)]
        session.commit()
    titles = "member;document;from;until;scope;release;shown"
    table(place, "00001;1.pdf;2026-02-01;;;;", "00002;2.pdf;2026-02-01;;;;2026-01-31", titles=titles)
    assert add() == 1
    rows = (
        f"00001;1.pdf;2026-02-01;;;{texts[0][:16]};2026-01-31",
        f"00002;2.pdf;2026-02-01;;;{texts[0]};2026-01-30",
        "00003;3.pdf;2026-02-01;;;0123456789;2026-01-30",
        f"00004;4.pdf;2026-02-01;;;{texts[0]};2999-01-30",
    )
    table(place, *rows, titles=titles)
    for dry in (["--dry-run"], []):
        assert add(*dry) == 1
        told = [(row["result"], row["says"]) for row in outcomes(place)]
        assert [result for result, _ in told] == ["added", "added", "refused", "refused"]
        assert [says.split(".")[0] for _, says in told][::2] == [
            "the release that was shown",
            "No release text of the party has the version '0123456789'",
        ]
    shown = {row.document_sha256: (row.release_version, f"{row.release_shown_at:%m-%d}") for row in held(place)}
    assert sorted(shown.values()) == [(texts[0], "01-30"), (texts[0], "01-31")]
    table(place, rows[0], f"00002;2.pdf;2026-02-01;;;{texts[1]};2026-01-30", titles=titles)
    assert add() == 1
    assert [row["result"] for row in outcomes(place)] == ["unchanged", "refused"]


def test_a_list_as_a_workbook_with_a_cover_and_dates_is_read(place: Path, add_table: Cli) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Consents"
    for line in (
        ["Consents of the autumn assembly"],
        [],
        ["Member number", "First name", "Last name", "Document", "Valid from", "Until"],
        ["00001", "Ada", "King", "1.pdf", date(2026, 1, 31), date(2027, 1, 31)],
        ["00002", "Bo", "Lee", "2.pdf", date(2026, 1, 31), None],
        ["=1+2", "Cy", "Day", "3.pdf", date(2026, 1, 31), None],
    ):
        book.active.append(line)
    book.save(place / "signed" / "all.xlsx")
    assert add_table("all.xlsx") == 1
    found = outcomes(place)
    assert [(row["row"], row["result"]) for row in found] == [("4", "added"), ("5", "added"), ("6", "refused")]
    assert "a formula, which is not run here" in found[2]["says"]
    assert {(mandate.starts_at.date(), mandate.ends_at and mandate.ends_at.date()) for mandate in held(place)} == {
        (date(2026, 1, 31), date(2027, 1, 31)),
        (date(2026, 1, 31), None),
    }


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-16", "sep=;\r\nMitgliedsnummer;Nachname;Dokument;gültig ab;gültig bis\r\n00001;König;1.pdf;2026-01-31;\r\n"),
        ("utf-8", "Liste der Einwilligungen\n\nMitgliedsnummer\tDatei\tab\n00001\t1.pdf\t2026-01-31\n"),
        ("utf-8", "N° d'adhérent;Nom;Prénom;Fichier;À partir du;Jusqu'au\n00001;K;A;1.pdf;2026-01-31;\n"),
        ("utf-8", "Nº de socio;Documento;Desde;Hasta\n00001;1.pdf;2026-01-31;2027-01-31\n"),
        ("utf-8", "Numero di tessera,Documento,Dal,Fino al\n00001,1.pdf,2026-01-31,\n"),
        ("utf-8", "Lidnummer|Bestand|Vanaf|Tot en met\n00001|1.pdf|2026-01-31|\n"),
        ("utf-8", "Nr członkowski;Plik;Od;Do\n00001;1.pdf;2026-01-31;\n"),
        ("utf-8", "Членский номер;Файл;С;По\n00001;1.pdf;2026-01-31;\n"),
        ("gb18030", "会员编号,文件,开始,结束\n00001,1.pdf,2026-01-31,\n"),
        ("cp932", "会員番号,ファイル,開始日,終了日\n00001,1.pdf,2026-01-31,\n"),
        ("utf-8", "회원번호,문서,시작일,종료일\n00001,1.pdf,2026-01-31,\n"),
    ],
)
def test_a_list_in_a_unions_own_language_and_encoding_is_read(place: Path, add_table: Cli, encoding: str, content: str) -> None:
    (place / "signed" / "all.csv").write_bytes(content.encode(encoding))
    assert add_table("all.csv") == 0
    assert [(row["member"], row["result"], row["name"]) for row in outcomes(place)] == [("00001", "added", "Member 1")]


def test_a_file_of_another_kind_is_told_what_it_is(place: Path, add_table: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "signed" / "all.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert add_table("all.xls") == 2
    assert "an Excel file of the old kind" in capsys.readouterr().err
    assert held(place) == []


def test_where_two_columns_say_the_same_nothing_is_taken(place: Path, add: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    table(place, "00001;1.pdf;2.pdf;2026-01-31", titles="member;document;file;from")
    assert add() == 2
    assert "says the same in 'document' and 'file'" in capsys.readouterr().err


def test_a_number_goes_before_a_name_and_a_name_stands_where_a_number_is_wanting(place: Path, add: Cli) -> None:
    table(place, "Member 9;00001;1.pdf;2026-01-31", "Member 2;;2.pdf;2026-01-31", titles="name;number;document;from")
    assert add() == 0
    assert [row["name"] for row in outcomes(place)] == ["Member 1", "Member 2"]
