"""Second factors and fresh proofs in the console: the step after the password, setting up, confirming, taking away."""

import html
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from urllib.parse import urlencode

import pytest
from sqlmodel import Session, select

from monitor.web.access import FRESH, ROLES
from monitor.web.asked import COOKIE
from registry.account_news import AccountNews, News, tell
from registry.accounts import Account, Caller, Role, issue_token
from registry.audit import AuditEntry
from registry.db import now
from registry.parties import PartyKind, add_party
from registry.second_factors import FactorRule, set_rule
from registry.signed_in import FRESH as MINUTES
from registry.signed_in import SignedIn
from tests.support.authenticator import authenticator_of, recovery_codes_of
from tests.support.console import PASSWORD, Console, busy_console
from tests.support.factors import aged, cookie_of, enrolled, half, half_cookie, post

NUMBERS = count()
STEP = timedelta(seconds=30)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with busy_console(tmp_path_factory.mktemp("factors") / "work", 4, 8) as console:
        yield console


@pytest.fixture
def reviewer(console: Console) -> Caller:
    return console.account(f"P. Legal {next(NUMBERS)}", Role.REVIEWER)


@pytest.fixture
def admin(console: Console) -> Caller:
    return console.account(f"An admin {next(NUMBERS)}", Role.ADMIN)


def test_an_authenticator_is_set_up_confirmed_and_asked_for_at_the_next_sign_in(console: Console, reviewer: Caller) -> None:
    secret = console.cookie(reviewer)
    page = post(console, "/settings/factors/begin", secret)
    phone = authenticator_of(page.text)
    assert "<svg" in page.text
    assert "https://" not in page.text.replace("http://www.w3.org", "")
    begun = half_cookie(console, page)
    wrong = post(console, "/settings/factors/confirm", secret, more=begun, code="000000")
    assert (wrong.status, authenticator_of(wrong.text)) == (401, phone)
    used = phone.code(now())
    shown = post(console, "/settings/factors/confirm", secret, more=begun, code=used)
    codes = recovery_codes_of(shown.text)
    assert len(codes) == 10
    assert codes[0] not in console.ask("GET", "/settings/factors", secret).text
    waiting = half(console, reviewer.name)
    assert console.ask("GET", "/", Cookie=waiting).status == 303
    again = post(console, "/sign-in/code", more=waiting, code=used, to="/cases")
    assert again.status == 401
    got = post(console, "/sign-in/code", more=waiting, code=phone.code(now() + STEP), to="/cases")
    assert (got.status, got.headers["location"]) == (303, "/news?to=%2Fcases")
    with Session(console.workspace.engine) as session:
        row = session.exec(select(SignedIn).where(SignedIn.way == "password and code")).all()[-1]
        assert (row.account_id, row.address) == (reviewer.account_id, "127.0.0.1")


def test_what_is_half_done_serves_once_and_nobody_elses_code(console: Console, reviewer: Caller) -> None:
    phone, codes = enrolled(console, reviewer)
    waiting = half(console, reviewer.name)
    other = console.account(f"Another {next(NUMBERS)}", Role.REVIEWER)
    theirs, _ = enrolled(console, other)
    assert post(console, "/sign-in/code", more=waiting, code=theirs.code(now())).status == 401
    assert post(console, "/sign-in/code", code=phone.code(now())).status == 401
    assert post(console, "/sign-in/code", more=waiting, code=codes[0]).status == 303
    assert post(console, "/sign-in/code", more=waiting, code=phone.code(now())).status == 401


def test_a_used_recovery_code_is_told_before_anything_else(console: Console, reviewer: Caller) -> None:
    _, codes = enrolled(console, reviewer)
    got = post(console, "/sign-in/code", more=half(console, reviewer.name), code=codes[0])
    secret = cookie_of(console, got)
    assert got.headers["location"] == "/news?to=%2F"
    assert News.RECOVERED.value in html.unescape(console.ask("GET", "/news", secret).text)
    shown = re.findall(r'name="shown" value="([^"]+)"', console.ask("GET", "/news", secret).text)
    with Session(console.workspace.engine) as session:
        tell(session, session.get_one(Account, reviewer.account_id), News.PASSWORD, "An admin", now())
        session.commit()
    read = urlencode([("to", "/cases"), *(("shown", each) for each in shown)])
    assert console.ask("POST", "/news", secret, read).headers["location"] == "/cases"
    waiting = html.unescape(console.ask("GET", "/news", secret).text)
    assert News.RECOVERED.value not in waiting
    assert News.PASSWORD.value in waiting, "what came after the page was shown is not taken for read"
    kept = html.unescape(console.ask("GET", "/settings", secret).text)
    assert News.RECOVERED.value in kept
    assert News.PASSWORD.value in kept


def test_what_was_typed_is_kept_through_password_and_code(console: Console, reviewer: Caller) -> None:
    _, codes = enrolled(console, reviewer)
    got = post(console, "/sign-in", name=reviewer.name, password=PASSWORD, to="/queue/abc/decide", **{"typed.other": "Its <ear>"})
    assert 'name="typed.other" value="Its &lt;ear&gt;"' in got.text
    waiting = f"{COOKIE}code-{console.host.rpartition(':')[2]}={cookie_of(console, got, 'code')}"
    fields = {"typed.other": "Its <ear>", "to": "/queue/abc/decide"}
    assert 'value="Its &lt;ear&gt;"' in post(console, "/sign-in/code", more=waiting, code="1", **fields).text
    done = post(console, "/sign-in/code", more=waiting, code=codes[0], **fields)
    assert (done.status, 'name="other" value="Its &lt;ear&gt;"' in done.text) == (200, True)


def test_whoever_must_have_a_second_factor_is_led_there_and_nowhere_else(console: Console) -> None:
    with console.workspace.session() as session:
        party = add_party(session, f"A strict party {next(NUMBERS)}", PartyKind.UNION).id
        set_rule(session, party, needed=True)
        session.commit()
    strict = console.account(f"A clerk {next(NUMBERS)}", Role.ADMIN, party)
    got = post(console, "/sign-in", name=strict.name, password=PASSWORD, to="/cases")
    assert got.headers["location"] == "/settings/factors"
    secret = cookie_of(console, got)
    for path in ("/", "/cases", "/registry", "/accounts", "/settings"):
        assert console.ask("GET", path, secret).headers["location"] == "/settings/factors"
    assert console.ask("GET", "/v1/parties", secret, Accept="application/json").status == 403
    assert post(console, "/cases/abc/bundle", secret).headers["location"] == "/settings/factors"
    page = post(console, "/settings/factors/begin", secret)
    phone, begun = authenticator_of(page.text), half_cookie(console, page)
    assert post(console, "/settings/factors/confirm", secret, more=begun, code=phone.code(now())).status == 200
    assert console.ask("GET", "/cases", secret).status == 200
    refused = post(console, "/settings/factors/remove", secret)
    assert (refused.status, "your only one" in refused.text) == (409, True)


@pytest.mark.parametrize("factor", [False, True])
def test_approving_takes_a_fresh_proof_and_keeps_what_was_typed(console: Console, reviewer: Caller, factor: bool) -> None:
    phone, _ = enrolled(console, reviewer) if factor else (None, ())
    secret, path = aged(console, reviewer), "/letters/no-such-letter/approve"
    asked = post(console, path, secret, agreed="yes", remark="<b>mine</b>")
    assert (asked.status, "Confirm that it is you" in asked.text) == (403, True)
    assert 'name="typed.remark" value="&lt;b&gt;mine&lt;/b&gt;"' in asked.text
    assert ("Code of your authenticator" in asked.text) is factor
    kept = {"to": path, "again": "post", "typed.agreed": "yes", "typed.remark": "<b>mine</b>"}
    code = {"code": phone.code(now())} if phone else {}
    wrong = post(console, "/confirm", secret, password="not it", **kept, **code)
    assert (wrong.status, 'value="&lt;b&gt;mine&lt;/b&gt;"' in wrong.text) == (401, True)
    done = post(console, "/confirm", secret, password=PASSWORD, **kept, **code)
    assert (done.status, f'action="{path}"' in done.text) == (200, True)
    assert 'name="remark" value="&lt;b&gt;mine&lt;/b&gt;"' in done.text
    assert PASSWORD not in done.text
    # The browser has a new secret, and the one before opens nothing.
    fresh = cookie_of(console, done)
    assert post(console, path, secret, agreed="yes").status == 401
    assert post(console, path, fresh, agreed="yes").status == 404


def test_with_a_second_factor_the_password_alone_confirms_nothing(console: Console, reviewer: Caller) -> None:
    enrolled(console, reviewer)
    secret = aged(console, reviewer)
    assert post(console, "/confirm", secret, password=PASSWORD).status == 401
    assert post(console, "/letters/x/approve", secret, agreed="yes").status == 403


def test_a_proof_is_one_browsers_own_and_lasts_ten_minutes(console: Console, reviewer: Caller) -> None:
    here = aged(console, reviewer)
    there = aged(console, reviewer)
    fresh = cookie_of(console, post(console, "/confirm", here, password=PASSWORD, to="/", again="post"))
    assert post(console, "/letters/x/approve", fresh, agreed="yes").status == 404
    assert post(console, "/letters/x/approve", there, agreed="yes").status == 403
    almost = aged(console, reviewer, MINUTES - timedelta(seconds=20))
    assert post(console, "/letters/x/approve", almost, agreed="yes").status == 404
    ahead = aged(console, reviewer, -timedelta(hours=1))
    assert post(console, "/letters/x/approve", ahead, agreed="yes").status == 403


def test_the_machines_owner_confirms_by_a_link_that_is_printed(console: Console) -> None:
    secret = aged(console, None)
    assert "The link that Semblance prints" in post(console, "/letters/x/approve", secret, agreed="yes").text
    link = console.opened()
    assert post(console, "/confirm", secret, link="http://anything/open/else").status == 401
    done = post(console, "/confirm", secret, link=f"{console.base}open/{link}", to="/letters/x/approve", again="post")
    assert done.status == 200
    assert post(console, "/letters/x/approve", cookie_of(console, done), agreed="yes").status == 404
    assert post(console, "/confirm", secret, link=link).status == 401


def test_every_route_that_takes_a_fresh_proof_asks_for_it_before_anything_is_done(console: Console, admin: Caller) -> None:
    from tests.support.routes import pages

    own = {each for each in ROLES if re.match("factors|passkeys|password|accounts?[.]", each)} - {"factors"}
    assert own <= FRESH
    secret, asked = aged(console, admin), set()
    for route in pages(console.app):
        if route.name in FRESH:
            method = min(route.methods)
            got = console.ask(method, route.path.replace("{", "").replace("}", ""), secret, "" if method == "POST" else None)
            assert (got.status, "Confirm that it is you" in got.text) == (403, True), route.name
            asked.add(route.name)
    assert asked == FRESH


def test_a_program_with_a_token_is_asked_for_no_factor(console: Console, reviewer: Caller) -> None:
    enrolled(console, reviewer)
    with Session(console.workspace.engine) as session:
        token = issue_token(session, session.get_one(Account, reviewer.account_id), "a program")[1]
        session.commit()
    assert console.ask("GET", "/v1/parties", Authorization=f"Bearer {token}", Accept="application/json").status == 200


def test_an_admin_takes_factors_away_and_the_account_is_told(console: Console, reviewer: Caller, admin: Caller) -> None:
    enrolled(console, reviewer)
    signed_in, secret = console.cookie(reviewer), console.cookie(admin)
    waiting = half(console, reviewer.name)
    page = f"/accounts/{reviewer.account_id}"
    assert "An authenticator, with 10 recovery codes left" in console.ask("GET", page, secret).text
    assert post(console, f"{page}/reset", secret).status == 303
    assert console.ask("GET", "/", signed_in).status == 303
    assert post(console, "/sign-in/code", more=waiting, code="1").status == 401
    got = post(console, "/sign-in", name=reviewer.name, password=PASSWORD)
    assert got.headers["location"] == "/news?to=%2F"
    told = html.unescape(console.ask("GET", "/news", cookie_of(console, got)).text)
    assert News.RESET.value in told
    assert f"By {admin.name}" in told
    with console.workspace.session() as session:
        removed = session.exec(select(AuditEntry).where(AuditEntry.action == "remove", AuditEntry.table_name == "totp")).all()
        assert (removed[-1].who, removed[-1].why, removed[-1].concerns) == (admin.name, "web account.reset", "studio")


def test_an_admin_signs_an_account_out_and_reaches_no_other_partys(console: Console, reviewer: Caller, admin: Caller) -> None:
    there, secret = console.cookie(reviewer), console.cookie(admin)
    assert "at 127.0.0.1, by password" in console.ask("GET", f"/accounts/{reviewer.account_id}", secret).text
    assert post(console, f"/accounts/{reviewer.account_id}/end", secret).status == 303
    assert console.ask("GET", "/", there).status == 303
    with console.workspace.session() as session:
        party = add_party(session, f"A stranger {next(NUMBERS)}", PartyKind.UNION).id
        session.commit()
    stranger = console.account(f"A stranger {next(NUMBERS)}", Role.ADMIN, party)
    theirs = console.cookie(stranger)
    for path in ("", "/reset", "/end"):
        method = "POST" if path else "GET"
        got = console.ask(method, f"/accounts/{stranger.account_id}{path}", secret, "" if path else None)
        assert got.status == 404
    assert console.ask("GET", "/accounts", secret).text.count(stranger.name) == 0
    assert post(console, "/accounts", secret, party=party, needed="yes").status == 404
    assert console.ask("GET", "/", theirs).status == 200
    with Session(console.workspace.engine) as session:
        assert session.get(FactorRule, party) is None
        assert session.exec(select(AccountNews).where(AccountNews.account_id == stranger.account_id)).all() == []


def test_a_party_is_made_to_need_one_and_no_more(console: Console, admin: Caller) -> None:
    secret = console.cookie(admin)
    assert post(console, "/accounts", secret, party="studio", needed="yes").status == 303
    try:
        got = post(console, "/sign-in", name=admin.name, password=PASSWORD)
        assert got.headers["location"] == "/settings/factors"
        # Who was signed in before stays so until the next time.
        assert console.ask("GET", "/accounts", secret).status == 200
    finally:
        assert post(console, "/accounts", secret, party="studio").status == 303
    assert post(console, "/sign-in", name=admin.name, password=PASSWORD).headers["location"] == "/"


def test_a_new_password_ends_every_other_browser_and_this_one_goes_on(console: Console, reviewer: Caller) -> None:
    here, there = console.cookie(reviewer), console.cookie(reviewer)
    new = "seven kettles under a paper moon"
    assert post(console, "/settings/password", here, new=new).status == 401
    twice = urlencode([("new", new), ("new", new)])
    got = console.ask("POST", "/settings/password", here, twice)
    assert (got.status, "Your new password is set" in got.text, new in got.text) == (200, True, False)
    fresh = cookie_of(console, got)
    assert [console.ask("GET", "/", secret).status for secret in (fresh, here, there)] == [200, 303, 303]
    assert post(console, "/sign-in", name=reviewer.name, password=PASSWORD).status == 401
    assert post(console, "/sign-in", name=reviewer.name, password=new).status == 303


def test_all_others_are_signed_out_at_once(console: Console, reviewer: Caller) -> None:
    here, *there = (console.cookie(reviewer) for _ in range(3))
    assert post(console, "/settings/end-others", here).status == 303
    assert [console.ask("GET", "/", secret).status for secret in (here, *there)] == [200, 303, 303]


def test_no_secret_reaches_a_log_or_the_audit_log(
    console: Console, reviewer: Caller, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = console.cookie(reviewer)
    page = post(console, "/settings/factors/begin", secret)
    phone = authenticator_of(page.text)
    shown = post(console, "/settings/factors/confirm", secret, more=half_cookie(console, page), code=phone.code(now()))
    codes = recovery_codes_of(shown.text)
    waiting = half(console, reviewer.name)
    post(console, "/sign-in/code", more=waiting, code="987123")
    done = post(console, "/sign-in/code", more=waiting, code=codes[0])
    post(console, "/confirm", cookie_of(console, done), password=PASSWORD, code=codes[1])
    printed = capfd.readouterr()
    with console.workspace.session() as session:
        logged = repr([entry.model_dump() for entry in session.exec(select(AuditEntry))])
    # What the client of this test says of itself is no log of the server.
    records = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpcore"))
    told = logged + records + printed.out + printed.err
    for canary in (phone.secret, *codes, PASSWORD, "987123", secret, cookie_of(console, done), waiting.partition("=")[2]):
        assert canary not in told
