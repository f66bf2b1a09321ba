"""Changes that are made once, however often they are asked for (Idempotency-Key, as the IETF's draft has it)."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated

from fastapi import Header
from sqlmodel import Session
from starlette.responses import Response

from monitor.web.api.written import in_json
from monitor.web.asked import Asked, refuse_zeros
from monitor.workspace import Workspace
from registry.answers import Answer, answer_of, keep_answer
from registry.canonical_json import canonical_json
from registry.db import now
from registry.errors import Conflict, RegistryError
from registry.storage.lock import hold

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=200,
        description="Chosen anew for each change, such as a UUID, and the same when that is asked for again. It is required.",
    ),
]


class KeyMissing(RegistryError):
    """A change without a key."""


class KeyUsed(RegistryError):
    """A key under which something else was asked for."""


@dataclass(frozen=True)
class Made:
    """What a change is answered with. told: a view."""

    told: object
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


def once(asked: Asked, key: str | None, body: object, make: Callable[[Workspace, Session], Made]) -> Response:
    """Make a change in one transaction with its answer, or answer what it was answered before.

    make: flushes, and does not commit. What it raises leaves nothing behind, so that the same key may be tried again. Raises
    KeyMissing, KeyUsed, and what acting() does.
    """
    caller = asked.who.caller
    refuse_zeros(key or "", *_texts(body))
    if not key:
        raise KeyMissing("A change needs an Idempotency-Key.", "Send one in the header of that name, such as a UUID.")
    name = _digest([caller.account_id if caller else "", key])
    request = asked.request
    wanted = _digest([request.method, request.url.path, request.headers.get("if-match", ""), body])
    with asked.acting() as workspace, workspace.session() as session:
        # Who asks by the same key meanwhile waits here, and is answered the same.
        hold(session)
        before = answer_of(session, name, now())
        if before is not None:
            return _again(before, wanted)
        made = make(workspace, session)
        answer = Answer(wanted, int(made.status), made.headers, in_json(made.told))
        keep_answer(session, name, answer, now())
        session.commit()
    return _as_sent(answer)


def _again(before: Answer, wanted: str) -> Response:
    if before.asked != wanted:
        raise KeyUsed("Something else was asked for under this Idempotency-Key.", "Choose another key for another change.")
    if before.body is None:
        raise Conflict("This was done before; its answer is not kept any more, since somebody was erased.", "Look how it is now.")
    return _as_sent(before, {"Idempotency-Replayed": "true"})


def _as_sent(answer: Answer, more: Mapping[str, str] | None = None) -> Response:
    return Response(answer.body, answer.status, {**answer.headers, **(more or {})}, media_type="application/json")


def _texts(body: object) -> Iterator[str]:
    if isinstance(body, str):
        yield body
    elif isinstance(body, Mapping):
        yield from (text for pair in body.items() for part in pair for text in _texts(part))
    elif isinstance(body, list):
        yield from (text for part in body for text in _texts(part))


def _digest(value: object) -> str:
    return hashlib.sha256(canonical_json(value)).hexdigest()
