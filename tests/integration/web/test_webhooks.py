"""What happens is told to programs: signed, to whom it concerns, at least once, and to nobody behind the guard."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select
from standardwebhooks import Webhook

from crawler.errors import Refused
from monitor.webhooks import (
    AT_ONCE,
    PATIENCE,
    Delivered,
    NewEndpoint,
    NotTaken,
    add_endpoint,
    deliver,
    endpoint_lines,
    remove_endpoint,
    rotate_secret,
    try_endpoint,
)
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.db import now
from reports.outbox import WebhookMessage
from reports.review import Decision, review
from tests.support.api_desk import furnish_family, served
from tests.support.taking import Receiver

LATER = timedelta(days=1)
INWARD = '["127.0.0.0/8"]'


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of two parties, closed: the passwords of their accounts take seconds."""
    root = tmp_path_factory.mktemp("family") / "work"
    init_workspace(root)
    with open_workspace(root) as workspace, workspace.session() as session:
        furnish_family(workspace, session)
        for line in endpoint_lines(session):
            remove_endpoint(session, line.id)
        session.commit()
    return root


@pytest.fixture
def place(family: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("SEMBLANCE_CRAWL__ALLOWED_NETWORKS", INWARD)
    with open_workspace(Path(shutil.copytree(family, tmp_path / "work"))) as workspace:
        yield workspace


def endpoint(place: Workspace, party: str, url: str) -> NewEndpoint:
    with place.session() as session:
        made = add_endpoint(session, place.settings, party, url)
        session.commit()
    return made


def decide(place: Workspace, name: str, decision: Decision = Decision.REJECT) -> None:
    with place.session() as session:
        review(session, f"{name} match", decision, f"{name} reviewer", "because", now())
        session.commit()


def waiting(place: Workspace) -> list[WebhookMessage]:
    with Session(place.engine) as session:
        return list(session.exec(select(WebhookMessage).order_by(col(WebhookMessage.id))))


def deliver_at(place: Workspace, at: datetime) -> Delivered:
    return deliver(place, lambda: at)


def test_a_decision_is_told_to_its_party_and_those_above_signed_and_without_names(place: Workspace, receiver: Receiver) -> None:
    made = {name: endpoint(place, name, receiver.url) for name in ("Alpha union", "Alpha local", "Beta union")}
    decide(place, "Local")
    assert deliver(place).taken == 2
    for headers, body in receiver.taken:
        said = json.loads(body)
        assert (said["type"], said["data"]) == (
            "match.decided",
            {"match_id": "Local match", "decision": "reject", "status": "rejected"},
        )
        assert not [word for word in ("Local person", "because", "Local reviewer") if word in body]
        assert headers["Content-Type"] == "application/json"
    for secret in (made["Alpha union"].secret, made["Alpha local"].secret):
        assert sum(verifies(secret, headers, body) for headers, body in receiver.taken) == 1
    assert not any(verifies(made["Beta union"].secret, headers, body) for headers, body in receiver.taken)
    assert waiting(place) == []


def verifies(secret: str, headers: dict[str, str], body: str) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except Exception:
        return False
    return True


def test_a_clock_that_ran_ahead_when_a_secret_was_given_neither_bars_the_next_one_nor_keeps_the_one_before(
    place: Workspace, receiver: Receiver
) -> None:
    before = endpoint(place, "Alpha union", receiver.url)
    given = []
    for at in (now() + timedelta(days=400), now(), now() + timedelta(days=300)):
        with place.session() as session:
            given.append(rotate_secret(session, before.id, at).secret)
            session.commit()
    with place.session() as session:
        try_endpoint(session, place.settings, before.id)
    ((headers, body),) = receiver.taken
    assert [verifies(secret, headers, body) for secret in (before.secret, *given)] == [False, False, False, True]


def test_what_was_taken_back_is_not_told(place: Workspace, receiver: Receiver) -> None:
    endpoint(place, "Alpha union", receiver.url)
    with place.session() as session:
        review(session, "Alpha match", Decision.REJECT, "Alpha reviewer", "because", now())
        session.rollback()
    assert waiting(place) == []


def test_secrets_are_written_nowhere(place: Workspace, receiver: Receiver) -> None:
    secret = endpoint(place, "Alpha union", receiver.url).secret.removeprefix("whsec_")
    for file in place.root.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes(), file


@pytest.mark.parametrize("url", ["http://127.0.0.1/x", "http://10.0.0.1/x", "http://169.254.169.254/x", "ftp://example.org/"])
def test_no_webhook_leads_inward_unless_that_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, place: Workspace
) -> None:
    monkeypatch.setenv("SEMBLANCE_CRAWL__ALLOWED_NETWORKS", "[]")
    with open_workspace(place.root) as workspace, workspace.session() as session, pytest.raises(Refused):
        add_endpoint(session, workspace.settings, "Alpha union", url)


def test_a_name_that_leads_inward_later_is_not_followed_and_no_redirect_is(place: Workspace, receiver: Receiver) -> None:
    with Receiver(302, receiver.url).open() as leading:
        endpoint(place, "Alpha union", leading.url)
        decide(place, "Alpha")
        assert (deliver(place).failed, receiver.taken) == (1, [])
    with place.session() as session:
        (message,) = session.exec(select(WebhookMessage))
        assert message.last_error == "It answered with 302."


def test_what_is_not_taken_is_tried_later_and_later_and_then_no_more(place: Workspace) -> None:
    with Receiver(500).open() as receiver:
        made, tries = endpoint(place, "Alpha union", receiver.url), []
        decide(place, "Alpha")
        at = now()
        while not (line := _line(place, made.id)).disabled_at:
            (message,) = waiting(place)
            tries.append(at)
            assert deliver_at(place, at).failed == 1
            assert deliver_at(place, at).failed == 0
            at = max(waiting(place)[0].due_at, at)
        assert all(later - one <= two - later for one, later, two in zip(tries, tries[1:], tries[2:], strict=False))
        assert tries[-1] - tries[0] >= PATIENCE
        assert "took nothing for 5 days: It answered with 500." in line.disabled_why
        assert {headers["Webhook-Id"] for headers, _ in receiver.taken} == {message.id}
        decide(place, "Alpha", Decision.CONFIRM)
        assert deliver_at(place, at + LATER).failed == 0
        with place.session() as session, pytest.raises(NotTaken):
            try_endpoint(session, place.settings, made.id)
        receiver.status = 200
        with place.session() as session:
            assert try_endpoint(session, place.settings, made.id).disabled_at is None
            session.commit()
        assert deliver_at(place, at + LATER).taken == 1


def _line(place: Workspace, key: str) -> Any:
    with place.session() as session:
        return next(line for line in endpoint_lines(session) if line.id == key)


def test_an_endpoint_that_says_it_is_gone_is_sent_nothing_more(place: Workspace) -> None:
    with Receiver(HTTPStatus.GONE).open() as receiver:
        made = endpoint(place, "Alpha union", receiver.url)
        decide(place, "Alpha")
        assert deliver(place).disabled == 1
        assert "gone" in _line(place, made.id).disabled_why


def many(place: Workspace, count: int) -> None:
    for number in range(count):
        decide(place, "Alpha", Decision.REOPEN if number % 2 else Decision.REJECT)


def test_an_endpoint_that_takes_nothing_holds_up_no_other_and_is_not_asked_for_each_message(place: Workspace) -> None:
    with Receiver(500).open() as dead, Receiver().open() as well:
        endpoint(place, "Alpha union", dead.url)
        many(place, 2 * AT_ONCE // 3)
        endpoint(place, "Alpha union", well.url)
        many(place, AT_ONCE // 2)
        at = now()
        deliver_at(place, at)
        assert len(dead.taken) == 1
        # Of two hundred messages that are the oldest, most are the dead one's: the other's go with the first round all the same.
        assert len(well.taken) == AT_ONCE // 2
        for seconds in range(1, 5):
            deliver_at(place, at + timedelta(seconds=seconds))
        assert len(dead.taken) == 1
        # The longer it takes nothing, the more seldom it is asked, however many messages wait.
        tries = [at]
        while tries[-1] < at + timedelta(hours=1):
            at_last = min(message.due_at for message in waiting(place))
            assert deliver_at(place, at_last).failed == 1
            tries.append(at_last)
        assert len(tries) < 8


def test_a_moment_is_asked_for_before_each_try_and_an_end_waits_for_one_at_most(place: Workspace) -> None:
    with Receiver(500).open() as slow, Receiver(500).open() as other:
        for url in (slow.url, other.url):
            endpoint(place, "Alpha union", url)
        decide(place, "Alpha")
        began, asked = now(), list[datetime]()

        def clock() -> datetime:
            asked.append(began + timedelta(minutes=len(asked)))
            return asked[-1]

        assert deliver(place, clock).failed == 2
        first, second = sorted(message.due_at for message in waiting(place))
        assert second - first == timedelta(minutes=1)
        late = began + LATER
        assert deliver(place, lambda: late, ended=lambda: bool(slow.taken[1:] or other.taken[1:])).failed == 1


@contextmanager
def process(log: Path, dies: str, port: int) -> Iterator[int]:
    program = [sys.executable, "-m", "tests.support.webhook_receiver", str(log), dies, str(port)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=os.environ) as running:
        assert running.stdout is not None
        try:
            yield int(running.stdout.readline())
        finally:
            running.kill()


def test_a_receiver_that_is_killed_fifty_times_misses_nothing(place: Workspace, tmp_path: Path) -> None:
    log, kills, expected = tmp_path / "log", 50, set[str]()
    with process(log, "never", 0) as port:
        endpoint(place, "Alpha union", f"http://127.0.0.1:{port}/")
    for kill in range(kills):
        decide(place, "Alpha", Decision.CONFIRM if kill % 2 else Decision.REJECT)
        expected |= {message.id for message in waiting(place)}
        with process(log, "before" if kill % 3 else "instead", port):
            made = deliver_at(place, now() + LATER * kill / kills)
            assert (made.taken, made.failed) == (0, 1)
    with process(log, "never", port):
        while waiting(place):
            assert deliver_at(place, now() + LATER * 3).failed == 0
    taken = [json.loads(line)["headers"]["Webhook-Id"] for line in log.read_text("utf-8").splitlines()]
    assert len(expected) >= kills
    assert set(taken) == expected
    assert len(taken) > len(expected)


def test_the_server_sends_by_itself(place: Workspace, receiver: Receiver) -> None:
    endpoint(place, "Alpha union", receiver.url)
    with served(place.root, SEMBLANCE_CRAWL__ALLOWED_NETWORKS=INWARD):
        decide(place, "Alpha")
        until(lambda: bool(receiver.taken))
    assert json.loads(receiver.taken[0][1])["data"]["match_id"] == "Alpha match"


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)
