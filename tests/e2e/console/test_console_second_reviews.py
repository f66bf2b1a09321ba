"""Second reviews in a real browser: the queue leads to them, within the same keys, and tells nothing of the first decision."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from sqlmodel import select

from registry.accounts import Role
from registry.db import now
from reports.matches import MatchRow, MatchStatus
from reports.review import Decision, review
from reports.second_review import SecondReview
from tests.support.console import Console, busy_console
from tests.support.second_reviews import review_all_twice
from tests.support.soundness import Enter

WHY = "The same leaf as on our own model sheet"


@pytest.fixture
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with busy_console(tmp_path_factory.mktemp("second") / "work", 3, 8) as console:
        yield console


def decide_all(console: Console) -> list[str]:
    """The matches that wait for a second review, the one that was decided on first: all others were decided before."""
    with console.workspace.session() as session:
        waiting = session.exec(select(MatchRow).where(MatchRow.status == MatchStatus.PENDING).order_by(MatchRow.id)).all()
        for row in waiting[3:]:
            review(session, row.id, Decision.REJECT, "F. Irst", WHY, now())
        review_all_twice(session)
        keys = [row.id for row in waiting[:3]]
        for key in keys:
            review(session, key, Decision.CONFIRM, "F. Irst", WHY, now())
        session.commit()
    assert len(keys) == 3
    return keys


def test_when_nothing_waits_any_more_second_reviews_follow_within_the_same_keys(console: Console, enter: Enter) -> None:
    name, keys = console.account("S. Econd", Role.REVIEWER).name, decide_all(console)
    page = enter(console, name).new_page()
    page.goto("/queue")
    item = page.locator(".item")
    for key, pressed in zip(keys, (["c"], ["r", "2"], ["l", "3"]), strict=True):
        expect(item).to_have_attribute("data-id", key)
        expect(page).to_have_url(f"{console.base}queue/second/{key}")
        expect(page.get_by_text("Somebody decided on this before.")).to_be_visible()
        for told in (WHY, "F. Irst", "confirmed"):
            expect(item.get_by_text(told)).to_have_count(0)
        for each in pressed:
            page.keyboard.press(each)
    expect(page.get_by_text("Nothing waits for a second review by you.")).to_be_visible()
    # What hears the keys is there once the page is whole.
    page.wait_for_load_state()
    page.keyboard.press("u")
    expect(page).to_have_url(f"{console.base}queue/second/{keys[2]}")
    expect(page.get_by_role("button", name="Keys")).to_be_visible()
    for each in ("l", "3"):
        page.keyboard.press(each)
    expect(page.get_by_role("heading", name="What you can still take back")).to_be_visible()
    page.get_by_role("link", name="How far reviewers agree").click()
    expect(page.get_by_text("3 of yours are not counted here yet")).to_be_visible()
    page = enter(console, console.account("F. Irst", Role.REVIEWER).name).new_page()
    page.goto("/queue/agreement")
    expect(page.get_by_text("Of 3 matches reviewed twice, 1 decided the same")).to_be_visible()
    expect(page.get_by_role("heading", name="To be settled: 2")).to_be_visible()
    page.locator("ul.rows a").first.click()
    expect(page.get_by_text("in a second review")).to_be_visible()
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    with console.workspace.session() as session:
        made = {row.match_id: row.decision for row in session.exec(select(SecondReview)) if row.taken_back_at is None}
        assert made == dict(zip(keys, (Decision.CONFIRM, Decision.REJECT, Decision.PERMIT), strict=True))
        assert {session.get_one(MatchRow, key).status for key in keys} == {MatchStatus.CONFIRMED}


def test_one_that_was_given_is_taken_back_by_its_key_before_the_next_is_decided(console: Console, enter: Enter) -> None:
    name, keys = console.account("S. Econd", Role.REVIEWER).name, decide_all(console)
    page = enter(console, name).new_page()
    page.goto("/queue")
    item = page.locator(".item")
    expect(item).to_have_attribute("data-id", keys[0])
    expect(page.get_by_role("button", name="Keys")).to_be_visible()
    page.keyboard.press("c")
    expect(item).to_have_attribute("data-id", keys[1])
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.keyboard.press("u")
    expect(item).to_have_attribute("data-id", keys[0])
    expect(page.get_by_role("button", name="Confirm")).to_be_visible()
    with console.workspace.session() as session:
        assert [row.taken_back_at is None for row in session.exec(select(SecondReview))] == [False]
