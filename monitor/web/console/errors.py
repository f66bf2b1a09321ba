"""Errors as pages: what happened, and what to do."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.web.asked import MustEnrol, NotProved, NotSignedIn
from monitor.web.console.arriving import to_carry
from monitor.web.console.confirming import asked_to_confirm
from monitor.web.console.doors import sign_in_page
from monitor.web.console.pages import page, with_query
from registry.errors import SemblanceError


def is_for_people(request: Request) -> bool:
    """Whether a browser asks for a page, and no program, script or picture for something else."""
    return not request.url.path.startswith("/v1/") and "text/html" in request.headers.get("accept", "")


def error_page(status: HTTPStatus, what: str, remedy: str = "") -> Response:
    """A page that says what happened. It names nobody, and says nothing of what is there."""
    return page("error.html", None, title=what.rstrip("."), status=status, code=status.value, what=what, remedy=remedy)


def refused_page(request: Request, status: HTTPStatus, error: SemblanceError) -> Response:
    """Any error of ours. Where nobody is signed in any more, the page for signing in, which holds on to what was typed."""
    if isinstance(error, NotProved):
        return asked_to_confirm(request, error)
    if isinstance(error, MustEnrol):
        return RedirectResponse("/settings/factors", HTTPStatus.SEE_OTHER)
    if not isinstance(error, NotSignedIn):
        return error_page(status, error.what, error.remedy)
    to = request.url.path
    if request.method == "GET":
        again = with_query(to, **dict(request.query_params))
        return RedirectResponse("/sign-in" if again == "/" else with_query("/sign-in", to=again), HTTPStatus.SEE_OTHER)
    return sign_in_page(request, to, typed=to_carry(request), error=error, status=HTTPStatus.UNAUTHORIZED)
