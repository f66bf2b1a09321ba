"""A letter's whole life in a browser: drafted about a case, approved, sent, answered. What is refused keeps what was typed."""

import hashlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from monitor.workspace import open_workspace
from registry.accounts import Role
from registry.parties import find_party
from reports.evidence.verify import verify_bundle
from reports.notices.events import events_of
from reports.notices.notice import find_notice
from tests.support.console import Console, served
from tests.support.letters_desk import LettersDesk, prepare
from tests.support.loopback_site import open_site
from tests.support.mail_server import MailServer, open_mail_server
from tests.support.soundness import Enter, sound

REASON = "It is neither parody nor comment.\nIt is sold."


@dataclass(frozen=True)
class Place:
    console: Console
    desk: LettersDesk
    server: MailServer
    case: str

    def life(self, letter: str) -> list[str]:
        with self.desk.workspace.session() as session:
            return [event.event.value for event in events_of(session, find_notice(session, letter))]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("letters")
    prepare(folder / "work")
    with open_site() as site, open_mail_server() as server:
        with (folder / "work" / "semblance.toml").open("a") as settings:
            settings.write(server.settings)
        with open_workspace(folder / "work") as workspace:
            desk = LettersDesk(workspace, site, folder)
            desk.post("/post")
            desk.decide(desk.capture())
            with workspace.session() as session:
                case, studio = desk.case(session).id, find_party(session, "Studio").id
                session.commit()
            with served(workspace) as console:
                console.account("P. Legal", Role.REVIEWER, studio)
                console.account("A. Uditor", Role.AUDITOR, studio)
                yield Place(console, desk, server, case)


def test_a_letter_is_drafted_approved_sent_and_answered(place: Place, enter: Enter, pictures: Path | None) -> None:
    page = enter(place.console, "P. Legal").new_page()
    page.goto(f"/cases/{place.case}")
    page.get_by_role("link", name="Draft a letter").click()

    # Under a copyright law fair use comes first: what is typed stays when that is refused.
    page.get_by_label("Law", exact=True).select_option("dmca")
    page.get_by_label("Recipient", exact=True).fill("Tube Hosting")
    page.get_by_role("button", name="Show what this law needs").click()
    expect(page.get_by_label("Recipient", exact=True)).to_have_value("Tube Hosting")
    sound(page, pictures, "letters-form")
    page.get_by_label("Address or e-mail of the recipient").fill("abuse@tube.example")
    page.get_by_label("Fair use: why the notice is sent all the same").fill(REASON)
    page.get_by_label("Whose law applies").fill("California")
    page.get_by_label("Who signs, and in which capacity").fill("S. Igner, counsel")
    page.get_by_role("button", name="Look at the addresses").click()
    expect(page.get_by_role("alert")).to_contain_text("not said when fair use was considered")
    expect(page.get_by_label("Address or e-mail of the recipient")).to_have_value("abuse@tube.example")
    expect(page.get_by_label("Fair use: why")).to_have_value(REASON)
    sound(page, pictures, "letters-refused")
    page.get_by_label("Fair use considered on").fill("2026-01-05")
    page.get_by_role("button", name="Look at the addresses").click()
    expect(page).to_have_url(re.compile("/letters/"))
    expect(page.get_by_role("region", name="The letter")).to_contain_text("Tube Hosting")
    sound(page, pictures, "letters-draft")

    # Nobody confirmed the statute: it cannot be approved yet, and is drafted anew with what it lacked.
    page.get_by_label("I read this letter, and it is right").check()
    page.get_by_role("button", name="Approve as P. Legal").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("link", name="Draft it anew, with changes").click()
    expect(page.get_by_label("Recipient", exact=True)).to_have_value("Tube Hosting")
    expect(page.get_by_label("Fair use considered on")).to_have_value("2026-01-05")
    expect(page.get_by_label("Whose law applies")).to_have_value("California")
    expect(page.get_by_label("Who signs, and in which capacity")).to_have_value("S. Igner, counsel")
    # What one law does not ask for is kept for another.
    page.get_by_label("Law", exact=True).select_option("dsa_16")
    page.get_by_role("button", name="Show what this law needs").click()
    assert page.get_by_label("Fair use: why").count() == 0
    page.get_by_label("Law", exact=True).select_option("dmca")
    page.get_by_role("button", name="Show what this law needs").click()
    expect(page.get_by_label("Fair use: why")).to_have_value(REASON)
    page.get_by_label("Who confirmed the statutes").fill("C. Ounsel")
    page.get_by_role("button", name="Look at the addresses").click()
    expect(page.get_by_role("region", name="The letter")).to_be_visible()
    letter = page.url.rpartition("/")[2]
    page.get_by_label("I read this letter, and it is right").check()
    page.get_by_role("button", name="Approve as P. Legal").click()
    expect(page.get_by_role("heading", name="Send")).to_be_visible()
    sound(page, pictures, "letters-approved")
    with page.expect_download() as got:
        page.get_by_role("link", name="-approved.pdf").click()
    with place.desk.workspace.session() as session:
        approved = find_notice(session, letter).pdf_sha256
    assert hashlib.sha256(got.value.path().read_bytes()).hexdigest() == approved

    page.get_by_label("Who signs it electronically").fill("S. Igner")
    page.get_by_role("button", name="Look at the mail").click()
    expect(page.get_by_text("abuse@tube.example")).to_be_visible()
    assert place.server.desk.taken == []
    sound(page, pictures, "letters-mail")
    other = page.context.new_page()
    other.goto(f"/letters/{letter}")
    other.get_by_role("button", name="Look at the mail").click()
    page.get_by_role("button", name="Send it as P. Legal").click()
    (sent,) = place.server.desk.taken
    assert sent.recipients == ["abuse@tube.example"]
    expect(page.get_by_role("heading", name="Record")).to_be_visible()

    # Another tab was about to send it, too.
    other.get_by_role("button", name="Send it as P. Legal").click()
    expect(other.get_by_role("alert")).to_contain_text("cannot be: sending")
    assert len(place.server.desk.taken) == 1

    page.get_by_label("What happened").select_option("acknowledged")
    page.get_by_label("The number that the recipient gave it").fill("T-77")
    page.get_by_role("button", name="Record as P. Legal").click()
    assert place.life(letter) == ["draft", "approved", "sending", "handed over", "sent", "acknowledged"]
    page.goto("/letters")
    expect(page.get_by_role("link", name="dmca: Tube Hosting")).to_be_visible()
    sound(page, pictures, "letters-under-way")
    page.goto(f"/letters/{letter}/form")
    expect(page.get_by_role("textbox", name="Recipient")).to_have_value("Tube Hosting\nabuse@tube.example")
    sound(page, pictures, "letters-web-form")


def test_a_bundle_is_sealed_and_verified_as_it_was_taken_along(place: Place, enter: Enter, tmp_path: Path) -> None:
    page = enter(place.console, "P. Legal").new_page()
    page.goto(f"/cases/{place.case}")
    page.get_by_role("button", name="Seal a bundle now").click()
    with page.expect_download() as got:
        page.get_by_role("link", name=".zip").click()
    taken = tmp_path / got.value.suggested_filename
    got.value.save_as(taken)
    # A browser's thread has a loop of its own.
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(verify_bundle, taken).result().ok


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("recipient_address", "[to be completed: address or e-mail of the recipient]", "is a marked blank"),
        ("deadline", "2020-01-01", "is past"),
        ("deadline", "soon", "is no day"),
        ("use", "good", "is none of the choices"),
    ],
)
def test_what_no_letter_can_be_drafted_with_is_said_and_what_was_typed_stays(
    place: Place, field: str, typed: str, told: str
) -> None:
    with place.desk.workspace.session() as session:
        studio = find_party(session, "Studio").id
    secret = place.console.cookie(place.console.account(f"D. {field} {typed}"[:40], Role.REVIEWER, studio))
    before = len(place.desk.notices())
    form = urlencode({"law": "publicity", "recipient": "Tube Hosting", field: typed})
    got = place.console.ask("POST", f"/cases/{place.case}/letter", secret, form)
    assert got.status == 422
    assert told in got.text
    assert 'value="Tube Hosting"' in got.text
    assert len(place.desk.notices()) == before


def test_whoever_may_only_look_is_offered_no_change(place: Place, enter: Enter) -> None:
    page = enter(place.console, "A. Uditor").new_page()
    page.goto(f"/cases/{place.case}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.get_by_role("link", name="Draft a letter").count() == 0
    assert page.locator("main form").count() == 0
    page.goto("/letters")
    for link in page.locator("main .rows a").all()[:1]:
        link.click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.locator("main form").count() == 0


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("on=2099-01-01&event=sent", "is still to come"),
        ("on=yesterday&event=sent", "is no day"),
        ("event=forgotten", "is nothing that happens to a letter"),
        ("event=sending", "Only sending records that"),
        ("event=expired", "not said why nothing more is waited for"),
    ],
)
def test_what_cannot_be_recorded_is_said_and_changes_nothing(place: Place, typed: str, told: str) -> None:
    with place.desk.workspace.session() as session:
        studio = find_party(session, "Studio").id
    notice = place.desk.approve(place.desk.draft().notice)[0].id
    secret = place.console.cookie(place.console.account(f"R. {told}"[:30], Role.REVIEWER, studio))
    got = place.console.ask("POST", f"/letters/{notice}/record", secret, f"{typed}&reference=T-78")
    assert got.status == 422
    assert told in got.text
    assert "T-78" in got.text
    assert place.life(notice) == ["draft", "approved"]
    assert place.console.ask("GET", f"/letters/{notice}/files/../../semblance.db", secret).status == 404
    assert place.console.ask("GET", f"/letters/{notice}/files/other.pdf", secret).status == 404
