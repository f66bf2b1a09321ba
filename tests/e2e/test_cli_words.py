"""Words on screen from the command line: a mark and a label are read in a scan, and said wherever labels are."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from benchmarks.drawn_words import FONTS
from tests.support.command_desk import Desk
from tests.support.drawn_clips import RATE, encode
from tests.support.films import film
from tests.support.letters_desk import docx_text
from tests.support.loopback_site import Site
from tests.support.put_up import CONSIDERED, put_up
from tests.support.watched_site import SETTINGS

FONT = Path(FONTS) / "NotoSansCJK-Regular.ttc"
PRC = ("--law", "prc_14")


def film_with(*words: tuple[str, int, int, float, float]) -> Iterator[np.ndarray]:
    """Seven seconds of the protected film in the dusk, with white words at x and y from one second to another."""
    font = ImageFont.truetype(str(FONT), 26)
    for number, frame in enumerate(film(1, 7.0)):
        picture = Image.fromarray(np.ascontiguousarray(frame // 2))
        for word, x, y, start, end in words:
            if start <= number / RATE < end:
                ImageDraw.Draw(picture).text((x, y), word, font=font, fill=(255, 255, 255))
        yield np.asarray(picture)


@pytest.fixture
def reader(desk: Desk, site: Site, text_pack: Path, tmp_path: Path) -> Desk:
    """A workspace that looks for a film, and reads words."""
    if not FONT.exists():
        pytest.skip("the system has no Noto Sans CJK")
    (desk.root / "semblance.toml").write_text(f'models = "{text_pack.parent}"\n{SETTINGS}', encoding="utf-8")
    encode(tmp_path / "trailer.mp4", film(1, 7.0))
    desk.run("party", "add", "Studio", "--kind", "studio", "--email", "legal@studio.example", "--signatory", "S. Igner")
    desk.run("subject", "add", "The Trailer", "--kind", "footage", "--party", "Studio", "--own-verified-by", "R. Reader")
    desk.run("reference", "add", "The Trailer", tmp_path / "trailer.mp4")
    desk.run("source", "add", "front", site.url("/"), "--kind", "page")
    return desk


def letter_of(desk: Desk, match: str) -> str:
    desk.run("review", "confirm", match, "--reviewer", "R. Viewer", "--reason", "It is our trailer.")
    (case,) = desk.json("case", "list")
    notice = desk.json("notice", "draft", case["id"], "--by", "C. Ounsel", *CONSIDERED, *PRC, "--language", "en")
    return " ".join(docx_text(Path(notice["docx"])).split())


def test_a_label_and_a_mark_on_screen_come_to_the_letter_and_the_bundle(reader: Desk, site: Site, tmp_path: Path) -> None:
    reader.run("models", "use", "text-open")
    encode(tmp_path / "copy.mp4", film_with(("AI生成", 20, 16, 0, 9), ("Kling AI", 330, 226, 0, 9)))
    put_up(site, tmp_path / "copy.mp4")
    assert reader.json("run", "--once")["new_matches"] == 1
    (match,) = reader.json("review", "list")
    letter = letter_of(reader, match["id"])
    assert "found: it is seen for two seconds or more" in letter
    assert "'AI生成'" in letter
    assert "'Kling A" in letter
    (case,) = reader.json("case", "list")
    bundle = Path(reader.json("evidence", "export", case["id"])["bundle"])
    assert "Whole" in reader.run("evidence", "verify", bundle).stdout
    (capture,) = json.loads((bundle / "data" / "case.json").read_text())["captures"]
    labels = {label["kind"]: label for label in capture["provenance_labels"]}
    assert labels["screen"]["outcome"] == labels["start"]["outcome"] == "present"
    assert labels["start"]["detail"].startswith("on screen at 0:00.0")
    assert "AI label on screen" in (bundle / "index.html").read_text()


def test_without_the_pack_it_is_said_that_nobody_looked(reader: Desk, site: Site, tmp_path: Path) -> None:
    encode(tmp_path / "copy.mp4", film_with(("AI生成", 20, 16, 0, 1.2)))
    put_up(site, tmp_path / "copy.mp4")
    reader.run("run", "--once")
    (match,) = reader.json("review", "list")
    assert "Visible label at the start not known: it was not looked for" in letter_of(reader, match["id"])


def test_a_file_by_itself_shows_its_words(reader: Desk, text_pack: Path, tmp_path: Path) -> None:
    reader.run("models", "use", "text-open")
    (tmp_path / "refs" / "The Trailer").mkdir(parents=True)
    (tmp_path / "trailer.mp4").rename(tmp_path / "refs" / "The Trailer" / "clip.mp4")
    encode(tmp_path / "short.mp4", film_with(("AI生成", 20, 16, 0, 1.2)))
    encode(tmp_path / "named.mp4", film_with(("海螺AI", 20, 220, 0, 9)))
    asked = ("scan", tmp_path / "short.mp4", tmp_path / "named.mp4", "--references", tmp_path / "refs")
    short, named = reader.json(*asked)["results"]
    assert short["words"]["looks"] > 0
    assert short["words"]["marks"] == []
    (mark,) = named["words"]["marks"]
    assert (mark["kind"], mark["name"]) == ("generator", "海螺AI")
    assert mark["start"] < 3
    assert mark["end"] > 5
    assert "on screen at 0:0" in reader.run(*asked).stdout
