"""What a request may bring: so many bytes, and to the API JSON that is so deep, before anything reads it."""

import re
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.web.problems import problem
from monitor.web.uploads import LARGEST as LARGEST_WITH_FILES
from monitor.web.uploads import too_much

LARGEST = 64 << 10
"""Bytes of a body. A form of so few is read in memory: Starlette has files for what is larger than 1 MiB.

What is asked about (`/v1/check`) is read by its own route, which has a limit of its own."""

DEEPEST = 16
"""Arrays and objects in one another."""

_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_OWN_LIMIT = frozenset({"/v1/check"})
UPLOADS = re.compile(
    r"/enrol/[^/]+/photos/upload|/registry/rosters/upload|/registry/subjects/[^/]+/(?:references|mandates)/upload", re.DOTALL
)
"""The whole addresses that forms with files are sent to: an ending alone could be what somebody typed for a part of another."""


class Bodies:
    """ASGI middleware: the whole body, or a refusal, whoever asks. Files are given on as they come, LARGEST_WITH_FILES bytes at
    most, whatever the page does that takes them; of more, reading raises UploadRefused."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _OWN_LIMIT:
            await self._app(scope, receive, send)
            return
        if scope["method"] == "POST" and UPLOADS.fullmatch(scope["path"]):
            await self._app(scope, _bounded(scope, receive, LARGEST_WITH_FILES), send)
            return
        body = await whole(scope, receive, LARGEST)
        if body is None:
            too_large = problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The body has more than {LARGEST} bytes.",
                "Ask for less at once.",
                {"Connection": "close"},
            )
            await too_large(scope, receive, send)
        elif scope["path"].startswith("/v1/") and deeper(body, DEEPEST):
            await problem(
                HTTPStatus.UNPROCESSABLE_ENTITY, f"The JSON is deeper than {DEEPEST}.", "See the API's document for its form."
            )(scope, receive, send)
        else:
            await self._app(scope, _given(body, receive), send)


async def whole(scope: Scope, receive: Receive, most: int) -> bytes | None:
    """The body, in memory alone; None for one of more bytes, of which no more than those are read."""
    if _says_more(scope, most):
        return None
    parts, size = list[bytes](), 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _says_more(scope: Scope, most: int) -> bool:
    said = Headers(scope=scope).get("content-length", "0")
    return said.isdecimal() and int(said[:20]) > most


def _bounded(scope: Scope, receive: Receive, most: int) -> Receive:
    size = 0

    async def give() -> Message:
        nonlocal size
        if _says_more(scope, most):
            raise too_much()
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise too_much()
        return message

    return give


def deeper(body: bytes, most: int) -> bool:
    """Whether arrays and objects lie in one another deeper than most. Pure."""
    depth = 0
    for mark in re.finditer(rb"[\[\]{}]", _TEXT.sub(b"", body)):
        depth += 1 if mark[0] in b"[{" else -1
        if depth > most:
            return True
    return False


def _given(body: bytes, receive: Receive) -> Receive:
    told = False

    async def give() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give
