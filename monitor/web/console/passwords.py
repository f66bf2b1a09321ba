"""One's own password: a new one ends every other browser, and every token, that came with the one before."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from monitor.web.asked import Asked, Asking, NotAllowed
from monitor.web.console.arriving import give_cookie
from monitor.web.console.pages import page
from monitor.web.problems import status_of
from registry.account_news import News, tell
from registry.accounts import AccessRefused, set_password
from registry.db import now
from registry.signed_in import keep_signed_in, note_proof

routes = APIRouter()

Typed = Annotated[str, Form()]


class NotTwice(AccessRefused):
    """Two that should be the same, and are not."""


@routes.get("/settings/password", name="password")
def password(asked: Asking) -> Response:
    """The page for a new password."""
    with asked.keeping_own():
        return _page(asked)


@routes.post("/settings/password", name="password.set")
def set_own(asked: Asking, new: Annotated[list[str], Form()] = []) -> Response:  # noqa: B006
    """Set it. This browser stays signed in, with a new secret."""
    with asked.keeping_own() as (session, account):
        try:
            if len(new) != 2 or new[0] != new[1]:
                raise NotTwice("The two are not the same.", "Type the new password twice.")
            ended = set_password(session, account, new[0])
        except NotAllowed:
            raise
        except AccessRefused as error:
            return _page(asked, error)
        tell(session, account, News.PASSWORD, account.name, now())
        keep_signed_in(session, asked.browser, now())
        secret = note_proof(session, asked.browser, now())
    answer = _page(asked, done=True, ended=ended)
    give_cookie(asked.request, answer, secret)
    return answer


def _page(asked: Asked, error: AccessRefused | None = None, *, done: bool = False, ended: int = 0) -> Response:
    status = HTTPStatus.OK if error is None else status_of(error)
    title = "Password"
    return page("password.html", asked.who, here="settings", title=title, status=status, error=error, done=done, ended=ended)
