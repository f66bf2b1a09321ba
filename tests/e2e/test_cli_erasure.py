"""Erasing from the command line, after everything that can be made of a subject was made."""

import base64
from pathlib import Path

from tests.support.command_desk import Desk
from tests.support.drawn_clips import figure, save
from tests.support.loopback_site import Site
from tests.support.watched_site import publish


def pieces(content: bytes) -> list[bytes]:
    """Stretches of a file as it is and as a page would hold it."""
    coded = base64.b64encode(content)
    return [content[start : start + 40] for start in range(64, len(content) - 40, 400)] + [coded[400:460], coded[1000:1060]]


def test_promise_8_nothing_made_of_an_erased_subject_stays(desk: Desk, site: Site, tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    publish(site, tmp_path / "clips", [1])
    desk.run("party", "add", "Studio", "--kind", "studio")
    desk.run("subject", "add", "Zanzibarra", "--kind", "character", "--party", "Studio", "--own-verified-by", "R. Reader")
    picture = save(tmp_path / "zanzibarra.png", figure(1))
    desk.run("reference", "add", "Zanzibarra", picture)
    proof = tmp_path / "proof.txt"
    proof.write_text("Zanzibarra is ours, and we say who acts for it. " * 30, encoding="utf-8")
    desk.run("mandate", "add", "Zanzibarra", proof, "--verified-by", "R. Reader", "--from", "2026-01-01")
    desk.run("source", "add", "front", site.url("/"), "--kind", "page")
    desk.run("run", "--once")
    (match,) = desk.json("review", "list")
    desk.run("review", "confirm", match["id"], "--reviewer", "R. Viewer", "--reason", "It is ours.")
    (case,) = desk.json("case", "list")
    report = desk.json("report", "weekly")
    kept_bundle = Path(desk.json("evidence", "export", case["id"], "--out", tmp_path / "sent")["bundle"])
    unsent_bundle = Path(desk.json("evidence", "export", case["id"])["bundle"])
    considered = ("--fair-use-by", "C. Ounsel", "--fair-use-on", "2026-11-01", "--fair-use-reason", "No parody.")
    letter = desk.json("notice", "draft", case["id"], "--by", "C. Ounsel", *considered)
    desk.run("report", "sent", kept_bundle)
    made = [
        Path(report["pdf"]),
        *(Path(report[form]) for form in ("html", "xlsx", "json")),
        Path(letter["docx"]),
        Path(letter["pdf"]),
        Path(letter["enclosures"]),
        unsent_bundle,
    ]
    assert all(path.exists() for path in made)

    receipt = desk.json("erase", "Zanzibarra", "--reason", "asked for", "--yes")

    assert receipt["finished"]
    assert receipt["paths"] == sorted(path.relative_to(desk.root).as_posix() for path in made)
    assert receipt["left"] == []
    assert not any(path.exists() for path in made)
    assert kept_bundle.exists()
    assert any("1 sent document" in line and kept_bundle.name in line for line in receipt["kept"])
    assert any("decision" in line and "by people" in line for line in receipt["kept"])
    sought = [b"Zanzibarra", b"zanzibarra", *pieces(picture.read_bytes()), *pieces(proof.read_bytes())]
    left = {path: path.read_bytes() for path in desk.root.rglob("*") if path.is_file()}
    assert len(left) > 3
    assert [(path.name, piece) for path, content in left.items() for piece in sought if piece in content] == []
