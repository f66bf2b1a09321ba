"""Every page of the console in a real browser: sound for everybody, on any width, in both colours, and harmless."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlmodel import Session, select

from crawler.health import SourceRow
from monitor.web.console.statics import FOLDER
from monitor.webhooks import add_endpoint
from registry.account_lines import new_token
from registry.accounts import Account, Role
from registry.db import now
from registry.parties import Party
from registry.subjects import Subject
from reports.cases import Case
from reports.deciding import Judgement
from reports.issuing import issue_weekly
from reports.leases import LASTS, Looker, take
from reports.matches import MatchRow, MatchStatus
from reports.outbox import WebhookEndpoint
from reports.review import Decision, review
from reports.second_review import next_second, review_second
from tests.support.busy_week import WEEK
from tests.support.console import OWNER, Console, busy_console
from tests.support.second_reviews import review_all_twice
from tests.support.soundness import AXE, Enter, sound

AXE_SHA256 = "20c09fe157a8a34a30e241aaa1fcdade657734f08ab379ecfbeb7d45cc46e878"
HTMX_SHA256 = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
HOSTILE = '"><img src=x onerror="window.ran=1"><script>window.ran=1</script>{{7777*7777}}'


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with busy_console(tmp_path_factory.mktemp("pages") / "work", 10, 24) as console:
        with console.workspace.acting_for(None, "a test") as workspace, workspace.session() as session:
            issue_weekly(session, workspace.vault, WEEK, now().replace(microsecond=0), None, None, ())
            session.commit()
            new_token(session, console.account("P. Legal", Role.REVIEWER).name, "The export", None)
            add_endpoint(session, workspace.settings, "studio", "https://hooks.example/one")
            reviewed_twice(session)
            session.commit()
        console.account(f"A {HOSTILE}"[:100], Role.AUDITOR)
        yield console


def reviewed_twice(session: Session) -> None:
    """One match of which a second review says otherwise, and one that waits for its own."""
    review_all_twice(session)
    for row in session.exec(select(MatchRow).where(MatchRow.status == MatchStatus.PENDING).limit(2)).all():
        review(session, row.id, Decision.REJECT, "R. Iyer", HOSTILE, now())
    review_second(session, next_second(session, "").match_id or "", Judgement(Decision.CONFIRM, "C. Ounsel", HOSTILE, now()))


def addresses(console: Console) -> list[str]:
    with console.workspace.session() as session:
        waiting = session.exec(select(MatchRow.id).where(MatchRow.status == MatchStatus.PENDING)).first()
        done = session.exec(select(MatchRow.id).where(MatchRow.status == MatchStatus.CONFIRMED)).first()
        case, subject = session.exec(select(Case.id)).first(), session.exec(select(Subject.id)).first()
        account = session.exec(select(Account.id)).first()
        source, webhook = session.exec(select(SourceRow.id)).first(), session.exec(select(WebhookEndpoint.id)).first()
        again = next_second(session, "").match_id
    fixed = (
        "/",
        "/cases",
        "/weekly",
        "/registry",
        "/sources",
        "/search",
        "/search?q=Mossy",
        "/audit",
        "/settings",
        "/name",
        "/sign-in",
    )
    held = (
        f"/queue/{waiting}",
        f"/queue/{done}",
        f"/queue/second/{again}",
        "/queue/agreement",
        f"/cases/{case}",
        f"/registry/subjects/{subject}",
        f"/registry/subjects/{subject}/references/upload",
        f"/registry/subjects/{subject}/erase",
        f"/accounts/{account}",
        f"/accounts/{account}/tokens",
        "/webhooks",
        f"/webhooks/{webhook}",
        f"/sources/{source}/remove",
        "/queue/nothing",
        "/no-such-page",
    )
    return [*fixed, *held, "/no-such-page"]


def test_no_page_has_a_fault_that_axe_knows_nor_is_wider_than_its_window(
    console: Console, enter: Enter, pictures: Path | None
) -> None:
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() == AXE_SHA256
    page = enter(console, OWNER).new_page()
    for number, address in enumerate(addresses(console)):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        page.evaluate("document.querySelectorAll('details.entry').forEach(each => { each.open = true; })")
        sound(page, pictures, f"{number:02}{address.replace('/', '-')}")


def test_the_script_that_is_not_ours_is_the_one_that_was_published() -> None:
    assert hashlib.sha256((FOLDER / "htmx.js").read_bytes()).hexdigest() == HTMX_SHA256
    assert "Zero-Clause BSD" in (FOLDER / "htmx.LICENSE.txt").read_text("utf-8")


def test_no_script_in_a_strangers_text_or_a_typed_one_runs(console: Console, enter: Enter) -> None:
    from crawler.pages import Statement
    from crawler.videos import Video

    with console.workspace.session() as session:
        for video in session.exec(select(Video)):
            video.title = video.uploader = video.description = HOSTILE
        for said in session.exec(select(Statement)):
            said.title = said.uploader = HOSTILE
        session.get_one(Party, "studio").name = f"Studio {HOSTILE}"[:100]
        for number, subject in enumerate(session.exec(select(Subject))):
            subject.name = f"{number} {HOSTILE}"
        for match in session.exec(select(MatchRow)):
            match.reasons, match.permission_reason = [HOSTILE], HOSTILE
        session.commit()
    page = enter(console, OWNER).new_page()
    opened = 0
    for address in [*addresses(console), f"/search?q={HOSTILE}", f"/cases?q={HOSTILE}", f"/sign-in?to={HOSTILE}"]:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.ran") is None, address
        assert "60481729" not in page.content()
        opened += page.content().count("onerror")
    assert opened > 10
    page.goto("/queue")
    item = page.locator(".item").get_attribute("data-id")
    page.keyboard.press("s")
    page.wait_for_function("id => document.querySelector('.item').dataset.id !== id", arg=item)
    assert page.evaluate("window.ran") is None


def test_a_search_finds_while_one_types(console: Console, enter: Enter) -> None:
    page = enter(console, "P. Legal").new_page()
    page.goto("/search")
    page.get_by_label("A name, a title, an uploader or an address").type("cdn.example")
    expect(page.get_by_role("heading", name="Matches")).to_be_visible()


def test_a_weekly_report_is_looked_through_and_taken_along(console: Console, enter: Enter) -> None:
    page = enter(console, OWNER).new_page()
    page.goto("/weekly")
    with page.expect_popup() as looked:
        page.get_by_role("link", name="Look through").first.click()
    looked.value.wait_for_load_state()
    assert "2026" in looked.value.inner_text("body")
    with page.expect_download() as taken:
        page.get_by_role("link", name="PDF").first.click()
    assert Path(taken.value.path()).read_bytes().startswith(b"%PDF")


def test_a_killed_browsers_match_is_given_to_another_five_minutes_later(console: Console) -> None:
    from sqlmodel import Session

    with Session(console.workspace.engine) as session, console.workspace.session() as reading:
        match_id = reading.exec(select(MatchRow.id).where(MatchRow.status == MatchStatus.PENDING)).first()
        assert match_id
        at = now() + timedelta(hours=1)
        first = take(session, match_id, Looker("one", "One"), at)
        assert not take(session, match_id, Looker("two", "Two"), at + LASTS - timedelta(seconds=1)).mine
        second = take(session, match_id, Looker("two", "Two"), at + LASTS)
        assert second.mine
        assert second.fence > first.fence
