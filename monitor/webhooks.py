"""Webhooks: what happened is sent to programs, signed as Standard Webhooks are, at least once.

The only importer of standardwebhooks.

An endpoint's secret follows from the workspace's own (registry.blinding), which lies sealed: it is written nowhere.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from sqlalchemy import delete, update
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session, col, func, select
from standardwebhooks import Webhook

from crawler.errors import CrawlerError
from crawler.fetch.http import post
from crawler.guard import check_url
from monitor.drivers import alone_at
from monitor.locks import WorkspaceBusy
from monitor.restored import restored_from
from monitor.runs.capturing import guard_policy
from monitor.settings import Settings
from monitor.workspace import Workspace
from registry.blinding import blinder, keep_secret
from registry.db import new_id, now
from registry.errors import Conflict, ExitCode, NotFound, SemblanceError
from registry.parties import Party, find_party
from registry.views import view_of
from reports.outbox import Happened, WebhookEndpoint, WebhookMessage, body_of, forget_messages

WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 60, 300, 1800, 7200, 18_000, 36_000))
"""From one try of a message to the next; the last one is for all that follow. What else waits for an endpoint that takes nothing
waits by the same steps, counted from when it began to fail."""

PATIENCE = timedelta(days=5)
"""An endpoint that takes nothing for so long is sent nothing more."""

LONGEST, AT_ONCE = 15.0, 200
"""Seconds that one try may take, and messages of one round."""


OVERLAP = timedelta(days=1)
"""For so long after another secret was given, messages are signed with the one before as well, as Standard Webhooks have it."""


class NotTaken(SemblanceError):
    """An endpoint that did not take what was sent."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class AnotherSecretSoon(Conflict):
    """Another secret while messages are signed with the one before the last still: its receiver may have no later one."""


@dataclass(frozen=True)
class EndpointLine:
    """An endpoint. waiting: messages that were not taken yet. The others as in WebhookEndpoint."""

    id: str
    party: str
    url: str
    added_at: datetime
    waiting: int
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_why: str
    rotated_at: datetime | None
    taken_at: datetime | None


@dataclass(frozen=True)
class Waiting:
    """A message that was not taken yet, as in WebhookMessage."""

    id: str
    kind: str
    made_at: datetime
    attempts: int
    due_at: datetime
    last_error: str


@dataclass(frozen=True)
class NewEndpoint(EndpointLine):
    """secret: what its messages are signed with; as Standard Webhooks write it."""

    secret: str


@dataclass(frozen=True)
class Delivered:
    """What one round did. taken: messages that endpoints took; failed: that wait for another try; disabled: endpoints."""

    taken: int
    failed: int
    disabled: int


def add_endpoint(session: Session, settings: Settings, party: str, url: str) -> NewEndpoint:
    """Have a party, by name or id, told at an address; flushed. Raises NotFound, and Refused for an address past the guard."""
    target = check_url(url, guard_policy(settings))
    row = WebhookEndpoint(party_id=find_party(session, party).id, url=target.url)
    keep_secret(session)
    session.add(row)
    session.flush()
    return view_of(NewEndpoint, _line(session, row), secret=secret_of(session, row))


def rotate_secret(session: Session, endpoint_id: str, at: datetime) -> NewEndpoint:
    """Give an endpoint another secret. For OVERLAP messages are signed with both; flushed. Raises NotFound, and
    AnotherSecretSoon until that is over."""
    row = _find(session, endpoint_id)
    # A clock that ran ahead when the last one was given holds up nothing.
    if row.rotated_at is not None and timedelta(0) <= at - row.rotated_at < OVERLAP:
        raise AnotherSecretSoon(
            f"It was given another secret lately: messages carry the one before as well until "
            f"{row.rotated_at + OVERLAP:%Y-%m-%d %H:%M} UTC.",
            "Give it the next one after that. If a secret became known to others, remove the webhook and add it anew.",
        )
    row.secret_number, row.rotated_at = row.secret_number + 1, at
    session.add(row)
    session.flush()
    return view_of(NewEndpoint, _line(session, row), secret=secret_of(session, row))


def waiting_for(session: Session, endpoint_id: str, most: int) -> tuple[EndpointLine, list[Waiting]]:
    """An endpoint, and of the messages that it did not take yet the first ones. Raises NotFound."""
    row = _find(session, endpoint_id)
    query = select(WebhookMessage).where(WebhookMessage.endpoint_id == row.id)
    found = session.exec(query.order_by(col(WebhookMessage.due_at), col(WebhookMessage.id)).limit(most))
    return _line(session, row), [view_of(Waiting, each) for each in found]


def endpoint_lines(session: Session) -> list[EndpointLine]:
    """All endpoints that the session sees, the first one added first."""
    rows = session.exec(select(WebhookEndpoint).order_by(col(WebhookEndpoint.added_at), col(WebhookEndpoint.id)))
    return [_line(session, row) for row in rows]


def remove_endpoint(session: Session, endpoint_id: str) -> None:
    """What waits for it goes, too; flushed. Raises NotFound."""
    row = _find(session, endpoint_id)
    forget_messages(session, row.id)
    session.delete(row)
    session.flush()


def try_endpoint(session: Session, settings: Settings, endpoint_id: str) -> EndpointLine:
    """Send a message of the kind test, now; an endpoint that takes it is sent to again where it was not. Flushed.

    Raises NotFound and NotTaken.
    """
    row = _find(session, endpoint_id)
    why = _send(settings, row.url, _secrets(session, row, now()), _new_id(), body_of(Happened.TEST, {}, now()))
    if why:
        raise NotTaken(f"{row.url} did not take it: {why}", "Look into its log; the address is sent to from this machine.")
    row.failing_since, row.disabled_at, row.disabled_why, row.taken_at = None, None, "", now()
    session.add(row)
    session.flush()
    return _line(session, row)


def secret_of(session: Session, endpoint: WebhookEndpoint) -> str:
    """What an endpoint's messages are signed with."""
    return _secret(session, endpoint.id, endpoint.secret_number)


def _secret(session: Session, endpoint_id: str, number: int) -> str:
    also = f", given {number} times" if number else ""
    key = bytes.fromhex(blinder(session)(f"the secret of the webhook {endpoint_id}{also}"))
    return f"whsec_{base64.b64encode(key).decode()}"


def _secrets(session: Session, endpoint: WebhookEndpoint, at: datetime) -> list[str]:
    """With which a message is signed at that moment, the endpoint's own first."""
    found = [secret_of(session, endpoint)]
    if endpoint.rotated_at is not None and timedelta(0) <= at - endpoint.rotated_at < OVERLAP:
        found.append(_secret(session, endpoint.id, endpoint.secret_number - 1))
    return found


def deliver(workspace: Workspace, clock: Callable[[], datetime] = now, ended: Callable[[], bool] = lambda: False) -> Delivered:
    """Send what is due, each endpoint's first message before anybody's second, as the machine's owner.

    A message goes once its endpoint took it, so that a kill in between has it sent again, under the same id. While another
    process delivers, nothing is done; nor in a restored workspace, until somebody says so. clock: asked before each try.
    ended: whether to stop before the next one.
    """
    if restored_from(workspace.root) is not None:
        return Delivered(0, 0, 0)
    try:
        busy = ("Webhooks are being delivered already.", "Wait until that ends.")
        with alone_at(workspace.engine, workspace.root, "webhooks", *busy):
            return _round(workspace, clock, ended)
    except WorkspaceBusy:
        return Delivered(0, 0, 0)


def _round(workspace: Workspace, clock: Callable[[], datetime], ended: Callable[[], bool]) -> Delivered:
    with workspace.session() as session:
        due = _due(session, clock())
    taken = failed = disabled = 0
    shut = set[str]()
    for message, endpoint in due:
        if ended():
            break
        if endpoint.id in shut:
            continue
        with workspace.session() as session:
            secrets = _secrets(session, endpoint, now())
        why = _send(workspace.settings, endpoint.url, secrets, message.id, message.body)
        taken, failed = taken + (not why), failed + bool(why)
        with workspace.session() as session:
            off = _note(session, message, endpoint, why, clock())
            session.commit()
        if why:
            # What cannot be reached holds up nobody else, and is not asked for each message.
            shut.add(endpoint.id)
        disabled += off
    return Delivered(taken, failed, disabled)


def _due(session: Session, at: datetime) -> list[tuple[WebhookMessage, WebhookEndpoint]]:
    order = col(WebhookMessage.due_at), col(WebhookMessage.id)
    # Whoever is told much, or takes it slowly, holds up nobody else's first message.
    turn = func.row_number().over(partition_by=col(WebhookMessage.endpoint_id), order_by=order)
    query = select(WebhookMessage, WebhookEndpoint).join(WebhookEndpoint)
    query = query.where(col(WebhookMessage.due_at) <= at, col(WebhookEndpoint.disabled_at).is_(None))
    return list(session.exec(query.order_by(turn, *order).limit(AT_ONCE)).all())


def _note(session: Session, message: WebhookMessage, endpoint: WebhookEndpoint, why: str, at: datetime) -> bool:
    """Put on record what became of one try, and say whether the endpoint is disabled by it."""
    # Past the flush: a try is no change of anybody's rows, and the audit log would have one for each.
    connection = AnySession.connection(session)
    of_message, of_endpoint = col(WebhookMessage.id) == message.id, col(WebhookEndpoint.id) == endpoint.id
    if not why:
        connection.execute(delete(WebhookMessage).where(of_message))
        connection.execute(update(WebhookEndpoint).where(of_endpoint).values(failing_since=None, taken_at=at))
        return False
    since = endpoint.failing_since or at
    pause = next((wait for wait in WAITS if wait > at - since), WAITS[-1])
    again = {"attempts": message.attempts + 1, "last_error": why}
    wait = max(pause, WAITS[min(message.attempts, len(WAITS) - 1)])
    connection.execute(update(WebhookMessage).where(of_message).values(due_at=at + wait, **again))
    others = col(WebhookMessage.endpoint_id) == endpoint.id, col(WebhookMessage.due_at) < at + pause
    connection.execute(update(WebhookMessage).where(*others).values(due_at=at + pause))
    connection.execute(update(WebhookEndpoint).where(of_endpoint).values(failing_since=since))
    gone = why == _GONE
    if not gone and at - since < PATIENCE:
        return False
    row = session.get_one(WebhookEndpoint, endpoint.id, populate_existing=True)
    row.disabled_at, row.disabled_why = at, why if gone else f"It took nothing for {PATIENCE.days} days: {why}"
    session.add(row)
    session.flush()
    return True


_GONE = "It answered that it is gone (410)."


def _send(settings: Settings, url: str, secrets: Sequence[str], message_id: str, body: str) -> str:
    """Send a message; "" where it was taken, and else why not."""
    at = now()
    headers = {
        "Content-Type": "application/json",
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": " ".join(Webhook(secret).sign(message_id, at, body) for secret in secrets),
    }
    try:
        contact = settings.operator.contact
        status = post(url, body.encode(), headers, guard_policy(settings), max_seconds=LONGEST, contact=contact)
    except CrawlerError as error:
        return error.what
    if status == HTTPStatus.GONE:
        return _GONE
    return "" if 200 <= status < 300 else f"It answered with {status}."


def _new_id() -> str:
    return f"msg_{new_id()}"


def _find(session: Session, endpoint_id: str) -> WebhookEndpoint:
    row = session.get(WebhookEndpoint, endpoint_id)
    if row is None:
        raise NotFound(f"There is no webhook {endpoint_id!r}.", "List them to see their ids.")
    return row


def _line(session: Session, row: WebhookEndpoint) -> EndpointLine:
    waiting = session.exec(select(func.count()).select_from(WebhookMessage).where(WebhookMessage.endpoint_id == row.id)).one()
    return view_of(EndpointLine, row, party=session.get_one(Party, row.party_id).name, waiting=waiting)
