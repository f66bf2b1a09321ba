"""Every route of the server, for every role: allowed or refused as the table says, and each party its own."""

import re
import socket
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from sqlmodel import select

from monitor.web.access import ROLES, WITHOUT_ACCOUNT
from monitor.web.api.bodies import LARGEST
from monitor.web.app import make_app
from monitor.workspace import init_workspace, open_workspace
from registry.accounts import Role
from registry.parties import Party
from reports.notices.notice import Notice
from tests.support.console import Console, served
from tests.support.routes import pages
from tests.support.tenancy.two_parties import furnish


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    root = tmp_path_factory.mktemp("routes") / "work"
    init_workspace(root)
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            for name in ("Alpha", "Beta"):
                furnish(workspace, session, name)
            session.commit()
        with served(workspace) as console:
            yield console


@pytest.fixture(scope="module")
def signed_in(console: Console) -> dict[Role, str]:
    """A browser for each role at Alpha's."""
    with console.workspace.session() as session:
        (alpha,) = session.exec(select(Party.id).where(Party.name == "Alpha union")).all()
    return {role: console.cookie(console.account(f"An {role.value} of Alpha", role, alpha)) for role in Role}


def test_every_route_has_its_row_and_every_row_its_route(console: Console) -> None:
    named = {route.name for route in pages(make_app(console.workspace, []))}
    assert len(named) > 25
    assert named == set(ROLES) | WITHOUT_ACCOUNT


@pytest.mark.parametrize("role", Role)
def test_a_role_is_allowed_and_refused_as_the_table_says(console: Console, signed_in: dict[Role, str], role: Role) -> None:
    for route in pages(console.app):
        if route.name in WITHOUT_ACCOUNT or route.name.startswith("api."):
            continue
        method = min(route.methods)
        path = route.path.replace("{", "").replace("}", "")
        fields = "decision=reject&since=2026-11-29T00:00:00%2B00:00&shown=pending&reason=x&name=x" if method == "POST" else None
        got = console.ask(method, path, signed_in[role], fields)
        assert (got.status == 403) is (role not in ROLES[route.name]), (route.name, got.status, got.text[:300])
        assert got.status < 500, route.name


@pytest.mark.parametrize("wrong", [{"decision": "maybe"}, {"since": "now"}, {"since": "2026-11-29"}, {"fence": "9" * 5000}])
def test_what_no_page_sends_is_no_decision(console: Console, signed_in: dict[Role, str], wrong: dict[str, str]) -> None:
    fields = {"decision": "reject", "since": "2026-11-29T00:00:00+00:00", "shown": "pending", "reason": "x"} | wrong
    got = console.ask("POST", "/queue/Alpha%20match/decide", signed_in[Role.REVIEWER], urlencode(fields))
    assert (got.status, "That is no decision." in got.text) == (422, True)


def test_nobody_sees_a_page_without_being_signed_in(console: Console) -> None:
    for route in pages(console.app):
        if route.name in WITHOUT_ACCOUNT or route.name.startswith("api."):
            continue
        method = min(route.methods)
        fields = "decision=reject&since=x&shown=pending" if method == "POST" else None
        got = console.ask(method, route.path.replace("{", "").replace("}", ""), None, fields)
        assert got.status in (401, 303), route.name
        assert got.status == 401 or got.headers["location"].startswith("/sign-in"), route.name


def test_promise_9_no_page_tells_one_party_of_the_other(console: Console, signed_in: dict[Role, str]) -> None:
    with console.workspace.session() as session:
        letters = {row.drafted_by: row.id for row in session.exec(select(Notice))}
    own = ["/", "/cases", "/registry", "/weekly", "/audit", "/search?q=a", "/queue/Alpha match", f"/letters/{letters['Alpha']}"]
    for path in own:
        got = console.ask("GET", path.replace(" ", "%20"), signed_in[Role.ADMIN])
        assert got.status == 200, (path, got.text)
        assert "Beta" not in got.text, path
    kept = ["/queue/Beta match", "/queue/Beta match/media", "/queue/Beta match/still.jpg", f"/letters/{letters['Beta']}"]
    kept += ["/registry/subjects/Beta person"]
    for path in kept:
        other = console.ask("GET", path.replace(" ", "%20"), signed_in[Role.ADMIN])
        nothing = console.ask("GET", path.replace(" ", "%20").replace("Beta", "Gamma"), signed_in[Role.ADMIN])
        assert other.status == 404, path
        assert other.text.replace("Beta", "Gamma") == nothing.text or "letters" in path
    decided = "decision=reject&since=2026-11-29T00:00:00%2B00:00&shown=pending&reason=x"
    assert console.ask("POST", "/queue/Beta%20match/decide", signed_in[Role.ADMIN], decided).status == 404
    assert console.ask("POST", "/queue/Beta%20match/lease", signed_in[Role.ADMIN], "").status == 404


def test_captured_bytes_are_given_in_parts_and_can_do_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    from reports.matches import MatchRow
    from tests.support.console import busy_console

    with busy_console(tmp_path_factory.mktemp("media") / "work", 2, 3) as console:
        with console.workspace.session() as session:
            match_id = session.exec(select(MatchRow.id)).first()
        secret = console.cookie(None)
        whole = console.ask("GET", f"/queue/{match_id}/media", secret)
        part = console.ask("GET", f"/queue/{match_id}/media", secret, Range="bytes=100-199")
        assert (part.status, part.content) == (206, whole.content[100:200])
        assert whole.headers["content-type"] == "video/mp4"
        for answer in (whole, console.ask("GET", f"/queue/{match_id}/still.jpg", secret)):
            assert answer.headers["content-security-policy"].startswith("sandbox")
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"


def refusal_of(console: Console, path: str, size: int) -> str:
    """The first line that is answered to the head alone of a form of so many bytes."""
    host, _, port = console.host.partition(":")
    head = f"POST {path} HTTP/1.1\r\nHost: {console.host}\r\nAccept: text/html\r\nSec-Fetch-Site: same-origin\r\n"
    head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {size}\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=60) as line:
        line.sendall(head.encode())
        return line.recv(1000).decode().partition("\r\n")[0]


def test_a_large_body_is_refused_unread_at_every_address_that_takes_no_files(console: Console) -> None:
    """Whatever a part of the address is called: it may be what addresses of forms with files end in."""
    taking = [route for route in pages(console.app) if "POST" in route.methods]
    paths = {re.sub(r"{[^}]+}", "upload", route.path): route.name for route in taking}
    files = {"references.add", "mandate.add", "roster.send", "enrol.photos"}
    assert "enrol.agree" in paths.values()
    assert "/enrol/upload" in paths
    small = {path: name for path, name in paths.items() if name not in files | {"api.check.ask"}}
    assert len(small) > 60
    answered = {path: refusal_of(console, path, LARGEST + 1) for path in small}
    assert {path: said for path, said in answered.items() if " 413 " not in said} == {}
