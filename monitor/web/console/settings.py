"""Settings of whoever is signed in: with which browsers, and how the console looks and answers to keys in this one."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from monitor.web.asked import Asking
from monitor.web.console.pages import page
from registry.account_news import lately
from registry.db import now
from registry.signed_in import browsers_like, end_browsers, end_others

routes = APIRouter()


@routes.get("/settings", name="settings")
def settings(asked: Asking) -> Response:
    """The page of settings."""
    with asked.acting(), asked.keeping() as session:
        browser = asked.who.browser
        browsers = browsers_like(session, browser, now()) if browser is not None else []
        news = lately(session, asked.who.caller.account_id, now()) if asked.who.caller is not None else []
    return page("settings.html", asked.who, here="settings", title="Settings", browsers=browsers, news=news)


@routes.post("/settings/end", name="settings.end")
def end(asked: Asking, browser: Annotated[list[str], Form()] = []) -> Response:  # noqa: B006
    """Sign other browsers, or this one, out."""
    with asked.acting(), asked.keeping() as session:
        if asked.who.browser is not None:
            end_browsers(session, asked.who.browser, browser, now())
    return RedirectResponse("/settings", HTTPStatus.SEE_OTHER)


@routes.post("/settings/end-others", name="settings.others")
def others(asked: Asking) -> Response:
    """Sign all one's browsers out but this one."""
    with asked.acting(), asked.keeping() as session:
        end_others(session, asked.browser, now())
    return RedirectResponse("/settings", HTTPStatus.SEE_OTHER)
