"""Setting a second factor up, or taking one away: in the browser that began it, after a fresh proof, and what becomes of the
others."""

import html
from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest
from sqlmodel import Session, select

from registry.accounts import Account, Caller, Role, set_password
from registry.audit import AuditEntry
from registry.db import now
from registry.half_done import LASTS, HalfDone
from registry.parties import PartyKind, add_party
from registry.second_factors import factors_of, set_rule
from registry.signed_in import SignedIn
from registry.tries import FREE
from tests.support.authenticator import authenticator_of, recovery_codes_of
from tests.support.console import PASSWORD, Console, busy_console
from tests.support.factors import aged, cookie_of, enrolled, half, half_cookie, post

NUMBERS = count()
CONFIRM = "/settings/factors/confirm"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with busy_console(tmp_path_factory.mktemp("enrolling") / "work", 2, 2) as console:
        yield console


@pytest.fixture
def reviewer(console: Console) -> Caller:
    return console.account(f"E. Legal {next(NUMBERS)}", Role.REVIEWER)


def begun(console: Console, secret: str) -> tuple[str, str, str]:
    """The cookie of what was begun, the authenticator's secret, and a code of it."""
    page = post(console, "/settings/factors/begin", secret)
    phone = authenticator_of(page.text)
    return half_cookie(console, page), phone.secret, phone.code(now())


def test_an_authenticator_is_replaced_by_nobody_who_did_not_prove_lately_who_they_are(console: Console, reviewer: Caller) -> None:
    here = console.cookie(reviewer)
    held, secret, code = begun(console, here)
    aged(console, reviewer)
    for typed in ("000000", code):
        got = post(console, CONFIRM, here, more=held, code=typed)
        assert (got.status, "Confirm that it is you" in got.text, secret in got.text.replace(" ", "")) == (403, True, False)
    with Session(console.workspace.engine) as session:
        assert not factors_of(session, reviewer.account_id).totp


def test_the_secret_is_shown_in_no_other_browser_and_its_code_taken_in_none(console: Console, reviewer: Caller) -> None:
    here, there = console.cookie(reviewer), console.cookie(reviewer)
    held, secret, code = begun(console, here)
    for typed in ("000000", code):
        got = post(console, CONFIRM, there, code=typed)
        assert (got.status, secret in got.text.replace(" ", ""), recovery_codes_of(got.text)) == (401, False, [])
    # Who begins anew elsewhere ends what was begun before, and does not learn of it.
    begun(console, there)
    assert "Another browser began" in post(console, CONFIRM, here, more=held, code=code).text


def test_what_was_begun_is_over_after_minutes(console: Console, reviewer: Caller) -> None:
    here = console.cookie(reviewer)
    held, secret, code = begun(console, here)
    with Session(console.workspace.engine) as session:
        for row in session.exec(select(HalfDone).where(HalfDone.account_id == reviewer.account_id)):
            row.until = row.until - LASTS - timedelta(seconds=1)
        session.commit()
    got = post(console, CONFIRM, here, more=held, code=code)
    assert (got.status, "took too long" in got.text, secret in got.text.replace(" ", "")) == (401, True, False)


def test_wrong_codes_of_a_new_authenticator_are_counted(console: Console, reviewer: Caller) -> None:
    here = console.cookie(reviewer)
    held, _, code = begun(console, here)
    for _ in range(FREE + 1):
        assert post(console, CONFIRM, here, more=held, code="000000").status == 401
    got = post(console, CONFIRM, here, more=held, code=code)
    assert "Too many wrong codes" in got.text
    assert recovery_codes_of(got.text) == []
    with Session(console.workspace.engine) as session:
        refusals = select(AuditEntry).where(AuditEntry.action == "refuse", AuditEntry.detail == {"by": "code"})
        assert len([each for each in session.exec(refusals) if reviewer.account_id in str(each.model_dump())]) == FREE + 1


def test_who_enrols_lets_no_other_half_admitted_browser_in(console: Console) -> None:
    with console.workspace.session() as session:
        party = add_party(session, f"A strict union {next(NUMBERS)}", PartyKind.UNION).id
        set_rule(session, party, needed=True)
        session.commit()
    clerk = console.account(f"A strict clerk {next(NUMBERS)}", Role.REVIEWER, party)
    there, here = (cookie_of(console, post(console, "/sign-in", name=clerk.name, password=PASSWORD)) for _ in range(2))
    held, _, code = begun(console, here)
    assert len(recovery_codes_of(post(console, CONFIRM, here, more=held, code=code).text)) == 10
    assert console.ask("GET", "/cases", here).status == 200
    assert console.ask("GET", "/cases", there).headers["location"].startswith("/sign-in")
    with Session(console.workspace.engine) as session:
        row = session.exec(select(SignedIn).where(SignedIn.account_id == clerk.account_id, SignedIn.ended_at != None)).one()  # noqa: E711
        assert row.must_enrol


def test_removing_an_authenticator_ends_other_browsers_and_half_done_sign_ins(console: Console, reviewer: Caller) -> None:
    _, codes = enrolled(console, reviewer)
    here, there, waiting = console.cookie(reviewer), console.cookie(reviewer), half(console, reviewer.name)
    assert post(console, "/settings/factors/remove", here).status == 303
    assert [console.ask("GET", "/settings", secret).status for secret in (here, there)] == [200, 303]
    assert post(console, "/sign-in/code", more=waiting, code=codes[0]).status == 401


def test_a_new_password_ends_what_the_old_one_half_did(console: Console, reviewer: Caller) -> None:
    _, codes = enrolled(console, reviewer)
    waiting = half(console, reviewer.name)
    with Session(console.workspace.engine) as session:
        set_password(session, session.get_one(Account, reviewer.account_id), "seven kettles under a paper moon")
        session.commit()
    got = post(console, "/sign-in/code", more=waiting, code=codes[0])
    assert (got.status, "The account changed meanwhile" in html.unescape(got.text)) == (401, True)
