"""The outbox: what is told to programs of the parties whose things changed, in the transaction of the change.

A message holds ids alone: whoever gets one asks for the rest, as the account that it is. So nothing is told but to who may see
it, and an erasure finds nothing here.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel

from registry.canonical_json import canonical_json
from registry.db import UtcDateTime, in_text, new_id, now
from registry.tenancy import ask, declare, nothing


class Happened(StrEnum):
    """What is told."""

    MATCH_FOUND = "match.found"
    MATCH_DECIDED = "match.decided"
    CASE_OPENED = "case.opened"
    NOTICE_SENT = "notice.sent"
    NOTICE_REMOVED = "notice.removed"
    TEST = "test"


class WebhookEndpoint(SQLModel, table=True):
    """Where a party has it told what happens to its things and to those of the parties under it.

    failing_since: since when nothing was taken there. disabled_at, disabled_why: since when nothing is sent, and why.
    secret_number: how often it was given another secret; rotated_at: when that was last. taken_at: when it last took something.
    """

    __tablename__ = "webhook_endpoint"

    id: str = Field(default_factory=new_id, primary_key=True)
    party_id: str = Field(foreign_key="party.id", index=True)
    url: str
    added_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    failing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    disabled_why: str = ""
    secret_number: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    rotated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WebhookMessage(SQLModel, table=True):
    """What waits to be sent to an endpoint; gone once it was taken there. body: the JSON that is sent, each time the same.

    attempts: how often it was sent in vain. due_at: when it is sent next. last_error: what went wrong last.
    """

    __tablename__ = "webhook_message"
    __table_args__ = (Index("ix_webhook_message_due_at_id", "due_at", "id"),)

    id: str = Field(primary_key=True)
    endpoint_id: str = Field(foreign_key="webhook_endpoint.id", index=True)
    kind: str
    body: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    due_at: datetime = Field(sa_type=UtcDateTime)
    last_error: str = ""


# What an account changes is told to the parties above its own, too, which it does not see.
_TELL = declare(
    """
    WITH RECURSIVE above (id, parent_id) AS (
        SELECT id, parent_id FROM main.party WHERE id = COALESCE(
            (SELECT party_id FROM main.subject WHERE id = :subject), (SELECT party_id FROM main.case_file WHERE id = :case)
        )
        UNION SELECT party.id, party.parent_id FROM main.party AS party JOIN above ON party.id = above.parent_id
    )
    INSERT INTO main.webhook_message (id, endpoint_id, kind, body, made_at, attempts, due_at, last_error)
    SELECT 'msg_' || lower(hex(randomblob(16))), id, :kind, :body, :at, 0, :at, '' FROM main.webhook_endpoint
    WHERE disabled_at IS NULL AND party_id IN (SELECT id FROM above)
    """,
    nothing,
)


def tell(session: Session, kind: Happened, data: dict[str, str], *, subject: str = "", case: str = "") -> None:
    """Have it told, once the session's transaction is committed, to the party whose subject or case that is, and to those above.

    data: ids and plain words of ours; nothing that names anybody.
    """
    at = now()
    ask(
        session, _TELL, {"kind": kind.value, "body": body_of(kind, data, at), "at": in_text(at), "subject": subject, "case": case}
    )


_FORGET = declare(
    "DELETE FROM main.webhook_message WHERE endpoint_id = :id AND endpoint_id IN (SELECT id FROM webhook_endpoint)", nothing
)


def forget_messages(session: Session, endpoint_id: str) -> None:
    """Let go what waits for an endpoint that the session sees. Not committed."""
    ask(session, _FORGET, {"id": endpoint_id})


def body_of(kind: Happened, data: dict[str, str], at: datetime) -> str:
    """The JSON of a message, as Standard Webhooks have it."""
    return canonical_json({"type": kind.value, "timestamp": in_text(at), "data": data}).decode()
