"""A roster in a browser: looked at, taken in while somebody looks on, and what is too large is said before it travels."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect
from skimage.data import astronaut
from sqlmodel import select

from monitor.workspace import init_workspace, open_workspace
from registry.kinds import PartyKind
from registry.parties import add_party
from registry.subjects import Subject
from tests.support.console import OWNER, Console, served
from tests.support.soundness import Enter, sound_on_phone


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, open_pack: Path) -> Iterator[Console]:
    root = tmp_path_factory.mktemp("rosters") / "work"
    init_workspace(root)
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            add_party(session, "Performers’ Guild", PartyKind.UNION)
            session.commit()
        with served(workspace) as console:
            yield console


def test_a_roster_is_looked_at_and_taken_in(console: Console, enter: Enter, tmp_path: Path, pictures: Path | None) -> None:
    table, face, wall, large = (tmp_path / name for name in ("roster.csv", "ada.png", "bea.png", "large.zip"))
    table.write_text("number,name,photo\n7,Ada Marsh,ada.png\n8,Bea Marsh,bea.png\n9,Cy Marsh,none.png\n", encoding="utf-8")
    cv2.imwrite(str(face), np.ascontiguousarray(astronaut()[:, :, ::-1]))
    cv2.imwrite(str(wall), np.full((300, 300, 3), 90, np.uint8))
    with large.open("wb") as stream:
        stream.truncate(1 << 30)
    context = enter(console, OWNER)
    page = context.new_page()
    page.goto("/registry")
    page.get_by_role("link", name="Import a roster").click()
    sound_on_phone(page, pictures, "oneself-8-roster-form")
    page.get_by_label("The table of members").set_input_files(table)
    page.get_by_label("The photos").set_input_files(large)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("can be sent at once")).to_be_visible()
    page.get_by_label("The photos").set_input_files([face, wall])
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("Nothing is taken in yet.")).to_be_visible()
    expect(page.get_by_text("no photo was found").first).to_be_visible()
    sound_on_phone(page, pictures, "oneself-9-roster-tried")
    with console.workspace.session() as session:
        assert session.exec(select(Subject)).first() is None
    page.get_by_role("button", name="Take it in").click()
    # Whoever goes away finds it where it was.
    page.goto("/registry/rosters/upload")
    page.get_by_role("link", name="roster.csv").click()
    expect(page.get_by_text("Done.", exact=False).first).to_be_visible()
    sound_on_phone(page, pictures, "oneself-10-roster-done")
    with page.expect_download() as taken:
        page.get_by_role("link", name="All rows as a table").click()
    assert "Bea Marsh" in Path(taken.value.path()).read_text("utf-8-sig")
    with console.workspace.session() as session:
        assert session.exec(select(Subject.name)).all() == ["Ada Marsh"]
