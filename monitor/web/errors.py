"""Errors, for whoever asked: a page for people, a problem for programs."""

import logging
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.web import problems
from monitor.web.api.joined import not_understood, refused_by_http
from monitor.web.console.errors import error_page, is_for_people, refused_page
from registry.causes import in_plain_words
from registry.errors import SemblanceError

LOG = logging.getLogger("monitor.web")


_SAID = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address only takes what a form of the console sends.",
    HTTPStatus.BAD_REQUEST: "What was sent cannot be read.",
}


def refused(request: Request, error: Exception) -> Response:
    """Any error of ours."""
    if isinstance(error, SemblanceError) and is_for_people(request):
        return refused_page(request, problems.status_of(error), error)
    return problems.refused(request, error)


def failed(request: Request, error: Exception) -> Response:
    """What stands outside (a held database, a full disk) is told; a fault of the program has the log whole, and whoever asked is
    told nothing of it."""
    outside = in_plain_words(error)
    if outside is not None:
        return refused(request, outside)
    LOG.error("a request failed", exc_info=error)
    what = "This failed, by a fault of the program."
    status, remedy = HTTPStatus.INTERNAL_SERVER_ERROR, "Look into the server's log."
    return error_page(status, what, remedy) if is_for_people(request) else problems.problem(status, what, remedy)


def not_there(request: Request, error: Exception) -> Response:
    """What no route takes: an address that is none, or one that is asked for in another way."""
    if not is_for_people(request):
        return refused_by_http(request, error)
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    return error_page(status, _SAID.get(status, f"{status.phrase}."))


def misunderstood(request: Request, error: Exception) -> Response:
    """Values that a route does not take: which ones, and never what was typed."""
    if not is_for_people(request):
        return not_understood(request, error)
    if not isinstance(error, RequestValidationError):
        raise error
    names = ", ".join(sorted({str(fault["loc"][-1]) for fault in error.errors()}))
    what = f"These are missing, or not as they should be: {names}."
    return error_page(HTTPStatus.UNPROCESSABLE_ENTITY, what, "Go back, fill them in, and send it again.")
