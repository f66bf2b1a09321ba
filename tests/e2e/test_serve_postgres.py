"""`semblance serve` over a PostgreSQL database: two unions sign in, each sees its own queue, and one decides."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests
from sqlmodel import select

from registry.audit import AuditEntry, verify_audit
from registry.db import now
from reports.matches import MatchRow, MatchStatus
from reports.review import reviews_of
from tests.support.api_desk import ApiDesk, api_desk
from tests.support.postgres_server import Server
from tests.support.tenancy.two_parties import PASSWORD


@pytest.fixture
def desk(tmp_path: Path, postgres_server: Server) -> Iterator[ApiDesk]:
    postgres_server.begin(tmp_path / "work")
    with api_desk(tmp_path / "work") as desk:
        assert desk.workspace.engine.dialect.name == "postgresql"
        yield desk


def signed_in(desk: ApiDesk, name: str) -> str:
    """The cookie of a browser of that account's."""
    answer = ask(desk, "POST", "/sign-in", "", name=name, password=PASSWORD)
    assert answer.status_code == 303, answer.text
    return answer.headers["set-cookie"].split(";")[0]


def ask(desk: ApiDesk, method: str, path: str, cookie: str, **form: str) -> requests.Response:
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
    sent = headers | ({"Cookie": cookie} if cookie else {})
    return requests.request(method, desk.base + path, headers=sent, data=urlencode(form), timeout=60, allow_redirects=False)


def test_each_signs_in_sees_its_own_queue_and_decides(desk: ApiDesk) -> None:
    key = desk.match("Alpha")
    alpha, beta = (signed_in(desk, f"{name} reviewer") for name in ("Alpha", "Beta"))
    own = ask(desk, "GET", f"/queue/{key}", alpha)
    assert own.status_code == 200
    assert "Alpha person" in own.text
    assert "Beta person" not in own.text
    assert ask(desk, "GET", f"/queue/{key}", beta).status_code == 404
    form = {"decision": "confirm", "reason": "It is her.", "since": now().isoformat(), "shown": "pending", "fence": ""}
    assert ask(desk, "POST", f"/queue/{key}/decide", beta, **form).status_code in (403, 404)
    assert ask(desk, "POST", f"/queue/{key}/decide", alpha, **form).status_code == 303
    with desk.workspace.session() as session:
        match = session.exec(select(MatchRow).where(MatchRow.id == key)).one()
        assert match.status == MatchStatus.CONFIRMED
        assert [one.reviewer for one in reviews_of(session, key)] == ["Alpha reviewer"]
        assert session.exec(select(AuditEntry).where(AuditEntry.table_name == "review")).all()
        assert verify_audit(session).ok


def test_a_program_is_told_of_its_own_alone(desk: ApiDesk) -> None:
    clerk = desk.asker("Alpha clerk")
    names = {row["name"] for row in clerk.get("/v1/subjects", limit=100).json()["items"]}
    assert {name.split()[0] for name in names} == {"Alpha", "Local"}
    theirs = desk.asker("Beta clerk").get("/v1/subjects", limit=100).json()["items"][0]["id"]
    assert clerk.get(f"/v1/subjects/{theirs}").status_code == 404
