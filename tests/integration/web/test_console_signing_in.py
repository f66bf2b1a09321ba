"""Being signed in: by password, by the opening link, until one signs out or something about the account changes."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from urllib.parse import urlencode

import pytest
from sqlmodel import Session, select

from monitor.web.asked import COOKIE
from monitor.web.console.opening import LASTS, PAUSE, Opening
from registry.accounts import AccessRefused, Caller, Role, disable_account, find_account, set_password, token_hash
from registry.audit import AuditEntry
from registry.db import now
from registry.signed_in import IDLE, KEPT, LONGEST, SignedIn, begin, browser_of
from tests.support.console import PASSWORD, Console, busy_console, served

NUMBERS = count()


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with busy_console(tmp_path_factory.mktemp("doors") / "work", 4, 8) as console:
        yield console


@pytest.fixture
def reviewer(console: Console) -> Caller:
    return console.account(f"P. Legal {next(NUMBERS)}", Role.REVIEWER)


def sign_in(console: Console, name: str, password: str = PASSWORD, **fields: str) -> tuple[int, str]:
    got = console.ask("POST", "/sign-in", form=urlencode({"name": name, "password": password, **fields}))
    return got.status, got.headers.get("set-cookie", "")


def secret_of(cookie: str) -> str:
    found = re.match(rf"{COOKIE}\d+=([^;]+)", cookie)
    assert found
    return found[1]


def test_name_and_password_sign_a_browser_in_with_a_cookie_for_this_host_alone(console: Console, reviewer: Caller) -> None:
    status, cookie = sign_in(console, reviewer.name, to="/cases")
    assert status == 303
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    page = console.ask("GET", "/", secret_of(cookie))
    assert page.status == 200
    assert reviewer.name in page.text


def test_kept_is_a_digest_and_the_audit_log_has_who_signed_in(console: Console, reviewer: Caller) -> None:
    secret = secret_of(sign_in(console, reviewer.name)[1])
    with console.workspace.session() as session:
        rows = session.exec(select(SignedIn).where(SignedIn.account_id == reviewer.account_id)).all()
        assert secret not in repr([row.model_dump() for row in rows])
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "sign in")).all()
        assert [reviewer.account_id] in [entry.row_ids for entry in entries]


def test_a_wrong_password_says_so_and_nothing_of_whether_the_name_is_known(console: Console, reviewer: Caller) -> None:
    known = console.ask("POST", "/sign-in", form=urlencode({"name": reviewer.name, "password": "x"}))
    other = console.ask("POST", "/sign-in", form=urlencode({"name": "Nobody At All", "password": "x"}))
    assert known.status == other.status == 401
    assert known.text.replace(reviewer.name, "") == other.text.replace("Nobody At All", "")
    assert "set-cookie" not in known.headers


def test_signing_in_again_ends_what_the_browser_held_before(console: Console, reviewer: Caller) -> None:
    first = secret_of(sign_in(console, reviewer.name)[1])
    form = urlencode({"name": reviewer.name, "password": PASSWORD})
    second = secret_of(console.ask("POST", "/sign-in", first, form).headers["set-cookie"])
    assert second != first
    assert console.ask("GET", "/", first).status == 303
    assert console.ask("GET", "/", second).status == 200


def test_another_server_on_this_machine_signs_nobody_out(console: Console, reviewer: Caller) -> None:
    with served(console.workspace) as other:
        one, two = (sign_in(each, reviewer.name)[1].partition("=")[0] for each in (console, other))
    assert one != two


def test_who_signed_out_days_ago_is_not_kept(console: Console, reviewer: Caller) -> None:
    at = now()
    with Session(console.workspace.engine) as session:
        held = [begin(session, reviewer, at - age) for age in (KEPT + 2 * LONGEST, timedelta(0))]
        begin(session, reviewer, at)
        rows = {row.secret_hash for row in session.exec(select(SignedIn).where(SignedIn.account_id == reviewer.account_id))}
    assert [token_hash(secret) in rows for secret in held] == [False, True]


def test_signing_out_ends_it_at_once(console: Console, reviewer: Caller) -> None:
    secret = secret_of(sign_in(console, reviewer.name)[1])
    assert console.ask("POST", "/sign-out", secret, "").status == 303
    assert console.ask("GET", "/", secret).headers["location"] == "/sign-in"


@pytest.mark.parametrize("how", ["closed", "password"])
def test_a_closed_account_and_a_changed_password_end_every_browser(console: Console, reviewer: Caller, how: str) -> None:
    secret = console.cookie(reviewer)
    assert console.ask("GET", "/", secret).status == 200
    with console.workspace.session() as session:
        account = find_account(session, reviewer.name)
        if how == "closed":
            disable_account(session, account, now())
        else:
            set_password(session, account, "another sentence about lighthouses")
        session.commit()
    assert console.ask("GET", "/", secret).status == 303


def test_a_browser_is_signed_out_when_idle_and_at_the_latest_after_its_time(console: Console, reviewer: Caller) -> None:
    at = now()
    with Session(console.workspace.engine) as session:
        secret = begin(session, reviewer, at)
        assert browser_of(session, secret, at + IDLE - timedelta(seconds=1)).caller == reviewer
        with pytest.raises(AccessRefused):
            browser_of(session, secret, at + 2 * IDLE)
        busy, step = begin(session, reviewer, at), at
        while step + IDLE / 2 < at + LONGEST:
            step += IDLE / 2
            browser_of(session, busy, step)
        with pytest.raises(AccessRefused):
            browser_of(session, busy, at + LONGEST)


def test_a_clock_that_was_set_back_makes_no_browsers_time_longer(console: Console, reviewer: Caller) -> None:
    at = now()
    with Session(console.workspace.engine) as session:
        secret = begin(session, reviewer, at)
        with pytest.raises(AccessRefused):
            browser_of(session, secret, at - timedelta(minutes=1))


def test_the_settings_list_ones_own_browsers_and_end_one(console: Console, reviewer: Caller) -> None:
    here, there, other = console.cookie(reviewer), console.cookie(reviewer), console.cookie(None)
    keys = re.findall(r'name="browser" value="(\w+)"', console.ask("GET", "/settings", here).text)
    assert len(keys) == 2
    owners = re.findall(r'name="browser" value="(\w+)"', console.ask("GET", "/settings", other).text)
    assert not set(owners) & set(keys)
    console.ask("POST", "/settings/end", here, urlencode([("browser", key) for key in [*keys, *owners]]))
    assert {console.ask("GET", "/", secret).status for secret in (here, there)} == {303}
    assert console.ask("GET", "/", other).status == 200


def test_the_opening_link_signs_in_as_the_machines_owner_once(console: Console) -> None:
    console.ask("POST", "/opening", form="")
    secret = console.links[-1]
    got = console.ask("GET", f"/open/{secret}")
    assert got.status == 303
    owner = secret_of(got.headers["set-cookie"])
    assert "this machine&#39;s owner" in console.ask("GET", "/name", owner).text
    again = console.ask("GET", f"/open/{secret}")
    assert again.status == 401
    assert "set-cookie" not in again.headers
    assert console.ask("GET", "/open/anything").status == 401


def test_an_opening_link_ends_after_minutes_and_with_the_next_one() -> None:
    told: list[str] = []
    opening, at = Opening(told.append), now()
    assert opening.renew(at)
    assert not opening.renew(at + PAUSE / 2)
    assert not opening.use(told[0], at + LASTS)
    assert opening.renew(at + PAUSE)
    assert not opening.use(told[0], at + PAUSE)
    assert opening.use(told[1], at + PAUSE)
    assert not opening.use(told[1], at + PAUSE)


def test_what_was_typed_is_kept_when_the_session_ended_meanwhile(console: Console, reviewer: Caller) -> None:
    typed = {"decision": "reject", "reason": "", "other": "Its ear is <b>another</b> one", "since": "2026-11-29T00:00:00+00:00"}
    refused = console.ask("POST", "/queue/abc/decide", "no-secret", urlencode(typed | {"shown": "pending"}))
    assert refused.status == 401
    assert "Its ear is &lt;b&gt;another&lt;/b&gt; one" in refused.text
    carried = {f"typed.{key}": value for key, value in typed.items()}
    form = urlencode({"name": reviewer.name, "password": PASSWORD, "to": "/queue/abc/decide", **carried})
    again = console.ask("POST", "/sign-in", form=form)
    assert again.status == 200
    assert 'action="/queue/abc/decide"' in again.text
    assert 'name="other" value="Its ear is &lt;b&gt;another&lt;/b&gt; one"' in again.text
    assert PASSWORD not in again.text


@pytest.mark.parametrize("to", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/a\nb"])
def test_nobody_is_led_to_another_site_after_signing_in(console: Console, reviewer: Caller, to: str) -> None:
    form = urlencode({"name": reviewer.name, "password": PASSWORD, "to": to})
    assert console.ask("POST", "/sign-in", form=form).headers["location"] == "/"


def test_another_site_signs_nobody_in_or_out(console: Console, reviewer: Caller) -> None:
    form = urlencode({"name": reviewer.name, "password": PASSWORD})
    assert console.ask("POST", "/sign-in", form=form, Sec_Fetch_Site="cross-site").status == 403
    assert console.ask("POST", "/sign-out", console.cookie(reviewer), "", Sec_Fetch_Site="same-site").status == 403
