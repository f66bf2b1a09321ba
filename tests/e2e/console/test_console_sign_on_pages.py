"""Signing in by another server in a real browser: there and back, and its pages sound at any width."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from registry.accounts import Account, Role
from registry.db import now
from registry.linked_subjects import link
from tests.support import sign_on_desk as sign_on
from tests.support.console import OWNER, Console
from tests.support.issuer import Issuer
from tests.support.soundness import SIZES, Enter, sound

issuer, console = sign_on.issuer, sign_on.console


@pytest.fixture
def account(console: Console, issuer: Issuer) -> Iterator[Account]:
    issuer.subject = f"subject-{next(sign_on.NUMBERS)}"
    made = console.account(f"P. Legal {next(sign_on.NUMBERS)}", Role.REVIEWER)
    with Session(console.workspace.engine) as session:
        row = session.get_one(Account, made.account_id)
        link(session, row, issuer.base, issuer.subject, "An admin", now())
        session.commit()
        session.refresh(row)
        yield row


def test_a_browser_goes_there_and_comes_back_signed_in(console: Console, enter: Enter, account: Account) -> None:
    page = enter(console, None).new_page()
    page.goto("/sign-in?to=/cases")
    page.get_by_role("link", name="Sign in by Studio ID").click()
    page.get_by_role("button", name="I read it").click()
    page.wait_for_url("**/cases")
    assert page.get_by_role("link", name=account.name).is_visible()


def test_no_page_of_it_has_a_fault_that_axe_knows(
    console: Console, issuer: Issuer, enter: Enter, account: Account, pictures: Path | None
) -> None:
    page = enter(console, OWNER, viewport=SIZES["narrow"]).new_page()
    page.goto(f"/accounts/{account.id}")
    sound(page, pictures, "factors-account-linked")
    page.goto("/sign-in")
    sound(page, pictures, "factors-sign-in-by-another")
    issuer.subject = "nobody-here"
    page.get_by_role("link", name="Sign in by Studio ID").click()
    page.wait_for_url("**/sign-in/issuer/back**")
    sound(page, pictures, "factors-sign-in-not-linked")
