"""What registrars and the machine's owner read about likenesses that are held twice: with real faces, by the commands."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.cli.main import main
from monitor.workspace import open_workspace
from registry.accounts import Role, add_account, issue_token
from registry.db import now
from registry.parties import add_party, find_party
from registry.types import PartyKind
from reports.render.weekly import weekly_html
from reports.week import week_of
from reports.weekly import weekly_report
from tests.support.shared_people import edge_workspace

PASSWORD = "a sentence of several words"
OWNER = "owner"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def root(tmp_path: Path, shared_models: Path) -> Path:
    return edge_workspace(tmp_path, shared_models)


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command for whoever is named: code, output, what was told beside it."""
    secrets = {}
    with open_workspace(root) as workspace, workspace.session() as session:
        for name in ("Actors", "Singers"):
            party = add_party(session, name, PartyKind.UNION)
            account = add_account(session, f"{name} clerk", Role.REGISTRAR, PASSWORD, party)
            secrets[name] = issue_token(session, account, "cli")[1]
        session.commit()

    def typed(who: str, *arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        if who == OWNER:
            monkeypatch.delenv("SEMBLANCE_TOKEN", raising=False)
        else:
            monkeypatch.setenv("SEMBLANCE_TOKEN", secrets[who])
        monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(root), *map(str, arguments)])
        code = main()
        return code, *capsys.readouterr()

    return typed


@pytest.fixture
def photos(shared_data: Path) -> list[list[Path]]:
    """Of several people, two photos of each."""
    found: dict[str, list[Path]] = {}
    for file in sorted((shared_data / "faces" / "lfw").glob("*.jpg")):
        found.setdefault(file.stem.rsplit("_", 1)[0], []).append(file)
    return [files for files in found.values() if len(files) >= 3]


def listed(run: Run, who: str) -> list[dict[str, Any]]:
    code, out, _ = run(who, "identity", "list", "--json")
    assert code == 0
    rows: list[dict[str, Any]] = json.loads(out)
    return rows


def enrolled(run: Run, who: str, name: str, photo: Path) -> str:
    """What is told when a registrar adds a person and a photo."""
    assert run(who, "subject", "add", name, "--kind", "person", "--party", who)[0] == 0
    code, out, told = run(who, "reference", "add", name, photo, "--json")
    assert code == 0
    assert len(json.loads(out)) == 1
    return told


def test_from_a_photo_to_a_decision_and_back(run: Run, root: Path, photos: list[list[Path]], tmp_path: Path) -> None:
    (ada, other_ada, *_), (bo, *_) = photos[:2]
    assert "Note" not in enrolled(run, "Actors", "Ada", ada)
    assert "Note" not in enrolled(run, "Singers", "Bo", bo)
    told = enrolled(run, "Singers", "A. Lovelace", other_ada)
    assert "the likeness of 'A. Lovelace' is held by another party as well. Both are told, and neither whose it is." in told
    assert "Actors" not in told
    assert "'Ada'" not in told
    for who, name in (("Actors", "Ada"), ("Singers", "A. Lovelace")):
        (row,) = listed(run, who)
        assert (row["subject"], row["held_by"]) == (name, "another party")
    with open_workspace(root) as workspace, workspace.session() as session:
        for party in ("Actors", "Singers"):
            week = week_of(now())
            report = weekly_report(session, workspace.vault, week, now(), find_party(session, party))
            assert report.figures.held_twice == 1
            assert "whose likeness another party holds as well (1 subject)" in weekly_html(report).decode()

    (both,) = listed(run, OWNER)
    assert {both["one_party"], both["other_party"]} == {"Actors", "Singers"}
    assert {both["one"], both["other"]} == {"Ada", "A. Lovelace"}
    decide = ("identity", "decide", both["id"][:12])
    assert run(OWNER, *decide, "nobody", "--by", "O. Owner", "--reason", "x")[0] == 2
    assert run(OWNER, *decide, "two-people", "--by", "O. Owner", "--reason", "twins")[0] == 0
    assert listed(run, "Actors") == listed(run, "Singers") == []
    assert run(OWNER, *decide, "undecided", "--by", "O. Owner", "--reason", "no twins")[0] == 0
    assert len(listed(run, "Actors")) == 1
    code, out, _ = run(OWNER, "identity", "show", both["id"], "--json")
    assert code == 0
    assert [(made["decision"], made["reason"]) for made in json.loads(out)["decisions"]] == [
        ("two people", "twins"),
        ("undecided", "no twins"),
    ]

    reference = json.loads(run("Singers", "reference", "list", "A. Lovelace", "--json")[1])[0]["id"]
    assert run("Singers", "reference", "revoke", reference)[0] == 0
    assert listed(run, "Actors") == listed(run, "Singers") == []


def test_a_roster_of_another_union_is_taken_in_and_both_are_told(run: Run, photos: list[list[Path]], tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, files in enumerate(photos[:8]):
        shutil.copy(files[0], folder / f"{number}.jpg")

    def imported(who: str, *more: str) -> tuple[int, int, str]:
        """Exit code, how many were enrolled, and what was told."""
        roster = tmp_path / f"{who}.csv"
        lines = [f"{number},{who} {number},{number}.jpg" for number in range(8)]
        roster.write_text("\n".join(["member number,name,photo", *lines]), encoding="utf-8")
        code, out, told = run(who, "members", "import", roster, "--photos", folder, "--party", who, "--json", *more)
        return code, json.loads(out)["enrolled"], told

    code, members, told = imported("Actors")
    assert members > 5
    assert "Note" not in told
    _, _, told = imported("Singers", "--dry-run")
    assert "Note" not in told
    assert listed(run, "Actors") == []
    again, enrolled_there, told = imported("Singers")
    # It hinders nothing: what the first union's roster gave is given by the second one's.
    assert (again, enrolled_there) == (code, members)
    assert "'Singers 0' is held by another party as well" in told
    assert f"the likenesses of {members} are held a second time: semblance identity list" in told
    assert "Actors" not in told
    assert len(listed(run, "Actors")) == len(listed(run, "Singers")) == members


def test_the_list_is_read_in_parts_and_searched(run: Run, photos: list[list[Path]]) -> None:
    for number, files in enumerate(photos[:4]):
        enrolled(run, "Actors", f"Ada {number}", files[0])
        enrolled(run, "Singers", f"Bo {number}", files[1])
    for who, names in ((OWNER, "one"), ("Actors", "subject")):
        whole, parts, after = listed(run, who), list[dict[str, Any]](), tuple[str, ...]()
        assert len(whole) == 4
        while after or not parts:
            code, out, told = run(who, "identity", "list", "--json", "--limit", "3", *after)
            assert code == 0
            part = json.loads(out)
            parts += part
            after = ("--after", part[-1]["cursor"]) if "more: --after" in told else ()
        assert [{key: value for key, value in row.items() if key != "cursor"} for row in parts] == whole
        found = json.loads(run(who, "identity", "list", "--json", "--search", "ADA 2")[1])
        assert found == [row for row in whole if "Ada 2" in (row[names], row.get("other"))]
        assert len(found) == 1
    first = listed(run, OWNER)[0]["id"]
    assert run(OWNER, "identity", "decide", first, "one-person", "--by", "O. Owner", "--reason", "known")[0] == 0
    waiting = json.loads(run(OWNER, "identity", "list", "--undecided", "--json")[1])
    assert [row["id"] for row in waiting] == [row["id"] for row in listed(run, OWNER)[1:]]
    assert [row["decision"] for row in listed(run, OWNER)] == ["one person", *["undecided"] * 3]
    code, _, told = run("Actors", "identity", "list", "--undecided")
    assert (code, "its own side" in told) == (2, True)
