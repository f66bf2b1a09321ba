"""Promise 9: a party sees its own. Every listing and every id of another party, for the tables of all rooms."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import exists, text, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col, delete, func, select

from crawler import custody, health, videos
from crawler.types import SourceKind
from monitor.cli.main import app, main
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.accounts import (
    AccessRefused,
    Account,
    Caller,
    Role,
    add_account,
    authenticate,
    caller_of_token,
    disable_account,
    issue_token,
    revoke_token,
    set_password,
)
from registry.audit import Actor, acting, list_entries, verify_audit
from registry.db import now
from registry.documents import Document
from registry.errors import Conflict, NotFound
from registry.groups import add_group, put_in
from registry.holdings import is_needed
from registry.licences import Licence, add_licence, list_licences
from registry.mandates import Mandate, add_mandate, add_party_mandate
from registry.members import Member
from registry.parties import Party, add_party, find_party, list_parties
from registry.portrayals import add_portrayal
from registry.references import Reference, add_reference
from registry.subjects import Subject, add_subject, find_subject, list_subjects
from registry.templates import TemplateRow
from registry.tenancy import MAY_WRITE, RULES, AccountSession, Public
from registry.types import Modality, PartyKind, SubjectKind
from reports.cases import open_cases
from reports.matches import MatchRow, apply_licences
from reports.notices.drafts import Notice
from reports.review import Decision, review

AT = datetime(2026, 5, 1, tzinfo=UTC)
PASSWORD = "a sentence of several words"
CLASSES = {mapper.local_table.name: mapper.class_ for mapper in SQLModel._sa_registry.mappers}
OWNED = {name: table for name, table in CLASSES.items() if not isinstance(RULES.get(name), Public)}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = tmp_path_factory.mktemp("tenancy") / "work"
    init_workspace(root)
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            for name in ("Alpha", "Beta"):
                furnish(workspace, session, name)
            session.commit()
        yield workspace


def furnish(workspace: Workspace, session: Session, name: str) -> None:
    """One row of every table for a union of that name, found in a video of its own; all that could betray it holds the name."""
    union = add_party(session, f"{name} union", PartyKind.UNION, email=f"{name}@example.org")
    add_party(session, f"{name} local", PartyKind.PERFORMER, parent=union)
    account = add_account(session, f"{name} clerk", Role.ADMIN, PASSWORD, union)
    issue_token(session, account, f"{name} token")
    person = add_subject(session, union, f"{name} person", SubjectKind.PERSON)
    figure = add_subject(session, union, f"{name} figure", SubjectKind.CHARACTER)
    group = add_group(session, union, f"{name} group")
    put_in(session, group, [figure])
    add_portrayal(session, figure, person)
    reference = add_reference(session, workspace.vault, person, name.encode() * 9, file_name=f"{name}.jpg")
    session.add(TemplateRow(reference_id=reference.id, encoder="enc", arrays=name.encode()))
    for subject in (person, figure):
        add_mandate(session, workspace.vault, subject, name.encode() * 8, verified_by=f"{name} reader", starts_at=AT)
    add_party_mandate(session, workspace.vault, union, name.encode() * 7, verified_by=f"{name} reader", starts_at=AT)
    add_licence(session, person, f"{name} licensee", AT, host="nowhere.example")
    add_licence(session, group, f"{name} licensee", AT, host="nowhere.example")
    session.add(Member(id=f"{name} member", party_id=union.id, subject_id=person.id, name_key=name))
    session.add(Document(subject_id=person.id, path=f"/{name}.pdf", kind="report", made_at=AT))
    session.add(CLASSES["erasure"](subject_id=figure.id, at=AT, reason=name, references=0, templates=0, mandates=0, others=0))
    found(session, name, person)
    with acting(Actor(f"{name} clerk", "test", union.id)):
        session.flush()
        add_subject(session, union, f"{name} seal", SubjectKind.MARK)


def found(session: Session, name: str, person: Subject) -> None:
    key = name.lower()
    session.add(health.SourceRow(id=f"s-{key}", name=f"source {key}", kind=SourceKind.FEED, url="https://example.org"))
    session.add(videos.Video(id=f"v-{key}", media_url=f"https://cdn.example/{key}.mp4", page_url="https://clips.example/1"))
    session.flush()
    capture = videos.Capture(id=f"c-{key}", video_id=f"v-{key}", captured_at=AT, media_sha256="0" * 64, media_size=1)
    capture.media_type, capture.final_url, capture.manifest_sha256 = "video/mp4", "https://cdn.example", "0" * 64
    session.add(capture)
    session.flush()
    custody.append(session, name, "captured", capture.id, {"by": name}, AT)
    numbers = dict.fromkeys(("t_start", "t_end", "best_t", "best_x1", "best_y1", "best_x2", "best_y2"), 1.0)
    numbers |= dict.fromkeys(("score", "threshold", "margin", "expected_false_matches"), 0.5)
    match = MatchRow(id=f"{name} match", capture_id=capture.id, subject_id=person.id, reference_id=f"{name} ref", **numbers)
    match.modality, match.encoder, match.pack, match.found_at = Modality.FACE, "enc", "open", AT
    session.add(match)
    session.flush()
    review(session, match.id, Decision.CONFIRM, f"{name} reviewer", name, now())
    (case,) = [case for case in open_cases(session) if case.party_id == person.party_id]
    session.add(Notice(case_id=case.id, law="publicity", drafted_at=AT, drafted_by=name, match_ids=[match.id]))
    session.flush()


def caller(place: Workspace, role: Role = Role.ADMIN, name: str = "Alpha") -> Caller:
    with place.session() as session:
        return Caller(f"{name} clerk", f"{name} clerk", role, find_party(session, f"{name} union").id)


@pytest.fixture
def alpha(place: Workspace) -> Iterator[AccountSession]:
    with AccountSession(place.engine, caller(place)) as session:
        yield session
        session.rollback()


def keys_of(session: Session, table: type[SQLModel]) -> set[tuple[Any, ...]]:
    return {tuple(table.__mapper__.primary_key_from_instance(row)) for row in session.exec(select(table))}  # type: ignore[attr-defined]


def others(place: Workspace, table: type[SQLModel]) -> set[tuple[Any, ...]]:
    """The keys of a table's rows that are Beta's, told apart by the content that furnish gave them."""
    with place.session() as session:
        beta = {row.id for row in session.exec(select(Party)) if row.name.startswith("Beta")}
        beta |= {row.id for row in session.exec(select(Subject)) if row.party_id in beta}
        beta |= {row.id for row in session.exec(select(CLASSES["subject_group"])) if row.party_id in beta}
        beta |= {row.id for row in session.exec(select(Reference)) if row.subject_id in beta}
        beta |= {row.id for row in session.exec(select(Account)) if row.party_id in beta}
        beta |= {row.id for row in session.exec(select(CLASSES["case_file"])) if row.party_id in beta}
        beta |= {"Beta match", "c-beta"}
        rows = session.exec(select(table)).all()
        return {
            tuple(table.__mapper__.primary_key_from_instance(row))  # type: ignore[attr-defined]
            for row in rows
            if beta & {value for value in row.model_dump().values() if isinstance(value, str)}
        }


def test_every_table_of_every_room_has_a_rule() -> None:
    assert set(CLASSES) == set(SQLModel.metadata.tables) == set(RULES)
    assert set().union(*MAY_WRITE.values()) <= set(OWNED)


@pytest.mark.parametrize("name", sorted(OWNED))
def test_promise_9_no_listing_and_no_id_gives_another_partys_row(place: Workspace, alpha: AccountSession, name: str) -> None:
    table = CLASSES[name]
    foreign = others(place, table)
    assert foreign, f"the test has no row of {name} that is Beta's"
    with place.session() as session:
        own = keys_of(session, table) - foreign
    listed = keys_of(alpha, table)
    assert listed & foreign == set()
    assert listed
    assert listed <= own
    for key in foreign:
        assert alpha.get(table, key if len(key) > 1 else key[0]) is None
    assert alpha.exec(select(func.count()).select_from(table)).one() == len(listed)
    other = aliased(table)
    assert len(alpha.exec(select(other)).all()) == len(listed)
    first = table.__mapper__.primary_key[0]  # type: ignore[attr-defined]
    mapped = getattr(table, table.__mapper__.get_property_by_column(first).key)  # type: ignore[attr-defined]
    assert {key[0] for key in foreign - listed}.isdisjoint(set(alpha.exec(select(mapped))) - {key[0] for key in listed})
    inner = select(mapped).subquery()
    assert len(alpha.exec(select(inner)).all()) == len(listed)
    reached = alpha.exec(select(Party.name).where(exists(select(mapped).where(mapped.in_([key[0] for key in foreign - listed])))))
    unseen = {key[0] for key in foreign} - {key[0] for key in listed}
    assert not unseen or not reached.all() or name in ("case_match", "subject_group_member")
    assert alpha.exec(select(mapped).union_all(select(mapped))).all().__len__() == 2 * len(listed)


@pytest.mark.parametrize("name", sorted(set(OWNED) - {"audit_entry", "custody_entry", "review"}))
def test_promise_9_no_statement_changes_another_partys_row(place: Workspace, alpha: AccountSession, name: str) -> None:
    table = CLASSES[name]
    first = table.__mapper__.primary_key[0]  # type: ignore[attr-defined]
    with pytest.raises(AccessRefused):
        alpha.execute(update(table).values({first.name: "x"}))
    alpha.rollback()
    with place.session() as session:
        before = keys_of(session, table)
    foreign = others(place, table)
    if name in MAY_WRITE[Role.ADMIN]:
        mapped = getattr(table, table.__mapper__.get_property_by_column(first).key)  # type: ignore[attr-defined]
        alpha.execute(delete(table).where(mapped.in_([key[0] for key in foreign])))
        alpha.commit()
    with place.session() as session:
        assert keys_of(session, table) == before


def test_a_join_gives_no_other_partys_row(alpha: AccountSession) -> None:
    joined = select(MatchRow, Subject, Party).join(Subject, col(Subject.id) == MatchRow.subject_id).join(Party)
    assert {party.name for _, _, party in alpha.exec(joined)} == {"Alpha union"}
    crossed = alpha.exec(select(Subject.name, Party.name).where(Subject.name != Party.name))
    assert all(one.startswith("Alpha") and other.startswith("Alpha") for one, other in crossed)


def test_a_table_without_a_rule_gives_nothing(alpha: AccountSession, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list_licences(alpha)
    monkeypatch.delitem(RULES, "licence")  # type: ignore[arg-type]
    assert list_licences(alpha) == []
    assert alpha.get(Licence, "any") is None


def test_bare_sql_is_refused(alpha: AccountSession) -> None:
    with pytest.raises(AccessRefused, match="bare SQL"):
        alpha.execute(text("SELECT * FROM subject"))
    with pytest.raises(AccessRefused, match="bare SQL"):
        alpha.execute(select(SQLModel.metadata.tables["subject"]))
    with pytest.raises(AccessRefused, match="bare connection"):
        alpha.connection()
    assert is_needed(alpha, "0" * 64)
    with pytest.raises(AccessRefused, match="bare connection"):
        alpha.connection()


def test_an_account_sees_its_party_and_all_under_it_as_a_tree(place: Workspace, alpha: AccountSession) -> None:
    assert [(placed.party.name, placed.depth) for placed in list_parties(alpha)] == [("Alpha union", 0), ("Alpha local", 1)]
    with place.session() as session:
        local = find_party(session, "Alpha local").id
    with AccountSession(place.engine, Caller("x", "x", Role.ADMIN, local)) as below:
        assert [placed.party.name for placed in list_parties(below)] == ["Alpha local"]
        assert list_subjects(below) == []
    with AccountSession(place.engine, Caller("x", "x", Role.AUDITOR, None)) as everywhere:
        assert len(list_parties(everywhere)) == 4


def test_what_is_written_belongs_to_the_account(place: Workspace, alpha: AccountSession) -> None:
    with place.session() as session:
        beta, person = find_party(session, "Beta union").id, find_subject(session, "Beta person").id
    own = find_party(alpha, "Alpha union")
    below = add_party(alpha, "Alpha branch", PartyKind.PERFORMER, parent=own)
    assert add_subject(alpha, below, "Alpha newcomer", SubjectKind.PERSON).party_id == below.id
    alpha.rollback()
    intruders: list[SQLModel] = [
        Party(name="Gamma", kind=PartyKind.UNION),
        Party(name="Gamma", kind=PartyKind.UNION, parent_id=beta),
        Subject(party_id=beta, name="Planted", kind=SubjectKind.PERSON),
        Licence(subject_id=person, licensee="Self", territory=[], starts_at=AT),
        Mandate(party_id=own.id, subject_id=person, document_sha256="0", verified_by="R", starts_at=AT),
        Account(party_id=beta, name="Spy", role=Role.ADMIN, password_hash=""),
        Account(party_id=None, name="Spy", role=Role.ADMIN, password_hash=""),
        health.SourceRow(name="Planted", kind=SourceKind.FEED, url="https://example.org"),
    ]
    for intruder in intruders:
        with pytest.raises(AccessRefused):
            write(alpha, intruder)
        alpha.rollback()
    with pytest.raises(Conflict, match="already"):
        add_party(alpha, "Beta union", PartyKind.UNION, parent=find_party(alpha, "Alpha union"))
    alpha.rollback()
    moved = find_party(alpha, "Alpha local")
    moved.parent_id = beta
    with pytest.raises(AccessRefused):
        write(alpha, moved)
    alpha.rollback()
    given = find_subject(alpha, "Alpha seal")
    given.party_id = beta
    with pytest.raises(AccessRefused):
        write(alpha, given)


def write(session: Session, row: SQLModel) -> None:
    session.add(row)
    session.flush()


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.ADMIN, {"party", "subject", "licence", "review", "account"}),
        (Role.REGISTRAR, {"subject", "licence"}),
        (Role.REVIEWER, {"review"}),
        (Role.AUDITOR, set()),
    ],
)
def test_a_role_writes_what_it_is_for(place: Workspace, role: Role, may: set[str]) -> None:
    def attempt(what: str, session: Session) -> None:
        party, person = find_party(session, "Alpha union"), find_subject(session, "Alpha person")
        if what == "party":
            add_party(session, "Alpha new", PartyKind.PERFORMER, parent=party)
        elif what == "subject":
            add_subject(session, party, "Alpha new", SubjectKind.PERSON)
        elif what == "licence":
            add_licence(session, person, "Fan", AT)
            apply_licences(session, now())
        elif what == "review":
            review(session, "Alpha match", Decision.REOPEN, "R", "look again", now())
        else:
            add_account(session, "Alpha new", Role.ADMIN, PASSWORD, party)

    for what in ("party", "subject", "licence", "review", "account"):
        with AccountSession(place.engine, caller(place, role)) as session:
            if what in may:
                attempt(what, session)
            else:
                with pytest.raises(AccessRefused, match="may not write"):
                    attempt(what, session)
            session.rollback()


def test_an_account_writes_in_its_own_name(place: Workspace, alpha: AccountSession) -> None:
    with acting(Actor("somebody else", "the page of licences")):
        add_licence(alpha, find_subject(alpha, "Alpha person"), "Fan", AT, host="fan.example")
        alpha.commit()
    entry = list_entries(alpha, table="licence")[-1]
    assert (entry.who, entry.why, entry.party_id) == ("Alpha clerk", "the page of licences", alpha.caller.party_id)
    assert {entry.party_id for entry in list_entries(alpha)} == {alpha.caller.party_id}
    verdict = verify_audit(alpha)
    assert verdict.ok
    assert verdict.entries > len(list_entries(alpha, last=10_000))


def test_passwords_and_tokens(place: Workspace) -> None:
    with place.session() as session:
        account = add_account(session, "Gamma clerk", Role.AUDITOR, PASSWORD)
        assert account.password_hash.startswith("$argon2id$")
        assert authenticate(session, "Gamma  clerk", PASSWORD).role is Role.AUDITOR
        for name, password in (("Gamma clerk", PASSWORD + "x"), ("Gamma clerk", ""), ("Nobody", PASSWORD)):
            with pytest.raises(AccessRefused, match="name or the password"):
                authenticate(session, name, password)
        with pytest.raises(AccessRefused, match="12 to 1000"):
            set_password(session, account, "short")
        token, secret = issue_token(session, account, "script", ends_at=now().replace(year=2100))
        assert secret not in str(token.model_dump())
        assert caller_of_token(session, f" {secret}\n", now()).name == "Gamma clerk"
        with pytest.raises(AccessRefused, match="not valid"):
            caller_of_token(session, secret, now().replace(year=2101))
        with pytest.raises(AccessRefused, match="not valid"):
            caller_of_token(session, token.secret_hash, now())
        revoke_token(session, token.id, now())
        with pytest.raises(AccessRefused, match="not valid"):
            caller_of_token(session, secret, now())
        _, second = issue_token(session, account, "other")
        disable_account(session, account, now())
        with pytest.raises(AccessRefused, match="not valid"):
            caller_of_token(session, second, now())
        with pytest.raises(AccessRefused, match="name or the password"):
            authenticate(session, "Gamma clerk", PASSWORD)
        session.rollback()


class Clerk:
    """Runs commands in this process with Alpha's token."""

    def __init__(
        self, place: Workspace, secret: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._place, self._secret, self._monkeypatch, self._capsys = place, secret, monkeypatch, capsys

    def run(self, *arguments: str, token: str | None = None) -> tuple[int, str]:
        self._capsys.readouterr()
        self._monkeypatch.setenv("SEMBLANCE_TOKEN", self._secret if token is None else token)
        self._monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(self._place.root), *arguments])
        code = main()
        out = self._capsys.readouterr()
        return code, out.out + out.err


@pytest.fixture
def clerk(place: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Clerk:
    with place.session() as session:
        _, secret = issue_token(session, session.exec(select(Account).where(Account.name == "Alpha clerk")).one(), "cli")
        session.commit()
    return Clerk(place, secret, monkeypatch, capsys)


def commands() -> dict[str, list[str]]:
    """Every group of the command line, with its commands."""
    return {
        group.name: [command.name or command.callback.__name__ for command in group.typer_instance.registered_commands]  # type: ignore[union-attr,misc]
        for group in app.registered_groups
    }


LISTINGS = sorted(group for group, names in commands().items() if "list" in names and group not in ("models", "notice"))


@pytest.mark.parametrize("group", LISTINGS)
def test_promise_9_no_listing_of_the_command_line_names_another_party(clerk: Clerk, group: str) -> None:
    everything = ("--status", "all") if group == "review" else ("--last", "10000") if group == "audit" else ()
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
        token = session.exec(select(CLASSES["api_token"].id).where(CLASSES["api_token"].label == "Beta token")).one()
        portrayal = session.exec(select(CLASSES["portrayal"].id).where(CLASSES["portrayal"].person_id == person.id)).one()
    who, why = ("--reviewer", "R"), ("--reason", "r")
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
        *(("review", decision, "Beta match", *who, *why) for decision in ("confirm", "reject", "reopen")),
        ("case", "show", case),
        ("notice", "list", case),
        ("notice", "draft", case, "--by", "X"),
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


def test_what_is_not_there_and_what_is_anothers_are_told_alike(alpha: AccountSession, place: Workspace) -> None:
    with place.session() as session:
        person = find_subject(session, "Beta person").id
    with pytest.raises(NotFound) as foreign:
        find_subject(alpha, person)
    with pytest.raises(NotFound) as absent:
        find_subject(alpha, "0" * 32)
    assert str(foreign.value).replace(person, "") == str(absent.value).replace("0" * 32, "")
