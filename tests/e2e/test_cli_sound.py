"""The sound of a clip from the command line: laid under other pictures it is found, and comes to a letter that says no more."""

import json
from pathlib import Path

import docx
import pytest

from matcher.sound_bounds import SOUND_RATE
from tests.support.command_desk import Desk
from tests.support.drawn_clips import encode
from tests.support.films import film
from tests.support.loopback_site import Site
from tests.support.put_up import CONSIDERED, put_up
from tests.support.tunes import tune, with_sound


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Fourteen seconds of the protected film, with its sound."""
    encode(tmp_path / "pictures.mp4", film(1, 14.0))
    return with_sound(tmp_path / "trailer.mp4", tmp_path / "pictures.mp4", tune(1, 14.0))


def under_others(path: Path, number: int) -> Path:
    """Another film, under which seconds 3 to 13 of the protected sound are laid."""
    encode(path.with_name("silent.mp4"), film(number, 10.0))
    return with_sound(path, path.with_name("silent.mp4"), tune(1, 14.0)[3 * SOUND_RATE : 13 * SOUND_RATE])


def test_sound_under_other_pictures_is_found_and_comes_to_a_letter(desk: Desk, site: Site, clip: Path, tmp_path: Path) -> None:
    encode(tmp_path / "none.mp4", film(4, 6.0))
    strange = with_sound(tmp_path / "strange.mp4", tmp_path / "none.mp4", tune(9, 6.0))
    put_up(site, under_others(tmp_path / "copy.mp4", 2), strange)
    desk.run("party", "add", "Studio", "--kind", "studio", "--email", "legal@studio.example", "--signatory", "S. Igner")
    desk.run("subject", "add", "The Trailer", "--kind", "footage", "--party", "Studio", "--own-verified-by", "R. Reader")
    (enrolled,) = desk.json("reference", "add", "The Trailer", clip)
    assert enrolled["encoders"] == ["orb-structure-1", "landmarks-1"]
    desk.run("source", "add", "front", site.url("/"), "--kind", "page")

    assert desk.json("run", "--once")["new_matches"] == 1, "of the copy one, of the strange film none"
    (match,) = desk.json("review", "list")
    assert (match["subject"], match["modality"], match["pack"]) == ("The Trailer", "sound", "built-in")
    assert match["media_url"].endswith("copy.mp4")
    assert (match["from"], match["to"]) == (pytest.approx(0, abs=1), pytest.approx(10, abs=1))
    assert any("the same recording is heard as at 0:03-0:1" in reason for reason in match["reasons"])
    assert match["false_per_1000"] > 5, "possible at most: whose music it is, no score says"

    desk.run("review", "confirm", match["id"], "--reviewer", "R. Viewer", "--reason", "It is the sound of our trailer.")
    (case,) = desk.json("case", "list")
    notice = desk.json("notice", "draft", case["id"], "--by", "C. Ounsel", *CONSIDERED, "--law", "dmca")
    letter = docx.Document(notice["docx"])
    cells = "\n".join(cell.text for table in letter.tables for row in table.rows for cell in row.cells)
    assert ", in which 0:0" in cells
    assert "of the work is heard" in cells
    said = "\n".join(paragraph.text for paragraph in letter.paragraphs)
    assert "The recording that is heard is the one of The Trailer. This notice does not state that their pictures" in said
    assert desk.json("report", "weekly", "--party", "Studio")["confirmed"] == 1

    bundle = Path(desk.json("evidence", "export", case["id"])["bundle"])
    assert "Whole" in desk.run("evidence", "verify", bundle).stdout
    (entry,) = json.loads((bundle / "data" / "matches.json").read_text())["matches"]
    start, end, at = entry["reference_span"]
    assert (start, end) == (pytest.approx(3, abs=1), pytest.approx(13, abs=1))
    assert start <= at <= end
    (replay,) = desk.json("evidence", "replay", bundle)
    assert (replay["match_id"], replay["holds"]) == (match["id"], True)


def test_a_clip_without_sound_is_enrolled_and_no_run_complains_of_it(desk: Desk, site: Site, tmp_path: Path) -> None:
    encode(tmp_path / "silent.mp4", film(1, 6.0))
    put_up(site, tmp_path / "silent.mp4")
    desk.run("party", "add", "Studio", "--kind", "studio")
    desk.run("subject", "add", "The Trailer", "--kind", "footage", "--party", "Studio", "--own-verified-by", "R. Reader")
    added = desk.run("reference", "add", "The Trailer", tmp_path / "silent.mp4")
    assert "The clip has no sound. It is found by its pictures alone." in " ".join((added.stdout + added.stderr).split())
    desk.run("source", "add", "front", site.url("/"), "--kind", "page")
    for _ in range(2):
        assert desk.json("run", "--once")["problems"] == []


def test_sound_is_looked_for_without_a_workspace(desk: Desk, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "refs" / "The Trailer").mkdir(parents=True)
    clip.rename(tmp_path / "refs" / "The Trailer" / "clip.mp4")
    copy, page = under_others(tmp_path / "copy.mp4", 2), tmp_path / "page.html"
    found = desk.json("scan", copy, "--references", tmp_path / "refs", "--pack", "")
    assert [match["kind"] for match in found["results"][0]["matches"]] == ["footage"]
    desk.run("scan", copy, "--references", tmp_path / "refs", "--pack", "", "--html", page)
    text = page.read_text()
    assert "The same recording is heard as in the clip" in text
