"""Promise 9 on the command line: no listing names another party, no command takes its ids."""

import json
import sys
from pathlib import Path

import pytest
import typer
from sqlmodel import select
from typer.core import TyperGroup

from monitor.cli.main import app, main
from monitor.workspace import Workspace
from registry.licences import list_licences
from registry.mandates import Mandate
from registry.parties import find_party
from registry.references import Reference
from registry.subjects import find_subject
from tests.support.tenancy.clerk import Clerk, clerk
from tests.support.tenancy.two_parties import CLASSES, PASSWORD, keys_of

__all__ = ["clerk"]


def commands() -> dict[str, list[str]]:
    """Every group of the command line, with its commands."""
    words = typer.main.get_group(app).commands
    return {word: list(group.commands) for word, group in words.items() if isinstance(group, TyperGroup)}


LISTINGS = sorted(group for group, names in commands().items() if "list" in names and group not in ("models", "notice"))


@pytest.mark.parametrize("group", LISTINGS)
def test_promise_9_no_listing_of_the_command_line_names_another_party(clerk: Clerk, group: str) -> None:
    own = {"review": ("--status", "all"), "audit": ("--last", "10000"), "members": ("--party", "Alpha union")}
    everything = own.get(group, ())
    for form in ((), ("--json",)):
        code, said = clerk.run(group, "list", *everything, *form)
        assert code == 0, said
        assert "Beta" not in said
        assert group in ("source", "audit") or "Alpha" in said or json.loads(said)


def test_promise_9_no_command_takes_another_partys_id(place: Workspace, clerk: Clerk) -> None:
    with place.session() as session:
        beta, person = find_party(session, "Beta union"), find_subject(session, "Beta person")
        licence, mandate = (
            list_licences(session, person)[0].id,
            session.exec(select(Mandate.id).where(Mandate.party_id == beta.id)).first(),
        )
        reference = session.exec(select(Reference.id).where(Reference.subject_id == person.id)).one()
        case = session.exec(select(CLASSES["case_file"].id).where(CLASSES["case_file"].party_id == beta.id)).one()
        notice = session.exec(select(CLASSES["notice"].id).where(CLASSES["notice"].case_id == case)).one()
        allowance = session.exec(select(CLASSES["allowance"].id).where(CLASSES["allowance"].party_id == beta.id)).one()
        token = session.exec(select(CLASSES["api_token"].id).where(CLASSES["api_token"].label == "Beta token")).one()
        portrayal = session.exec(select(CLASSES["portrayal"].id).where(CLASSES["portrayal"].person_id == person.id)).one()
    who, why = ("--reviewer", "Alpha clerk"), ("--reason", "r")
    attempts = [
        *(("party", "show", key) for key in (beta.id, beta.name)),
        *(("subject", "show", key) for key in (person.id, person.name)),
        ("subject", "add", "X", "--kind", "mark", "--party", beta.id),
        ("subject", "list", "--party", beta.id),
        ("reference", "show", reference),
        ("reference", "revoke", reference),
        ("reference", "list", person.id),
        ("licence", "show", licence),
        ("licence", "revoke", licence),
        ("licence", "list", person.id),
        ("licence", "add", person.id, "--licensee", "X", "--from", "2026-01-01"),
        ("licence", "add", "--group", "Beta group", "--licensee", "X", "--from", "2026-01-01"),
        ("mandate", "show", str(mandate)),
        ("mandate", "revoke", str(mandate)),
        ("mandate", "list", person.id),
        ("mandate", "declare", person.id, "--verified-by", "X"),
        ("group", "put", "Beta group", "Alpha figure"),
        ("portrayal", "add", "Alpha figure", "--by", person.id),
        ("portrayal", "revoke", portrayal),
        *(("review", decision, "Beta match", *who, *why) for decision in ("confirm", "reject", "permit", "reopen")),
        *(("review", "reject", *of, *who, *why, "--yes") for of in (("--video", "v-beta"), ("--subject", person.id))),
        ("review", "reopen", "--host", "clips.example", "--subject", "Beta person", *who, *why, "--yes"),
        ("allow", "revoke", allowance),
        ("allow", "list", "--party", beta.id),
        ("allow", "add", "--party", beta.id, "--uploader", "X", "--host", "x.example", "--by", "Alpha clerk", "--reason", "x"),
        (
            "allow",
            "add",
            "--party",
            "Alpha union",
            "--address",
            "https://x.example/",
            "--subject",
            person.id,
            "--by",
            "Alpha clerk",
            "--reason",
            "x",
        ),
        ("case", "export", case),
        ("case", "show", case),
        ("notice", "list", case),
        ("notice", "draft", case, "--by", "Alpha clerk"),
        ("notice", "show", notice),
        ("notice", "approve", notice, "--by", "Alpha clerk"),
        ("notice", "send", notice, "--yes"),
        ("notice", "sent", notice),
        ("notice", "record", notice, "expired", "--how", "settled"),
        ("notice", "form", notice),
        ("followup",),
        ("evidence", "export", case),
        ("report", "weekly", "--party", beta.id),
        ("erase", person.id, "--reason", "x", "--yes"),
        ("account", "password", "Beta clerk", "--password", PASSWORD),
        ("account", "disable", "Beta clerk"),
        ("account", "token", "Beta clerk", "--label", "x"),
        ("account", "tokens", "Beta clerk"),
        ("account", "revoke-token", token),
        ("account", "add", "Spy", "--role", "admin", "--password", PASSWORD, "--party", beta.id),
        ("account", "add", "Spy", "--role", "admin", "--password", PASSWORD),
        ("source", "add", "x", "https://example.org", "--kind", "feed"),
        ("crawl",),
        ("run", "--once"),
    ]
    assert clerk.run("party", "list")[0] == 0  # the first use of a token on a day is entered
    with place.session() as session:
        before = {name: keys_of(session, table) for name, table in CLASSES.items()}
    for attempt in attempts:
        code, said = clerk.run(*attempt)
        assert code == 2, (attempt, said)
        typed = {part for part in attempt if "Beta" in part}
        for part in typed:
            said = said.replace(part, "")
        assert "Beta" not in said, (attempt, said)
        assert "Traceback" not in said
    with place.session() as session:
        assert {name: keys_of(session, table) for name, table in CLASSES.items()} == before


def test_the_weekly_report_of_an_account_is_its_own(clerk: Clerk, tmp_path: Path) -> None:
    code, said = clerk.run("report", "weekly", "--week", "2026-W18", "--out", str(tmp_path))
    assert code == 0, said
    (page,) = tmp_path.glob("*.html")
    assert "Beta" not in page.read_text("utf-8")


def test_a_wrong_token_opens_nothing(clerk: Clerk) -> None:
    code, said = clerk.run("party", "list", token="smb_wrong")
    assert code == 2
    assert "The token is not valid" in said
    assert "Alpha" not in said


def test_an_account_is_named_with_as_and_its_password(
    place: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(place.root), "--as", "Alpha clerk", "party", "list", "--json"])
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: PASSWORD)
    assert main() == 0
    assert {row["name"] for row in json.loads(capsys.readouterr().out)} == {"Alpha union", "Alpha local"}
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: "wrong, wrong, wrong")
    assert main() == 2
    assert "The name or the password is wrong" in capsys.readouterr().err
