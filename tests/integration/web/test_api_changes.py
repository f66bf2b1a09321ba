"""What programs change: once, on what they saw, and in one transaction with the answer."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session, func, select, update

from registry.answers import StoredAnswer
from registry.audit import AuditEntry
from registry.db import now
from registry.erase import erase_subject
from registry.licences import Licence
from registry.subjects import find_subject
from reports.review import Review
from tests.support.api_desk import ApiDesk, Asker

CONFIRM = {"decision": "confirm", "reason": "It is her."}
LICENCE = {"subject": "Alpha person", "licensee": "A licensee", "starts_at": "2026-01-01T00:00:00Z", "host": "tube.example"}


@pytest.fixture(scope="module")
def reviewer(desk: ApiDesk) -> Asker:
    return desk.asker("Alpha reviewer")


def seen(asker: Asker, match: str) -> str:
    return asker.get(f"/v1/matches/{match}").headers["etag"]


def reviews(desk: ApiDesk, match: str) -> list[str]:
    with Session(desk.workspace.engine) as session:
        return list(session.exec(select(Review.reviewer).where(Review.match_id == match)))


def test_a_decision_is_made_in_the_accounts_name_on_what_was_seen(desk: ApiDesk, reviewer: Asker) -> None:
    match = desk.match("Alpha")
    answer = reviewer.post(f"/v1/matches/{match}/decisions", CONFIRM, etag=seen(reviewer, match))
    assert (answer.status_code, answer.json()["status"]) == (200, "confirmed")
    assert answer.headers["etag"] == seen(reviewer, match)
    assert reviews(desk, match) == ["Alpha reviewer"]
    case = reviewer.get("/v1/cases").json()["items"][0]["id"]
    assert match in [each["id"] for each in reviewer.get(f"/v1/cases/{case}").json()["matches"]]


def test_who_decides_on_what_another_decided_meanwhile_is_told_and_changes_nothing(
    desk: ApiDesk, reviewer: Asker, clerk: Asker
) -> None:
    match = desk.match("Alpha")
    old = seen(reviewer, match)
    assert clerk.post(f"/v1/matches/{match}/decisions", {"decision": "reject", "reason": "A twin"}, etag=old).ok
    late = reviewer.post(f"/v1/matches/{match}/decisions", CONFIRM, etag=old)
    assert late.status_code == 412
    assert "Alpha clerk rejected it" in late.json()["detail"]
    assert "A twin" in late.json()["detail"]
    assert reviews(desk, match) == ["Alpha clerk"]


@pytest.mark.parametrize("etag", [None, "*", ""])
def test_a_decision_without_what_was_seen_is_refused(desk: ApiDesk, reviewer: Asker, etag: str | None) -> None:
    match = desk.match("Alpha")
    assert reviewer.post(f"/v1/matches/{match}/decisions", CONFIRM, etag=etag).status_code == 428
    assert reviews(desk, match) == []


def test_of_many_who_decide_at_once_one_does(desk: ApiDesk) -> None:
    match = desk.match("Alpha")
    askers = [desk.asker(f"Alpha {role}") for role in ("clerk", "reviewer") for _ in range(4)]
    etag = seen(askers[0], match)

    def decide(asker: Asker) -> int:
        return asker.post(f"/v1/matches/{match}/decisions", CONFIRM, etag=etag).status_code

    with ThreadPoolExecutor(8) as threads:
        assert Counter(threads.map(decide, askers)) == {200: 1, 412: 7}
    assert len(reviews(desk, match)) == 1


def changes(desk: ApiDesk, clerk: Asker) -> dict[str, tuple[str, object, str | None]]:
    """Every change of the API, each on something of its own."""
    match, other = desk.match("Alpha"), clerk.post("/v1/licences", LICENCE).json()["id"]
    mandate = next(row["id"] for row in clerk.get("/v1/mandates").json()["items"] if row["revoked_at"] is None)
    notice = clerk.get("/v1/notices").json()["items"][0]["id"]
    return {
        "decide": (f"/v1/matches/{match}/decisions", {"decision": "reject", "reason": "No."}, seen(clerk, match)),
        "licence": ("/v1/licences", LICENCE, None),
        "end licence": (f"/v1/licences/{other}/end", None, None),
        "end mandate": (f"/v1/mandates/{mandate}/end", None, None),
        "record": (f"/v1/notices/{notice}/events", {"event": "expired", "how": "settled"}, None),
    }


def written(desk: ApiDesk) -> int:
    with Session(desk.workspace.engine) as session:
        entries = select(func.count()).select_from(AuditEntry).where(AuditEntry.why.startswith("web "))
        return session.exec(entries).one()


def test_every_change_replayed_three_times_has_one_effect(desk: ApiDesk, clerk: Asker) -> None:
    for name, (path, body, etag) in changes(desk, clerk).items():
        key = uuid4().hex
        first = clerk.post(path, body, key=key, etag=etag)
        assert first.ok, (name, first.text)
        before = written(desk)
        again = [clerk.post(path, body, key=key, etag=etag) for _ in range(3)]
        assert {(answer.status_code, answer.content, answer.headers.get("location")) for answer in again} == {
            (first.status_code, first.content, first.headers.get("location"))
        }, name
        assert {answer.headers.get("idempotency-replayed") for answer in again} == {"true"}
        assert written(desk) == before, name


def test_a_key_is_needed_and_good_for_one_change_of_one_account(desk: ApiDesk, clerk: Asker) -> None:
    key = uuid4().hex
    assert clerk.post("/v1/licences", LICENCE, key=None).status_code == 422
    first = clerk.post("/v1/licences", LICENCE, key=key)
    other = clerk.post("/v1/licences", LICENCE | {"licensee": "Another"}, key=key)
    assert (other.status_code, "another key" in other.json()["remedy"]) == (422, True)
    elsewhere = desk.asker("Alpha registrar").post("/v1/licences", LICENCE, key=key)
    assert elsewhere.status_code == 201
    assert elsewhere.json()["id"] != first.json()["id"]


def test_what_was_refused_may_be_asked_for_again_by_the_same_key(clerk: Asker) -> None:
    key = uuid4().hex
    refused = clerk.post("/v1/licences", LICENCE | {"subject": "nobody"}, key=key)
    assert refused.status_code == 404
    assert clerk.post("/v1/licences", LICENCE, key=key).status_code == 201


def test_many_at_once_by_one_key_make_one_change(desk: ApiDesk, clerk: Asker) -> None:
    key, licensee = uuid4().hex, uuid4().hex

    def ask(_: int) -> int:
        return clerk.post("/v1/licences", LICENCE | {"licensee": licensee}, key=key).status_code

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(16))) == {201}
    with Session(desk.workspace.engine) as session:
        assert len(session.exec(select(Licence).where(Licence.licensee == licensee)).all()) == 1


def test_an_answer_is_kept_for_a_day_and_emptied_by_an_erasure(desk: ApiDesk, clerk: Asker) -> None:
    keys = [uuid4().hex, uuid4().hex]
    old, kept = (clerk.post("/v1/licences", LICENCE | {"subject": "Alpha figure"}, key=key).json()["id"] for key in keys)
    with Session(desk.workspace.engine) as session:
        rows = {row.id: row for row in session.exec(select(StoredAnswer)) if row.body and old.encode() in row.body}
        session.exec(update(StoredAnswer).where(StoredAnswer.id.in_(rows)).values(at=now() - timedelta(hours=25)))
        session.commit()
    assert clerk.post("/v1/licences", LICENCE | {"subject": "Alpha figure"}, key=keys[0]).json()["id"] != old
    with desk.workspace.session() as session:
        erase_subject(session, desk.workspace.vault, find_subject(session, "Alpha seal"), now(), "asked for")
    after = clerk.post("/v1/licences", LICENCE | {"subject": "Alpha figure"}, key=keys[1])
    assert (after.status_code, "erased" in after.json()["detail"]) == (409, True)
    with Session(desk.workspace.engine) as session:
        assert {row.body for row in session.exec(select(StoredAnswer))} == {None}
    assert clerk.get(f"/v1/licences/{kept}").ok
