"""A member enrols alone on a phone, by a link that a registrar made in the console, and the registrar accepts."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from skimage.data import astronaut
from sqlmodel import select

from monitor.workspace import init_workspace, open_workspace
from registry.db import now
from registry.invitations import Invitation
from registry.kinds import PartyKind
from registry.parties import add_party
from registry.references import Reference
from tests.support.console import OWNER, Console, served
from tests.support.soundness import Enter, sound_on_phone

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, open_pack: Path) -> Iterator[Console]:
    root = tmp_path_factory.mktemp("oneself") / "work"
    init_workspace(root)
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            add_party(session, "Performers’ Guild", PartyKind.UNION, email="data@guild.example")
            session.commit()
        with served(workspace) as console:
            yield console


@pytest.fixture
def shots(tmp_path: Path) -> dict[str, Path]:
    face = np.ascontiguousarray(astronaut()[:, :, ::-1])
    made = {
        "good.png": face,
        "brighter.png": cv2.convertScaleAbs(face, alpha=1.15, beta=4),
        "two of us.png": np.hstack([face, face]),
        "wall.png": np.full((300, 300, 3), 90, np.uint8),
    }
    for name, picture in made.items():
        cv2.imwrite(str(tmp_path / name), picture)
    return {name: tmp_path / name for name in made}


def at_desk(enter: Enter, console: Console) -> BrowserContext:
    return enter(console, OWNER)


def on_phone(enter: Enter, console: Console, **more: Any) -> BrowserContext:
    return enter(console, None, viewport=PHONE, has_touch=True, is_mobile=True, **more)


def link_for(enter: Enter, console: Console, name: str) -> str:
    """As a registrar makes it, in the console."""
    page = at_desk(enter, console).new_page()
    page.goto("/registry")
    page.get_by_role("link", name="Links for members").click()
    expect(page.get_by_role("heading", name="Links for members")).to_be_visible()
    if not page.get_by_label("The member’s name").is_visible():
        page.get_by_text("Make a link", exact=True).click()
    page.get_by_label("The member’s name").fill(name)
    page.get_by_label("The day on which it ends").fill(f"{now() + timedelta(days=14):%Y-%m-%d}")
    page.get_by_role("button", name="Make the link").click()
    return page.get_by_label("The link").input_value()


def agree(page: Page, name: str) -> None:
    page.get_by_label("Name of the person in the photos").fill(name)
    page.get_by_label("Yes, 18 or older").check()
    page.get_by_label("I have read this.").check()


def test_a_member_enrols_on_a_phone_and_a_registrar_accepts(
    console: Console, enter: Enter, shots: dict[str, Path], pictures: Path | None
) -> None:
    link = link_for(enter, console, "Ada Marsh")
    phone = on_phone(enter, console).new_page()
    phone.goto(link)
    sound_on_phone(phone, pictures, "oneself-1-told")
    agree(phone, "Ada Marsh")
    phone.get_by_role("button", name="I agree, go on to the photos").click()
    expect(phone.get_by_role("heading", name="Photos of Ada Marsh", exact=True)).to_be_visible()
    phone.get_by_label("Photos from this phone").set_input_files(
        [shots[name] for name in ("two of us.png", "good.png", "wall.png")]
    )
    expect(phone.get_by_text("Kept so far: 1")).to_be_visible()
    expect(phone.locator("#looked > li")).to_have_count(3)
    assert phone.locator("#looked .s-not-kept").count() == 2
    phone.get_by_label("Or take one now").set_input_files(shots["brighter.png"])
    expect(phone.get_by_text("Kept so far: 2")).to_be_visible()
    sound_on_phone(phone, pictures, "oneself-2-photos")
    phone.get_by_role("button", name="I am done: send it").click()
    expect(phone.get_by_role("heading", name="Thank you: it is sent")).to_be_visible()
    sound_on_phone(phone, pictures, "oneself-3-sent")
    phone.goto(link)
    expect(phone.get_by_role("heading", name="This link does not work")).to_be_visible()
    sound_on_phone(phone, pictures, "oneself-4-gone")

    desk = at_desk(enter, console).new_page()
    desk.goto("/registry/links")
    sound_on_phone(desk, pictures, "oneself-5-links")
    desk.get_by_role("link", name="Ada Marsh").click()
    sound_on_phone(desk, pictures, "oneself-6-decide")
    desk.get_by_role("button", name="Accept").click()
    expect(desk.get_by_role("heading", name="What became of the photos")).to_be_visible()
    sound_on_phone(desk, pictures, "oneself-7-accepted")
    with console.workspace.session() as session:
        assert len(session.exec(select(Reference)).all()) == 2


def lines_that_break_after_sending(route: Route) -> None:
    """The server has what was sent, and its answer does not arrive."""
    route.fetch()
    route.abort("connectionreset")


def test_a_lost_connection_and_a_closed_page_lose_nothing(console: Console, enter: Enter, shots: dict[str, Path]) -> None:
    link = link_for(enter, console, "Bea Marsh")
    context = on_phone(enter, console)
    phone = context.new_page()
    phone.goto(link)
    agree(phone, "Bea Marsh")
    context.set_offline(True)
    phone.get_by_role("button", name="I agree, go on to the photos").click()
    expect(phone.get_by_text("The connection was lost.")).to_be_visible()
    assert phone.get_by_label("Name of the person in the photos").input_value() == "Bea Marsh"
    context.set_offline(False)
    phone.reload()
    assert phone.get_by_label("Name of the person in the photos").input_value() == "Bea Marsh"
    assert phone.get_by_label("Yes, 18 or older").is_checked()
    phone.route("**/enrol/*", lines_that_break_after_sending)
    phone.get_by_role("button", name="I agree, go on to the photos").click()
    expect(phone.get_by_text("The connection was lost.")).to_be_visible()
    phone.unroute("**/enrol/*")
    phone.get_by_role("button", name="I agree, go on to the photos").click()
    expect(phone.get_by_role("heading", name="Photos of Bea Marsh", exact=True)).to_be_visible()
    context.set_offline(True)
    phone.get_by_label("Photos from this phone").set_input_files(shots["good.png"])
    again = phone.get_by_role("button", name="Send the photo again")
    expect(again).to_be_visible()
    context.set_offline(False)
    expect(phone.get_by_text("Kept so far: 1")).to_be_visible()
    phone.close()
    other = on_phone(enter, console).new_page()
    other.goto(link)
    expect(other.get_by_text("Kept so far: 1")).to_be_visible()


def test_without_scripts_a_guardian_does_the_same(console: Console, enter: Enter, shots: dict[str, Path]) -> None:
    link = link_for(enter, console, "Kit Marsh")
    phone = on_phone(enter, console, java_script_enabled=False).new_page()
    phone.goto(link)
    phone.get_by_label("Name of the person in the photos").fill("Kit Marsh")
    phone.get_by_label("No, and I am the parent or guardian").check()
    phone.get_by_label("Your name, as parent or guardian").fill("G. Marsh")
    phone.get_by_label("The child’s day of birth").fill(f"{now().year - 9}-02-03")
    phone.get_by_label("I have read this.").check()
    phone.get_by_role("button", name="I agree, go on to the photos").click()
    phone.get_by_label("Photos from this phone").set_input_files(shots["good.png"])
    phone.get_by_role("button", name="Send the photos").click()
    expect(phone.get_by_text("Kept so far: 1")).to_be_visible()
    phone.get_by_role("button", name="Remove").click()
    expect(phone.get_by_text("Kept so far: 0")).to_be_visible()
    with console.workspace.session() as session:
        row = session.exec(select(Invitation).where(Invitation.name == "Kit Marsh")).one()
        assert (row.guardian, row.signed) == ("G. Marsh", "Kit Marsh")
