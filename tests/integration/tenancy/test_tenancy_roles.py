"""Every command of the command line, for every role: what changes the workspace itself is for the machine's owner alone."""

import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlmodel import Session, select

from monitor.cli.access import EVERYBODY, ROLES, WITHOUT_WORKSPACE
from monitor.cli.main import app, main
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.accounts import Role, add_account, issue_token
from registry.parties import find_party
from registry.subjects import Subject
from tests.support.tenancy.two_parties import CLASSES, PASSWORD, SOON, furnish

Run = Callable[..., tuple[int, str]]
OWNERS = (
    *("init", "demo", "doctor", "crawl", "run", "source add", "source add-searches", "source check", "models build"),
    *("source pause", "source resume", "source remove"),
    *("models add", "models use", "models calibrate", "keys rotate", "keys check", "identity show", "identity decide"),
    *(
        "account unlock",
        "account factors",
        "account reset-factors",
        "account sign-out",
        "account require-factor",
        "account link",
        "account unlink",
        "followup",
        "report send",
        "report due",
        "report posted",
    ),
    *("models pull", "webhook deliver", "serve", "check allow", "check contracts", "check end"),
    *("backup", "restore", "resume", "privacy erasures", "vault move", "vault check", "vault clear"),
    *("capture unread", "capture again"),
)
PRIVATE = "privacy retention --apply"


def every_command() -> list[str]:
    def under(command: Any, words: tuple[str, ...]) -> Iterator[str]:
        for name, each in getattr(command, "commands", {}).items():
            yield from under(each, (*words, name))
        if not hasattr(command, "commands"):
            yield " ".join(words)

    return list(under(typer.main.get_command(app), ()))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, dict[Role, str]]]:
    """A workspace, and a token for each role at Alpha's."""
    root = tmp_path_factory.mktemp("roles") / "work"
    init_workspace(root)
    with open_workspace(root) as workspace, workspace.session() as session:
        for name in ("Alpha", "Beta"):
            furnish(workspace, session, name)
        tokens = {}
        for role in Role:
            account = add_account(session, f"An {role}", role, PASSWORD, find_party(session, "Alpha union"))
            tokens[role] = issue_token(session, account, "cli")[1]
        session.commit()
        yield workspace, tokens


@pytest.fixture
def run(own: tuple[Workspace, dict[Role, str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process with a token; without one as the machine's owner."""

    def ran(*arguments: str, token: str | None) -> tuple[int, str]:
        capsys.readouterr()
        monkeypatch.setenv("SEMBLANCE_MODELS", str(own[0].root / "models"))
        monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(own[0].root), *arguments])
        if token is None:
            monkeypatch.delenv("SEMBLANCE_TOKEN", raising=False)
        else:
            monkeypatch.setenv("SEMBLANCE_TOKEN", token)
        code = main()
        out = capsys.readouterr()
        return code, out.out + out.err

    return ran


def state(workspace: Workspace) -> dict[str, str]:
    """Every file of the workspace by its digest, and every row of its database."""
    files = {
        str(path.relative_to(workspace.root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(workspace.root.rglob("*"))
        if path.is_file() and not path.name.startswith("semblance.db") and path.name != ".run.lock"
    }
    with Session(workspace.engine) as session:
        rows = {name: repr(sorted(repr(row) for row in session.exec(select(table)))) for name, table in CLASSES.items()}
    return files | rows


def typed(workspace: Workspace, folder: Path) -> dict[str, list[str]]:
    """For every command that an account may not use in every role, words that would do something."""
    with workspace.session() as session:
        person = session.exec(select(Subject).where(Subject.name == "Alpha person")).one()
        key = {
            name: session.exec(select(CLASSES[name].id).where(condition)).first()
            for name, condition in {
                "reference": CLASSES["reference"].subject_id == person.id,
                "invitation": CLASSES["invitation"].subject_id == person.id,
                "licence": CLASSES["licence"].subject_id == person.id,
                "mandate": CLASSES["mandate"].subject_id == person.id,
                "allowance": CLASSES["allowance"].subject_id == person.id,
                "portrayal": CLASSES["portrayal"].person_id == person.id,
                "case_file": CLASSES["case_file"].party_id == person.party_id,
            }.items()
        }
        key["notice"] = session.exec(select(CLASSES["notice"].id).where(CLASSES["notice"].case_id == key["case_file"])).one()
        key["api_token"] = session.exec(select(CLASSES["api_token"].id).where(CLASSES["api_token"].label == "Alpha token")).one()
        key["webhook_endpoint"] = session.exec(
            select(CLASSES["webhook_endpoint"].id).where(CLASSES["webhook_endpoint"].party_id == person.party_id)
        ).one()
        key["document"] = session.exec(select(CLASSES["document"].path)).first()
    photo, roster, pack = folder / "photo.jpg", folder / "roster.csv", folder / "pack"
    photo.write_bytes(b"a photo")
    roster.write_text("name,photo\nA Member,photo.jpg\n")
    pack.mkdir()
    who, why, since = ("--reviewer", "R"), ("--reason", "r"), ("--from", "2026-01-01")
    known = ("--by", "X", "--reason", "x")
    return {
        "init": [],
        "demo": ["--out", str(folder / "demo")],
        "doctor": [],
        "crawl": [],
        "run": ["--once"],
        "source add": ["x", "https://example.org/feed", "--kind", "feed"],
        "source add-searches": ["--kind", "youtube"],
        "source check": [],
        "source pause": ["Alpha source"],
        "source resume": ["Alpha source"],
        "source remove": ["Alpha source"],
        "models build": [],
        "models add": [str(pack)],
        "models pull": ["edge", "--from", str(pack)],
        "models use": ["open"],
        "models calibrate": ["--data", str(roster)],
        "identity show": ["0"],
        "identity decide": ["0", "two-people", "--by", "X", "--reason", "x"],
        "keys rotate": [],
        "keys check": [],
        "account unlock": ["Alpha clerk"],
        "account factors": ["Alpha clerk"],
        "account reset-factors": ["Alpha clerk"],
        "account sign-out": ["Alpha clerk"],
        "account require-factor": ["Alpha union", "--off"],
        "account link": ["Alpha clerk", "4711"],
        "account unlink": ["Alpha clerk"],
        PRIVATE: [],
        "party add": ["Gamma", "--kind", "performer", "--parent", "Alpha union"],
        "party edit": ["Alpha union", "--email", "x@example.org"],
        "members leave": [person.id, "--yes"],
        "mandate document": [str(key["mandate"]), "--out", str(folder / "proof.txt")],
        "privacy export": [person.id, "--out", str(folder / "export")],
        "privacy basis": [person.id],
        "privacy minor": [person.id, "--of-age"],
        "privacy release": ["--party", "Alpha union"],
        "account add": ["Spy", "--role", "admin", "--password", PASSWORD, "--party", "Alpha union"],
        "account password": ["Alpha clerk", "--password", PASSWORD],
        "account disable": ["Alpha clerk"],
        "account token": ["Alpha clerk", "--label", "x"],
        "account revoke-token": [str(key["api_token"])],
        "webhook add": ["Alpha union", "https://hooks.example/new"],
        "webhook list": [],
        "webhook remove": [str(key["webhook_endpoint"])],
        "webhook test": [str(key["webhook_endpoint"])],
        "webhook rotate": [str(key["webhook_endpoint"])],
        "webhook deliver": [],
        "serve": ["--port", "0"],
        "check allow": ["Alpha auditor", "--contract", "1", "--licensee", "x"],
        "check contracts": [],
        "check end": ["0"],
        "subject add": ["New", "--kind", "mark", "--party", "Alpha union"],
        "subject rename": ["Alpha seal", "Alpha sign"],
        "subject life": [person.id, "living"],
        "subject alias": [person.id, "Another name"],
        "erase": ["Alpha seal", "--reason", "x", "--yes"],
        "reference add": [person.id, str(photo)],
        "reference revoke": [str(key["reference"])],
        "members import": [str(roster), "--photos", str(folder), "--party", "Alpha union"],
        "members numbers": ["--party", "Alpha union", "loosely"],
        "members link": ["New", "--party", "Alpha union", "--until", SOON],
        "members end-link": [str(key["invitation"])],
        "members take-in": [str(key["invitation"])],
        "members turn-down": [str(key["invitation"]), "--yes"],
        "members accept": ["x", "--party", "Alpha union", "--despite-likeness", "twins"],
        "members refuse": ["x", "--party", "Alpha union"],
        "members take-back": ["x", "--party", "Alpha union", "--yes"],
        "members invite": [str(roster), "--party", "Alpha union", "--until", SOON, "--out", str(folder / "links.csv")],
        "licence add": [person.id, "--licensee", "X", *since],
        "licence revoke": [str(key["licence"])],
        "allow add": ["--party", "Alpha union", "--uploader", "X", "--host", "x.example", *known],
        "allow revoke": [str(key["allowance"])],
        "mandate add": [person.id, str(photo), "--verified-by", "X", *since],
        "mandate add-for-all": ["Alpha union", str(photo), "--verified-by", "X", *since],
        "mandate declare": [person.id, "--verified-by", "X"],
        "mandate revoke": [str(key["mandate"])],
        "group add": ["Another", "--party", "Alpha union"],
        "group put": ["Alpha group", "Alpha seal"],
        "group take": ["Alpha group", "Alpha figure"],
        "portrayal add": ["Alpha figure", "--by", "Alpha person"],
        "portrayal revoke": [str(key["portrayal"])],
        **{f"review {decision}": ["Alpha match", *who, *why] for decision in ("confirm", "reject", "permit", "reopen")},
        "case export": [str(key["case_file"])],
        "evidence export": [str(key["case_file"])],
        "evidence certificate": [str(key["case_file"])],
        "family part": ["Alpha match", "--by", "X", *why],
        "evidence fingerprint": [],
        "notice draft": [str(key["case_file"]), "--by", "X"],
        "notice approve": [str(key["notice"]), "--by", "X"],
        "notice send": [str(key["notice"]), "--by", "X", "--yes"],
        "notice sent": [str(key["notice"]), "--by", "X"],
        "notice record": [str(key["notice"]), "removed", "--by", "X"],
        "followup": [],
        "report weekly": ["--week", "2026-W18"],
        "report monthly": ["--month", "2026-05"],
        "report sent": [str(key["document"])],
        "report send": ["--week", "2026-W18", "--by", "X", "--to", "x@studio.example"],
        "report due": ["--do"],
        "report posted": [],
        "backup": [str(folder / "backups")],
        "restore": [str(folder / "backups"), "--to", str(folder / "restored")],
        "resume": [],
        "vault move": [str(folder / "vault")],
        "vault check": [],
        "vault clear": [],
        "capture unread": [],
        "capture again": ["c-Alpha"],
        "privacy erasures": [str(folder / "erasures.json")],
    }


def test_every_command_is_for_somebody() -> None:
    known = {*ROLES, *WITHOUT_WORKSPACE, *OWNERS}
    assert set(every_command()) == known
    assert not {*ROLES} & {*OWNERS, *WITHOUT_WORKSPACE}
    assert not set(WITHOUT_WORKSPACE) & set(OWNERS)


@pytest.mark.parametrize("role", Role)
def test_what_is_not_a_roles_changes_nothing(
    own: tuple[Workspace, dict[Role, str]], run: Run, tmp_path: Path, role: Role
) -> None:
    workspace, tokens = own
    attempts = typed(workspace, tmp_path)
    assert set(attempts) == {PRIVATE, *OWNERS, *(command for command, roles in ROLES.items() if roles != EVERYBODY)}
    assert run("party", "list", token=tokens[role])[0] == 0  # opening finishes what was interrupted, whoever opens
    before, beside = state(workspace), sorted(tmp_path.rglob("*"))
    for command, words in attempts.items():
        if role in ROLES.get(command, ()):
            continue
        code, said = run(*command.split(), *words, token=tokens[role])
        assert code == 2, (command, said)
        expected = f"is {role}; `semblance {command}` is for" if command in ROLES else "is for whoever runs this machine"
        assert expected in said, (command, said)
        assert state(workspace) == before, command
    assert sorted(tmp_path.rglob("*")) == beside


@pytest.mark.parametrize("role", Role)
def test_what_is_a_roles_is_not_refused(own: tuple[Workspace, dict[Role, str]], run: Run, role: Role) -> None:
    reads = {
        "party show": ["Alpha union"],
        "subject show": ["Alpha person"],
        "account tokens": ["Alpha clerk"],
        "members check-link": ["x"],
        "members list": ["--party", "Alpha union"],
        "members refused": ["--party", "Alpha union"],
        "members imports": ["--party", "Alpha union"],
        "members links": ["--party", "Alpha union"],
        "members compare": ["nowhere.csv", "--party", "Alpha union"],
        "source show": ["source alpha"],
    }
    of_one = ("reference show", "licence show", "mandate show", "case show", "notice show", "notice form")
    for command in (command for command, roles in ROLES.items() if roles == EVERYBODY and command not in of_one):
        _, said = run(*command.split(), *reads.get(command, ()), token=own[1][role])
        assert "is for" not in said, (command, said)


def test_an_auditors_token_does_not_choose_the_workspaces_models(
    own: tuple[Workspace, dict[Role, str]], run: Run, open_pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = own[0].root / "semblance.toml"
    before = settings.read_text("utf-8")
    (own[0].root / "models").symlink_to(open_pack.parent)
    code, said = run("models", "use", "open", token=own[1][Role.AUDITOR])
    assert (code, settings.read_text("utf-8")) == (2, before), said
    assert run("models", "use", "open", token=None)[0] == 0
    assert 'pack = "open"' in settings.read_text("utf-8")


@pytest.mark.parametrize("empty", ["", " ", "\n", "\t \r\n"])
@pytest.mark.parametrize(
    "command", ["party list", "source list", "models use open", "doctor", "init", "keys check", "models list"]
)
def test_an_empty_token_is_nobodys(own: tuple[Workspace, dict[Role, str]], run: Run, command: str, empty: str) -> None:
    before = state(own[0])
    code, said = run(*command.split(), token=empty)
    assert code == 2
    assert "SEMBLANCE_TOKEN is set, and empty." in said
    assert "unset it" in said
    assert "Alpha" not in said
    assert state(own[0]) == before


def test_an_empty_account_is_nobodys(own: tuple[Workspace, dict[Role, str]], run: Run) -> None:
    for empty in ("", " "):
        code, said = run("--as", empty, "party", "list", token=None)
        assert (code, "--as names no account" in said) == (2, True)


def test_without_a_token_the_machines_owner_acts(own: tuple[Workspace, dict[Role, str]], run: Run) -> None:
    code, said = run("party", "list", token=None)
    assert code == 0
    assert "Alpha union" in said
    assert "Beta union" in said
