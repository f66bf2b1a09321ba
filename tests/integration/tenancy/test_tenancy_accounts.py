"""How an account proves to be itself, how often that may be tried, and when it ends."""

import hashlib
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from monitor.workspace import Workspace
from registry.accounts import (
    LIFETIME,
    AccessRefused,
    Account,
    ApiToken,
    Role,
    add_account,
    disable_account,
    issue_token,
    revoke_token,
    set_password,
)
from registry.actions import Action, Step
from registry.audit import AuditEntry
from registry.blinding import blinder
from registry.db import now
from registry.parties import add_party
from registry.passwords import LONGEST as LONGEST_PASSWORD
from registry.passwords import hash_password, is_password
from registry.sign_in import authenticate, caller_of_token, unlock
from registry.tenancy import AccountSession
from registry.tries import FIRST, FREE, FREE_IN_ALL, LONGEST, MOST, SignIn, Throttled, Tries
from registry.types import PartyKind
from tests.support.audit_log import list_entries
from tests.support.new_database import new_database
from tests.support.tenancy.two_parties import PASSWORD, caller

AT = now()
WRONG = "not the right one at all"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    engine = new_database(tmp_path / "doors.db")
    with Session(engine) as session:
        add_account(session, "Gamma clerk", Role.AUDITOR, PASSWORD, add_party(session, "Gamma guild", PartyKind.UNION))
        add_account(session, "Delta clerk", Role.AUDITOR, PASSWORD)
        session.commit()
        yield session
    engine.dispose()


def account(session: Session, name: str = "Gamma clerk") -> Account:
    return session.exec(select(Account).where(Account.name == name)).one()


def fail(session: Session, times: int, name: str = "Gamma clerk", at: datetime = AT) -> None:
    for _ in range(times):
        with pytest.raises(AccessRefused, match="name or the password"):
            authenticate(session, name, WRONG, at)


def test_a_password_opens_its_account_alone(session: Session) -> None:
    assert account(session).password_hash.startswith("$argon2id$")
    assert authenticate(session, "Gamma  clerk", PASSWORD, AT).role is Role.AUDITOR
    for name, password in (("Gamma clerk", PASSWORD + "x"), ("Gamma clerk", ""), ("Nobody", PASSWORD)):
        with pytest.raises(AccessRefused, match="name or the password"):
            authenticate(session, name, password, AT)
    disable_account(session, account(session), AT)
    with pytest.raises(AccessRefused, match="name or the password"):
        authenticate(session, "Gamma clerk", PASSWORD, AT)


@pytest.mark.parametrize("name", ["Gamma clerk", "Nobody"])
def test_after_a_few_wrong_passwords_none_is_taken_for_a_while_and_no_name_is_betrayed(session: Session, name: str) -> None:
    fail(session, FREE + 1, name)
    for password in (WRONG, PASSWORD):
        with pytest.raises(Throttled, match="for this name: none is taken until") as caught:
            authenticate(session, name, password, AT + timedelta(seconds=29))
        assert f"{AT + timedelta(seconds=30):%H:%M:%S} UTC" in caught.value.what
    assert authenticate(session, "Delta clerk", PASSWORD, AT).name == "Delta clerk"
    fail(session, 1, name, AT + timedelta(seconds=31))
    with pytest.raises(Throttled):
        authenticate(session, name, PASSWORD, AT + timedelta(seconds=90))


def test_a_right_password_after_the_wait_begins_anew(session: Session) -> None:
    fail(session, FREE + 1)
    later = AT + timedelta(seconds=31)
    assert authenticate(session, "Gamma clerk", PASSWORD, later).name == "Gamma clerk"
    fail(session, FREE, at=later)
    assert authenticate(session, "Gamma clerk", PASSWORD, later).name == "Gamma clerk"


def test_after_a_hundred_in_a_row_only_the_machines_owner_opens_it(session: Session) -> None:
    at = AT + timedelta(days=1)
    key = blinder(session)("Gamma clerk")
    session.add(SignIn(id=key, account_id=account(session).id, failures=MOST - 1, last_at=AT, until=AT + LONGEST))
    session.commit()
    fail(session, 1, at=at)
    with pytest.raises(Throttled, match="100 wrong passwords were given for this name in a row") as caught:
        authenticate(session, "Gamma clerk", PASSWORD, at + timedelta(days=4000))
    assert caught.value.steps == (Step(Action.UNLOCK_ACCOUNT),)
    assert unlock(session, account(session))
    session.commit()
    assert authenticate(session, "Gamma clerk", PASSWORD, at).name == "Gamma clerk"
    assert [entry.action for entry in list_entries(session, table="account", last=2)] == ["unlock", "sign in"]


def test_many_names_are_throttled_together_and_tokens_that_are_right_are_not(session: Session) -> None:
    _, secret = issue_token(session, account(session, "Delta clerk"), "script")
    session.commit()
    for number in range(FREE_IN_ALL + 1):
        if number % 2:
            fail(session, 1, f"Name {number}")
        else:
            with pytest.raises(AccessRefused, match="token is not valid"):
                caller_of_token(session, f"smb_guess{number}", AT)
    with pytest.raises(Throttled, match="to this machine: none is taken until"):
        authenticate(session, "Delta clerk", PASSWORD, AT)
    with pytest.raises(Throttled, match="to this machine: none is taken until"):
        caller_of_token(session, "smb_another", AT)
    assert caller_of_token(session, secret, AT).name == "Delta clerk"
    assert authenticate(session, "Delta clerk", PASSWORD, AT + timedelta(hours=1)).name == "Delta clerk"


def test_a_clock_that_is_set_back_opens_nothing(session: Session) -> None:
    fail(session, FREE + 1)
    back = AT - timedelta(days=900)
    with pytest.raises(Throttled) as caught:
        authenticate(session, "Gamma clerk", PASSWORD, back)
    assert f"{back + timedelta(seconds=30):%Y-%m-%d %H:%M:%S} UTC" in caught.value.what
    assert authenticate(session, "Gamma clerk", PASSWORD, back + timedelta(seconds=31)).name == "Gamma clerk"


def test_a_clock_that_was_ahead_shuts_nobody_out_for_good(session: Session) -> None:
    fail(session, FREE + 1, at=AT + timedelta(days=900))
    with pytest.raises(Throttled):
        authenticate(session, "Gamma clerk", PASSWORD, AT)
    assert authenticate(session, "Gamma clerk", PASSWORD, AT + timedelta(seconds=31)).name == "Gamma clerk"


@settings(max_examples=300, deadline=None)
@given(steps=st.lists(st.integers(-4000, 4000), min_size=1, max_size=40))
def test_whatever_the_clock_does_no_guess_is_taken_before_its_wait_has_passed(steps: list[int]) -> None:
    """Time that the clock passed over forwards counts as passed; time that it was set back by gains nothing."""
    at, passed, tries = AT, timedelta(0), Tries(0, AT)
    for seconds in steps:
        at += timedelta(seconds=seconds)
        passed += timedelta(seconds=max(0, seconds))
        tries = tries.at(at)
        if tries.until is not None and at < tries.until:
            assert tries.until - at <= LONGEST
            continue
        wait = timedelta(seconds=30 * 2 ** (tries.failures - FREE - 1)) if tries.failures > FREE else timedelta(0)
        assert passed >= min(wait, LONGEST)
        tries, passed = tries.and_one(at, FREE, FIRST, LONGEST), timedelta(0)


def test_signing_in_is_in_the_audit_log_and_what_was_typed_is_not(session: Session) -> None:
    authenticate(session, "Gamma clerk", PASSWORD, AT)
    fail(session, 1)
    fail(session, 1, "my password by mistake")
    _, secret = issue_token(session, account(session), "script")
    for at in (AT, AT, AT + timedelta(days=1)):
        caller_of_token(session, secret, at)
    entered = [e for e in list_entries(session, table="account") if e.action in ("sign in", "refuse")]
    mine, party = account(session).id, account(session).party_id
    assert [(e.action, e.row_ids, e.party_id, e.detail["by"]) for e in entered] == [
        ("sign in", [mine], party, "password"),
        ("refuse", [mine], party, "password"),
        ("refuse", [""], None, "password"),
        ("sign in", [mine], party, "token"),
        ("sign in", [mine], party, "token"),
    ]
    logged = "".join(str(entry.model_dump()) for entry in session.exec(select(AuditEntry)))
    assert not {row.id for row in session.exec(select(SignIn)) if len(row.id) == 64 and row.id in logged}
    assert "mistake" not in logged


def test_whoever_has_the_database_alone_cannot_guess_which_names_were_tried(session: Session) -> None:
    fail(session, 1, "Gamma clerk")
    fail(session, 1, "my password by mistake")
    kept = {row.id for row in session.exec(select(SignIn))}
    guesses = ("Gamma clerk", "my password by mistake", "all")
    assert kept.isdisjoint(
        hashlib.new(name, guess.encode()).hexdigest() for name in ("sha256", "sha1", "md5") for guess in guesses
    )
    assert blinder(session)("Gamma clerk") in kept


def test_a_token_ends_and_says_so(session: Session) -> None:
    token, secret = issue_token(session, account(session), "script")
    assert token.ends_at is not None
    assert abs(token.ends_at - now() - LIFETIME) < timedelta(minutes=1)
    assert secret not in str(token.model_dump())
    assert caller_of_token(session, f" {secret}\n", now()).name == "Gamma clerk"
    with pytest.raises(AccessRefused, match="not valid"):
        caller_of_token(session, token.secret_hash, now())
    with pytest.raises(AccessRefused, match="The token is over"):
        caller_of_token(session, secret, token.ends_at)
    for ends in (now(), now() + timedelta(days=400)):
        with pytest.raises(AccessRefused, match="366 days"):
            issue_token(session, account(session), "script", ends)


def test_a_token_that_was_over_stays_over_when_the_clock_is_set_back(session: Session) -> None:
    token, secret = issue_token(session, account(session), "script")
    assert token.ends_at is not None
    authenticate(session, "Delta clerk", PASSWORD, token.ends_at + timedelta(days=1))
    with pytest.raises(AccessRefused, match="was set back") as caught:
        caller_of_token(session, secret, AT + timedelta(days=1))
    assert caught.value.steps == (Step(Action.TRUST_CLOCK),)


def test_tokens_end_with_the_password_and_with_the_account(session: Session) -> None:
    token, first = issue_token(session, account(session), "one")
    revoke_token(session, token.id, now())
    _, second = issue_token(session, account(session), "two")
    assert set_password(session, account(session), PASSWORD + " more") == 1
    _, third = issue_token(session, account(session), "three")
    assert caller_of_token(session, third, now()).name == "Gamma clerk"
    disable_account(session, account(session), now())
    for secret in (first, second, third):
        with pytest.raises(AccessRefused, match="not valid"):
            caller_of_token(session, secret, now())
    assert session.exec(select(ApiToken).where(ApiToken.label == "two")).one().revoked_at is not None


def test_a_session_that_is_open_ends_with_the_account(place: Workspace) -> None:
    with place.session() as owner:
        closing = add_account(owner, "Leaving clerk", Role.REVIEWER, PASSWORD)
        owner.commit()
        who = type(caller(place))(closing.id, closing.name, closing.role, None)
        with AccountSession(place.engine, who) as session:
            assert session.exec(select(Account.name)).all()
            session.rollback()
            disable_account(owner, closing, now())
            owner.commit()
            with pytest.raises(AccessRefused, match="was closed"):
                session.exec(select(Account.name)).all()


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short enough", "15 to 1000"),
        ("x" * 1001, "15 to 1000"),
        ("passwordpassword1", "common"),
        ("123456789012345", "common"),
        ("qwertyuiopasdfgh", "common"),
        ("letmeinletmeinletmein", "common"),
        ("aaaaaaaaaaaaaaaaaaaa", "common"),
        ("Gamma Guild 2026!!!", "name of the account or of its party"),
        ("gammaclerk-gammaclerk", "name of the account or of its party"),
        ("semblance semblance", "name of the account or of its party"),
    ],
)
def test_a_password_that_others_would_think_of_is_refused(session: Session, password: str, why: str) -> None:
    with pytest.raises(AccessRefused, match=why):
        set_password(session, account(session), password)


@pytest.mark.parametrize(
    "password",
    ["a sentence of several words", "kolibri tanzt auf 7 dächern", "七只蜂鸟在屋顶上跳舞唱歌喝茶看月亮", "x7Q!vv-bM2#kt-Zp9"],
)
def test_a_password_that_nobody_would_think_of_is_taken(session: Session, password: str) -> None:
    set_password(session, account(session), password)
    assert authenticate(session, "Gamma clerk", password, AT).name == "Gamma clerk"


def test_the_machines_owner_sees_who_is_shut_out_and_opens_the_door(
    place: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from monitor.cli.main import main

    def typed(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(place.root), *words])
        code = main()
        said = capsys.readouterr()
        return code, said.out + said.err

    monkeypatch.setattr("getpass.getpass", lambda *_, **__: WRONG)
    for _ in range(FREE + 1):
        assert typed("--as", "Beta clerk", "party", "list")[0] == 2
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: PASSWORD)
    code, said = typed("--as", "Beta clerk", "party", "list")
    assert (code, "none is taken until" in said) == (2, True)
    (line,) = [line for line in typed("account", "list")[1].splitlines() if line.startswith("Beta clerk")]
    assert f" {FREE + 1} " in line
    assert typed("account", "unlock", "Beta clerk") == (0, "Passwords of Beta clerk are taken again.\n")
    assert typed("--as", "Beta clerk", "party", "list")[0] == 0
    assert typed("account", "unlock")[0] == typed("account", "unlock", "Beta clerk", "--clock")[0] == 2
    assert typed("account", "unlock", "--clock")[0] == 0


def test_a_password_is_compared_as_a_whole_and_none_longer_than_any_is_right() -> None:
    longest = "lanterns over the harbour at nine " * 40
    stored = hash_password(longest[:LONGEST_PASSWORD])
    assert is_password(longest[:LONGEST_PASSWORD], stored)
    for typed in (longest[: LONGEST_PASSWORD + 1], longest, longest[: LONGEST_PASSWORD - 1]):
        assert not is_password(typed, stored)
