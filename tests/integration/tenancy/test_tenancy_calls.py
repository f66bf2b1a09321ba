"""One open workspace, and whoever asks next: as a program that serves many has it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlmodel import Session, col, select

from matcher.decoding import decoder
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.accounts import (
    AccessRefused,
    Account,
    ApiToken,
    Caller,
    Role,
    add_account,
    disable_account,
    issue_token,
    revoke_token,
)
from registry.audit import AuditEntry, verify_audit
from registry.db import now
from registry.parties import Party, add_party, find_party
from registry.sign_in import authenticate, caller_of_token
from registry.subjects import Subject, add_subject
from registry.types import PartyKind, SubjectKind
from tests.support.tenancy.two_parties import PASSWORD

NAMES = ("Alpha", "Beta")
CALLS = 12


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workspace]:
    """Two unions, each with a registrar and one subject."""
    init_workspace(tmp_path)
    with open_workspace(tmp_path) as workspace:
        with workspace.session() as session:
            for name in NAMES:
                union = add_party(session, f"{name} union", PartyKind.UNION)
                add_account(session, f"{name} clerk", Role.REGISTRAR, PASSWORD, union)
                add_subject(session, union, f"{name} person", SubjectKind.PERSON)
            session.commit()
        yield workspace


def token_of(place: Workspace, name: str) -> str:
    with place.session() as session:
        account = session.exec(select(Account).where(Account.name == f"{name} clerk")).one()
        _, secret = issue_token(session, account, "for tests")
        session.commit()
        return secret


def signed_in(place: Workspace, name: str) -> Caller:
    secret = token_of(place, name)
    return place.identified(lambda session: caller_of_token(session, secret, now()), "GET /")


def subjects(workspace: Workspace) -> list[str]:
    with workspace.session() as session:
        return [row.name for row in session.exec(select(Subject).order_by(col(Subject.name)))]


def test_callers_alternate_over_one_open_workspace_and_each_sees_its_own(place: Workspace) -> None:
    alpha, beta = (signed_in(place, name) for name in NAMES)
    for _ in range(3):
        for caller, seen in ((alpha, ["Alpha person"]), (beta, ["Beta person"]), (None, ["Alpha person", "Beta person"])):
            with place.acting_for(caller, "GET /subjects") as workspace:
                assert subjects(workspace) == seen


def work(place: Workspace, caller: Caller, name: str, number: int, together: Barrier) -> list[list[str]]:
    """Reads and writes of one caller in one thread; what it saw of subjects' names after each."""
    together.wait()
    seen = []
    for step in range(CALLS):
        with place.acting_for(caller, f"POST /subjects of {name}") as workspace:
            with workspace.session() as session:
                union = session.exec(select(Party).where(Party.name == f"{name} union")).one()
                add_subject(session, union, f"{name} {number} {step}", SubjectKind.MARK)
                session.commit()
            seen.append(subjects(workspace))
    return seen


def test_eight_threads_act_for_two_callers_at_once_each_for_its_own_and_the_log_says_who(place: Workspace) -> None:
    callers = {name: signed_in(place, name) for name in NAMES}
    together = Barrier(8)
    with ThreadPoolExecutor(8) as threads:
        begun = [
            (name, threads.submit(work, place, callers[name], name, number, together)) for number in range(4) for name in NAMES
        ]
    for name, done in begun:
        assert all(seen.startswith(f"{name} ") for looked in done.result() for seen in looked)
    with place.session() as session:
        assert verify_audit(session).ok
        entries = session.exec(select(AuditEntry).where(AuditEntry.table_name == "subject", AuditEntry.party_id.is_not(None)))  # type: ignore[union-attr]
        said = [(entry.who, entry.why, entry.party_id, entry.concerns, key) for entry in entries for key in entry.row_ids]
        assert len(said) == 8 * CALLS
        for who, why, party_id, concerns, key in said:
            name = session.get_one(Subject, key).name.partition(" ")[0]
            assert (who, why) == (f"{name} clerk", f"POST /subjects of {name}")
            assert party_id == concerns == find_party(session, f"{name} union").id


def close(session: Session) -> None:
    disable_account(session, session.exec(select(Account).where(Account.name == "Alpha clerk")).one(), now())


def revoke(session: Session) -> None:
    for token in session.exec(select(ApiToken)):
        revoke_token(session, token.id, now())


def let_end(session: Session) -> None:
    for token in session.exec(select(ApiToken)):
        token.ends_at = now() - timedelta(seconds=1)
        session.add(token)


def remove(session: Session) -> None:
    for token in session.exec(select(ApiToken)):
        session.delete(token)
    session.flush()
    session.delete(session.exec(select(Account).where(Account.name == "Alpha clerk")).one())


def move(session: Session) -> None:
    account = session.exec(select(Account).where(Account.name == "Alpha clerk")).one()
    account.party_id = find_party(session, "Beta union").id
    session.add(account)


@pytest.mark.parametrize("end", [close, revoke, let_end, remove, move], ids=lambda end: str(end.__name__))
def test_what_ended_stops_the_next_call_at_once(place: Workspace, end: Callable[[Session], None]) -> None:
    alpha = signed_in(place, "Alpha")
    with place.acting_for(alpha, "GET /subjects") as workspace:
        assert subjects(workspace) == ["Alpha person"]
    with place.session() as session:
        end(session)
        session.commit()
    with pytest.raises(AccessRefused), place.acting_for(alpha, "GET /subjects"):
        pytest.fail("it was let in")


def test_an_account_that_signed_in_by_password_stays_when_a_token_of_its_ends(place: Workspace) -> None:
    token_of(place, "Alpha")
    alpha = place.identified(lambda session: authenticate(session, "Alpha clerk", PASSWORD, now()), "POST /session")
    with place.session() as session:
        revoke(session)
        session.commit()
    with place.acting_for(alpha, "GET /subjects") as workspace:
        assert subjects(workspace) == ["Alpha person"]


def test_nobody_takes_a_role_that_is_not_the_accounts(place: Workspace) -> None:
    claimed = replace(signed_in(place, "Alpha"), role=Role.ADMIN)
    with pytest.raises(AccessRefused), place.acting_for(claimed, "GET /subjects"):
        pytest.fail("it was let in")


def test_within_an_accounts_workspace_no_other_caller_is_acted_for(place: Workspace) -> None:
    alpha, beta = (signed_in(place, name) for name in NAMES)
    with place.acting_for(alpha, "GET /subjects") as workspace:
        for other in (beta, None):
            with pytest.raises(AccessRefused), workspace.acting_for(other, "GET /subjects"):
                pytest.fail("it was let in")


def test_what_the_owner_writes_in_another_thread_is_named_too(place: Workspace) -> None:
    def write() -> None:
        with place.acting_for(None, "crawl") as workspace, workspace.session() as session:
            add_party(session, "Gamma union", PartyKind.UNION)
            session.commit()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(write).result()
    with place.session() as session:
        entry = session.exec(select(AuditEntry).order_by(col(AuditEntry.seq).desc())).first()
        assert entry is not None
        assert entry.why == "crawl"
        assert entry.who.endswith(" on this machine")


def test_every_thread_that_acts_has_the_workspaces_one_decoder(place: Workspace) -> None:
    def of_this_thread() -> object:
        with place.acting_for(None, "scan"):
            return decoder()

    with ThreadPoolExecutor(2) as threads:
        first, second = (threads.submit(of_this_thread).result() for _ in range(2))
    assert first is second is decoder()
