"""What was looked at in part is told as that wherever a scan is told, and never as no match."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from monitor.runs.once import run_once
from monitor.workspace import open_workspace
from registry.db import now
from reports.coverage import in_part_words
from reports.matches import Scan
from reports.weekly_files import write_weekly
from tests.support.drawn_clips import figure, pan, save, scene
from tests.support.loopback_site import Site
from tests.support.numbered_clips import broken, encode_tracks
from tests.support.watched_site import make_workspace
from tests.support.weekly_place import Workplace, both_texts, furnish

ROOT = Path(__file__).parents[3]
GAP = "Nothing could be decoded from 0.9 to 2.0 s."


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    made = furnish(tmp_path)
    yield made
    made.session.close()


def damaged(folder: Path) -> Path:
    """A clip of 6 seconds that shows nobody where it can be decoded: its middle third cannot."""
    whole = encode_tracks(folder / "whole.mkv", [pan(None, scene(3), 6.0)], options={"g": "8"}, fps=8)
    return broken(whole, folder / "damaged.mkv", 16, 32)


def test_the_weekly_report_says_what_was_looked_at_in_part(place: Workplace) -> None:
    for key in ("cv2", "cv5"):  # one with a match, one without
        for scan in place.session.exec(select(Scan).where(Scan.capture_id == key)):
            scan.share, scan.unseen = 0.459, [GAP]
    place.session.flush()
    report = place.report()
    assert not report.coverage.whole
    assert (report.coverage.scanned, report.coverage.in_part_count) == (5, 2)
    for text in both_texts(write_weekly(report, place.root / "reports")):
        words = " ".join(text.split())
        assert "2 captured videos were looked at in part only." in words
        assert "Captures that were looked at in part" in words
        assert f"45 % of it was looked at. {GAP}" in words
        assert f"Looked at in part: 45 % of it was looked at. {GAP}" in words
        assert "Strangers" in words


@pytest.mark.parametrize(
    ("share", "frames", "says"),
    [
        (1.0, 9, "All of its pictures were looked at. "),
        (0.0, 0, "Its sound alone was listened to. "),
        (1.0, 0, "Its sound alone was listened to. "),
        (0.0, 9, "0 % of it was looked at. "),
        (0.999, 9, "99 % of it was looked at. "),
    ],
)
def test_how_much_was_looked_at_is_true_beside_what_was_not_heard(share: float, frames: int, says: str) -> None:
    scan = Scan(id="s", capture_id="c", gallery_digest="", scanned_at=now(), seconds=1, share=share, frames=frames, unseen=[GAP])
    assert in_part_words(scan) == says + GAP


def test_a_report_of_whole_looks_says_nothing_of_parts(place: Workplace) -> None:
    for text in both_texts(write_weekly(place.report(), place.root / "reports")):
        assert "looked at in part only" not in text


def test_a_run_records_and_tells_the_share(tmp_path: Path, site: Site) -> None:
    url = site.file("/media/0.mkv", damaged(tmp_path).read_bytes())
    site.page("/", f'<html><body><video src="{url}"></video></body></html>')
    make_workspace(tmp_path / "work", site, tmp_path, [1])
    with open_workspace(tmp_path / "work") as workspace:
        summary = run_once(workspace)
        assert (summary.scanned, summary.in_part, summary.not_readable, summary.new_matches) == (1, 1, 0, 0)
        assert any("Looked at in part (" in said and url in said for said in summary.problems)
        with workspace.session() as session:
            scan = session.exec(select(Scan)).one()
            assert scan.in_part
            assert scan.share == pytest.approx(2 / 3, abs=0.06)
        assert run_once(workspace).scanned == 0


def test_scan_tells_the_share_in_every_form(tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    damaged(tmp_path).rename(media / "damaged.mkv")
    (tmp_path / "references" / "Mascot").mkdir(parents=True)
    save(tmp_path / "references" / "Mascot" / "one.png", figure(1))
    page = tmp_path / "page.html"
    command = [sys.executable, "-m", "monitor.cli.main", "scan", str(media), "--references", str(tmp_path / "references")]
    done = subprocess.run([*command, "--pack", "", "--html", str(page)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "damaged.mkv: looked at in part (6" in done.stdout
    assert "  not looked at: Nothing could be decoded from " in done.stdout
    said = page.read_text("utf-8")
    assert "looked at in part" in said
    assert "no match" not in said
    done = subprocess.run([*command, "--pack", "", "--json"], cwd=ROOT, capture_output=True, text=True, check=False)
    (result,) = json.loads(done.stdout)["results"]
    assert result["in_part"] is True
    assert result["share"] == pytest.approx(2 / 3, abs=0.06)
    assert result["unseen"]


def test_the_weekly_report_counts_captures_with_too_little_speech(place: Workplace) -> None:
    said = "The sound has too little speech: 1.2 s of speech, and one person has to speak for 2 s."
    for scan in place.session.exec(select(Scan).where(Scan.capture_id == "cv2")):
        scan.warnings = [said]
    place.session.flush()
    report = place.report()
    assert report.coverage.little_speech == 1
    for text in both_texts(write_weekly(report, place.root / "reports")):
        words = " ".join(text.split())
        assert "1 captured video has sound with too little speech to compare a voice" in words
