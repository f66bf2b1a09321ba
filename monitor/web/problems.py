"""Our errors as HTTP has them: a status, and for programs the members of RFC 9457."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crawler.errors import Refused
from monitor.web.asked import MustEnrol, NotAllowed, NotProved, NotSeen, NotSignedIn, Otherwise
from monitor.web.upload_seats import UploadsBusy, UploadTooSlow
from monitor.web.uploads import UploadRefused
from registry.accounts import AccessRefused
from registry.contracts import OverCap
from registry.errors import Conflict, ExitCode, NotFound, SemblanceError
from registry.tries import Throttled
from reports.errors import Overtaken

_STATUSES: tuple[tuple[type[SemblanceError], HTTPStatus], ...] = (
    (NotSignedIn, HTTPStatus.UNAUTHORIZED),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (NotProved, HTTPStatus.FORBIDDEN),
    (MustEnrol, HTTPStatus.FORBIDDEN),
    (NotSeen, HTTPStatus.PRECONDITION_REQUIRED),
    (Otherwise, HTTPStatus.PRECONDITION_FAILED),
    (OverCap, HTTPStatus.TOO_MANY_REQUESTS),
    (Throttled, HTTPStatus.TOO_MANY_REQUESTS),
    (UploadRefused, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (UploadsBusy, HTTPStatus.SERVICE_UNAVAILABLE),
    (UploadTooSlow, HTTPStatus.REQUEST_TIMEOUT),
    (AccessRefused, HTTPStatus.UNAUTHORIZED),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Conflict, HTTPStatus.CONFLICT),
    (Overtaken, HTTPStatus.CONFLICT),
    (Refused, HTTPStatus.UNPROCESSABLE_ENTITY),
)


def status_of(error: SemblanceError) -> HTTPStatus:
    """The first kind that fits; what has an outside cause is not the client's fault, and what is refused is."""
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            return status
    by_cause = {ExitCode.OUTSIDE_CAUSE: HTTPStatus.SERVICE_UNAVAILABLE, ExitCode.DAMAGED: HTTPStatus.INTERNAL_SERVER_ERROR}
    return by_cause.get(error.exit_code, HTTPStatus.UNPROCESSABLE_ENTITY)


def problem(status: HTTPStatus, what: str, remedy: str = "", headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """An answer of RFC 9457: detail says what happened, remedy what to do. more: further members."""
    said = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": what}
    return JSONResponse(
        said | ({"remedy": remedy} if remedy else {}) | more,
        status,
        headers,
        media_type="application/problem+json; charset=utf-8",
    )


def refused(_request: Request, error: Exception) -> Response:
    """Any error of ours."""
    if not isinstance(error, SemblanceError):
        raise error
    status = status_of(error)
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else None
    return problem(status, error.what, error.remedy, headers)
