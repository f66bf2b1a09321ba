"""Two unions and a studio in one workspace: whatever an account types, it learns of the others nothing that it would not learn if
they were not there."""

import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from monitor.cli.access import ROLES
from monitor.cli.main import main
from monitor.workspace import Workspace, open_workspace
from registry.accounts import Account, Role, add_account, issue_token
from registry.db import now
from registry.parties import find_party
from registry.subjects import Subject
from registry.tenancy import AccountSession
from registry.types import PartyKind
from tests.support.tenancy.each_database import KINDS, maker
from tests.support.tenancy.two_parties import CLASSES, OWNED, PASSWORD, SOON, caller, furnish, keys_of, published

OTHERS = {"Beta": PartyKind.UNION, "Gamma": PartyKind.STUDIO}
Maker = Callable[[Path], None]
Ran = tuple[int, str]
Run = Callable[..., Ran]
DIGITS = (64, 9)
"""An id in full, and its first ones."""


@pytest.fixture(scope="module", params=KINDS)
def make(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    return maker(request)


def world(root: Path, make: Maker, *, others: bool) -> dict[Role, str]:
    """A workspace of Alpha's, with the others' rows or only with what they found in public; a token for each role of Alpha's."""
    make(root)
    with open_workspace(root) as workspace, workspace.session() as session:
        for name, kind in OTHERS.items():
            if others:
                furnish(workspace, session, name, kind)
            else:
                published(session, name)
        furnish(workspace, session, "Alpha")
        tokens = {}
        for role in Role:
            account = add_account(session, f"An {role}", role, PASSWORD, find_party(session, "Alpha union"))
            tokens[role] = issue_token(session, account, "cli")[1]
        session.commit()
    return tokens


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, make: Maker) -> Iterator[tuple[Workspace, dict[Role, str]]]:
    root = tmp_path_factory.mktemp("full") / "work"
    tokens = world(root, make, others=True)
    with open_workspace(root) as workspace:
        yield workspace, tokens


@pytest.fixture
def beside(tmp_path: Path, make: Maker) -> Iterator[tuple[Workspace, dict[Role, str]]]:
    """As full, and nobody has asked it anything yet."""
    tokens = world(tmp_path / "beside" / "work", make, others=True)
    with open_workspace(tmp_path / "beside" / "work") as workspace:
        yield workspace, tokens


@pytest.fixture
def alone(tmp_path: Path, make: Maker) -> Iterator[tuple[Workspace, dict[Role, str]]]:
    tokens = world(tmp_path / "alone" / "work", make, others=False)
    with open_workspace(tmp_path / "alone" / "work") as workspace:
        yield workspace, tokens


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(place: Workspace, token: str, *words: str) -> Ran:
        capsys.readouterr()
        monkeypatch.setenv("SEMBLANCE_TOKEN", token)
        monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(place.root), *words])
        code = main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, f"{said.out}\n{said.err}"

    return ran


def others_ids(place: Workspace) -> dict[str, dict[str, str]]:
    """An id of each kind for each of the others."""
    found = {}
    with place.session() as session:
        for name, kind in OTHERS.items():
            party = find_party(session, f"{name} {kind}")
            person = session.exec(select(Subject).where(Subject.name == f"{name} person")).one()

            def first(table: str, **equal: str) -> str:
                where = [getattr(CLASSES[table], column) == value for column, value in equal.items()]
                return str(session.exec(select(CLASSES[table].id).where(*where)).first())  # type: ignore[attr-defined]

            case = first("case_file", party_id=party.id)
            account = first("account", party_id=party.id)
            found[name] = {
                "party": party.id,
                "subject": person.id,
                "account": account,
                "reference": first("reference", subject_id=person.id),
                "licence": first("licence", subject_id=person.id),
                "mandate": first("mandate", subject_id=person.id),
                "allowance": first("allowance", party_id=party.id),
                "portrayal": first("portrayal", person_id=person.id),
                "group": first("subject_group", party_id=party.id),
                "token": first("api_token", account_id=account),
                "case": case,
                "notice": first("notice", case_id=case),
                "match": f"{name} match",
                "invitation": first("invitation", party_id=party.id),
            }
    return found


def attempts(ids: dict[str, str], folder: Path) -> list[tuple[str, ...]]:
    """Every command that takes an id, with these."""
    who, why, since = ("--reviewer", "An admin"), ("--reason", "r"), ("--from", "2026-01-01")
    photo, roster = str(folder / "photo.jpg"), str(folder / "roster.csv")
    party, subject, case, notice = ids["party"], ids["subject"], ids["case"], ids["notice"]
    uses = ("--licensee", "X", *since)
    return [
        *(("party", "show", party, *form) for form in ((), ("--json",))),
        ("party", "add", "New", "--kind", "performer", "--parent", party),
        ("subject", "add", "X", "--kind", "mark", "--party", party),
        *(
            ("subject", verb, subject, *more)
            for verb, more in (("show", ()), ("show", ("--json",)), ("rename", ("X",)), ("alias", ("X",)))
        ),
        *((group, "list", "--party", party) for group in ("subject", "allow")),
        *((group, "list", subject) for group in ("reference", "licence", "mandate")),
        *(("reference", verb, ids["reference"]) for verb in ("show", "revoke")),
        *(("reference", verb, subject, *more) for verb, more in (("check", ()), ("add", (photo,)))),
        ("reference", "check", "Alpha person", "--party", party),
        ("members", "import", roster, "--photos", str(folder), "--party", party, "--outcome", str(folder / "o.csv")),
        ("members", "invite", roster, "--party", party, "--until", SOON, "--out", str(folder / "l.csv")),
        ("members", "link", "New", "--party", party, "--until", SOON),
        ("members", "links", "--party", party),
        *(("members", verb, ids["invitation"]) for verb in ("end-link", "take-in")),
        ("members", "turn-down", ids["invitation"], "--yes"),
        *(("licence", verb, ids["licence"]) for verb in ("show", "revoke")),
        ("licence", "add", subject, *uses),
        ("licence", "add", "--group", ids["group"], *uses),
        ("allow", "add", "--party", party, "--uploader", "X", "--host", "x.example", *why),
        ("allow", "add", "--party", "Alpha union", "--address", "https://x.example/", "--subject", subject, *why),
        ("allow", "revoke", ids["allowance"]),
        *(("mandate", verb, ids["mandate"]) for verb in ("show", "revoke")),
        ("mandate", "add", subject, photo, *since),
        ("mandate", "add-for-all", party, photo, *since),
        ("mandate", "declare", subject),
        ("group", "add", "Another", "--party", party),
        *(("group", verb, ids["group"], "Alpha seal") for verb in ("put", "take")),
        *(("group", verb, "Alpha group", subject) for verb in ("put", "take")),
        ("portrayal", "add", "Alpha figure", "--by", subject),
        ("portrayal", "add", subject, "--by", "Alpha person"),
        ("portrayal", "revoke", ids["portrayal"]),
        ("review", "list", "--subject", subject, "--status", "all"),
        *(("review", verb, ids["match"], *who, *why) for verb in ("confirm", "reject", "permit", "reopen")),
        *(("review", verb, "--subject", subject, *who, *why, "--yes") for verb in ("reject", "reopen")),
        *(("case", verb, case) for verb in ("show", "export")),
        ("evidence", "export", case),
        ("notice", "list", case),
        ("notice", "draft", case),
        *(("notice", verb, notice) for verb in ("show", "approve", "send", "sent", "form")),
        ("notice", "record", notice, "expired", "--how", "settled"),
        ("report", "weekly", "--party", party),
        ("report", "sent", f"/{ids['match'].split()[0]}.pdf"),
        ("erase", subject, "--reason", "x", "--yes"),
        ("account", "add", "Spy", "--role", "admin", "--password", PASSWORD, "--party", party),
        ("account", "password", ids["account"], "--password", PASSWORD),
        ("account", "token", ids["account"], "--label", "x"),
        *(("account", verb, ids["account"]) for verb in ("disable", "tokens")),
        ("account", "revoke-token", ids["token"]),
        *(("audit", "list", "--row", key) for key in (subject, case)),
    ]


def made_up(key: str) -> str:
    """One that nobody has, of the same look."""
    return "".join("fedcba9876543210"[int(letter, 16)] for letter in key) if re.fullmatch("[0-9a-f]+", key) else f"No{key}"


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("digits", DIGITS)
def test_promise_9_an_id_of_another_party_is_answered_like_one_that_nobody_has(
    full: tuple[Workspace, dict[Role, str]], run: Run, tmp_path: Path, role: Role, digits: int
) -> None:
    place, tokens = full
    (tmp_path / "photo.jpg").write_bytes(b"a photo")
    (tmp_path / "roster.csv").write_text("number,name,photo\n1,A Member,photo.jpg\n", encoding="utf-8")
    with place.session() as session:
        before = {name: keys_of(session, table) for name, table in OWNED.items() if name not in ("audit_entry", "sign_in")}
    theirs = {name: {kind: key[:digits] for kind, key in ids.items()} for name, ids in others_ids(place).items()}
    nobodys = {kind: made_up(key) for kind, key in next(iter(theirs.values())).items()}
    for blank, *each in zip(attempts(nobodys, tmp_path), *(attempts(ids, tmp_path) for ids in theirs.values()), strict=True):
        expected = plain(run(place, tokens[role], *blank), nobodys)
        for (name, ids), asked in zip(theirs.items(), each, strict=True):
            told = plain(run(place, tokens[role], *asked), ids)
            assert told == expected, asked
            assert name not in told[1]
    with place.session() as session:
        assert {key: keys_of(session, CLASSES[key]) for key in before} == before
    assert not [path for path in tmp_path.rglob("*") if path.name not in ("photo.jpg", "roster.csv") and path.is_file()]


def test_that_is_often_enough(full: tuple[Workspace, dict[Role, str]], tmp_path: Path) -> None:
    """Of all roles, and each time one that nobody has as well."""
    asked = sum(len(attempts(ids, tmp_path)) for ids in others_ids(full[0]).values())
    assert len(Role) * len(DIGITS) * asked > 1000


def plain(told: Ran, typed: dict[str, str]) -> Ran:
    """What was said, without what was typed."""
    said = told[1]
    for kind, key in sorted(typed.items(), key=lambda pair: -len(pair[1])):
        said = said.replace(key, f"<{kind}>")
    return told[0], re.sub(r"/No\w+\.pdf|/\w+\.pdf", "<path>", said)


def told_of_own(place: Workspace) -> list[tuple[str, ...]]:
    """What every role may read, and what changes things, with Alpha's own."""
    with place.session() as session:
        person = session.exec(select(Subject).where(Subject.name == "Alpha person")).one()
        own = {
            table: session.exec(select(CLASSES[table].id).where(CLASSES[table].subject_id == person.id)).first()
            for table in ("reference", "licence", "mandate")
        }
        case = session.exec(select(CLASSES["case_file"].id).where(CLASSES["case_file"].party_id == person.party_id)).one()
        notice = session.exec(select(CLASSES["notice"].id).where(CLASSES["notice"].case_id == case)).one()
    shown = {
        "party show": "Alpha union",
        "subject show": "Alpha person",
        "reference show": own["reference"],
        "reference check": "Alpha person",
        "licence show": own["licence"],
        "mandate show": own["mandate"],
        "case show": case,
        "notice list": case,
        "notice show": notice,
        "notice form": notice,
        "account tokens": "Alpha clerk",
        "source show": "source beta",
        "members check-link": "x",
    }
    reads = [command for command, roles in ROLES.items() if set(roles) == set(Role)]
    asked = [(*command.split(), *([str(shown[command])] if command in shown else [])) for command in reads]
    asked += [
        ("review", "list", "--status", "all"),
        ("audit", "list", "--last", "100000"),
        ("report", "weekly", "--week", "2026-W18"),
    ]
    asked += [
        ("subject", "add", "A new one", "--kind", "person", "--party", "Alpha union"),
        ("review", "reopen", "Alpha match", "--reason", "again"),
        ("review", "confirm", "--host", "clips.example", "--reason", "seen", "--yes"),
        ("case", "export", "--all"),
        ("report", "weekly"),
        ("erase", "Alpha seal", "--reason", "asked for it", "--yes"),
        ("audit", "list", "--table", "subject"),
        ("privacy", "report"),
        ("audit", "verify"),
    ]
    return [(*words, *form) for words in asked for form in ((), ("--json",))]


@pytest.mark.parametrize("role", Role)
def test_an_account_is_told_the_same_whether_others_are_there_or_not(
    beside: tuple[Workspace, dict[Role, str]], alone: tuple[Workspace, dict[Role, str]], run: Run, role: Role
) -> None:
    """But for ids, digests and times."""
    differing = []
    for here, there in zip(told_of_own(beside[0]), told_of_own(alone[0]), strict=True):
        if here[0] == "report":
            _in_a_new_second()
        day = None
        while day != now().date():  # a token's first use on a day is entered in the audit log: both are asked on one day
            day = now().date()
            told = levelled(run(beside[0], beside[1][role], *here), beside[0])
            expected = levelled(run(alone[0], alone[1][role], *there), alone[0])
        if told != expected:
            differing.append((here, told - expected, expected - told))
    assert not differing, differing


def _in_a_new_second() -> None:
    """Reports are dated to the second: one that is made in the second of another one is the same, and no later one."""
    begun = now().replace(microsecond=0)
    while now().replace(microsecond=0) == begun:
        time.sleep(0.02)


def levelled(told: Ran, place: Workspace) -> Counter[str]:
    """How often each line was said, here or on a page that was made, and the exit code; without ids and times, whose order is
    another in each workspace."""
    pages = re.findall(r'"html": "(.+)"', told[1])
    said = "\n".join([told[1], *(Path(page).read_text("utf-8") for page in pages)]).replace(str(place.root), "<root>")
    said = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| UTC)?|\d{8}T\d{6}Z", "<time>", said)
    said = re.sub(r"\d+ \w+ \d{4}, \d\d:\d\d UTC", "<time>", said)
    said = re.sub(r"[0-9a-f]{12,64}", "<id>", said)
    return Counter([f"exit code {told[0]}", *(" ".join(line.split()).rstrip(",") for line in said.splitlines())])


def test_an_auditor_sees_what_the_machines_owner_did_to_its_own_members_and_no_others(
    full: tuple[Workspace, dict[Role, str]], run: Run
) -> None:
    place, tokens = full
    with place.session() as session:
        for name in ("Alpha", "Beta"):
            person = session.exec(select(Subject).where(Subject.name == f"{name} person")).one()
            person.name = f"{name} player"
            session.add(person)
        session.commit()
        changed = {row.name.split()[0]: row.id for row in session.exec(select(Subject)) if row.name.endswith("player")}
    code, said = run(place, tokens[Role.AUDITOR], "audit", "list", "--table", "subject", "--json", "--last", "1")
    assert code == 0
    assert changed["Alpha"] in said
    assert changed["Beta"] not in said
    assert '"action": "change"' in said


def test_promise_9_a_session_tells_the_same_counts_whether_others_are_there_or_not(
    full: tuple[Workspace, dict[Role, str]], alone: tuple[Workspace, dict[Role, str]]
) -> None:
    for role in Role:
        counted = []
        for place, _ in (full, alone):
            with AccountSession(place.engine, caller(place, role)) as session:
                tables = {name: table for name, table in CLASSES.items() if name not in ("audit_entry", "sign_in")}
                counted.append({name: len(session.exec(select(table)).all()) for name, table in tables.items()})
        assert counted[0] == counted[1]
        assert counted[0]["account"] == 1 + len(Role)
        with full[0].session() as owner:
            assert len(owner.exec(select(Account)).all()) > counted[0]["account"]
