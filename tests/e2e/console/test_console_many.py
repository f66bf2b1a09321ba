"""Many matches at once: only what was on the screen can be chosen, each decision is one of its own, and can be undone."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session, select

from registry.accounts import Role
from registry.audit import AuditEntry
from registry.db import now
from reports.leases import Looker, give_back, take
from reports.matches import MatchRow, MatchStatus
from reports.review import Decision, Review, review
from tests.support.console import Console, busy_console
from tests.support.soundness import SIZES, Enter, sound

TWO_SHOWN = "() => document.querySelectorAll('input[name=chosen]:enabled').length >= 2"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with busy_console(tmp_path_factory.mktemp("many") / "work", 4, 40) as console:
        console.account("P. Legal", Role.REVIEWER)
        yield console


def waiting(console: Console) -> list[str]:
    with console.workspace.session() as session:
        return list(session.exec(select(MatchRow.id).where(MatchRow.status == MatchStatus.PENDING)))


def statuses(console: Console) -> dict[str, MatchStatus]:
    with console.workspace.session() as session:
        return {row.id: row.status for row in session.exec(select(MatchRow))}


def made(console: Console, reason: str) -> list[Review]:
    """The reviews with that reason that follow no other."""
    with console.workspace.session() as session:
        return [row for row in session.exec(select(Review).where(Review.reason == reason)) if row.follows is None]


def opened(console: Console, enter: Enter, **options: object) -> Page:
    page = enter(console, "P. Legal", viewport={"width": 900, "height": 800}, **options).new_page()
    page.goto("/queue/list")
    page.wait_for_function(TWO_SHOWN)
    return page


def enabled(page: Page) -> list[str]:
    found: list[str] = page.evaluate("[...document.querySelectorAll('input[name=chosen]:enabled')].map(each => each.value)")
    return found


def test_what_was_on_the_screen_is_chosen_counted_decided_and_undone_by_keys_alone(console: Console, enter: Enter) -> None:
    before, page = statuses(console), opened(console, enter)
    page.keyboard.press("a")
    first = page.evaluate("[...document.querySelectorAll('input[name=chosen]:checked')].map(each => each.value)")
    assert 0 < len(first) < len(waiting(console)), "what lies below the screen was taken for seen"
    expect(page.get_by_text(f"{len(first)} chosen of")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("Only a look-alike, all of them")
    page.keyboard.press("Enter")
    assert made(console, "Only a look-alike, all of them") == [], "Enter in the reason decided"
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=f"Reject {len(first)}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="rejected")).to_be_visible()
    after = statuses(console)
    changed = {key for key in after if after[key] is not before[key]}
    assert set(first) <= changed
    assert {after[key] for key in changed} == {MatchStatus.REJECTED}
    reviews = made(console, "Only a look-alike, all of them")
    assert {row.match_id for row in reviews} <= set(first)
    assert {row.reviewer for row in reviews} == {"P. Legal"}
    with console.workspace.session() as session:
        logged = session.exec(
            select(AuditEntry).where(AuditEntry.why == "web queue.bulk", AuditEntry.table_name == "review")
        ).all()
    assert all(any(str(row.id) in entry.row_ids for entry in logged) for row in reviews)
    page.get_by_role("button", name="Undo all").press("Enter")
    expect(page.get_by_role("heading", name="reopened")).to_be_visible()
    assert {statuses(console)[key] for key in first} == {MatchStatus.PENDING}


def test_what_is_scrolled_to_can_be_chosen_and_a_reason_is_asked(console: Console, enter: Enter) -> None:
    page = opened(console, enter)
    first, last = enabled(page), page.locator("input[name=chosen]").last
    last.scroll_into_view_if_needed()
    expect(last).to_be_enabled()
    assert set(enabled(page)) > set(first)
    page.get_by_role("button", name="Choose all that were shown").press("Enter")
    page.get_by_role("button", name="Reject").press("Enter")
    # The browser itself asks for the reason.
    assert page.evaluate("document.activeElement.id") == "reason"
    assert page.url.endswith("/queue/list")
    expect(page.get_by_role("heading", name="rejected")).to_have_count(0)


def test_the_server_refuses_what_was_not_on_this_screen_and_tells_stale_ones_apart(console: Console) -> None:
    own, other = console.cookie(console.account("Q. Legal", Role.REVIEWER)), console.cookie(None)
    assert console.ask("GET", "/queue/list", own).status == 200
    shown, unseen, taken, decided, *_ = waiting(console)
    told = console.ask("POST", "/queue/seen", own, urlencode([("shown", key) for key in (shown, taken, decided, "nothing")]))
    assert "nothing" not in told.text
    with Session(console.workspace.engine) as session:
        assert take(session, taken, Looker("another", "S. Econd"), now()).mine
    with console.workspace.session() as session:
        review(session, decided, Decision.REJECT, "T. Hird", "It is another one.", now())
        session.commit()
    fields = [("decision", "confirm"), ("reason", "It is the same.")]
    got = console.ask(
        "POST", "/queue/list", own, urlencode(fields + [("chosen", key) for key in (shown, unseen, taken, decided)])
    )
    assert "1 confirmed, 3 left as they were" in got.text
    assert "It was not on this screen." in got.text
    assert "S. Econd has this match until" in got.text
    assert "T. Hird" in got.text
    assert 'value="It is the same."' in got.text, "the reason for those that were left is gone"
    assert "Somebody else looks at it now." in got.text
    found = statuses(console)
    assert [found[key].value for key in (shown, unseen, taken, decided)] == ["confirmed", "pending", "pending", "rejected"]
    # What one browser showed was not on another's screen.
    console.ask("GET", "/queue/list", other)
    console.ask("POST", "/queue/list", other, urlencode([*fields, ("chosen", unseen)]))
    assert statuses(console)[unseen] is MatchStatus.PENDING
    nothing = console.ask("POST", "/queue/list", own, urlencode(fields))
    assert (nothing.status, "No match was chosen." in nothing.text, "It is the same." in nothing.text) == (422, True, True)
    # The very same form again changes nothing more.
    again = console.ask("POST", "/queue/list", own, urlencode([*fields, ("chosen", shown)]))
    assert "0 confirmed, 1 left as they were" in again.text
    assert [row.decision for row in made(console, "It is the same.") if row.match_id == shown] == [Decision.CONFIRM]
    with Session(console.workspace.engine) as session:
        give_back(session, [taken], "another", now())


def test_a_reason_that_is_missing_keeps_the_choice_and_signing_in_keeps_both(console: Console) -> None:
    own = console.cookie(console.account("R. Legal", Role.REVIEWER))
    console.ask("GET", "/queue/list", own)
    chosen = waiting(console)[0]
    console.ask("POST", "/queue/seen", own, urlencode({"shown": chosen}))
    got = console.ask("POST", "/queue/list", own, urlencode({"decision": "reject", "reason": " ", "chosen": chosen}))
    assert (got.status, f'value="{chosen}" checked' in got.text) == (422, True)
    signed_out = console.ask("POST", "/queue/list", None, urlencode({"decision": "reject", "reason": "Kept", "chosen": chosen}))
    assert signed_out.status in (401, 303)
    assert 'value="Kept"' in signed_out.text
    assert f'value="{chosen}"' in signed_out.text
    assert statuses(console)[chosen] is MatchStatus.PENDING


def test_whoever_may_not_decide_looks_and_chooses_nothing(console: Console) -> None:
    auditor = console.cookie(console.account("A. Uditor", Role.AUDITOR))
    looked = console.ask("GET", "/queue/list", auditor)
    assert (looked.status, 'name="chosen"' in looked.text, 'name="decision"' in looked.text) == (200, False, False)
    assert console.ask("POST", "/queue/list", auditor, "decision=reject&reason=x&chosen=y").status == 403


def test_the_list_has_no_fault_that_axe_knows(console: Console, enter: Enter, pictures: Path | None) -> None:
    page = enter(console, "P. Legal", viewport=SIZES["narrow"]).new_page()
    page.goto("/queue/list")
    page.evaluate("document.querySelector('.cards').scrollIntoView()")
    page.wait_for_function("() => document.querySelector('input[name=chosen]:enabled')")
    page.keyboard.press("a")
    sound(page, pictures, "many")
    page.get_by_label("Reason").fill("Only a look-alike")
    page.get_by_role("button", name="Reject").press("Enter")
    expect(page.get_by_role("heading", name="rejected")).to_be_visible()
    sound(page, pictures, "many-done")
    page.get_by_role("button", name="Undo all").press("Enter")
    expect(page.get_by_role("heading", name="reopened")).to_be_visible()
