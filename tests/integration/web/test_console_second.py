"""Second reviews in the console: blind, for those who decide, never one's own, and what differs is told."""

import html
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from sqlmodel import select

from crawler.videos import Video
from registry.accounts import Role
from registry.db import now
from reports.cases import Case, CaseMatch
from reports.leases import Looker, take
from reports.matches import MatchRow, MatchStatus
from reports.review import Decision, Review, reviews_of
from reports.second_review import SecondReview
from tests.support.console import Answer, Console, busy_console
from tests.support.second_reviews import review_all_twice

WHY = "The same leaf as on our own model sheet"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with busy_console(tmp_path_factory.mktemp("second") / "work", 2, 30) as console:
        with console.workspace.session() as session:
            review_all_twice(session)
            session.commit()
        yield console


@pytest.fixture(scope="module")
def people(console: Console) -> dict[str, str]:
    """Browsers, by the names of those who are signed in with them."""
    roles = {"F. Irst": Role.REVIEWER, "S. Econd": Role.REVIEWER, "A. Uditor": Role.AUDITOR}
    return {name: console.cookie(console.account(name, role)) for name, role in roles.items()}


def waiting(console: Console) -> list[str]:
    with console.workspace.session() as session:
        return list(session.exec(select(MatchRow.id).where(MatchRow.status == MatchStatus.PENDING).order_by(MatchRow.id)))


def sent(console: Console, secret: str, path: str, decision: str, reason: str = WHY, **more: str) -> Answer:
    fields = {"decision": decision, "reason": reason, "since": now().isoformat(), "shown": "pending", "fence": ""} | more
    return console.ask("POST", path, secret, urlencode(fields))


def decided(console: Console, secret: str, decision: str = "confirm") -> str:
    """A match that is decided on now, which waits for its second review."""
    key = waiting(console)[0]
    assert sent(console, secret, f"/queue/{key}/decide", decision).status == 303
    return key


def test_it_tells_nothing_of_the_first_decision_and_changes_nothing_of_it(console: Console, people: dict[str, str]) -> None:
    first, second = people["F. Irst"], people["S. Econd"]
    key = decided(console, first)
    assert console.ask("GET", "/queue/second", second).headers["location"] == f"/queue/second/{key}"
    shown = html.unescape(console.ask("GET", f"/queue/second/{key}", second).text)
    for told in ("F. Irst", WHY, "Decided", "confirmed", "Reopen"):
        assert told not in shown.replace("How far reviewers agree", ""), told
    assert f'action="/queue/second/{key}/decide"' in shown
    for own, page in ((first, "F. Irst"), (people["A. Uditor"], "F. Irst")):
        assert page in console.ask("GET", f"/queue/{key}", own).text, "the page of the match itself tells it as ever"
    led = console.ask("GET", f"/queue/{key}", second)
    assert (led.status, led.headers["location"]) == (303, f"/queue/second/{key}"), "but not whom a second review waits for"
    answer = sent(console, second, f"/queue/second/{key}/decide", "reject", "Another maker's toy")
    assert (answer.status, answer.headers["location"]) == (303, f"/queue/second?after={key}")
    with console.workspace.session() as session:
        assert session.get_one(MatchRow, key).status is MatchStatus.CONFIRMED
        assert [(row.decision, row.reviewer) for row in reviews_of(session, key)] == [(Decision.CONFIRM, "F. Irst")]
        row = session.exec(select(SecondReview).where(SecondReview.match_id == key)).one()
        assert (row.decision, row.reviewer, row.reason) == (Decision.REJECT, "S. Econd", "Another maker's toy")


def test_until_it_is_given_no_other_page_tells_that_the_match_was_confirmed(console: Console, people: dict[str, str]) -> None:
    first, second = people["F. Irst"], people["S. Econd"]
    key = decided(console, first)
    with console.workspace.session() as session:
        case = session.exec(select(CaseMatch.case_id).where(CaseMatch.match_id == key)).one()
        title = session.exec(select(Video.title).join(Case, Case.video_id == Video.id).where(Case.id == case)).one()
    pages = ("/cases", f"/cases?{urlencode({'q': title[:12]})}", f"/search?{urlencode({'q': title[:12]})}")
    for own in (first, people["A. Uditor"]):
        assert console.ask("GET", f"/cases/{case}", own).status == 200
        assert all(f"/cases/{case}" in console.ask("GET", page, own).text for page in pages)
    assert not any(f"/cases/{case}" in console.ask("GET", page, second).text for page in pages)
    for page in (f"/cases/{case}", f"/cases/{case}/letter"):
        shown = console.ask("GET", page, second)
        assert (shown.status, f"There is no case {case!r}" in html.unescape(shown.text)) == (404, True)
    late = sent(console, second, f"/queue/{key}/decide", "reject", "My own reason")
    page = html.unescape(late.text)
    assert (late.status, "second review of it is yours" in page, f'action="/queue/second/{key}/decide"' in page) == (
        409,
        True,
        True,
    )
    assert "My own reason" in page, "what was typed stays"
    for told in ("F. Irst", WHY, "Reopen"):
        assert told not in page, told
    assert sent(console, second, f"/queue/second/{key}/decide", "confirm").status == 303


def test_what_differs_is_told_to_those_who_may_settle_it_with_what_to_do(console: Console, people: dict[str, str]) -> None:
    first, second = people["F. Irst"], people["S. Econd"]
    key = decided(console, first, "permit")
    assert sent(console, second, f"/queue/second/{key}/decide", "confirm", "It is for sale").status == 303
    for secret in (first, people["A. Uditor"]):
        page = html.unescape(console.ask("GET", f"/queue/{key}", secret).text)
        assert "S. Econd confirmed this in a second review" in page
        listed = html.unescape(console.ask("GET", "/queue/agreement", secret).text)
        assert f'href="/queue/{key}"' in listed
        assert "reopen it and decide anew" in listed
    for decision in ("reopen", "confirm"):
        status = "permitted" if decision == "reopen" else "pending"
        assert sent(console, first, f"/queue/{key}/decide", decision, "Talked it over", shown=status).status == 303
    assert f'href="/queue/{key}"' not in console.ask("GET", "/queue/agreement", first).text
    assert "in a second review" not in console.ask("GET", f"/queue/{key}", first).text


def test_it_can_be_taken_back_for_ten_minutes_and_so_long_nothing_is_told_of_the_first(
    console: Console, people: dict[str, str]
) -> None:
    first, second = people["F. Irst"], people["S. Econd"]
    key = decided(console, first)
    assert sent(console, second, f"/queue/second/{key}/decide", "reject", "Another maker's toy").status == 303
    assert console.ask("GET", f"/queue/{key}", second).headers["location"] == f"/queue/second/{key}"
    own = html.unescape(console.ask("GET", f"/queue/second/{key}", second).text)
    assert "You rejected this in a second review" in own
    for told in ("F. Irst", WHY, "Reopen"):
        assert told not in own, told
    agreed = html.unescape(console.ask("GET", "/queue/agreement", second).text)
    assert "not counted here yet" in agreed
    assert key not in agreed
    assert key in console.ask("GET", "/queue/agreement", first).text
    path = f"/queue/second/{key}/take-back"
    assert console.ask("POST", path, first, "").status == 422
    answer = console.ask("POST", path, second, "")
    assert (answer.status, answer.headers["location"]) == (303, f"/queue/second/{key}")
    assert key not in console.ask("GET", "/queue/agreement", first).text
    assert console.ask("POST", path, second, "").status == 422
    assert sent(console, second, f"/queue/second/{key}/decide", "confirm").status == 303
    with console.workspace.session() as session:
        rows = session.exec(select(SecondReview).where(SecondReview.match_id == key).order_by(SecondReview.at)).all()
        assert [(row.decision, row.taken_back_at is None) for row in rows] == [(Decision.REJECT, False), (Decision.CONFIRM, True)]


def test_what_was_looked_at_last_is_taken_back_first_though_it_was_recorded_before_another(
    console: Console, people: dict[str, str]
) -> None:
    first, second = people["F. Irst"], people["S. Econd"]
    keys = [decided(console, first), decided(console, first)]
    for key in keys:
        assert sent(console, second, f"/queue/second/{key}/decide", "confirm").status == 303
    for key in keys:
        shown = console.ask("GET", f"/queue/second?after={key}", second).text
        assert f'action="/queue/second/{key}/take-back" id="undo"' in shown


def test_ones_own_is_refused_and_what_waits_for_nobody_is_said(console: Console, people: dict[str, str]) -> None:
    first, second = people["F. Irst"], people["S. Econd"]
    key = decided(console, first)
    shown = console.ask("GET", f"/queue/second/{key}", first)
    assert (shown.status, "You decided on this match yourself" in shown.text) == (422, True)
    kept = sent(console, first, f"/queue/second/{key}/decide", "reject", Accept="application/json")
    assert kept.status == 422
    assert key not in console.ask("GET", "/queue/second", first).headers.get("location", "")
    assert sent(console, second, f"/queue/second/{key}/decide", "confirm").status == 303
    again = sent(console, second, f"/queue/second/{key}/decide", "reject")
    assert (again.status, "waits for no second review" in again.text) == (409, True)
    with console.workspace.session() as session:
        assert len(session.exec(select(SecondReview).where(SecondReview.match_id == key)).all()) == 1


def test_who_looks_at_one_has_it_and_the_other_is_told(console: Console, people: dict[str, str]) -> None:
    key = decided(console, people["F. Irst"])
    with console.workspace.session() as session:
        take(session, key, Looker("somebody", "T. Hird"), now())
    own = people["S. Econd"]
    assert "T. Hird has this until" in console.ask("GET", f"/queue/second/{key}", own).text
    late = sent(console, own, f"/queue/second/{key}/decide", "confirm")
    assert (late.status, "T. Hird has this match until" in late.text) == (409, True)
    with console.workspace.session() as session:
        assert session.exec(select(SecondReview).where(SecondReview.match_id == key)).all() == []
    assert console.ask("GET", "/queue/second", own).status == 200


def test_who_only_looks_makes_none_and_a_page_without_one_says_what_it_is(console: Console, people: dict[str, str]) -> None:
    auditor = people["A. Uditor"]
    key = decided(console, people["F. Irst"])
    for method, path in (("GET", "/queue/second"), ("GET", f"/queue/second/{key}"), ("POST", f"/queue/second/{key}/decide")):
        fields = urlencode({"decision": "confirm", "since": now().isoformat(), "shown": "pending", "reason": WHY})
        assert console.ask(method, path, auditor, fields if method == "POST" else None).status == 403
    assert console.ask("GET", "/queue/agreement", auditor).status == 200
    with console.workspace.session() as session:
        own = set(session.exec(select(Review.match_id).where(Review.reviewer == "F. Irst")))
    assert key in own
    assert "Nothing waits for a second review by you." in console.ask("GET", "/queue/second", people["F. Irst"]).text
