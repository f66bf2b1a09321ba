"""Consents of many members from one table: once each, told row by row, whatever stands in it."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from monitor.cli.main import main
from monitor.workspace import init_workspace, open_workspace
from registry.audit import verify_audit
from registry.db import now
from registry.kinds import PartyKind, SubjectKind
from registry.legal import release_of
from registry.mandates import Basis, Mandate, list_mandates, revoke_mandate
from registry.members import Member, number_key
from registry.parties import add_party, find_party
from registry.subjects import add_subject, find_subject

Cli = Callable[..., int]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    init_workspace(root)
    with open_workspace(root) as workspace, workspace.session() as session:
        union, other = add_party(session, "Union", PartyKind.UNION), add_party(session, "Other", PartyKind.UNION)
        for number in range(250):
            subject = add_subject(session, union, f"Member {number}", SubjectKind.PERSON)
            session.add(Member(id=number_key(session, union.id, f"{number:05}"), party_id=union.id, subject_id=subject.id))
        add_subject(session, other, "Stranger", SubjectKind.PERSON)
        session.commit()
    (tmp_path / "signed").mkdir()
    for number in range(250):
        (tmp_path / "signed" / f"{number}.pdf").write_bytes(b"%%PDF-1.7 consent of %d\n%%%%EOF\n" % number)
    (tmp_path / "secret.pdf").write_bytes(b"%PDF-1.7 of somebody else\n%%EOF\n")
    return tmp_path


@pytest.fixture
def add(place: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    def run(*options: str) -> int:
        words = ["semblance", "-w", str(place / "work"), "mandate", "add-for-all", "Union", str(place / "signed" / "all.csv")]
        monkeypatch.setattr("sys.argv", [*words, "--consent", "--verified-by", "R. Reader", *options])
        return main()

    return run


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
