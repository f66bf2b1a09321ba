"""Second reviews by the API: blind, once, on what was seen, taken back, and counted."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlmodel import select

from registry.documents import Document
from registry.kinds import Scope
from registry.parties import find_party
from registry.subjects import Subject
from reports.cases import Case, CaseMatch
from reports.matches import MatchRow, MatchStatus
from reports.notices.notice import Notice
from reports.withheld import withheld
from tests.support.api_desk import ApiDesk, Asker, api_desk
from tests.support.second_reviews import review_all_twice
from tests.support.tenancy.two_parties import AT

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


def test_until_it_is_given_no_other_path_tells_the_first_decision_and_to_others_they_do(
    desk: ApiDesk, first: Asker, second: Asker
) -> None:
    match = decided(desk, first)
    auditor = desk.asker("Alpha auditor")
    with desk.workspace.session() as session:
        case = session.exec(select(CaseMatch.case_id).where(CaseMatch.match_id == match)).one()
        letter = session.exec(select(Notice.id).where(Notice.case_id == case)).one()

    def found(asker: Asker) -> tuple[str, bool, set[int]]:
        one = asker.get(f"/v1/matches/{match}").json()["status"]
        confirmed = asker.get("/v1/matches", status="confirmed", limit=500).json()["items"]
        shown = {asker.get(path).status_code for path in (f"/v1/cases/{case}", f"/v1/notices/{letter}")}
        for path, key in (("/v1/cases", case), ("/v1/notices", letter)):
            shown.add(200 if key in [each["id"] for each in asker.get(path).json()["items"]] else 404)
        return one, match in [each["id"] for each in confirmed], shown

    assert found(first) == found(auditor) == ("confirmed", True, {200})
    assert found(second) == ("pending", False, {404})
    etag = second.get(f"/v1/matches/{match}").headers["etag"]
    for seen in (etag, '"another"'):
        late = second.post(f"/v1/matches/{match}/decisions", REJECT, etag=seen)
        assert late.status_code == 412
        assert "second review of it is yours" in late.text
        assert not any(told in late.text for told in ("confirmed", "Alpha clerk", "It is her"))


def test_what_no_second_review_can_be_given_of_is_withheld_from_nobody(desk: ApiDesk, first: Asker) -> None:
    match = decided(desk, first)
    with desk.workspace.session() as session:
        assert withheld(session, [match], "Somebody Else") == {match: match}
        session.get_one(Subject, session.get_one(MatchRow, match).subject_id).erased_at = AT
        session.flush()
        assert withheld(session, [match], "Somebody Else") == {}
        session.rollback()


def test_files_of_a_case_that_is_withheld_are_in_no_list(desk: ApiDesk, first: Asker, second: Asker) -> None:
    decided(desk, first)
    with desk.workspace.session() as session:
        party = find_party(session, "Alpha union")
        row = session.exec(select(Case).where(Case.party_id == party.id)).first()
        assert row is not None
        names = [f"case-{row.id[:12]}-20260501T000000Z.zip", f"notice-{'0' * 12}.pdf", "week-2026-W18-alpha.pdf"]
        person = session.exec(select(MatchRow.subject_id).where(MatchRow.id == "Alpha match")).one()
        for name in names:
            session.add(Document(subject_id=person, path=f"reports/{party.folder}/{name}", kind="report", made_at=AT))
        session.commit()
    told = [{each["name"] for each in asker.get("/v1/reports").json()["items"]} for asker in (first, second)]
    assert told == [set(names), set(names[1:])]
