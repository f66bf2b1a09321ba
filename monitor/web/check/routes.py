"""`/v1/check`: a picture, a clip or a sound, as the body, or a name, as JSON; the intended use stands in the query."""

import json
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Query
from starlette.responses import PlainTextResponse, Response

from monitor.check_answer import Intended, Sent, SignedAnswer, plain
from monitor.check_gallery import CheckGallery
from monitor.check_signing import public_key
from monitor.checking import may_i
from monitor.web.api.bodies import DEEPEST, deeper, whole
from monitor.web.api.moments import Moment
from monitor.web.api.routing import open_router, router
from monitor.web.api.written import model_of, written
from monitor.web.asked import Asked, Asking
from monitor.web.check.seats import AGAIN_AFTER, SENT_WITHIN, NoSeat, Seats, arrived
from monitor.web.problems import problem
from registry.accounts import AccessRefused
from registry.db import now
from registry.errors import RegistryError

routes, keys = router(), open_router()

LARGEST = 16 << 20
"""Bytes of what is asked about."""

SHORT = Query(max_length=200)
PICTURE, CLIP, SOUND, NAMED = "image/*", "video/*", "audio/*", "application/json"

_BYTES = {"schema": {"type": "string", "format": "binary", "maxLength": LARGEST}}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            **dict.fromkeys((PICTURE, CLIP, SOUND), _BYTES),
            NAMED: {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["name"],
                    "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 200}},
                }
            },
        },
    }
}


class NothingAsked(RegistryError):
    """A body that asks about nothing that is looked at."""


def _use(
    platform: Annotated[str, Query(max_length=200, description="Its host name.")] = "",
    channel: Annotated[str, SHORT] = "",
    generator: Annotated[str, SHORT] = "",
    territory: Annotated[str, Query(max_length=10, description="A code of ISO 3166, such as US or US-CA.")] = "",
    project: Annotated[str, SHORT] = "",
    starts_at: Annotated[Moment | None, Query(description="The first moment of the use; now, if it is not given.")] = None,
    until: Annotated[Moment | None, Query(description="The first moment after it; a day later, if it is not given.")] = None,
) -> Intended:
    begins = starts_at or now()
    return Intended(begins, until or begins + timedelta(days=1), platform, channel, generator, territory, project)


@routes.post("/check", name="api.check.ask", response_model=model_of(SignedAnswer), openapi_extra=BODY)
async def check(asked: Asking, use: Annotated[Intended, Depends(_use)]) -> Response:
    """Ask before publishing. What is sent is kept nowhere. Nobody found is `unknown`, which is no permission."""
    seats: Seats = asked.request.app.state.check_seats
    try:
        with seats.one():
            body = await _body(asked)
            return body if isinstance(body, Response) else await seats.looked(partial(_answered, asked, body, use))
    except NoSeat:
        again = {"Retry-After": str(AGAIN_AFTER), "Connection": "close"}
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "Too many ask at once.", f"Ask again in {AGAIN_AFTER} seconds.", again)


async def _body(asked: Asked) -> bytes | Response:
    """What was sent, in memory alone, or why it is not taken."""
    request, closed = asked.request, {"Connection": "close"}
    try:
        body = await arrived(whole(request.scope, request.receive, LARGEST))
    except TimeoutError:
        what = f"The body did not arrive within {SENT_WITHIN:.0f} seconds."
        return problem(HTTPStatus.REQUEST_TIMEOUT, what, "Send a smaller picture, or a shorter clip.", closed)
    if body is None:
        what = f"The body has more than {LARGEST} bytes."
        return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, what, "Send a smaller picture, or a shorter clip.", closed)
    return body


def _answered(asked: Asked, body: bytes, use: Intended) -> Response:
    caller = asked.who.caller
    if caller is None:
        raise AccessRefused("It is an account under contract that asks.", "Send its token.")
    sent = _sent(asked.request.headers.get("content-type", ""), body)
    gallery: CheckGallery = asked.request.app.state.check_gallery
    with asked.acting(), asked.owned() as workspace:
        return written(plain(may_i(workspace, gallery, caller, sent, use)))


def _sent(kind: str, body: bytes) -> Sent:
    """Raises NothingAsked."""
    first = kind.partition(";")[0].partition("/")[0].strip().lower()
    if first == "image" and body:
        return Sent(picture=body)
    if first == "video" and body:
        return Sent(clip=body)
    if first == "audio" and body:
        return Sent(sound=body)
    if kind.lower().startswith(NAMED) and not deeper(body, DEEPEST):
        name = _name(body)
        if name:
            return Sent(name=name)
    raise NothingAsked(
        "It is not said what is asked about.",
        'Send a picture, a clip or a sound as the body, with its type, or JSON: {"name": "..."}.',
    )


def _name(body: bytes) -> str:
    try:
        said = json.loads(body)
        name = said["name"] if set(said) == {"name"} else ""
        return " ".join(name.split()) if len(name) <= 200 and name.isprintable() else ""
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""


@keys.get("/check/key", name="api.check.key", response_class=PlainTextResponse)
def key(asked: Asking) -> Response:
    """The public key of the answers' signatures, in PEM."""
    with asked.owned() as workspace, workspace.session() as session:
        made = public_key(session)
        session.commit()
    return PlainTextResponse(made)
