"""Signing in by another server: whom it lets in, and whatever of it is refused, with words."""

import html
import logging
import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlmodel import Session, select

from registry.accounts import Account, Caller, Role, disable_account
from registry.audit import AuditEntry
from registry.db import now
from registry.errors import Conflict
from registry.half_done import LASTS, HalfDone
from registry.linked_subjects import link, subject_of
from registry.second_factors import begin_totp, confirm_totp
from registry.signed_in import SignedIn
from tests.support.authenticator import Authenticator
from tests.support.console import COOKIE, Console
from tests.support.factors import cookie_of, enrolled, post
from tests.support.issuer import CLIENT, SECRET, Issuer
from tests.support.sign_on_desk import NUMBERS, back, console, go, honest, issuer, reviewer

__all__ = ["console", "honest", "issuer", "reviewer"]


def refused(console: Console, words: str) -> None:
    got = back(console, *go(console))
    assert (got.status, words in html.unescape(got.text)) == (401, True), html.unescape(got.text)
    assert f"{COOKIE}{console.host.rpartition(':')[2]}=" not in got.headers.get("set-cookie", "")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_whoever_is_linked_is_signed_in(console: Console, issuer: Issuer, reviewer: Caller, algorithm: str) -> None:
    issuer.algorithm = algorithm
    assert "Sign in by Studio ID" in console.ask("GET", "/sign-in").text
    got = back(console, *go(console))
    # That the account was linked is told first.
    assert (got.status, got.headers["location"]) == (303, "/news?to=%2Fcases")
    assert reviewer.name in console.ask("GET", "/", cookie_of(console, got)).text
    asked = issuer.asked[-1]
    assert (asked["scope"], asked["response_type"], asked["max_age"]) == ("openid", "code", "600")
    assert asked["redirect_uri"] == f"{console.base}sign-in/issuer/back"
    with Session(console.workspace.engine) as session:
        row = session.exec(select(SignedIn).where(SignedIn.account_id == reviewer.account_id)).one()
        assert (row.way, row.proved_at is not None) == ("single sign-on", True)


def test_an_old_proof_there_is_no_fresh_one_here(console: Console, issuer: Issuer, reviewer: Caller) -> None:
    for claimed in (int(time.time()) - 900, None):
        issuer.changes = {"auth_time": claimed}
        secret = cookie_of(console, back(console, *go(console)))
        got = post(console, "/letters/x/approve", secret, agreed="yes")
        assert (got.status, "Confirm that it is you" in got.text) == (403, True)


def test_nobody_is_matched_by_a_name_or_a_mail_address(console: Console, issuer: Issuer) -> None:
    made = console.account(f"P. Legal {next(NUMBERS)}", Role.ADMIN)
    mail = "p.legal@studio.example"
    issuer.changes = {"email": mail, "email_verified": True, "name": made.name, "preferred_username": made.name}
    refused(console, f"your subject there is {issuer.subject}")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "issuer": ({"iss": "https://other.example"}, "it comes from another server"),
    "audience": ({"aud": "somebody-else"}, "it is meant for somebody else"),
    "no audience": ({"aud": None}, "signs nobody in"),
    "several audiences and no party": ({"aud": [CLIENT, "somebody-else"]}, "it is meant for somebody else"),
    "another party": ({"aud": [CLIENT, "x"], "azp": "x"}, "it is meant for somebody else"),
    "nonce": ({"nonce": "another"}, "it answers another sign-in"),
    "no nonce": ({"nonce": None}, "it answers another sign-in"),
    "over": ({"exp": int(time.time()) - 3600}, "it is over"),
    "without an end": ({"exp": None}, "it is over"),
    "from the future": ({"iat": int(time.time()) + 36000}, "it comes from the future"),
    "nobody": ({"sub": None}, "signs nobody in"),
    "a number": ({"sub": 7}, "signs nobody in"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_that_says_anything_wrong_signs_nobody_in(console: Console, issuer: Issuer, reviewer: Caller, wrong: str) -> None:
    issuer.changes, words = WRONG[wrong]
    refused(console, words)


@pytest.mark.parametrize("forged", ["unsigned", "by_public_key", "by_stranger", "nonsense"])
def test_a_token_that_it_did_not_sign_signs_nobody_in(console: Console, issuer: Issuer, reviewer: Caller, forged: str) -> None:
    issuer.forge = getattr(issuer, forged, lambda _: "no.token")
    refused(console, "it is not signed as it must be")


def test_an_answer_serves_once_in_the_browser_that_began_it(console: Console, issuer: Issuer, reviewer: Caller) -> None:
    cookie, place = go(console)
    other, _ = go(console)
    assert "it answers another sign-in" in html.unescape(back(console, other, place).text)
    assert "took too long, or was done already" in html.unescape(console.ask("GET", place).text)
    assert back(console, cookie, place).status == 303
    again = back(console, cookie, place)
    assert (again.status, "was done already" in again.text) == (401, True)
    # A browser that begins anew, and comes with the code of before.
    fresh, newer = go(console)
    code = dict(parse_qsl(urlsplit(place).query))["code"]
    mixed = "&".join(f"code={code}" if part.startswith("code=") else part for part in newer.split("?")[1].split("&"))
    got = back(console, fresh, f"{newer.split('?')[0]}?{mixed}")
    assert (got.status, "the code is wrong, was used already, or is over" in html.unescape(got.text)) == (401, True)


def test_what_took_too_long_is_over(console: Console, reviewer: Caller) -> None:
    cookie, place = go(console)
    with Session(console.workspace.engine) as session:
        for row in session.exec(select(HalfDone)):
            row.until = row.until - LASTS - timedelta(seconds=1)
        session.commit()
    assert back(console, cookie, place).status == 401


def test_another_server_in_its_name_is_told(console: Console, reviewer: Caller) -> None:
    cookie, place = go(console)
    got = back(console, cookie, place.replace("iss=", "iss=https%3A%2F%2Fother.example%2F&x="))
    assert "it comes from another server" in html.unescape(got.text)
    cookie, place = go(console)
    given_up = f"{urlsplit(place).path}?error=access_denied&{urlsplit(place).query}"
    assert "it was refused or given up there" in html.unescape(back(console, cookie, given_up).text)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"issuer": "https://other.example"}, "names itself otherwise"),
        ({"token_endpoint": "http://127.0.0.2:9/token"}, "gives no encrypted address as its token_endpoint"),
        ({"jwks_uri": None}, "gives no encrypted address as its jwks_uri"),
    ],
)
def test_a_server_that_describes_itself_wrongly_is_sent_nobody(
    console: Console, issuer: Issuer, said: dict[str, Any], words: str
) -> None:
    issuer.said = said
    got = console.ask("GET", "/sign-in/issuer")
    assert (got.status, words in html.unescape(got.text)) == (503, True)


def test_a_second_factor_here_is_asked_for_all_the_same(console: Console, reviewer: Caller) -> None:
    with Session(console.workspace.engine) as session:
        account, at = session.get_one(Account, reviewer.account_id), now() - timedelta(hours=1)
        phone = Authenticator(begin_totp(session, account, at).secret.replace(" ", ""))
        confirm_totp(session, account, phone.code(at), at)
    got = back(console, *go(console))
    assert (got.status, "Second factor" in got.text) == (200, True)
    waiting = f"{COOKIE}code-{console.host.rpartition(':')[2]}={cookie_of(console, got, 'code')}"
    assert post(console, "/sign-in/code", more=waiting, code=phone.code(now())).status == 303
    with Session(console.workspace.engine) as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "sign in")).all()[-1]
        assert entry.detail == {"by": "single sign-on and code"}


def test_a_closed_account_is_let_in_by_nobody(console: Console, reviewer: Caller) -> None:
    with console.workspace.session() as session:
        disable_account(session, session.get_one(Account, reviewer.account_id), now())
        session.commit()
    refused(console, "This account is closed.")


def test_an_admin_links_and_unlinks_and_a_subject_is_one_accounts(console: Console, issuer: Issuer, reviewer: Caller) -> None:
    admin = console.cookie(console.account(f"An admin {next(NUMBERS)}", Role.ADMIN))
    other = console.account(f"P. Legal {next(NUMBERS)}", Role.REVIEWER)
    taken = post(console, f"/accounts/{other.account_id}/link", admin, subject=issuer.subject)
    assert (taken.status, "it is in use" in taken.text) == (409, True)
    assert post(console, f"/accounts/{reviewer.account_id}/link", admin, subject="").status == 303
    assert post(console, f"/accounts/{other.account_id}/link", admin, subject=issuer.subject).status == 303
    got = back(console, *go(console))
    assert other.name in console.ask("GET", "/", cookie_of(console, got)).text
    with Session(console.workspace.engine) as session:
        assert subject_of(session, reviewer.account_id, issuer.base) == ""
        with pytest.raises(Conflict):
            link(session, session.get_one(Account, reviewer.account_id), issuer.base, issuer.subject, "x", now())


def test_who_is_linked_no_more_is_signed_out_where_they_came_by_it(console: Console, reviewer: Caller) -> None:
    admin = console.cookie(console.account(f"An admin {next(NUMBERS)}", Role.ADMIN))
    by_password, by_it = console.cookie(reviewer), cookie_of(console, back(console, *go(console)))
    assert post(console, f"/accounts/{reviewer.account_id}/link", admin, subject="").status == 303
    assert [console.ask("GET", "/settings", secret).status for secret in (by_password, by_it)] == [200, 303]


def test_a_code_makes_no_fresh_proof_of_an_old_one_there(console: Console, issuer: Issuer, reviewer: Caller) -> None:
    _, codes = enrolled(console, reviewer)
    for number, (claimed, status) in enumerate(((int(time.time()) - 900, 403), (int(time.time()), 404))):
        issuer.changes = {"auth_time": claimed}
        got = back(console, *go(console))
        waiting = f"{COOKIE}code-{console.host.rpartition(':')[2]}={cookie_of(console, got, 'code')}"
        secret = cookie_of(console, post(console, "/sign-in/code", more=waiting, code=codes[number]))
        assert post(console, "/letters/x/approve", secret, agreed="yes").status == status


@pytest.mark.parametrize("claimed", [-(10**30), -1])
def test_a_time_that_is_none_signs_nobody_in(console: Console, issuer: Issuer, reviewer: Caller, claimed: int) -> None:
    issuer.changes = {"auth_time": claimed}
    refused(console, "it gives no time")


def last_refusal(console: Console) -> AuditEntry:
    with Session(console.workspace.engine) as session:
        return session.exec(select(AuditEntry)).all()[-1]


def test_what_failed_is_in_the_audit_log(console: Console, issuer: Issuer, reviewer: Caller) -> None:
    issuer.changes = {"nonce": "another"}
    refused(console, "it answers another sign-in")
    entry = last_refusal(console)
    assert (entry.action, entry.detail) == ("refuse", {"by": "single sign-on"})
    issuer.changes = {}
    with Session(console.workspace.engine) as session:
        disable_account(session, session.get_one(Account, reviewer.account_id), now())
        session.commit()
    refused(console, "This account is closed.")
    entry = last_refusal(console)
    assert (entry.action, reviewer.account_id in str(entry.model_dump())) == ("refuse", True)


def test_no_secret_of_it_reaches_a_log(
    console: Console, issuer: Issuer, reviewer: Caller, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    cookie, place = go(console)
    back(console, cookie, place)
    issuer.changes = {"nonce": "another"}
    back(console, *go(console))
    printed = capfd.readouterr()
    told = printed.out + printed.err
    told += "\n".join(each.getMessage() for each in caplog.records if not each.name.startswith(("httpcore", "uvicorn.access")))
    code = urlsplit(place).query.partition("code=")[2].partition("&")[0]
    for canary in (SECRET, code, cookie.partition("=")[2], issuer.asked[-1]["nonce"], issuer.asked[-1]["state"]):
        assert canary not in told
