"""Reviews and cases over a real database: promise 2, and that nothing is confirmed without a person."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

import crawler.health  # noqa: F401  (its tables are named by those of the videos)
from registry.errors import NotFound
from registry.licences import Licence
from reports.case_lines import cases_named, find_case
from reports.cases import Case, CaseMatch, ConfirmedMatch, confirmed_matches, renew_cases
from reports.errors import NotConfirmed, ReviewRefused
from reports.matches import MatchRow, MatchStatus, apply_licences
from reports.review import Decision, Review, latest_review, review, reviews_of
from tests.support.cases import open_cases
from tests.support.recorded_matches import AT, a_match, record


def test_the_status_follows_the_latest_review_and_all_reviews_stay(session: Session) -> None:
    (row,) = record(session, a_match())
    for decision, status in ((Decision.CONFIRM, "confirmed"), (Decision.REOPEN, "pending"), (Decision.REJECT, "rejected")):
        review(session, row.id, decision, "R. Iyer", f"because {decision}", AT)
        assert row.status.value == status
    assert [r.decision for r in reviews_of(session, row.id)] == [Decision.CONFIRM, Decision.REOPEN, Decision.REJECT]


@pytest.mark.parametrize(("reviewer", "reason"), [("", "why"), ("  ", "why"), ("R. Iyer", ""), ("R. Iyer", " \n")])
def test_a_review_needs_a_name_and_a_reason(session: Session, reviewer: str, reason: str) -> None:
    (row,) = record(session, a_match())
    with pytest.raises(ReviewRefused):
        review(session, row.id, Decision.CONFIRM, reviewer, reason, AT)
    assert row.status is MatchStatus.PENDING


def test_a_licensed_use_cannot_be_confirmed(session: Session) -> None:
    session.add(Licence(id="l1", subject_id="s1", licensee="Clip House", starts_at=AT))
    (row,) = record(session, a_match())
    apply_licences(session, AT)
    with pytest.raises(ReviewRefused, match="Clip House"):
        review(session, row.id, Decision.CONFIRM, "R. Iyer", "I think so", AT)


def test_only_a_decision_can_be_reopened_and_only_a_match_reviewed(session: Session) -> None:
    (row,) = record(session, a_match())
    with pytest.raises(ReviewRefused):
        review(session, row.id, Decision.REOPEN, "R. Iyer", "again", AT)
    with pytest.raises(NotFound):
        review(session, "nothing", Decision.CONFIRM, "R. Iyer", "again", AT)


@pytest.mark.parametrize("statement", ["UPDATE review SET reason = 'other'", "DELETE FROM review"])
def test_the_database_lets_no_review_be_changed(session: Session, statement: str) -> None:
    (row,) = record(session, a_match())
    review(session, row.id, Decision.CONFIRM, "R. Iyer", "the same scar", AT)
    session.commit()
    with pytest.raises(IntegrityError, match="never"):
        session.connection().execute(text(statement))


def test_promise_2_the_database_confirms_nothing_without_a_review(session: Session) -> None:
    (row,) = record(session, a_match())
    with pytest.raises(IntegrityError, match="only a review confirms"):
        session.connection().execute(update(MatchRow).where(col(MatchRow.id) == row.id).values(status=MatchStatus.CONFIRMED))
    session.rollback()
    born = MatchRow(**{**row.model_dump(), "id": "other", "status": MatchStatus.CONFIRMED})
    session.add(born)
    with pytest.raises(IntegrityError, match="only a review confirms"):
        session.flush()


def test_promise_2_only_a_confirmed_row_makes_a_confirmed_match(session: Session) -> None:
    (row,) = record(session, a_match())
    with pytest.raises(NotConfirmed):
        ConfirmedMatch(row, None)
    rejected = review(session, row.id, Decision.REJECT, "R. Iyer", "no", AT)
    with pytest.raises(NotConfirmed):
        ConfirmedMatch(row, rejected)
    confirmed = review(session, row.id, Decision.CONFIRM, "R. Iyer", "yes, the same scar", AT)
    made = ConfirmedMatch(row, confirmed)
    assert (made.id, made.reviewer, made.review_reason, made.best_box) == (row.id, "R. Iyer", "yes, the same scar", row.best_box)
    with pytest.raises((TypeError, ValueError, NotConfirmed)):
        replace(made, score=1.0)  # type: ignore[call-arg]


def test_promise_2_the_database_refuses_an_unconfirmed_match_in_a_case(session: Session) -> None:
    (row,) = record(session, a_match())
    session.add(Case(id="k1", video_id="v1", party_id="p1"))
    session.flush()
    session.add(CaseMatch(case_id="k1", match_id=row.id))
    with pytest.raises(IntegrityError, match="only a confirmed match"):
        session.flush()


def test_cases_are_one_per_video_and_claimant(session: Session) -> None:
    rows = record(session, a_match("s1", 1, 2), a_match("s2", 3, 4), a_match("s1", 5, 6), a_match("s2", 7, 8))
    for row in rows[:3]:
        review(session, row.id, Decision.CONFIRM, "R. Iyer", "seen", AT)
    cases = open_cases(session)
    assert {case.party_id: [m.t_start for m in confirmed_matches(session, case)] for case in cases} == {"p1": [1, 5], "p2": [3]}
    assert [case.id for case in open_cases(session)] == [case.id for case in cases]
    assert find_case(session, cases[0].id[:8]).id == cases[0].id
    for unknown in ("", "%", "zz"):
        with pytest.raises(NotFound):
            find_case(session, unknown)


def test_listing_cases_opens_none(session: Session) -> None:
    (row,) = record(session, a_match("s1", 1, 2))
    review(session, row.id, Decision.CONFIRM, "R. Iyer", "seen", AT)
    assert cases_named(session) == []
    assert not session.exec(select(CaseMatch)).all()
    renew_cases(session)
    assert [case.party_id for case in cases_named(session)] == ["p1"]


def test_a_reopened_match_holds_its_case_up_and_a_rejected_one_leaves_it(session: Session) -> None:
    first, second = record(session, a_match("s1", 1, 2), a_match("s1", 5, 6))
    for row in (first, second):
        review(session, row.id, Decision.CONFIRM, "R. Iyer", "seen", AT)
    (case,) = open_cases(session)
    review(session, first.id, Decision.REOPEN, "R. Iyer", "second thoughts", AT)
    open_cases(session)
    with pytest.raises(NotConfirmed, match=first.id):
        confirmed_matches(session, case)
    review(session, first.id, Decision.REJECT, "R. Iyer", "a look-alike", AT)
    open_cases(session)
    assert [m.id for m in confirmed_matches(session, case)] == [second.id]
    review(session, second.id, Decision.REJECT, "R. Iyer", "a look-alike", AT)
    open_cases(session)
    with pytest.raises(NotConfirmed, match="no confirmed match"):
        confirmed_matches(session, case)


def test_the_latest_review_is_none_before_the_first(session: Session) -> None:
    (row,) = record(session, a_match())
    assert latest_review(session, row.id) is None
    assert session.exec(select(Review)).all() == []
