"""Copies of one video from the command line: re-encoded and re-cut ones are told, and what is confirmed of them is one case."""

from pathlib import Path

import pytest

from tests.support.command_desk import Desk
from tests.support.drawn_clips import encode, figure, save
from tests.support.loopback_site import Site
from tests.support.shown_films import between, part, put_up, shows, smaller, within

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


def confirm(desk: Desk, name: str) -> str:
    key = next(str(row["id"]) for row in desk.json("review", "list") if Path(row["media_url"]).stem == name)
    desk.run("review", "confirm", key, "--reviewer", "R. Viewer", "--reason", "I looked at this one, too.")
    return key


def statuses(desk: Desk) -> dict[str, str]:
    return {Path(row["media_url"]).stem: row["status"] for row in desk.json("review", "list", "--status", "all")}


def test_a_copy_of_what_was_confirmed_waits_with_the_decision_beside_it_and_then_joins_its_case(
    watched: Desk, site: Site, tmp_path: Path
) -> None:
    first = decided(watched, "confirm", "It is our mascot.")
    encode(tmp_path / "again.mp4", smaller(shows(1, 2, 8.0)))
    encode(tmp_path / "other.mp4", shows(1, 7, 8.0))
    put_up(site, tmp_path / "again.mp4", tmp_path / "other.mp4")
    run = watched.json("run", "--once")
    assert run["joined"] == []
    assert [line.partition(": ")[0] for line in run["copies"]] == [site.url("/watch/again")]
    assert "R. Viewer decided on on" in run["copies"][0]
    assert statuses(watched) == {"first": "confirmed", "again": "pending", "other": "pending"}
    assert watched.json("run", "--once")["copies"] == [], "what was compared is not compared again"
    confirm(watched, "again")
    confirm(watched, "other")

    family, alone = watched.json("case", "list")
    assert (family["matches"], alone["matches"]) == (2, 1), "the other film is no copy"
    shown = watched.json("case", "show", family["id"])
    assert {row["page_url"] for row in shown["matches"]} == {site.url("/watch/first"), site.url("/watch/again")}
    (kin,) = watched.json("family", "show", first)
    assert (kin["status"], kin["sure"]) == ("confirmed", True)
    assert kin["decided"].startswith("A copy of the video that R. Viewer decided on on ")

    letter = watched.json("notice", "draft", family["id"], "--by", "C. Ounsel", *CONSIDERED)
    said = " ".join(watched.run("notice", "show", letter["id"]).stdout.split())
    for name in ("first", "again"):
        assert site.url(f"/watch/{name}") in said
    bundle = Path(watched.json("evidence", "export", family["id"])["bundle"])
    assert "Whole" in watched.run("evidence", "verify", bundle).stdout
    assert watched.json("report", "weekly", "--party", "Studio")["confirmed"] == 3


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

    confirm(watched, "news")
    (case,) = watched.json("case", "list")
    assert case["matches"] == 2, "a person confirmed it, and it is one case"


def test_a_person_takes_a_video_out_of_a_family(watched: Desk, site: Site, tmp_path: Path) -> None:
    first = decided(watched, "confirm", "It is our mascot.")
    (tmp_path / "twice.mp4").write_bytes(encode(tmp_path / "again.mp4", smaller(shows(1, 2, 8.0))))
    put_up(site, tmp_path / "again.mp4", tmp_path / "twice.mp4")
    watched.run("run", "--once")
    key = confirm(watched, "again")
    assert watched.json("case", "list")[0]["matches"] == 3, "the same bytes elsewhere came with it"
    watched.run("family", "part", key, "--by", "R. Viewer", "--reason", "", code=2)
    parted = watched.json("family", "part", key, "--by", "R. Viewer", "--reason", "It only looks like it.")
    assert parted["copies"] == 1
    assert set(statuses(watched).values()) == {"confirmed"}, "what a person decided stays"
    assert sorted(case["matches"] for case in watched.json("case", "list")) == [1, 2]
    assert watched.json("family", "show", first) == []
    assert "in no family" in watched.run("family", "part", key, "--by", "R. Viewer", "--reason", "Again.", code=2).stderr
    assert watched.json("run", "--once")["copies"] == [], "what a person parted is not joined again"


def test_the_first_of_a_family_is_taken_out_of_it_and_keeps_its_case(watched: Desk, site: Site, tmp_path: Path) -> None:
    first = decided(watched, "confirm", "It is our mascot.")
    encode(tmp_path / "again.mp4", smaller(shows(1, 2, 8.0)))
    put_up(site, tmp_path / "again.mp4")
    watched.run("run", "--once")
    confirm(watched, "again")
    (before,) = watched.json("case", "list")
    watched.run("family", "part", first, "--by", "R. Viewer", "--reason", "It only looks like it.")
    cases = {case["id"]: Path(case["media_url"]).stem for case in watched.json("case", "list")}
    assert sorted(cases.values()) == ["again", "first"]
    assert cases[before["id"]] == "first"
