"""What may be sent: so much of it by anybody, none of it to a file, and questions in so many seats as there are."""

import asyncio
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import requests
from starlette.types import Message, Receive, Scope, Send

from monitor.web.api.bodies import LARGEST, Bodies
from monitor.web.check.seats import MOST
from monitor.web.uploads import LARGEST as LARGEST_WITH_FILES
from monitor.web.uploads import UploadRefused
from registry import kinds
from tests.support.api_desk import ApiDesk, Asker


@pytest.fixture(scope="module")
def platform(desk: ApiDesk) -> Asker:
    """One under contract."""
    return desk.asker("Alpha clerk", kinds.Scope.CHECK)


@pytest.mark.parametrize("path", ["/sign-in", "/opening", "/queue/x/decide", "/no/such/page"])
def test_nobody_sends_more_than_a_form_holds_in_whatever_parts(desk: ApiDesk, path: str) -> None:
    picture = {"picture": ("a.png", b"x" * LARGEST)}
    assert requests.post(desk.base + path, files=picture, timeout=60).status_code == 413
    assert requests.post(desk.base + path, data=(b"x" * 1024 for _ in range(70)), timeout=60).status_code == 413


def test_a_form_in_parts_that_is_small_is_read(desk: ApiDesk) -> None:
    fields = {name: (None, value) for name, value in (("name", "Alpha clerk"), ("password", "wrong"))}
    assert requests.post(desk.base + "/sign-in", files=fields, timeout=60).status_code == 401


def test_what_is_no_form_signs_nobody_in(desk: ApiDesk) -> None:
    assert (
        requests.post(desk.base + "/sign-in", data=b"{}", headers={"Content-Type": "text/plain"}, timeout=60).status_code == 401
    )


def test_a_picture_in_parts_is_no_question_and_is_answered(desk: ApiDesk, platform: Asker) -> None:
    """Starlette writes what comes in parts to a file; nothing of a question is to be in one."""
    answer = platform.ask("POST", "/v1/check", files={"picture": ("a.png", b"x" * (3 << 20), "image/png")})
    assert answer.status_code == 422
    assert "Send a picture" in answer.json()["remedy"]


def test_more_questions_than_seats_are_sent_away_and_nothing_else_waits(desk: ApiDesk, platform: Asker) -> None:
    where = urlsplit(desk.base)
    head = f"POST /v1/check HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {platform.token}\r\n"
    head += "Content-Type: image/png\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n"
    with ExitStack() as held:
        for _ in range(MOST):
            one = held.enter_context(socket.create_connection((str(where.hostname), int(where.port or 0)), timeout=60))
            one.sendall(head.encode())
            # The server says that it goes on once the question has its seat.
            assert one.recv(1000).startswith(b"HTTP/1.1 100")
        late = platform.ask("POST", "/v1/check", json={"name": "Nobody"})
        assert (late.status_code, int(late.headers["retry-after"]) > 0) == (503, True)
        assert requests.get(desk.base + "/sign-in", timeout=60).ok
    assert _answered(platform)


def _answered(platform: Asker) -> bool:
    """Whoever left has given the seats back, as soon as the server noticed."""
    return any(platform.ask("POST", "/v1/check", json={"name": "Nobody"}).status_code != 503 for _ in range(200))


def test_whatever_takes_files_is_given_so_many_bytes_and_no_more() -> None:
    """A page that forgot its own limit is held to the outer one, also where no length was said."""
    given = 0

    async def part() -> Message:
        nonlocal given
        given += 1
        return {"type": "http.request", "body": bytes(1 << 20), "more_body": True}

    async def forgetful(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["more_body"]:
            pass

    async def nothing(_message: Message) -> None:
        pass

    scope = {"type": "http", "method": "POST", "path": "/registry/rosters/upload", "headers": []}
    with pytest.raises(UploadRefused):
        asyncio.run(Bodies(forgetful)(scope, part, nothing))
    assert given == (LARGEST_WITH_FILES >> 20) + 1
    given = 0
    said = [(b"content-length", str(LARGEST_WITH_FILES + 1).encode())]
    with pytest.raises(UploadRefused):
        asyncio.run(Bodies(forgetful)(scope | {"headers": said}, part, nothing))
    assert given == 0
