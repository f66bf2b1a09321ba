"""Webhooks: where programs are told what happened; added and tried, what waits for each, given another secret, and removed."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from monitor.web.asked import Asked, Asking
from monitor.web.console.pages import page
from monitor.web.problems import status_of
from monitor.webhooks import (
    AnotherSecretSoon,
    NewEndpoint,
    add_endpoint,
    endpoint_lines,
    remove_endpoint,
    rotate_secret,
    try_endpoint,
    waiting_for,
)
from registry.db import now
from registry.errors import SemblanceError
from registry.parties import list_parties

routes = APIRouter()

MOST = 50
"""Messages that are shown of those that wait for one."""

Typed = Annotated[str, Form()]


@routes.get("/webhooks", name="webhooks")
def webhooks(asked: Asking) -> Response:
    """All that one may see."""
    return _list(asked)


def _list(asked: Asked, error: SemblanceError | None = None, party: str = "", url: str = "") -> Response:
    with asked.acting() as workspace, workspace.session() as session:
        lines = endpoint_lines(session)
        parties = [(each.party.id, each.party.name) for each in list_parties(session)]
    status = HTTPStatus.OK if error is None else status_of(error)
    values: dict[str, Any] = {"lines": lines, "parties": parties, "party": party, "url": url}
    return page("webhooks.html", asked.who, here="settings", title="Webhooks", status=status, error=error, **values)


@routes.get("/webhooks/{endpoint_id}", name="webhook")
def webhook(asked: Asking, endpoint_id: str) -> Response:
    """One of them, with what waits for it."""
    return _one(asked, endpoint_id)


def _one(
    asked: Asked, endpoint_id: str, *, given: NewEndpoint | None = None, error: SemblanceError | None = None, tried: bool = False
) -> Response:
    with asked.acting() as workspace, workspace.session() as session:
        line, waiting = waiting_for(session, endpoint_id, MOST)
    return page(
        "webhook.html",
        asked.who,
        here="settings",
        title="Webhook",
        status=HTTPStatus.OK if error is None else status_of(error),
        line=line,
        waiting=waiting,
        given=given,
        tried=tried,
        error=error,
    )


@routes.post("/webhooks", name="webhook.add")
def add(asked: Asking, party: Typed = "", url: Typed = "") -> Response:
    """Have a party told at an address; the secret is on this page, and nowhere again."""
    with asked.acting() as workspace:
        try:
            with workspace.session() as session:
                given = add_endpoint(session, workspace.settings, party, url.strip())
                session.commit()
        except SemblanceError as error:
            return _list(asked, error, party, url)
    return _one(asked, given.id, given=given)


@routes.post("/webhooks/{endpoint_id}/test", name="webhook.test")
def test(asked: Asking, endpoint_id: str) -> Response:
    """Send a message of the kind test, now."""
    with asked.acting() as workspace:
        try:
            with workspace.session() as session:
                try_endpoint(session, workspace.settings, endpoint_id)
                session.commit()
        except SemblanceError as error:
            return _one(asked, endpoint_id, error=error)
    return _one(asked, endpoint_id, tried=True)


@routes.post("/webhooks/{endpoint_id}/secret", name="webhook.secret")
def rotate(asked: Asking, endpoint_id: str) -> Response:
    """Give it another secret, which is on this page, and nowhere again."""
    with asked.acting() as workspace, workspace.session() as session:
        try:
            given = rotate_secret(session, endpoint_id, now())
        except AnotherSecretSoon as error:
            return _one(asked, endpoint_id, error=error)
        session.commit()
    return _one(asked, endpoint_id, given=given)


@routes.post("/webhooks/{endpoint_id}/remove", name="webhook.remove")
def remove(asked: Asking, endpoint_id: str) -> Response:
    """Send nothing there any more; what waits for it goes."""
    with asked.acting() as workspace, workspace.session() as session:
        remove_endpoint(session, endpoint_id)
        session.commit()
    return RedirectResponse("/webhooks", HTTPStatus.SEE_OTHER)
