"""Second factors in a real browser: passkeys by Chromium's virtual authenticator, and pages sound at any width."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, expect
from sqlmodel import Session, select

from registry.account_news import News
from registry.accounts import Account, Caller, Role
from registry.audit import AuditEntry
from registry.db import now
from registry.second_factors import Passkey, begin_totp, confirm_totp
from registry.signed_in import FRESH, SignedIn
from tests.support.authenticator import Authenticator
from tests.support.console import OWNER, PASSWORD, Console, busy_console
from tests.support.soundness import SIZES, Enter, sound

NUMBERS = count()


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with busy_console(tmp_path_factory.mktemp("keys") / "work", 4, 8) as console:
        yield replace(console, base=console.base.replace("127.0.0.1", "localhost"))


@pytest.fixture
def reviewer(console: Console) -> Caller:
    return console.account(f"P. Legal {next(NUMBERS)}", Role.REVIEWER)


def with_device(page: Page, *, verified: bool = True) -> tuple[CDPSession, str]:
    """A device that holds passkeys. verified: whether its user shows a finger."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": verified, "automaticPresenceSimulation": True}
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def held_by(session: CDPSession, device: str) -> list[dict[str, Any]]:
    return list(session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"])


def add_passkey(page: Page, name: str) -> None:
    page.goto("/settings/factors")
    page.get_by_label("What you will know it by").fill(name)
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("button", name="Make it now").click()
    page.wait_for_url("**/settings/factors")


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    page.wait_for_url("**/sign-in")


def test_a_passkey_signs_in_alone_and_several_are_kept_by_name(console: Console, enter: Enter, reviewer: Caller) -> None:
    page = enter(console, reviewer.name).new_page()
    session, device = with_device(page)
    add_passkey(page, "My <b>phone</b>")
    expect(page.locator("li strong")).to_have_text("My <b>phone</b>")
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
    session, device = with_device(page)
    add_passkey(page, "A key")
    (credential,) = held_by(session, device)
    assert credential["isResidentCredential"]
    sign_out(page)
    page.goto("/sign-in?to=/cases")
    page.get_by_role("button", name="Sign in with a passkey").click()
    # What was done to the account is told first.
    page.get_by_role("button", name="I read it").click()
    page.wait_for_url("**/cases")
    page.goto("/settings")
    expect(page.get_by_text(re.compile("at 127.0.0.1, by passkey"))).to_be_visible()
    page.goto("/settings/factors")
    page.get_by_role("button", name="Remove A key").click()
    expect(page.locator("li strong")).to_have_text("My <b>phone</b>")
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert").first).to_contain_text("not known here")


def test_a_password_is_not_enough_beside_a_passkey(console: Console, enter: Enter, reviewer: Caller) -> None:
    page = enter(console, reviewer.name).new_page()
    with_device(page)
    add_passkey(page, "A phone")
    sign_out(page)
    page.get_by_label("Name of the account").fill(reviewer.name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    assert page.request.get("/cases", max_redirects=0).status == 401
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/news**")


def test_a_device_that_did_not_verify_its_user_is_refused(console: Console, enter: Enter, reviewer: Caller) -> None:
    page = enter(console, reviewer.name).new_page()
    session, device = with_device(page)
    add_passkey(page, "A phone")
    sign_out(page)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="cancelled, took too long")).to_be_visible()
    assert "/sign-in" in page.url
    # A browser that asks for less than it was told to is not believed.
    page.evaluate("""() => { const get = navigator.credentials.get.bind(navigator.credentials);
      navigator.credentials.get = ({publicKey}) => get({publicKey: {...publicKey, userVerification: "discouraged"}}); }""")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="The passkey was not proved.")).to_be_visible()


def test_a_count_that_goes_back_is_refused_and_told(console: Console, enter: Enter, reviewer: Caller) -> None:
    page = enter(console, reviewer.name).new_page()
    with_device(page)
    add_passkey(page, "A phone")
    with Session(console.workspace.engine) as session:
        for row in session.exec(select(Passkey).where(Passkey.account_id == reviewer.account_id)):
            row.counter += 1000
        session.commit()
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="count went back")).to_be_visible()
    with Session(console.workspace.engine) as session:
        refused = session.exec(select(AuditEntry).where(AuditEntry.action == "refuse")).all()[-1]
        assert (refused.row_ids, refused.detail) == ([reviewer.account_id], {"by": "passkey whose count went back"})
        for row in session.exec(select(Passkey).where(Passkey.account_id == reviewer.account_id)):
            row.counter = 0
        session.commit()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text(News.COUNTED_BACK.value)).to_be_visible()


def test_an_answer_serves_once_and_for_its_own_challenge(console: Console, enter: Enter, reviewer: Caller) -> None:
    page = enter(console, reviewer.name).new_page()
    with_device(page)
    add_passkey(page, "A phone")
    sign_out(page)
    sent: list[str] = []
    page.on("request", lambda each: sent.append(each.post_data or "") if each.url.endswith("/sign-in/passkey") else None)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/news**")
    (answer,) = sent
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    page.request.post("/sign-in/passkey/options")
    again = page.request.post("/sign-in/passkey", data=answer, headers=form, max_redirects=0)
    assert (again.status, "was not proved" in again.text()) == (401, True)
    without = page.request.post("/sign-in/passkey", data=answer, headers=form, max_redirects=0)
    assert (without.status, "took too long, or was done already" in without.text()) == (401, True)


def age(console: Console, caller: Caller) -> None:
    with Session(console.workspace.engine) as session:
        for row in session.exec(select(SignedIn).where(SignedIn.account_id == caller.account_id)):
            row.proved_at = now() - FRESH
        session.commit()


def test_a_passkey_confirms_and_what_was_begun_goes_on(console: Console, enter: Enter, reviewer: Caller) -> None:
    page = enter(console, reviewer.name).new_page()
    with_device(page)
    add_passkey(page, "A phone")
    age(console, reviewer)
    page.goto("/settings/factors")
    page.get_by_label("What you will know it by").fill("A second phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("What you typed is kept meanwhile.")).to_be_visible()
    page.get_by_role("button", name="Confirm with a passkey").click()
    page.get_by_role("button", name="Go on with what you began").click()
    expect(page.get_by_role("heading", name="A second phone")).to_be_visible()


def test_under_an_address_by_number_it_is_said_where_passkeys_work(console: Console, enter: Enter, reviewer: Caller) -> None:
    by_number = replace(console, base=console.base.replace("localhost", "127.0.0.1"))
    page = enter(by_number, reviewer.name).new_page()
    page.goto("/settings/factors")
    expect(page.get_by_role("link", name="http://localhost:")).to_be_visible()
    expect(page.get_by_role("button", name="Add a passkey")).to_have_count(0)


def test_no_page_of_signing_in_has_a_fault_that_axe_knows(
    console: Console, enter: Enter, reviewer: Caller, pictures: Path | None
) -> None:
    context: BrowserContext = enter(console, reviewer.name, viewport=SIZES["narrow"])
    page = context.new_page()
    with_device(page)

    def look(name: str) -> None:
        sound(page, pictures, f"factors-{name}")

    for name, address in (("settings", "/settings"), ("factors-none", "/settings/factors"), ("password", "/settings/password")):
        page.goto(address)
        look(name)
    page.get_by_label("New password", exact=True).fill("a" * 15)
    page.get_by_label("The same again").fill("a" * 15)
    page.get_by_role("button", name="Set it").click()
    look("password-refused")
    page.goto("/settings/factors")
    page.get_by_role("button", name="Set up an authenticator").click()
    look("enrol")
    phone = Authenticator(page.locator("code").inner_text().replace(" ", ""))
    page.get_by_label("Code", exact=True).fill("1")
    page.get_by_role("button", name="It works").click()
    look("enrol-refused")
    page.get_by_label("Code", exact=True).fill(phone.code(now()))
    page.get_by_role("button", name="It works").click()
    look("codes")
    codes = page.locator("code").all_inner_texts()
    page.goto("/settings/factors")
    page.get_by_label("What you will know it by").fill("My phone")
    page.get_by_role("button", name="Add a passkey").click()
    look("passkey-add")
    page.get_by_role("button", name="Make it now").click()
    page.wait_for_url("**/settings/factors")
    look("factors-both")
    age(console, reviewer)
    page.get_by_role("button", name="New recovery codes").click()
    look("confirm")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code of your authenticator").fill(codes[0])
    page.get_by_role("button", name="Confirm", exact=True).click()
    look("confirmed")
    page.goto("/")
    sign_out(page)
    look("sign-in")
    page.get_by_label("Name of the account").fill(reviewer.name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    look("second-step")
    page.get_by_label("Code of your authenticator").fill(codes[1])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/news**")
    look("news")


def test_no_page_about_accounts_has_a_fault_that_axe_knows(
    console: Console, enter: Enter, reviewer: Caller, pictures: Path | None
) -> None:
    with Session(console.workspace.engine) as session:
        account, at = session.get_one(Account, reviewer.account_id), now() - timedelta(hours=1)
        phone = Authenticator(begin_totp(session, account, at).secret.replace(" ", ""))
        confirm_totp(session, account, phone.code(at), at)
    console.cookie(reviewer)
    page = enter(console, OWNER, viewport=SIZES["narrow"]).new_page()
    page.goto("/accounts")
    sound(page, pictures, "factors-accounts")
    page.goto(f"/accounts/{reviewer.account_id}")
    sound(page, pictures, "factors-account")
    with Session(console.workspace.engine) as session:
        for row in session.exec(select(SignedIn).where(SignedIn.account_id == None)):  # noqa: E711
            row.proved_at = now() - FRESH
        session.commit()
    page.get_by_role("button", name="Take the second factors away").click()
    sound(page, pictures, "factors-confirm-owner")
