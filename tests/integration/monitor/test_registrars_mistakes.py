"""Mistakes and malice at a registrar's desk, by the commands and with real faces: stated, reversible, in the audit log."""

import csv
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from monitor.cli.main import main
from monitor.workspace import open_workspace
from registry.accounts import Role, add_account, issue_token
from registry.db import now
from registry.members import Member
from registry.parties import add_party
from registry.types import PartyKind
from tests.support.shared_people import edge_workspace

Run = Callable[..., tuple[int, str, str]]
Row = tuple[str, str, str]


@pytest.fixture
def root(tmp_path: Path, shared_models: Path) -> Path:
    return edge_workspace(tmp_path, shared_models)


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as the union's registrar: code, output, what was told beside it."""
    with open_workspace(root) as workspace, workspace.session() as session:
        party = add_party(session, "Actors", PartyKind.UNION)
        account = add_account(session, "R. Clerk", Role.REGISTRAR, "a sentence of several words", party)
        monkeypatch.setenv("SEMBLANCE_TOKEN", issue_token(session, account, "cli")[1])
        session.commit()

    def typed(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(root), *map(str, arguments)])
        code = main()
        return code, *capsys.readouterr()

    return typed


@pytest.fixture
def photos(shared_data: Path, tmp_path: Path) -> list[list[str]]:
    """Of many people, the names of two photos each in the folder photos."""
    (tmp_path / "photos").mkdir()
    found: dict[str, list[Path]] = {}
    for file in sorted((shared_data / "faces" / "lfw").glob("*.jpg")):
        found.setdefault(file.stem.rsplit("_", 1)[0], []).append(file)
    made = []
    for number, files in enumerate([files for files in found.values() if len(files) > 1][:40]):
        names = [f"{number} {shot}.jpg" for shot in range(2)]
        for name, file in zip(names, files, strict=False):
            shutil.copy(file, tmp_path / "photos" / name)
        made.append(names)
    return made


@pytest.fixture
def taken_in(run: Run, tmp_path: Path) -> Callable[..., tuple[int, dict[str, dict[str, str]], str]]:
    """Imports rows as number, name, photos: the exit code, the outcome by name, what was told."""

    def imported(rows: Sequence[Row], *more: str) -> tuple[int, dict[str, dict[str, str]], str]:
        roster, outcome = tmp_path / "roster.csv", tmp_path / "roster.outcome.csv"
        outcome.unlink(missing_ok=True)
        with roster.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([("member number", "name", "photo"), *rows])
        code, out, told = run("members", "import", roster, "--photos", tmp_path / "photos", "--party", "Actors", *more)
        with outcome.open(encoding="utf-8-sig", newline="") as stream:
            return code, {made["name"]: made for made in csv.DictReader(stream)}, out + told

    return imported


TakenIn = Callable[..., tuple[int, dict[str, dict[str, str]], str]]


def told_in_json(run: Run, *arguments: str) -> list[dict[str, Any]]:
    code, out, told = run(*arguments, "--json")
    assert code == 0, told
    rows: list[dict[str, Any]] = json.loads(out)
    return rows


def logged(run: Run, table: str) -> list[dict[str, Any]]:
    """What the audit log has of a table, by the registrar, the latest first."""
    rows = told_in_json(run, "audit", "list", "--table", table)
    assert {row["who"] for row in rows} == {"R. Clerk"}
    return rows[::-1]


def members(run: Run) -> list[tuple[str, str]]:
    return [(row["number"], row["name"]) for row in told_in_json(run, "members", "list", "--party", "Actors")]


def references(run: Run, name: str) -> list[str]:
    return sorted(row["file_name"] for row in told_in_json(run, "reference", "list", name))


def test_twins_are_let_in_by_a_decision_that_can_be_taken_back(run: Run, taken_in: TakenIn, photos: list[list[str]]) -> None:
    """Two photos of one face stand for twins, whom nothing tells apart."""
    (one, other), *_ = photos
    rows = [("1", "Ada", one), ("2", "Eva", other)]
    code, made, _ = taken_in(rows)
    assert (code, made["Ada"]["result"], made["Eva"]["result"]) == (1, "enrolled", "refused")
    assert "It shows 'Ada' (row 2), who is enrolled already" in made["Eva"]["says"]
    (refused,) = told_in_json(run, "members", "refused", "--party", "Actors")
    assert (refused["number"], refused["why"]) == ("2", "shows Ada")

    assert run("members", "accept", refused["id"], "--party", "Actors", "--despite-likeness", "twins")[0] == 0
    assert any(row["set"].get("ground") == "twins" for row in logged(run, "refused_photo"))
    assert taken_in(rows)[1]["Eva"]["result"] == "enrolled"
    assert members(run) == [("1", "Ada"), ("2", "Eva")]

    code, out, _ = run("members", "refuse", refused["id"], "--party", "Actors")
    assert (code, out.strip()) == (0, f"{other} stays out and is not enrolled any more.")
    assert references(run, "Eva") == []
    assert taken_in(rows)[1]["Eva"]["result"] == "refused"
    assert logged(run, "reference")[0]["action"] == "remove"


def test_one_person_under_two_names_is_enrolled_once(run: Run, taken_in: TakenIn, photos: list[list[str]]) -> None:
    (one, other), (third, _), *_ = photos
    first = [("1", "Ada", one), ("3", "Cy", third)]
    assert taken_in(first)[0] == 0
    # The same person comes again, by the name on her passport, in a later roster.
    code, made, _ = taken_in([*first, ("9", "Augusta King", other)])
    assert code == 1
    assert "It shows 'Ada'" in made["Augusta King"]["says"]
    assert members(run) == [("1", "Ada"), ("3", "Cy")]
    # Whoever is known by another name is renamed, which is on record.
    assert run("subject", "rename", "Ada", "Augusta King")[0] == 0
    assert members(run) == [("1", "Augusta King"), ("3", "Cy")]
    assert any("name" in row["set"] for row in logged(run, "subject"))


def test_a_roster_of_another_union_is_asked_about_and_can_be_taken_back(
    run: Run, taken_in: TakenIn, photos: list[list[str]]
) -> None:
    own = [(str(100 + place), f"Member {place}", names[0]) for place, names in enumerate(photos[:12])]
    taken_in(own)
    assert len(members(run)) >= 10
    before, kept = members(run), references(run, "Member 3")
    # The other roster has a photo of a member, too, under the member's own number: a photo more.
    others = [(str(900 + place), f"Stranger {place}", names[0]) for place, names in enumerate(photos[12:26])]
    strange = [*others, ("103", "Member 3", photos[3][1])]
    code, _, told = taken_in(strange)
    assert code == 2
    assert "This may be another union's roster" in told
    assert "--sure" in told
    assert members(run) == before
    _, made, told = taken_in(strange, "--sure")
    assert made["Stranger 0"]["result"] == "enrolled"
    latest, first = told_in_json(run, "members", "imports", "--party", "Actors")
    assert f"semblance members take-back {latest['id']}" in told
    assert latest["members"] == len(members(run)) - len(before) + 1

    taking = ("members", "take-back", latest["id"][:10], "--party", "Actors")
    code, out, _ = run(*taking, "--dry-run", "--json")
    assert code == 0
    assert json.loads(out.split("\nNothing")[0])["members"] == len(members(run)) - len(before)
    assert len(members(run)) > len(before)
    assert run(*taking, "--yes")[0] == 0
    assert members(run) == before
    assert references(run, "Member 3") == kept
    assert [row["taken_back_at"] is not None for row in told_in_json(run, "members", "imports", "--party", "Actors")] == [
        True,
        False,
    ]
    assert logged(run, "intake")[0]["set"]["taken_back_at"]
    assert "erasure" in {row["table"] for row in told_in_json(run, "audit", "list")}
    code, _, told = run(*taking, "--yes")
    assert code == 2
    assert "was taken back on" in told
    # Nothing of it stands in the way of the right one, were they to become members.
    assert taken_in([*own, *others[:2]])[1]["Stranger 0"]["result"] == "enrolled"
    assert first["id"] != latest["id"]


def test_an_import_stays_while_decisions_rest_on_it(run: Run, taken_in: TakenIn, photos: list[list[str]], tmp_path: Path) -> None:
    assert taken_in([("1", "Ada", photos[0][0]), ("2", "Bo", photos[1][0])])[0] == 0
    (intake,) = told_in_json(run, "members", "imports", "--party", "Actors")
    signed = tmp_path / "signed.pdf"
    signed.write_bytes(b"%PDF-1.7 consent\n%%EOF\n")
    given = (signed, "--from", "2026-01-01", "--verified-by", "R. Clerk", "--consent")
    assert run("mandate", "add", "Ada", *given)[0] == 0
    taking = ("members", "take-back", intake["id"], "--party", "Actors")
    code, _, told = run(*taking, "--dry-run")
    assert code == 1
    assert "Ada: 1 mandates or consents" in told
    code, _, told = run(*taking, "--yes")
    assert code == 2
    assert "Later decisions rest on what this import brought. Ada: 1 mandates or consents" in told
    assert [name for _, name in members(run)] == ["Ada", "Bo"]
    assert run(*taking, "--yes", "--with-consents")[0] == 0
    assert members(run) == []
    assert told_in_json(run, "mandate", "list") == []


def test_who_asked_to_be_forgotten_is_not_brought_back_by_taking_back(
    run: Run, taken_in: TakenIn, photos: list[list[str]]
) -> None:
    rows = [("1", "Ada", photos[0][0]), ("2", "Bo", photos[1][0])]
    assert taken_in(rows)[0] == 0
    (intake,) = told_in_json(run, "members", "imports", "--party", "Actors")
    assert run("erase", "Ada", "--reason", "asked for", "--yes")[0] == 0
    assert run("members", "take-back", intake["id"], "--party", "Actors", "--yes")[0] == 0
    made = taken_in(rows)[1]
    assert (made["Bo"]["result"], [row["result"] for row in made.values()].count("erased")) == ("enrolled", 1)


def test_a_member_enrolled_as_somebody_else_is_refused_or_undone(
    run: Run, taken_in: TakenIn, photos: list[list[str]], tmp_path: Path
) -> None:
    (ada, other_ada), (bo, other_bo), (eve, _), *_ = photos
    assert taken_in([("1", "Ada", ada), ("2", "Bo", bo)])[0] == 0
    # By a roster: Bo's photo for Ada, a stranger's photo for her, and another name and face for her number.
    _, made, _ = taken_in([("1", "Ada", other_bo), ("2", "Bo", bo)])
    assert "It shows 'Bo'" in made["Ada"]["says"]
    _, made, _ = taken_in([("1", "Ada", eve), ("2", "Bo", bo)])
    assert "does not agree with the member's other photos" in made["Ada"]["says"]
    _, made, _ = taken_in([("1", "Eve", eve), ("2", "Bo", bo)])
    assert "the registry has another name for this member number" in made["Eve"]["says"]
    assert references(run, "Ada") == [ada]
    # By hand, it is done, said by whom, and undone.
    code, out, told = run("reference", "add", "Ada", tmp_path / "photos" / eve, "--json")
    if code == 0:
        assert logged(run, "reference")[0]["action"] == "add"
        assert run("reference", "revoke", json.loads(out)[0]["id"])[0] == 0
        assert logged(run, "reference")[0]["action"] == "remove"
    else:
        assert "photos" in told
    assert references(run, "Ada") == [ada]
    assert taken_in([("1", "Ada", other_ada), ("2", "Bo", bo)])[1]["Ada"]["result"] == "updated"


def test_a_clock_that_was_set_back_is_told(run: Run, root: Path, taken_in: TakenIn, photos: list[list[str]]) -> None:
    rows = [("1", "Ada", photos[0][0])]
    assert taken_in(rows)[0] == 0
    # As if the clock had been a year ahead when that roster was taken in.
    with open_workspace(root) as workspace, workspace.session() as session:
        for member in session.exec(select(Member)):
            member.imported_at = now() + timedelta(days=365)
            session.add(member)
        session.commit()
    _, made, told = taken_in(rows)
    assert "it was set back, or was wrong before" in told
    assert made["Ada"]["result"] == "unchanged"
