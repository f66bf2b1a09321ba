"""The API's document is the API: as it is committed, as it is served, and as the server answers to whatever fits or does not."""

import json

import pytest
import schemathesis
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from monitor.web.access import ROLES, SCOPES, WITHOUT_ACCOUNT
from monitor.web.api.document import COMMITTED, ROUTERS, as_text, document
from tests.support.api_desk import ApiDesk, Asker

load_all_checks()
SCHEMA = schemathesis.openapi.from_dict(json.loads(COMMITTED.read_text("utf-8")))
BEYOND_FORM = [positive_data_acceptance, ignored_auth]
"""No form says which cursors, names and days there are: what has the form may be refused. And so many wrong tokens are answered
with 429; that none opens anything is tested below."""
OPERATIONS = sorted((path, method) for path, each in document()["paths"].items() for method in each)


@pytest.fixture(scope="module")
def token(desk: ApiDesk) -> str:
    return desk.asker("Alpha clerk").token or ""


def test_the_committed_document_is_that_of_the_code() -> None:
    """Written anew with `python -m monitor.web.api.document`."""
    assert COMMITTED.read_text("utf-8") == as_text()


def test_the_server_serves_it_to_anybody(desk: ApiDesk) -> None:
    assert Asker(desk.base, None).get("/v1/openapi.json").json() == document()


def test_every_route_says_for_whom_and_for_which_token_it_is() -> None:
    names = {route.name for part in ROUTERS for route in part.routes if isinstance(route, APIRoute)}
    assert names - WITHOUT_ACCOUNT <= ROLES.keys()
    assert names - WITHOUT_ACCOUNT == SCOPES.keys()


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_whatever_is_sent_is_answered_as_the_document_says_and_never_with_a_fault(
    desk: ApiDesk, token: str, path: str, method: str
) -> None:
    operation = SCHEMA[path][method.upper()]

    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=desk.base, headers={"Authorization": f"Bearer {token}"}, excluded_checks=BEYOND_FORM)

    check()


@pytest.mark.parametrize(("path", "method"), [each for each in OPERATIONS if each[0] != "/v1/check/key"])
def test_nothing_is_answered_without_a_token_or_by_a_wrong_one(desk: ApiDesk, path: str, method: str) -> None:
    address = path.replace("{", "").replace("}", "")
    assert Asker(desk.base, None).ask(method, address).status_code == 401
    assert Asker(desk.base, "smb_wrong").ask(method, address).status_code in (401, 429)
