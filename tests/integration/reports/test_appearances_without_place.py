"""What is heard has no place in a picture: whatever draws boxes and cuts stills copes, and says so."""

import json
import re
from pathlib import Path

import pytest
from sqlmodel import select

from crawler.videos import Capture
from matcher.types import Appearance, Gallery, GallerySubject, Match, ScanResult
from registry.kinds import Modality, SubjectKind
from reports.cases import confirmed_matches
from reports.evidence.stills import NO_PLACE
from reports.evidence.verify import verify_bundle
from reports.issuing import issue_bundle
from reports.match_lines import match_line
from reports.matches import MatchRow
from reports.notices.enclosures import stills_of
from reports.pictures import Pictures
from reports.queue_item import queue_item
from reports.render.scan_page import write_scan_page
from tests.support.evidence_desk import AT, Workplace, furnish
from tests.support.weekly_place import pdf_text


@pytest.fixture
def heard(tmp_path: Path) -> Workplace:
    return furnish(tmp_path, None, Modality.VOICE, ())


def test_a_match_without_a_place_is_kept_with_its_second_and_no_box(heard: Workplace) -> None:
    row = heard.session.exec(select(MatchRow)).one()
    assert (row.best_box, row.boxes, row.best_t, row.t_start, row.t_end) == (None, [], 0.2, 0.2, 1.6)
    item = queue_item(heard.session, heard.vault, row.id)
    assert (item.boxes, item.line.best, item.line.modality) == ([], 0.2, "voice")
    assert match_line(heard.session, row).from_ == 0.2


def test_a_bundle_of_it_is_whole_and_says_why_it_has_no_still(heard: Workplace, tmp_path: Path) -> None:
    bundle = issue_bundle(heard.session, heard.vault, heard.case, tmp_path / "out", heard.key, at=AT)
    (entry,) = json.loads((bundle / "data" / "matches.json").read_text())["matches"]
    assert (entry["stills"], entry["boxes"], entry["best_box"], entry["modality"]) == ([], [], None, "voice")
    assert NO_PLACE in (bundle / "index.html").read_text()
    assert verify_bundle(bundle).ok
    assert not (bundle / "data" / "stills").exists()


def test_a_letter_has_no_still_of_it_and_a_report_says_why(heard: Workplace) -> None:
    row = heard.session.exec(select(MatchRow)).one()
    media = heard.session.get_one(Capture, row.capture_id).media_sha256
    (confirmed,) = confirmed_matches(heard.session, heard.case)
    assert stills_of(heard.vault, [(confirmed, media)], {row.subject_id: "Mossy"}).stills == ()
    shown = Pictures(heard.session, heard.vault).still(media, row)
    assert (shown.picture, shown.gone) == (None, NO_PLACE)


def test_a_page_of_a_scan_says_why_it_has_no_still(tmp_path: Path) -> None:
    seen = Appearance(Modality.VOICE, 1.0, 4.0)
    match = Match(seen, "s1", "r1", 0.8, 0.5, 0.2, 0.01, "campplus", "voice-open", ("It resembles the voice.",))
    result = ScanResult("talk.wav", "sound", 0, 0, 4.0, (), 0, (seen,), (match,), ("campplus",), ("voice-open",), 0.1)
    gallery = Gallery({"s1": GallerySubject("s1", "Ada", SubjectKind.PERSON)})
    write_scan_page(tmp_path / "page.html", [result], gallery, {})
    page = (tmp_path / "page.html").read_text()
    assert NO_PLACE in page
    assert "Ada" in page
    assert "person, heard 0:01.0 – 0:04.0" in page
    assert "person, seen" not in page
    assert "A score says how alike two voices are, not who, or what, spoke." in page
    assert "two pictures" not in page
    assert "with a box around" not in page
    assert "who, or what, spoke is not known" in page


def test_what_a_bundle_says_of_a_voice_is_heard_and_resembles(heard: Workplace, tmp_path: Path) -> None:
    bundle = issue_bundle(heard.session, heard.vault, heard.case, tmp_path / "out", heard.key, at=AT)
    page, readme = (bundle / "index.html").read_text(), (bundle / "README.txt").read_text()
    assert "character, heard 0:00.2 – 0:01.6" in page
    assert "who, or what, spoke is not known" in page
    report = " ".join(pdf_text(bundle / "data" / "report.pdf").split())
    assert "Heard 0:00.2 – 0:01.6" in report
    for said in (page, readme, report):
        assert "how alike two voices are, not who, or what, spoke" in " ".join(said.split())
        assert "two pictures" not in said
        assert "with a box around" not in said
        assert not re.search(r"\b[Ss]een 0:0", said)
