"""Second factors: what a code is good for, how often it may be tried, and what is kept of it."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from monitor.workspace import init_workspace, open_workspace
from registry.accounts import AccessRefused, Account, Role, add_account
from registry.audit import AuditEntry
from registry.errors import Conflict
from registry.keys import keys_of
from registry.parties import add_party, find_party
from registry.sealing import rotate, sealing_keys
from registry.second_factors import (
    CODES,
    STEP,
    RecoveryCode,
    Totp,
    _step_of,
    begin_totp,
    confirm_totp,
    factors_of,
    needs_factor,
    new_codes,
    remove_totp,
    reset_factors,
    set_rule,
)
from registry.sign_in import SecondFactorWanted, authenticate, by_code, unlock
from registry.tries import FREE, MOST, Throttled
from registry.types import PartyKind
from tests.support.authenticator import Authenticator
from tests.support.direct_database import held_by_database
from tests.support.new_database import new_database
from tests.support.new_vault import new_vault

AT = datetime(2026, 5, 1, 12, 0, 3, tzinfo=UTC)
PASSWORD = "lanterns over the harbour at nine"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session(new_database(tmp_path / "semblance.db")) as session:
        yield session


@pytest.fixture
def account(session: Session) -> Account:
    union = add_party(session, "A union", PartyKind.UNION)
    local = add_party(session, "A local", PartyKind.UNION, parent=union)
    made = add_account(session, "P. Legal", Role.REVIEWER, PASSWORD, local)
    session.commit()
    return made


def enrolled(session: Session, account: Account, at: datetime = AT - timedelta(hours=1)) -> tuple[Authenticator, tuple[str, ...]]:
    phone = Authenticator(begin_totp(session, account, at).secret.replace(" ", ""))
    return phone, confirm_totp(session, account, phone.code(at), at)


def test_an_authenticator_counts_for_nothing_before_a_code_of_it_was_given(session: Session, account: Account) -> None:
    begin_totp(session, account, AT)
    assert not factors_of(session, account.id).any
    assert authenticate(session, account.name, PASSWORD, AT).account_id == account.id
    with pytest.raises(AccessRefused, match="not the code"):
        confirm_totp(session, account, "000000", AT)
    other = Account(name="x", role=Role.AUDITOR, password_hash="")
    with pytest.raises(Conflict):
        confirm_totp(session, other, "000000", AT)


def test_the_password_alone_opens_nothing_any_more(session: Session, account: Account) -> None:
    phone, _ = enrolled(session, account)
    with pytest.raises(SecondFactorWanted) as wanted:
        authenticate(session, account.name, PASSWORD, AT)
    assert wanted.value.factors.totp
    assert by_code(session, wanted.value.account_id, phone.code(AT), AT).name == account.name
    entries = session.exec(select(AuditEntry).where(AuditEntry.action == "sign in")).all()
    assert (entries[-1].who, entries[-1].detail) == (account.name, {"by": "password and code"})


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_the_phones_clock_may_be_off_by_one_step(session: Session, account: Account, steps: int, taken: bool) -> None:
    phone, _ = enrolled(session, account)
    code = phone.code(AT + timedelta(seconds=steps * STEP))
    if taken:
        assert by_code(session, account.id, code, AT).name == account.name
    else:
        with pytest.raises(AccessRefused, match="wrong, was used already, or is over"):
            by_code(session, account.id, code, AT)


def test_a_code_is_taken_once_and_none_of_before_it_afterwards(session: Session, account: Account) -> None:
    phone, _ = enrolled(session, account)
    by_code(session, account.id, phone.code(AT), AT)
    for steps in (0, -1):
        with pytest.raises(AccessRefused):
            by_code(session, account.id, phone.code(AT + timedelta(seconds=steps * STEP)), AT)
    assert by_code(session, account.id, phone.code(AT + timedelta(seconds=STEP)), AT + timedelta(seconds=STEP))


def test_the_code_that_confirmed_an_authenticator_signs_nobody_in(session: Session, account: Account) -> None:
    phone, _ = enrolled(session, account, AT)
    with pytest.raises(AccessRefused):
        by_code(session, account.id, phone.code(AT), AT)


def test_of_two_who_give_one_code_at_once_one_is_let_in(session: Session, account: Account) -> None:
    phone, recovery = enrolled(session, account)
    engine, key = session.get_bind(), account.id
    session.commit()
    for code in (phone.code(AT), recovery[0]):
        let_in: list[str] = []
        begin = threading.Barrier(4)

        def come(code: str = code, let_in: list[str] = let_in, begin: threading.Barrier = begin) -> None:
            with Session(engine) as own:
                begin.wait()
                with suppress(AccessRefused):
                    let_in.append(by_code(own, key, code, AT).name)

        threads = [threading.Thread(target=come) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(let_in) == 1


def test_a_recovery_code_serves_once_however_it_is_typed(session: Session, account: Account) -> None:
    _, codes = enrolled(session, account)
    assert len(set(codes)) == CODES
    by_code(session, account.id, codes[3].lower().replace("-", " "), AT)
    with pytest.raises(AccessRefused):
        by_code(session, account.id, codes[3], AT)
    assert factors_of(session, account.id).codes == CODES - 1
    fresh = new_codes(session, account, AT)
    with pytest.raises(AccessRefused):
        by_code(session, account.id, codes[4], AT)
    assert by_code(session, account.id, fresh[0], AT)


def test_codes_are_tried_so_often_and_no_more_and_only_the_owner_opens_again(session: Session, account: Account) -> None:
    phone, _ = enrolled(session, account)
    at = AT
    for _ in range(FREE + 1):
        with pytest.raises(AccessRefused, match="wrong, was used"):
            by_code(session, account.id, "123", at)
    with pytest.raises(Throttled, match="wrong codes"):
        by_code(session, account.id, phone.code(at), at)
    # The password that is right takes nothing of it back.
    with pytest.raises(SecondFactorWanted):
        authenticate(session, account.name, PASSWORD, at)
    with pytest.raises(Throttled):
        by_code(session, account.id, phone.code(at), at)
    for _ in range(FREE + 2, MOST + 1):
        at += timedelta(hours=1)
        with pytest.raises(AccessRefused):
            by_code(session, account.id, "123", at)
    at += timedelta(days=1)
    with pytest.raises(Throttled, match="in a row"):
        by_code(session, account.id, phone.code(at), at)
    assert unlock(session, account)
    session.commit()
    assert by_code(session, account.id, phone.code(at), at)


def test_nothing_that_is_kept_tells_the_secret_or_a_code(session: Session, account: Account, tmp_path: Path) -> None:
    phone, codes = enrolled(session, account)
    by_code(session, account.id, codes[0], AT)
    session.commit()
    held = held_by_database(tmp_path)
    assert account.id.encode() in held
    for secret in (phone.secret, *codes, codes[0].replace("-", ""), PASSWORD):
        assert secret.encode() not in held


def test_another_key_opens_what_the_one_before_sealed_after_a_rotation(
    session: Session, account: Account, tmp_path: Path
) -> None:
    phone, _ = enrolled(session, account)
    before = keys_of(session).ring().current
    assert sealing_keys(session) == {before}
    rotate(session, new_vault(tmp_path, keys_of(session)), new_key=True)
    assert before not in sealing_keys(session)
    assert by_code(session, account.id, phone.code(AT), AT)


def test_a_rule_holds_for_all_parties_under_it_and_keeps_the_last_factor(session: Session, account: Account) -> None:
    enrolled(session, account)
    assert not needs_factor(session, account)
    above = find_party(session, "A union").id
    set_rule(session, above, needed=True)
    session.commit()
    assert needs_factor(session, account)
    with pytest.raises(Conflict, match="your only one"):
        remove_totp(session, account)
    set_rule(session, above, needed=False)
    remove_totp(session, account)
    assert not factors_of(session, account.id).any
    assert session.exec(select(RecoveryCode)).all() == []


@pytest.mark.parametrize("needed", [False, True])
def test_whoever_runs_the_machine_may_have_every_account_need_one(tmp_path: Path, needed: bool) -> None:
    place = tmp_path / "work"
    init_workspace(place)
    with (place / "semblance.toml").open("a", encoding="utf-8") as file:
        file.write("[serve]\nfactor_for_all = true\n" if needed else "")
    with open_workspace(place) as workspace, workspace.session() as session:
        for name, party in (("Of all", None), ("Of one", add_party(session, "A guild", PartyKind.UNION))):
            made = add_account(session, name, Role.AUDITOR, PASSWORD, party)
            session.commit()
            assert needs_factor(session, made) is needed
            if needed:
                with pytest.raises(AccessRefused, match="second factor"):
                    authenticate(session, name, PASSWORD, AT, enrols=False)
            else:
                assert authenticate(session, name, PASSWORD, AT, enrols=False).account_id == made.id


def test_a_reset_leaves_nothing_and_the_log_says_so_to_the_party(session: Session, account: Account) -> None:
    enrolled(session, account)
    reset_factors(session, account)
    session.commit()
    assert session.exec(select(Totp)).all() == session.exec(select(RecoveryCode)).all() == []
    removed = session.exec(select(AuditEntry).where(AuditEntry.action == "remove")).all()
    assert {(entry.table_name, entry.concerns) for entry in removed} == {
        ("totp", account.party_id),
        ("recovery_code", account.party_id),
    }
    assert authenticate(session, account.name, PASSWORD, AT)


@given(st.text(max_size=40))
def test_no_text_that_is_not_the_code_is_taken_for_it(typed: str) -> None:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    right = {Authenticator(secret).code(AT + timedelta(seconds=STEP * off)) for off in (-1, 0, 1)}
    assert (_step_of(secret, typed, AT, 0) is not None) == ("".join(typed.split()) in right)
