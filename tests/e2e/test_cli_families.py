"""Copies of one video from the command line: re-encoded and re-cut ones come under what was decided, and their addresses into
its case."""

from pathlib import Path

import pytest

from tests.e2e.test_cli_journey import Desk, desk, site
from tests.support.drawn_clips import encode, figure, save
from tests.support.loopback_site import Site
from tests.support.shown_films import between, part, put_up, shows, smaller, within

__all__ = ["desk", "site"]

CONSIDERED = ("--fair-use-by", "C. Ounsel", "--fair-use-on", "2026-11-01", "--fair-use-reason", "No comment, no parody.")


@pytest.fixture
def watched(desk: Desk, site: Site, tmp_path: Path) -> Desk:
    """A studio whose mascot is seen in one video, which was found."""
    desk.run("party", "add", "Studio", "--kind", "studio", "--email", "legal@studio.example", "--signatory", "S. Igner")
    desk.run("subject", "add", "Mascot", "--kind", "character", "--party", "Studio", "--own-verified-by", "R. Reader")
    desk.run("reference", "add", "Mascot", save(tmp_path / "mascot.png", figure(1)))
    encode(tmp_path / "first.mp4", shows(1, 2, 8.0))
    put_up(site, tmp_path / "first.mp4")
    desk.run("source", "add", "front", site.url("/"), "--kind", "page")
    assert desk.json("run", "--once")["new_matches"] == 1
    return desk


def decided(desk: Desk, how: str, reason: str) -> str:
    (match,) = desk.json("review", "list")
    desk.run("review", how, match["id"], "--reviewer", "R. Viewer", "--reason", reason)
    return str(match["id"])


def statuses(desk: Desk) -> dict[str, str]:
    return {Path(row["media_url"]).stem: row["status"] for row in desk.json("review", "list", "--status", "all")}


def test_a_copy_of_what_was_confirmed_joins_its_case_with_its_addresses(watched: Desk, site: Site, tmp_path: Path) -> None:
    first = decided(watched, "confirm", "It is our mascot.")
    encode(tmp_path / "again.mp4", smaller(shows(1, 2, 8.0)))
    encode(tmp_path / "other.mp4", shows(1, 7, 8.0))
    put_up(site, tmp_path / "again.mp4", tmp_path / "other.mp4")
    run = watched.json("run", "--once")
    assert run["joined"] == [f"{site.url('/media/again.mp4')}: confirmed, as the same footage elsewhere"]
    assert statuses(watched) == {"first": "confirmed", "again": "confirmed", "other": "pending"}, "the other film is no copy"
    assert watched.json("run", "--once")["joined"] == [], "what was compared is not compared again"

    (case,) = watched.json("case", "list")
    assert case["matches"] == 2
    shown = watched.json("case", "show", case["id"])
    assert {row["page_url"] for row in shown["matches"]} == {site.url("/watch/first"), site.url("/watch/again")}
    (kin,) = watched.json("family", "show", first)
    assert (kin["status"], kin["sure"]) == ("confirmed", True)
    assert kin["decided"].startswith("A copy of the video that R. Viewer decided on on ")

    letter = watched.json("notice", "draft", case["id"], "--by", "C. Ounsel", *CONSIDERED)
    said = " ".join(watched.run("notice", "show", letter["id"]).stdout.split())
    for name in ("first", "again"):
        assert site.url(f"/watch/{name}") in said
    bundle = Path(watched.json("evidence", "export", case["id"])["bundle"])
    assert "Whole" in watched.run("evidence", "verify", bundle).stdout
    assert watched.json("report", "weekly", "--party", "Studio")["confirmed"] == 2


def test_what_shows_more_than_the_copy_waits_with_the_decision_beside_it(watched: Desk, site: Site, tmp_path: Path) -> None:
    decided(watched, "confirm", "It is our mascot.")
    encode(tmp_path / "comment.mp4", within(shows(1, 2, 8.0), 4))
    encode(tmp_path / "news.mp4", between(part(shows(1, 2, 8.0), 2, 7), 5, 4.0))
    put_up(site, tmp_path / "comment.mp4", tmp_path / "news.mp4")
    run = watched.json("run", "--once")
    assert run["joined"] == []
    assert sorted(line.partition(": ")[0] for line in run["copies"]) == [site.url("/watch/comment"), site.url("/watch/news")]
    assert all("R. Viewer decided on on" in line and "waits for a decision of its own" in line for line in run["copies"])
    assert statuses(watched) == {"first": "confirmed", "comment": "pending", "news": "pending"}

    news = next(row["id"] for row in watched.json("review", "list") if "news" in row["media_url"])
    watched.run("review", "confirm", news, "--reviewer", "R. Viewer", "--reason", "Not news at all.")
    (case,) = watched.json("case", "list")
    assert case["matches"] == 2, "a person confirmed it, and it is one case"


def test_a_copy_of_what_was_rejected_stays_out_of_the_way_and_can_be_found(watched: Desk, site: Site, tmp_path: Path) -> None:
    decided(watched, "reject", "Another maker's toy.")
    encode(tmp_path / "again.mp4", smaller(shows(1, 2, 8.0)))
    put_up(site, tmp_path / "again.mp4")
    run = watched.json("run", "--once")
    assert [line.partition(": ")[2] for line in run["joined"]] == ["rejected, as the same footage elsewhere"]
    assert (run["waiting"], watched.json("review", "list")) == (0, [])
    assert {row["status"] for row in watched.json("review", "list", "--status", "rejected")} == {"rejected"}


def test_a_person_takes_a_video_out_of_a_family(watched: Desk, site: Site, tmp_path: Path) -> None:
    first = decided(watched, "confirm", "It is our mascot.")
    encode(tmp_path / "again.mp4", smaller(shows(1, 2, 8.0)))
    put_up(site, tmp_path / "again.mp4")
    watched.run("run", "--once")
    (again,) = (row["id"] for row in watched.json("review", "list", "--status", "confirmed") if "again" in row["media_url"])
    watched.run("family", "part", again, "--by", "R. Viewer", "--reason", "", code=2)
    parted = watched.json("family", "part", again, "--by", "R. Viewer", "--reason", "It only looks like it.")
    assert (parted["copies"], parted["reopened"]) == (1, 1)
    assert statuses(watched) == {"first": "confirmed", "again": "pending"}
    (case,) = watched.json("case", "list")
    assert case["matches"] == 1
    assert watched.json("family", "show", first) == []
    assert "in no family" in watched.run("family", "part", again, "--by", "R. Viewer", "--reason", "Again.", code=2).stderr
    assert watched.json("run", "--once")["joined"] == [], "what a person parted is not joined again"
