"""The API as a part of the server's application."""

from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.check_gallery import CheckGallery
from monitor.web.api.bodies import Bodies
from monitor.web.api.cursors import Cursors
from monitor.web.api.document import ROUTERS, served
from monitor.web.check.seats import Seats
from monitor.web.problems import problem
from monitor.workspace import Workspace


def join_api(app: FastAPI, workspace: Workspace) -> None:
    """Add the API's routes and limits, and what answers for it. The guards are added after it, to stand before."""
    app.state.cursors, app.state.check_gallery = Cursors(workspace), CheckGallery(workspace)
    app.state.check_seats = Seats()
    app.add_middleware(Bodies)
    app.add_api_route("/v1/openapi.json", served, name="api.document")
    for part in ROUTERS:
        app.include_router(part)


def not_understood(_request: Request, error: Exception) -> Response:
    """What was sent is not told again: it may be a secret at the wrong place."""
    assert isinstance(error, RequestValidationError)
    said = [{"at": ".".join(map(str, each["loc"])), "detail": each["msg"]} for each in error.errors()]
    if any(each["type"] == "json_invalid" for each in error.errors()):
        return problem(HTTPStatus.BAD_REQUEST, "The body is no JSON.", "See the API's document for its form.")
    where = ", ".join(dict.fromkeys(each["at"] for each in said))
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"Not understood: {where}.", "See `errors`.", errors=said)


def refused_by_http(_request: Request, error: Exception) -> Response:
    """No such page, no such method, no JSON at all."""
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    what = {
        HTTPStatus.NOT_FOUND: "There is nothing at this address.",
        HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take that method.",
        HTTPStatus.BAD_REQUEST: "The body cannot be read.",
    }.get(status, status.phrase)
    return problem(status, what, "See the API's document, /v1/openapi.json.", error.headers)
