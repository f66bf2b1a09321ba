"""Answers to changes that programs asked for, kept for a day: who asks again by the same key is answered the same.

An answer goes into the transaction of its change, so that a kill leaves both or neither. It holds what it told, so that an
erasure empties all of them; that a change was made stays known.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel

from registry.db import UtcDateTime, in_text
from registry.tenancy import ask, declare, nothing

KEPT = timedelta(hours=24)


class StoredAnswer(SQLModel, table=True):
    """What one change was answered with. id: the SHA-256 of the account and its key. asked: that of what was asked for.

    body: None once somebody was erased.
    """

    __tablename__ = "stored_answer"

    id: str = Field(primary_key=True)
    asked: str
    status: int
    headers: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    body: bytes | None = None
    at: datetime = Field(sa_type=UtcDateTime, index=True)


@dataclass(frozen=True)
class Answer:
    """status, headers: of HTTP. body: None for one that is not kept any more."""

    asked: str
    status: int
    headers: Mapping[str, str]
    body: bytes | None


def _first(rows: Iterator[Sequence[Any]]) -> Answer | None:
    for asked, status, headers, body in rows:
        return Answer(asked, status, json.loads(headers), body)
    return None


# An account reads and writes none of them but its own, by a key that it gave: past its tables, and past the audit log, which has
# the change itself.
_FIND = declare("SELECT asked, status, headers, body FROM main.stored_answer WHERE id = :id AND at > :since", _first)
_PUT = declare(
    "INSERT INTO main.stored_answer (id, asked, status, headers, body, at) VALUES (:id, :asked, :status, :headers, :body, :at) "
    "ON CONFLICT (id) DO UPDATE SET asked = excluded.asked, status = excluded.status, headers = excluded.headers, "
    "body = excluded.body, at = excluded.at",
    nothing,
)
_FORGET = declare("DELETE FROM main.stored_answer WHERE at <= :since", nothing)
_EMPTY = declare("UPDATE main.stored_answer SET body = NULL", nothing)


def answer_of(session: Session, key: str, at: datetime) -> Answer | None:
    """What was answered under that key in the last KEPT; None for a key that is new."""
    return ask(session, _FIND, {"id": key, "since": in_text(at - KEPT)})


def keep_answer(session: Session, key: str, answer: Answer, at: datetime) -> None:
    """Keep an answer, with whatever the session's transaction changes, and forget what was kept long enough. Not committed."""
    ask(session, _FORGET, {"since": in_text(at - KEPT)})
    told = {"asked": answer.asked, "status": answer.status, "headers": json.dumps(dict(answer.headers)), "body": answer.body}
    ask(session, _PUT, {"id": key, "at": in_text(at), **told})


def empty_answers(session: Session) -> None:
    """Keep nothing of what answers told: they may name somebody who is erased. Not committed."""
    ask(session, _EMPTY)
