"""The ways through the rooms go as the documentation lists them: no function of a way is passed twice."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from skimage import data, io

from tests.support.command_desk import Desk
from tests.support.drawn_clips import figure, save
from tests.support.loopback_site import Site
from tests.support.shared_people import edge_workspace
from tests.support.walks import Walk, steps_in, walked
from tests.support.watched_site import publish

PAGE = Path(__file__).resolve().parents[2] / "docs" / "architecture.md"
VIDEO, MATCH, PHOTO = (
    "A video, from its source to a match:",
    "A match, from its review to a bundle and a letter:",
    "A photo, from a roster to the gallery:",
)
FAIR_USE = ("--fair-use-by", "C. Ounsel", "--fair-use-on", "2026-11-01", "--fair-use-reason", "No comment, no parody.")
CUT = "reports.evidence.stills.cut_still"
JUDGED = {"crawler.looking.Looked.looks_at", "crawler.availability.judged", "crawler.availability.last_of_each"}
"""What is reckoned of looks that are at hand."""

Typed = Callable[..., tuple[Any, Walk]]


@pytest.fixture
def watching(desk: Desk, site: Site, tmp_path: Path) -> Desk:
    """A workspace that watches a page with one video of an enrolled character."""
    (tmp_path / "clips").mkdir()
    publish(site, tmp_path / "clips", [1])
    desk.run("party", "add", "Studio", "--kind", "studio", "--email", "legal@studio.example", "--signatory", "S. Igner")
    desk.run("subject", "add", "Mascot", "--kind", "character", "--party", "Studio", "--own-verified-by", "R. Reader")
    desk.run("reference", "add", "Mascot", save(tmp_path / "mascot.png", figure(1)))
    desk.run("source", "add", "front", site.url("/"), "--kind", "page")
    return desk


def test_a_video_and_its_match_pass_each_function_once(watching: Desk) -> None:
    with walked(steps := steps_in(PAGE, VIDEO)) as way:
        assert watching.json("run", "--once")["new_matches"] == 1
    assert way.passed == steps

    steps = steps_in(PAGE, MATCH)
    (match,) = watching.json("review", "list")
    with walked(steps) as decided:
        watching.run("review", "confirm", match["id"], "--reviewer", "R. Viewer", "--reason", "It is our mascot.")
    (case,) = watching.json("case", "list")
    with walked(steps) as sealed:
        watching.run("evidence", "export", case["id"])
    with walked([*steps, CUT]) as written:
        watching.run("notice", "draft", case["id"], "--by", "C. Ounsel", *FAIR_USE)
    assert written.passed.count(CUT) == 1
    assert [*decided.passed, *sealed.passed, *(step for step in written.passed if step != CUT)] == steps
    # A letter's way enters each room once: what was seen is known from one look.
    made = [name for name in written.entered["monitor", "reports"] if not name.endswith((".__init__", ".<module>"))]
    assert made == ["reports.letters.draft_letter_about"]
    assert [name for name in written.entered["reports", "crawler"] if name not in JUDGED] == ["crawler.looking.Looker.look"]
    assert ("crawler", "reports") not in written.entered


def test_a_photo_passes_each_function_once(
    tmp_path: Path, shared_models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(edge_workspace(tmp_path, shared_models), monkeypatch, capsys)
    (tmp_path / "photos").mkdir()
    io.imsave(tmp_path / "photos" / "ada.png", data.astronaut(), check_contrast=False)
    roster = tmp_path / "roster.csv"
    with roster.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("member number", "name", "photo"), ("1", "Ada Example", "ada.png")])
    desk.run("party", "add", "Guild", "--kind", "union")
    with walked(steps := steps_in(PAGE, PHOTO)) as way:
        desk.run("members", "import", roster, "--photos", tmp_path / "photos", "--party", "Guild")
    assert way.passed == steps
