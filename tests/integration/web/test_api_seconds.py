"""Second reviews by the API: blind, once, on what was seen, taken back, and counted."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from registry.kinds import Scope
from reports.matches import MatchRow, MatchStatus
from tests.support.api_desk import ApiDesk, Asker, api_desk
from tests.support.second_reviews import review_all_twice

REJECT = {"decision": "reject", "reason": "Another maker's toy"}
SECOND = "/v1/second-reviews"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiDesk]:
    with api_desk(tmp_path_factory.mktemp("seconds") / "work") as made:
        with made.workspace.session() as session:
            review_all_twice(session)
            session.commit()
        yield made


@pytest.fixture(scope="module")
def first(desk: ApiDesk) -> Asker:
    return desk.asker("Alpha clerk")


@pytest.fixture(scope="module")
def second(desk: ApiDesk) -> Asker:
    return desk.asker("Alpha reviewer")


def decided(desk: ApiDesk, first: Asker) -> str:
    match = desk.match("Alpha")
    etag = first.get(f"/v1/matches/{match}").headers["etag"]
    told = {"decision": "confirm", "reason": "It is her."}
    assert first.post(f"/v1/matches/{match}/decisions", told, etag=etag).ok
    return match


def waiting(asker: Asker) -> list[str]:
    return [each["id"] for each in asker.get(SECOND).json()["items"]]


def test_what_waits_is_told_as_it_was_to_whoever_did_not_decide(desk: ApiDesk, first: Asker, second: Asker) -> None:
    match = decided(desk, first)
    assert match in waiting(second)
    assert match not in waiting(first)
    assert match not in waiting(desk.asker("Beta reviewer"))
    shown = second.get(f"{SECOND}/{match}")
    assert (shown.status_code, shown.json()["status"]) == (200, "pending")
    for told in ("Alpha clerk", "It is her", "confirm"):
        assert told not in shown.text
    assert first.get(f"{SECOND}/{match}").status_code == 422
    assert desk.asker("Beta reviewer").get(f"{SECOND}/{match}").status_code == 404
    assert desk.asker("Alpha auditor").get(SECOND).status_code == 403
    everyone = second.get(SECOND, limit=1).json()
    assert everyone["more"] == len(waiting(second)) - 1


def test_one_is_given_once_on_what_was_seen_and_changes_nothing_of_the_match(desk: ApiDesk, first: Asker, second: Asker) -> None:
    match, key = decided(desk, first), uuid4().hex
    path, etag = f"{SECOND}/{match}/decisions", second.get(f"{SECOND}/{match}").headers["etag"]
    assert second.post(path, REJECT).status_code == 428
    assert second.post(path, REJECT, etag='"another"').status_code == 412
    assert second.post(path, REJECT, etag=etag, key=None).status_code == 422
    reader = desk.asker("Alpha reviewer", Scope.READ)
    assert reader.post(path, REJECT, etag=etag).status_code == 403
    answers = [second.post(path, REJECT, etag=etag, key=key) for _ in range(3)]
    assert {(each.status_code, each.content) for each in answers} == {(200, answers[0].content)}
    made = answers[0].json()
    assert (made["decision"], made["reviewer"], made["taken_back_at"]) == ("reject", "Alpha reviewer", None)
    assert second.post(path, REJECT, etag=etag).status_code == 409
    with desk.workspace.session() as session:
        assert session.get_one(MatchRow, match).status is MatchStatus.CONFIRMED


def test_one_is_taken_back_and_counted_for_others_alone_meanwhile(desk: ApiDesk, first: Asker, second: Asker) -> None:
    match = decided(desk, first)
    etag = second.get(f"{SECOND}/{match}").headers["etag"]
    before = first.get("/v1/agreement").json()["pairs"]
    assert second.post(f"{SECOND}/{match}/decisions", REJECT, etag=etag).ok
    assert first.get("/v1/agreement").json()["pairs"] == before + 1
    own = second.get("/v1/agreement").json()
    assert own["fresh"] > 0
    assert match not in [each["match_id"] for each in own["disagreements"]]
    assert first.post(f"{SECOND}/{match}/take-back").status_code == 422
    key = uuid4().hex
    answers = [second.post(f"{SECOND}/{match}/take-back", key=key) for _ in range(3)]
    assert {(each.status_code, each.content) for each in answers} == {(200, answers[0].content)}
    assert answers[0].json()["taken_back_at"] is not None
    assert first.get("/v1/agreement").json()["pairs"] == before
    assert match in waiting(second)
