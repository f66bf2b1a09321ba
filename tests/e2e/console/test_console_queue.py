"""Going through the queue in a real browser, by keys alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect
from sqlmodel import Session, delete, select

from registry.accounts import Role
from registry.db import now
from reports.leases import Lease, Looker, take
from reports.matches import MatchRow, MatchStatus
from reports.review import Decision, Review, review, reviews_of
from tests.support.console import Console, busy_console
from tests.support.soundness import Enter

COUNTED = """
window.mouse = 0;
for (const kind of ["mousedown", "click", "pointerdown"]) {
  addEventListener(kind, e => { if (e.isTrusted && e.detail > 0) window.mouse += 1; }, true);
}
"""


@pytest.fixture
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with busy_console(tmp_path_factory.mktemp("queue") / "work", 8, 24) as console:
        yield console


@pytest.fixture
def reviewer(console: Console) -> str:
    return console.account("P. Legal", Role.REVIEWER).name


def waiting(console: Console) -> list[str]:
    with console.workspace.session() as session:
        rows = session.exec(select(MatchRow).where(MatchRow.status == MatchStatus.PENDING)).all()
        return [row.id for row in rows]


def shown(page: Page) -> str:
    return str(page.locator(".item").get_attribute("data-id"))


def went_on(page: Page, before: str) -> None:
    page.wait_for_function(
        "id => document.querySelector('.item')?.dataset.id !== id || !location.pathname.startsWith('/queue/')", arg=before
    )


def recorded(console: Console, match_id: str) -> list[Review]:
    with console.workspace.session() as session:
        return reviews_of(session, match_id)


def test_a_whole_queue_is_reviewed_by_keys_alone(console: Console, reviewer: str, enter: Enter) -> None:
    page = enter(console, reviewer).new_page()
    page.add_init_script(COUNTED)
    page.goto("/queue")
    left, pressed, mouse, number = set(waiting(console)), 0, 0, 0
    assert len(left) > 6
    while page.locator(".item").count():
        item, keys = shown(page), [["c"], ["r", "2"], ["l", "3"]][number % 3]
        for key in keys:
            page.keyboard.press(key)
        pressed, number = pressed + len(keys), number + 1
        mouse = max(mouse, page.evaluate("window.mouse"))
        went_on(page, item)
    expect(page.get_by_text("Nothing waits for a decision")).to_be_visible()
    assert mouse == 0
    assert waiting(console) == []
    assert pressed <= 2 * number
    with console.workspace.session() as session:
        decided = {row.decision for row in session.exec(select(Review).where(Review.reviewer == "P. Legal"))}
    assert decided == {Decision.CONFIRM, Decision.REJECT, Decision.PERMIT}


def test_a_skipped_match_waits_and_undo_reopens_the_last_decision(console: Console, reviewer: str, enter: Enter) -> None:
    page = enter(console, reviewer).new_page()
    page.goto("/queue")
    skipped = shown(page)
    page.keyboard.press("s")
    went_on(page, skipped)
    assert recorded(console, skipped) == [] or skipped in waiting(console)
    confirmed = shown(page)
    with page.expect_response(lambda answer: answer.url.endswith(f"{confirmed}/decide")):
        page.keyboard.press("c")
    went_on(page, confirmed)
    page.keyboard.press("u")
    page.wait_for_url(f"**/queue/{confirmed}")
    expect(page.locator(".item-head .status")).to_have_text("pending")
    assert [row.decision for row in recorded(console, confirmed)][-2:] == [Decision.CONFIRM, Decision.REOPEN]


def test_keys_belong_to_the_topmost_surface_and_can_be_switched_off(console: Console, reviewer: str, enter: Enter) -> None:
    page = enter(console, reviewer).new_page()
    page.goto("/queue")
    item = shown(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("c")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("r")
    page.get_by_label("Another reason").first.focus()
    page.keyboard.type("crls1")
    assert shown(page) == item
    page.goto("/settings")
    page.get_by_label("Single keys decide in the queue").uncheck()
    page.goto(f"/queue/{item}")
    page.keyboard.press("c")
    page.keyboard.press("s")
    page.keyboard.press("r")
    expect(page.locator("details[data-choice=r]")).not_to_have_attribute("open", "")
    assert shown(page) == item
    assert item in waiting(console)


def test_two_tabs_that_decide_at_once_the_second_is_told_and_keeps_what_was_typed(
    console: Console, reviewer: str, enter: Enter
) -> None:
    context = enter(console, reviewer)
    one, two = context.new_page(), context.new_page()
    one.goto("/queue")
    item = shown(one)
    two.goto(f"/queue/{item}")
    with one.expect_response(lambda answer: answer.url.endswith("/decide")):
        one.keyboard.press("c")
    two.keyboard.press("r")
    two.locator("details[data-choice=r] [name=other]").fill("Its ear is another one")
    two.keyboard.press("Enter")
    expect(two.get_by_role("alert")).to_contain_text("P. Legal confirmed match")
    assert shown(two) == item
    assert two.locator("details[data-choice=r] [name=other]").input_value() == "Its ear is another one"
    assert [row.decision for row in recorded(console, item)] == [Decision.CONFIRM]


def test_back_after_a_confirmation_shows_that_it_was_made(console: Console, reviewer: str, enter: Enter) -> None:
    page = enter(console, reviewer, java_script_enabled=False).new_page()
    page.goto("/queue")
    address = page.url
    page.get_by_role("button", name="Confirm").click()
    assert page.url != address
    # A browser that is still going on has nothing yet to go back from.
    page.wait_for_load_state()
    page.go_back()
    assert page.url == address
    expect(page.locator(".item-head .status")).to_have_text("confirmed")
    expect(page.get_by_role("button", name="Confirm")).to_have_count(0)


def test_without_scripts_a_match_is_rejected_with_a_reason_of_ones_own(console: Console, reviewer: str, enter: Enter) -> None:
    page = enter(console, reviewer, java_script_enabled=False).new_page()
    page.goto("/queue")
    item = page.url.rsplit("/", 1)[1]
    page.locator("details[data-choice=r] summary").click()
    page.locator("details[data-choice=r] [name=other]").fill("A drawing of somebody else's")
    page.locator("details[data-choice=r]").get_by_role("button", name="Reject", exact=True).click()
    assert recorded(console, item)[-1].reason == "A drawing of somebody else's"


def test_another_reviewer_is_given_another_match_and_told_who_has_this_one(console: Console, reviewer: str, enter: Enter) -> None:
    first = enter(console, reviewer).new_page()
    first.goto("/queue")
    item = shown(first)
    other = console.account("S. Econd", Role.REVIEWER).name
    second = enter(console, other).new_page()
    second.goto("/queue")
    assert shown(second) != item
    second.goto(f"/queue/{item}")
    expect(second.get_by_role("alert")).to_contain_text("P. Legal has this until")
    expect(second.get_by_role("button", name="Confirm")).to_have_count(0)


def test_the_video_stands_at_the_matchs_second_with_its_box(console: Console, reviewer: str, enter: Enter) -> None:
    page = enter(console, reviewer).new_page()
    # The clip is short: played, it would be past the box before anybody looks.
    page.add_init_script("localStorage.setItem('semblance.play', 'off')")
    page.goto("/queue")
    page.wait_for_function("() => !document.querySelector('.boxes rect').hasAttribute('hidden')")
    start = float(str(page.locator(".item").get_attribute("data-from")))
    assert page.evaluate("() => Number(document.querySelector('.boxes rect').dataset.t)") == pytest.approx(start, abs=0.2)
    assert float(str(page.locator(".boxes rect").get_attribute("width"))) == pytest.approx(200, abs=1)


def test_one_video_plays_at_most(console: Console, reviewer: str, enter: Enter) -> None:
    page = enter(console, reviewer).new_page()
    page.goto("/queue")
    for _ in range(3):
        item = shown(page)
        page.keyboard.press("s")
        went_on(page, item)
        assert page.evaluate("() => [...document.querySelectorAll('video')].filter(v => !v.paused).length") <= 1


def test_a_session_that_ends_in_the_middle_keeps_the_typed_reason(console: Console, reviewer: str, enter: Enter) -> None:
    context = enter(console, reviewer)
    page = context.new_page()
    page.goto("/queue")
    item = shown(page)
    page.keyboard.press("r")
    page.locator("details[data-choice=r] [name=other]").fill("Typed for a long while")
    context.clear_cookies()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sign in to Semblance")).to_be_visible()
    page.get_by_label("Name of the account").fill("P. Legal")
    page.get_by_label("Password").fill("lanterns over the harbour at nine")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Typed for a long while")).to_be_visible()
    page.get_by_role("button", name="Send it now").click()
    page.wait_for_url("**/queue/*")
    assert [(row.decision, row.reason) for row in recorded(console, item)] == [(Decision.REJECT, "Typed for a long while")]


def test_a_still_takes_the_place_of_what_does_not_play_and_hears_no_late_event(
    console: Console, reviewer: str, enter: Enter
) -> None:
    page, held = enter(console, reviewer).new_page(), list[Route]()
    page.route("**/media", lambda route: held.append(route))
    page.goto("/queue", wait_until="domcontentloaded")
    video = page.locator(".item video").element_handle()
    expect(page.get_by_role("button", name="Keys")).to_be_visible()
    for route in held:
        route.fulfill(status=404)
    expect(page.locator(".item img.still")).to_be_visible()
    # As Chromium does where the video was about to play.
    video.evaluate("video => ['play', 'pause', 'loadedmetadata', 'error'].forEach(each => video.dispatchEvent(new Event(each)))")
    page.keyboard.press("c")
    expect(page.locator("#said")).to_contain_text("Confirmed")


def test_what_cannot_be_fetched_is_asked_for_ever_more_seldom(console: Console, reviewer: str, enter: Enter) -> None:
    page, asked = enter(console, reviewer).new_page(), list[str]()

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        # With one item ahead, as after the first answer, the next was asked for at once, again and again.
        route.continue_() if len(asked) == 1 else route.fulfill(status=503)

    page.route("**/queue/next", answer)
    page.goto("/queue")
    while len(asked) < 2:
        page.wait_for_timeout(100)
    page.wait_for_timeout(2500)
    assert len(asked) <= 4


def test_who_is_signed_out_meanwhile_is_told_and_asks_no_more(console: Console, reviewer: str, enter: Enter) -> None:
    page, asked = enter(console, reviewer).new_page(), list[str]()
    page.route("**/queue/next", lambda route: (asked.append(route.request.url), route.fulfill(status=401)))
    page.goto("/queue")
    expect(page.locator("#said")).to_contain_text("You were signed out")
    page.wait_for_timeout(1500)
    assert len(asked) == 1


def test_who_lost_a_match_to_somebody_else_is_told_by_the_next_sign_of_life(
    console: Console, reviewer: str, enter: Enter
) -> None:
    page = enter(console, reviewer).new_page()
    page.clock.install()
    page.goto("/queue")
    item = shown(page)
    page.wait_for_load_state("networkidle")
    with Session(console.workspace.engine) as session:
        session.exec(delete(Lease))
        session.commit()
        assert take(session, item, Looker("another", "S. Econd"), now()).mine
    page.clock.fast_forward(61_000)
    expect(page.get_by_role("alert")).to_contain_text("S. Econd has this match now")


def test_a_decision_ends_the_lease_of_whoever_made_it(console: Console, reviewer: str, enter: Enter) -> None:
    page = enter(console, reviewer, java_script_enabled=False).new_page()
    page.goto("/queue")
    item = page.url.rsplit("/", 1)[1]
    page.get_by_role("button", name="Confirm").click()
    with console.workspace.session() as session:
        review(session, item, Decision.REOPEN, "A. Lawyer", "by mistake", now())
        session.commit()
    with Session(console.workspace.engine) as session:
        assert take(session, item, Looker("another", "S. Econd"), now()).mine
