"""Each party's documents lie in its own folder, whoever makes them, and nobody's are written over another's."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from monitor.workspace import Workspace
from registry.accounts import Account, issue_token
from registry.parties import Party, add_party, find_party
from registry.types import PartyKind

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(place: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process for the clerk of a union, or for the machine's owner."""

    def ran(whose: str | None, *arguments: str) -> tuple[int, str]:
        from monitor.cli.main import main

        monkeypatch.delenv("SEMBLANCE_TOKEN", raising=False)
        if whose:
            with place.session() as session:
                account = session.exec(select(Account).where(Account.name == f"{whose} clerk")).one()
                monkeypatch.setenv("SEMBLANCE_TOKEN", issue_token(session, account, "cli")[1])
                session.commit()
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(place.root), *arguments])
        code = main()
        said = capsys.readouterr()
        return code, said.out if code == 0 else said.out + said.err

    return ran


def folder(place: Workspace, name: str) -> Path:
    with place.session() as session:
        return place.reports / find_party(session, name).folder


def test_each_partys_report_lies_in_its_own_folder_and_holds_its_own_alone(place: Workspace, run: Run) -> None:
    week = ("report", "weekly", "--week", "2026-W18", "--json")
    written = {}
    for whose in ("Alpha", "Beta"):
        code, said = run(whose, *week)
        assert code == 0, said
        written[whose] = Path(json.loads(said)["html"])
        assert written[whose].parent == folder(place, f"{whose} union")
        assert written[whose].parent.name.startswith(f"{whose.lower()}-union-")
    for whose, other in (("Alpha", "Beta"), ("Beta", "Alpha")):
        page = written[whose].read_text("utf-8")
        assert f"{whose} person" in page
        assert other not in page
    _, said = run("Alpha", *week)
    assert json.loads(said)["replaced"] is True
    assert "Beta person" in written["Beta"].read_text("utf-8")
    code, said = run(None, *week)
    assert Path(json.loads(said)["html"]).parent == place.reports
    code, said = run(None, *week, "--party", "Beta local")
    assert Path(json.loads(said)["html"]).parent == folder(place, "Beta local")


def test_two_parties_that_write_to_one_folder_do_not_write_over_each_other(place: Workspace, run: Run, tmp_path: Path) -> None:
    """Their names look alike in the name of a file."""
    with place.session() as session:
        for name in ("演员工会", "电影工会"):
            add_party(session, name, PartyKind.UNION)
        session.commit()
    written = []
    for whose in ("演员工会", "电影工会"):
        _, said = run(None, "report", "weekly", "--party", whose, "--week", "2026-W18", "--out", str(tmp_path), "--json")
        written.append(Path(json.loads(said)["pdf"]).name)
    assert written == ["weekly-2026-W18-party.pdf", "weekly-2026-W18-party.2.pdf"]


def test_a_folder_keeps_its_name_when_the_party_gets_another(place: Workspace) -> None:
    with place.session() as session:
        party = session.exec(select(Party).where(Party.name == "Alpha local")).one()
        before, party.name = party.folder, "Alpha local 7"
        session.add(party)
        session.flush()
        assert party.folder == before
        session.rollback()


@pytest.mark.parametrize("where", ["", "reports", "vault", "beta", "alpha/../beta"])
def test_an_account_writes_into_no_other_folder_of_the_workspace(place: Workspace, run: Run, where: str) -> None:
    names = {"alpha": folder(place, "Alpha union").name, "beta": folder(place, "Beta union").name}
    out = (
        place.root / where
        if where in ("", "reports", "vault")
        else place.reports.joinpath(*(names.get(p, p) for p in where.split("/")))
    )
    before = {path for path in place.root.rglob("*") if not path.name.startswith("semblance.db")}
    code, said = run("Alpha", "report", "weekly", "--week", "2026-W18", "--out", str(out))
    assert code == 2
    assert "writes to its own party's folder" in said
    assert names["alpha"] in said
    assert {path for path in place.root.rglob("*") if not path.name.startswith("semblance.db")} == before
    code, said = run("Alpha", "report", "weekly", "--week", "2026-W18", "--out", str(place.reports / names["alpha"] / "more"))
    assert code == 0, said


def test_a_receipt_of_an_erasure_names_no_other_partys_documents(place: Workspace, run: Run) -> None:
    """Reports that show nobody are on no record."""
    code, said = run("Beta", "report", "weekly", "--week", "2020-W01")
    assert code == 0, said
    code, said = run("Alpha", "report", "weekly", "--week", "2020-W01")
    assert code == 0, said
    _, said = run("Alpha", "erase", "Alpha seal", "--reason", "asked for it", "--yes", "--json")
    left = " ".join(json.loads(said)["left"])
    assert "weekly-2020-W01-alpha-union.pdf" in left
    assert "beta" not in said.lower()
