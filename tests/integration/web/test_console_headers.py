"""What holds for every answer of the server: what pages may do, what is served at all, and what errors and refusals tell."""

import logging
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from sqlmodel import Session, func, select

from monitor.web.access import WITHOUT_ACCOUNT
from monitor.workspace import init_workspace, open_workspace
from registry.accounts import Role
from registry.audit import AuditEntry
from registry.parties import PartyKind, add_party
from tests.support.console import PASSWORD, Console, served
from tests.support.factors import cookie_of, post
from tests.support.routes import pages

CANARY = "/root/semblance.db: SELECT a_canary FROM account"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    root = tmp_path_factory.mktemp("headers") / "work"
    init_workspace(root)
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            add_party(session, "A studio", PartyKind.STUDIO).id = "studio"
            session.commit()
        with served(workspace) as console:
            yield console


@pytest.mark.parametrize("path", ["/", "/sign-in", "/settings", "/no-such-page", "/v1/parties", "/openapi.json", "/healthz"])
def test_every_page_forbids_what_it_does_not_need(console: Console, path: str) -> None:
    got = console.ask("GET", path, console.cookie(None)).headers
    policy = dict(part.split(" ", 1) for part in got["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in got["content-security-policy"]
    assert got["x-content-type-options"] == "nosniff"
    assert got["referrer-policy"] == "no-referrer"
    assert got["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert got["cross-origin-resource-policy"] == got["cross-origin-opener-policy"] == "same-origin"
    assert got["cache-control"] in ("no-store", "no-cache")
    assert "access-control-allow-origin" not in got
    assert "server" not in got or "/" not in got["server"]


def test_no_page_that_is_only_looked_at_changes_anything(console: Console) -> None:
    secret = console.cookie(None)

    def entries() -> int:
        with Session(console.workspace.engine) as session:
            return session.exec(select(func.count()).select_from(AuditEntry)).one()

    before, looked = entries(), 0
    for route in pages(console.app):
        if "GET" in route.methods and route.name not in WITHOUT_ACCOUNT:
            console.ask("GET", route.path.replace("{", "").replace("}", ""), secret)
            looked += 1
    assert looked > 30
    # Every write of every room is in the audit log.
    assert entries() == before


@pytest.mark.parametrize(
    "path", ["/.git/config", "/.git/", "/static/", "/static/..%2Fqueue.py", "/static/../semblance.toml", "/vault/"]
)
def test_nothing_is_served_but_what_has_a_route(console: Console, path: str) -> None:
    assert console.ask("GET", path, console.cookie(None)).status == 404
    assert console.ask("TRACE", "/", console.cookie(None)).status == 405


def test_an_error_of_the_program_tells_nothing_of_itself(console: Console, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise RuntimeError(CANARY)

    console.app.add_api_route("/broken", broken, name="static")
    for accept in ("text/html", "application/json"):
        got = console.ask("GET", "/broken", Accept=accept)
        assert (got.status, "canary" in got.text, "RuntimeError" in got.text) == (500, False, False)
    assert "a request failed" in caplog.text


def test_signing_out_clears_what_the_browser_kept(console: Console) -> None:
    got = console.ask("POST", "/sign-out", console.cookie(None), "")
    assert got.headers["clear-site-data"] == '"cache"'
    assert "Max-Age=0" in got.headers["set-cookie"]


def test_who_is_refused_something_is_in_the_log_by_ids(console: Console, caplog: pytest.LogCaptureFixture) -> None:
    auditor = console.account("An auditor", Role.AUDITOR)
    got = post(console, "/sign-in", name=auditor.name, password=PASSWORD)
    assert console.ask("POST", "/letters/x/approve", cookie_of(console, got), urlencode({"agreed": "yes"})).status == 403
    (record,) = [each for each in caplog.records if each.levelno == logging.WARNING and each.name == "monitor.web"]
    assert record.getMessage() == f"the account {auditor.account_id} may not ask for letter.approve"
