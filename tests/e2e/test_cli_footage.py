"""Footage from the command line: a clip is enrolled, a stretch of it is found in another video, and it comes to a letter."""

import json
from itertools import chain, islice
from pathlib import Path

import docx
import pytest

from tests.support.command_desk import Desk
from tests.support.drawn_clips import RATE, encode, figure, save
from tests.support.films import cropped_and_mirrored, film
from tests.support.loopback_site import Site
from tests.support.put_up import CONSIDERED, put_up


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Sixteen seconds of the protected film."""
    encode(tmp_path / "trailer.mp4", film(1, 16.0))
    return tmp_path / "trailer.mp4"


def copied(path: Path) -> Path:
    """Four seconds of another film, then seconds 5 to 11 of the protected one, cropped and mirrored, then another film again."""
    stretch = islice(film(1, 16.0), 5 * RATE, 11 * RATE)
    encode(path, chain(film(2, 4.0), cropped_and_mirrored(stretch), film(3, 4.0)))
    return path


def test_from_a_clip_to_a_letter_and_a_verified_bundle(desk: Desk, site: Site, clip: Path, tmp_path: Path) -> None:
    encode(tmp_path / "strange.mp4", film(4, 10.0))
    put_up(site, copied(tmp_path / "copy.mp4"), tmp_path / "strange.mp4")
    desk.run("party", "add", "Studio", "--kind", "studio", "--email", "legal@studio.example", "--signatory", "S. Igner")
    desk.run("subject", "add", "The Trailer", "--kind", "footage", "--party", "Studio", "--own-verified-by", "R. Reader")
    (enrolled,) = desk.json("reference", "add", "The Trailer", clip)
    assert (enrolled["kind"], enrolled["encoders"]) == ("clip", ["orb-structure-1"])
    desk.run("source", "add", "front", site.url("/"), "--kind", "page")

    assert desk.json("run", "--once")["new_matches"] == 1, "of the copy one, of the strange film none"
    (match,) = desk.json("review", "list")
    assert (match["subject"], match["modality"], match["pack"]) == ("The Trailer", "footage", "built-in")
    assert match["media_url"].endswith("copy.mp4")
    assert (match["from"], match["to"]) == (pytest.approx(4, abs=1), pytest.approx(10, abs=1))
    (said,) = (reason for reason in match["reasons"] if "of this file shows" in reason)
    assert said.endswith("of the clip, mirrored."), said
    assert match["false_per_1000"] > 0

    desk.run("review", "confirm", match["id"], "--reviewer", "R. Viewer", "--reason", "It is our trailer.")
    (case,) = desk.json("case", "list")
    asked = ("notice", "draft", case["id"], "--by", "C. Ounsel", *CONSIDERED, "--law")
    for law in ("cal_3344", "tenn_elvis"):
        assert "protects people, and the letter is about none" in desk.run(*asked, law, code=2).stderr
    notice = desk.json(*asked, "dmca")
    assert Path(notice["pdf"]).read_bytes().startswith(b"%PDF")
    letter = "\n".join(cell.text for table in docx.Document(notice["docx"]).tables for row in table.rows for cell in row.cells)
    assert ", which shows 0:0" in letter
    assert "footage: the recorded work" in letter
    assert sorted(path.name for path in Path(notice["enclosures"]).glob("*.png")) == ["still-1-marked.png", "still-1.png"]
    assert desk.json("report", "weekly", "--party", "Studio")["confirmed"] == 1

    bundle = Path(desk.json("evidence", "export", case["id"])["bundle"])
    assert "Whole" in desk.run("evidence", "verify", bundle).stdout
    (entry,) = json.loads((bundle / "data" / "matches.json").read_text())["matches"]
    start, end, at = entry["reference_span"]
    assert (start, end) == (pytest.approx(5, abs=1), pytest.approx(11, abs=1))
    assert start <= at <= end
    assert "Reference at 0:0" in (bundle / "index.html").read_text()
    (replay,) = desk.json("evidence", "replay", bundle)
    assert (replay["match_id"], replay["holds"]) == (match["id"], True)


def test_a_folder_of_clips_is_looked_for_without_a_workspace(desk: Desk, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "refs" / "The Trailer").mkdir(parents=True)
    clip.rename(tmp_path / "refs" / "The Trailer" / "clip.mp4")
    encode(tmp_path / "strange.mp4", film(4, 10.0))
    with_refs = ("--references", tmp_path / "refs", "--pack", "")
    found = desk.json("scan", copied(tmp_path / "copy.mp4"), tmp_path / "strange.mp4", *with_refs)
    assert [[match["kind"] for match in result["matches"]] for result in found["results"]] == [["footage"], []]
    page = tmp_path / "page.html"
    desk.run("scan", tmp_path / "copy.mp4", *with_refs, "--html", page)
    assert page.read_text().count("data:image/jpeg") == 2


def test_what_is_no_footage_is_refused_with_what_to_do(desk: Desk, clip: Path, tmp_path: Path) -> None:
    desk.run("party", "add", "Studio", "--kind", "studio")
    for name, kind in (("The Trailer", "footage"), ("Our mark", "mark")):
        desk.run("subject", "add", name, "--kind", kind, "--party", "Studio", "--own-verified-by", "R. Reader")
    encode(tmp_path / "short.mp4", film(1, 2.0))
    picture = save(tmp_path / "picture.png", figure(1))
    (tmp_path / "notes.mp4").write_text("no media")
    for file, why, remedy in (
        (tmp_path / "short.mp4", "seconds long; footage needs 3 or more", "Enrol a longer stretch of it"),
        (picture, "It is a picture; footage is enrolled with a clip", "for a person, a character or a mark"),
        (tmp_path / "notes.mp4", "cannot be read as a picture", "Use a"),
    ):
        said = " ".join(desk.run("reference", "add", "The Trailer", file, code=1).stderr.split())
        assert why in said
        assert remedy in said
    said = " ".join(desk.run("reference", "add", "Our mark", clip, code=1).stderr.split())
    assert "It is a clip; a mark is enrolled with a picture" in said
    assert "enrol it for a subject of the kind footage" in said
