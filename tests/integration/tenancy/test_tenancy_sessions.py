"""What sessions of accounts do otherwise as any other: transactions, savepoints, streams, counts, and several at once."""

import contextlib
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session, col, delete, select

from crawler.custody import append, chain_of, verify_chain
from monitor.workspace import Workspace
from registry.accounts import AccessRefused, Account, Role, add_account
from registry.audit import verify_audit
from registry.documents import Document, take_off
from registry.errors import Conflict
from registry.groups import add_group
from registry.kinds import SubjectKind
from registry.licences import list_licences
from registry.parties import find_party
from registry.storage.engine import connect
from registry.subjects import Subject, add_subject, find_subject, list_subjects
from registry.tenancy import AccountSession, ask, declare
from registry.tenancy.connection import WalledConnection
from reports.review import Decision, review
from tests.support.audit_log import list_entries
from tests.support.tenancy.two_parties import AT, PASSWORD, caller


def driver_of(session: AnySession) -> object:
    return AnySession.connection(session).connection.driver_connection


def test_connections_of_accounts_and_of_the_owner_are_never_mixed(place: Workspace) -> None:
    for _ in range(5):
        with AccountSession(place.engine, caller(place)) as session:
            assert isinstance(driver_of(session), WalledConnection)
        with AccountSession(place.engine, caller(place, name="Beta")) as session:
            assert {subject.name.split()[0] for subject in list_subjects(session)} == {"Beta"}
        with place.session() as owner:
            assert isinstance(driver_of(owner), sqlite3.Connection)
            assert {subject.name.split()[0] for subject in list_subjects(owner)} == {"Alpha", "Beta"}


def test_a_closed_workspace_leaves_no_connection_of_an_account(place: Workspace) -> None:
    engine = connect(place.root / "semblance.db")
    with AccountSession(engine, caller(place)) as session:
        list_subjects(session)
        held = driver_of(session)
    engine.dispose()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        held.execute("SELECT 1")  # type: ignore[attr-defined]


def test_a_session_sees_parties_that_others_add_meanwhile(place: Workspace, alpha: AccountSession) -> None:
    from registry.parties import add_party, list_parties
    from registry.types import PartyKind

    before = len(list_parties(alpha))
    alpha.rollback()
    with place.session() as owner:
        added = add_party(owner, "Alpha late", PartyKind.PERFORMER, parent=find_party(owner, "Alpha local"))
        owner.commit()
        assert len(list_parties(alpha)) == before + 1
        alpha.rollback()
        owner.delete(added)
        owner.commit()


def test_savepoints_are_taken_back_and_kept(alpha: AccountSession) -> None:
    party = find_party(alpha, "Alpha union")
    with contextlib.suppress(Conflict), alpha.begin_nested():
        add_subject(alpha, party, "Alpha first", SubjectKind.MARK)
        add_subject(alpha, party, "Alpha person", SubjectKind.PERSON)
    with alpha.begin_nested():
        add_subject(alpha, party, "Alpha second", SubjectKind.MARK)
    alpha.commit()
    names = {subject.name for subject in list_subjects(alpha)}
    assert "Alpha second" in names
    assert "Alpha first" not in names
    alpha.delete(find_subject(alpha, "Alpha second"))
    alpha.commit()


def test_rows_come_as_a_stream(alpha: AccountSession) -> None:
    streamed = alpha.exec(select(Subject).order_by(col(Subject.name)).execution_options(yield_per=1))
    assert [subject.name for subject in streamed] == ["Alpha figure", "Alpha person", "Alpha seal"]


def test_a_statement_says_how_many_rows_it_removed(alpha: AccountSession) -> None:
    for number in range(3):
        add_group(alpha, find_party(alpha, "Alpha union"), f"Alpha extra {number}")
    alpha.commit()
    group = type(add_group(alpha, find_party(alpha, "Alpha union"), "Alpha extra 3"))
    removed = alpha.exec(delete(group).where(col(group.name).startswith("Alpha extra")))
    assert removed.rowcount == 4
    alpha.commit()
    entry = list_entries(alpha, table="subject_group")[-1]
    assert (entry.action, entry.detail, entry.who) == ("remove", {"rows": 4}, "Alpha clerk")


def test_rows_that_the_database_numbers_have_their_numbers(alpha: AccountSession) -> None:
    made = review(alpha, "Alpha match", Decision.REOPEN, "Alpha clerk", "look again", AT)
    assert made.id
    assert inspect(made).persistent
    alpha.rollback()


def test_two_sessions_write_one_after_the_other(place: Workspace, alpha: AccountSession) -> None:
    """The second waits for the first, and none is told that the database is locked."""
    failures: list[BaseException] = []

    def add(number: int) -> None:
        try:
            with AccountSession(place.engine, caller(place)) as session:
                party = find_party(session, "Alpha union")
                for row in range(5):
                    add_subject(session, party, f"Alpha at once {number} {row}", SubjectKind.MARK)
                    session.commit()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    made = [subject for subject in list_subjects(alpha) if subject.name.startswith("Alpha at once")]
    assert len(made) == 15
    for subject in made:
        alpha.delete(subject)
    alpha.commit()
    assert verify_audit(alpha).ok


def test_a_name_that_another_party_has_is_said_to_be_taken_and_no_more(alpha: AccountSession) -> None:
    with pytest.raises(Conflict, match="already"):
        add_account(alpha, "Beta clerk", Role.ADMIN, PASSWORD, find_party(alpha, "Alpha union"))
    alpha.rollback()


def test_a_row_of_another_party_is_told_as_one_that_is_not_there(place: Workspace, alpha: AccountSession) -> None:
    with place.session() as owner:
        foreign = list_licences(owner, find_subject(owner, "Beta person"))[0]
        owner.expunge(foreign)
    foreign.revoked_at = AT
    alpha.add(foreign)
    with pytest.raises(AccessRefused, match="not there, or belongs"):
        alpha.flush()
    alpha.rollback()
    alpha.add(foreign)
    alpha.delete(foreign)
    with pytest.raises(AccessRefused, match="not there, or belongs"):
        alpha.flush()


def test_custody_is_noted_by_who_makes_documents_about_what_is_its_own(place: Workspace) -> None:
    with AccountSession(place.engine, caller(place, Role.REGISTRAR)) as session:
        entry = append(session, "Alpha", "exported", "c-alpha", {}, AT)
        assert entry.seq > 1
        assert verify_chain(session) is None
        for capture, detail in (("c-beta", {}), ("c-alpha", {"case_id": "another's"})):
            with pytest.raises(AccessRefused, match="nothing is yours"):
                append(session, "Alpha", "exported", capture, detail, AT)
        session.rollback()
    auditor = AccountSession(place.engine, caller(place, Role.AUDITOR))
    with auditor as session, pytest.raises(AccessRefused, match="may not write to document"):
        append(session, "Alpha", "exported", "c-alpha", {}, AT)


def test_of_a_capture_that_shows_both_each_reads_its_own_cases_entries(place: Workspace, alpha: AccountSession) -> None:
    with place.session() as owner:
        append(owner, "operator", "exported", "c-alpha", {"case_id": "a case of Beta's"}, AT)
        append(owner, "operator", "looked", "c-alpha", {}, AT)
        owner.commit()
    actions = {entry.action for entry in chain_of(alpha, "c-alpha")}
    assert actions == {"captured", "looked"}


def test_a_document_that_went_is_off_everybodys_record(place: Workspace, alpha: AccountSession) -> None:
    with place.session() as owner:
        person = find_subject(owner, "Beta person")
        owner.add(Document(subject_id=person.id, path="reports/both.pdf", kind="report", made_at=AT))
        owner.add(Document(subject_id=person.id, path="reports/theirs.pdf", kind="report", made_at=AT))
        owner.commit()
    own = Document(subject_id=find_subject(alpha, "Alpha person").id, path="reports/both.pdf", kind="report", made_at=AT)
    alpha.add(own)
    alpha.flush()
    take_off(alpha, [own, Document(subject_id="x", path="reports/theirs.pdf", kind="report", made_at=AT)])
    alpha.commit()
    with place.session() as owner:
        left = set(owner.exec(select(Document.path)))
        assert "reports/both.pdf" not in left
        assert "reports/theirs.pdf" in left
        owner.exec(delete(Document).where(col(Document.path) == "reports/theirs.pdf"))
        owner.commit()
        assert verify_audit(owner).ok


def test_no_question_is_declared_once_an_account_has_a_session(alpha: AccountSession) -> None:
    with pytest.raises(RuntimeError, match="before the first account"):
        declare("SELECT name FROM main.party", list)
    with pytest.raises(KeyError):
        ask(alpha, object())  # type: ignore[arg-type]


def test_an_accounts_session_opens_no_other_accounts(place: Workspace, alpha: AccountSession) -> None:
    with pytest.raises(AccessRefused, match="no other account"):
        AccountSession(alpha.get_bind(), caller(place, name="Beta"))  # type: ignore[arg-type]
    with Session(alpha.get_bind()) as plain:
        assert {account.name for account in plain.exec(select(Account))} == {"Alpha clerk"}


def test_a_workspace_of_an_account_gives_its_sessions(place: Workspace, tmp_path: Path) -> None:
    own = replace(place, caller=caller(place))
    with own.session() as session:
        assert isinstance(driver_of(session), WalledConnection)
