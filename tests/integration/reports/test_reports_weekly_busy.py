"""A busy week: 51 matches over 30 videos fit on few pages, each is there, and nothing is told twice."""

import re
import subprocess
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from sqlmodel import select

from crawler.videos import Capture
from reports.blocks import ORDER
from reports.matches import MatchRow, MatchStatus
from reports.pictures import Pictures
from reports.render.glyphs import EMOJI_FAMILY
from reports.render.pdf import coverage
from reports.weekly import WeeklyReport, weekly_report
from reports.weekly_files import WrittenReport, write_weekly
from tests.support.busy_week import MADE, WEEK, BusyWeek, a_capture, busy_week
from tests.support.weekly_place import both_texts, page_text, pdf_text, poppler

MATCHES, VIDEOS, MOST_PAGES = 51, 30, 20


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BusyWeek]:
    made = busy_week(tmp_path_factory.mktemp("busy"), VIDEOS, MATCHES)
    yield made
    made.session.close()


@pytest.fixture(scope="module")
def report(place: BusyWeek) -> WeeklyReport:
    return weekly_report(place.session, place.vault, WEEK, MADE)


@pytest.fixture(scope="module")
def written(report: WeeklyReport, place: BusyWeek) -> WrittenReport:
    return write_weekly(report, place.root / "reports")


def test_51_matches_fill_at_most_20_pages_and_each_is_on_them(report: WeeklyReport, written: WrittenReport) -> None:
    told = subprocess.run([poppler("pdfinfo"), str(written.pdf)], capture_output=True, text=True, check=True).stdout
    pages = int(re.findall(r"Pages:\s+(\d+)", told)[0])
    assert report.total == MATCHES
    assert pages <= MOST_PAGES
    for text in both_texts(written):
        assert [found.id for found in report.findings if found.id[:12] not in text] == []
        assert len(re.findall(r"without anybody enrolled: a (?:strong|likely|possible) match", text)) == MATCHES


def test_no_page_is_half_empty_between_the_first_and_the_last_match(written: WrittenReport) -> None:
    """Counted by where the last words of each page stand; the first page and what follows the matches end where they end."""
    boxes = subprocess.run(
        [poppler("pdftotext"), "-bbox", str(written.pdf), "-"], capture_output=True, text=True, check=True
    ).stdout
    pages = boxes.split("<page ")[1:]
    matches = [page for page in pages[1:] if "nobody</word>" in page and ">Coverage<" not in page]
    for page in matches:
        height = float(re.findall(r'height="([\d.]+)"', page)[0])
        bottoms = [float(y) for y in re.findall(r'yMax="([\d.]+)"', page)]
        body = max(bottom for bottom in bottoms if bottom < height - 56)
        assert body > height * 0.7


def test_the_pdf_of_strange_titles_is_still_accessible(written: WrittenReport) -> None:
    content = written.pdf.read_bytes()
    assert b"<pdfaid:part>3</pdfaid:part>" in content
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in content
    assert b"<pdfuaid:part>1</pdfuaid:part>" in content


def test_a_video_stands_once_with_the_addresses_of_all_its_copies(place: BusyWeek, report: WeeklyReport) -> None:
    assert len(report.blocks) == VIDEOS
    assert [block.number for block in report.blocks] == list(range(1, VIDEOS + 1))
    twice = [block for block in report.blocks if len(block.media_urls) == 2]
    assert len(twice) == 3
    for block in twice:
        first, second = block.media_urls
        assert second == first.replace(".mp4", "b.mp4")
        assert len(block.pages) == 2


def test_what_awaits_a_decision_comes_first_then_uploader_by_uploader_the_best_score_first(report: WeeklyReport) -> None:
    assert [ORDER.index(block.status) for block in report.blocks] == sorted(ORDER.index(block.status) for block in report.blocks)
    for status in ORDER:
        runs = [
            [block.findings[0].score for block in run]
            for _, run in groupby((block for block in report.blocks if block.status is status), key=lambda block: block.uploader)
        ]
        uploaders = {block.uploader for block in report.blocks if block.status is status}
        assert len(runs) == len(uploaders)
        assert all(run == sorted(run, reverse=True) for run in runs)
        assert [run[0] for run in runs] == sorted((run[0] for run in runs), reverse=True)
    for block in report.blocks:
        inside = [(ORDER.index(found.status), -found.score) for found in block.findings]
        assert inside == sorted(inside)


def test_provenance_is_one_line_for_each_video_and_in_full_only_where_something_is_open(
    report: WeeklyReport, written: WrittenReport
) -> None:
    absent = "No AI label in the file or on the page; Content Credentials: none found (says nothing about how it was made)"
    line = f"{absent}; unknown: Generator's mark or AI label on screen"
    plain = [block for block in report.blocks if not block.details]
    assert plain
    assert all(block.provenance == (line,) for block in plain)
    full = {block.details for block in report.blocks if block.details}
    page = page_text(written.html)
    assert page.count("Content Credentials (C2PA): absent") == len(full) < 10


def test_addresses_are_read_decoded_and_recorded_exactly(written: WrittenReport) -> None:
    page = page_text(written.html)
    assert 'href="https://clips.example/watch/%E9%AD%94%E6%B3%95%E6%A3%AE%E6%9E%97?v=000"' in page
    assert ">https://clips.example/watch/魔法森林?v=000</a>" in page
    assert "https://forum.example/t/⟨U+202E⟩gpj.4pm/004" in page
    assert "https://xn--80ak6aa92e.example/003" in page
    assert "its host reads “аррӏе.example”" in page
    words = re.sub(r"\s+", "", pdf_text(written.pdf))
    for exact in ("https://clips.example/watch/%E9%AD%94%E6%B3%95%E6%A3%AE%E6%9E%97?v=000", "https://cdn.example/影片/000.mp4"):
        assert exact in words
    assert "\u202e" not in page + words


def test_emoji_are_shown_or_named_and_never_numbers(written: WrittenReport) -> None:
    words = " ".join(pdf_text(written.pdf).split())
    assert re.search("⟨U\\+1F|⟨U\\+FE0F|⟨U\\+200D", words) is None
    drawn = EMOJI_FAMILY in coverage().families
    assert ("\U0001f1e9\U0001f1ea" if drawn else "[man, woman, girl] time [flag DE]") in words
    assert "👨\u200d👩\u200d👧" in written.html.read_text("utf-8")


def test_who_has_something_to_do_is_on_the_first_page(report: WeeklyReport, written: WrittenReport) -> None:
    for text in both_texts(written):
        words = " ".join(re.sub(r"<[^>]+>", " ", text).split())
        assert f"Reviewer for Larkspur Pictures Decide on {report.count(MatchStatus.PENDING)} matches" in words
        assert "Consider a letter about" in words


def test_pictures_say_their_size_and_what_they_show(written: WrittenReport) -> None:
    pictures = re.findall(r"<img [^>]*>", page_text(written.html))
    assert len(pictures) == 2 * MATCHES
    assert all(re.search(r'alt="[^"]{10,}" width="\d+" height="\d+" loading="lazy"', picture) for picture in pictures)


def test_a_frame_is_decoded_once_for_all_matches_in_it(tmp_path: Path) -> None:
    own = busy_week(tmp_path, 1, 1)
    (row,), (capture,) = own.session.exec(select(MatchRow)).all(), own.session.exec(select(Capture)).all()
    pictures = Pictures(own.session, own.vault)
    first = pictures.still(capture.media_sha256, row)
    own.vault.delete(capture.media_sha256, private=False)
    assert first.picture
    assert pictures.still(capture.media_sha256, row) == first
    row.best_t += 0.5
    assert pictures.still(capture.media_sha256, row).picture is None
    own.session.close()


def test_of_very_many_copies_every_address_is_there(tmp_path: Path) -> None:
    own = busy_week(tmp_path, 1, 1)
    content = b"".join(own.vault.chunks(own.session.exec(select(Capture.media_sha256)).one()))
    for number in range(40):
        a_capture(own, f"copy{number:02}", 0, content)
    own.session.commit()
    report = weekly_report(own.session, own.vault, WEEK, MADE)
    assert len(report.blocks) == 1
    for text in both_texts(write_weekly(report, tmp_path / "out")):
        squeezed = re.sub(r"\s", "", text)
        assert [n for n in range(40) if f"cdn.example/%E5%BD%B1%E7%89%87/copy{n:02}.mp4" not in squeezed] == []
        assert "And 58 more, in the appendix." in text
    own.session.close()


def test_of_a_flood_the_highest_scores_are_told_and_every_match_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = busy_week(tmp_path, videos=8, matches=20)
    whole = weekly_report(made.session, made.vault, WEEK, MADE)
    monkeypatch.setattr("reports.weekly.MOST_TOLD", 2)
    few = weekly_report(made.session, made.vault, WEEK, MADE)
    for status in MatchStatus:
        assert few.count(status) == whole.count(status) == len(whole.groups[status])
        best = sorted(whole.groups[status], key=lambda found: (-found.score, found.id))[:2]
        assert {found.id for found in few.groups[status]} == {found.id for found in best}
        assert few.untold(status) == max(0, whole.count(status) - 2)
    written = write_weekly(few, tmp_path / "out")
    for text in both_texts(written):
        words = " ".join(text.split())
        assert f"{len(few.findings)} of the 20 matches are told one by one" in words
        assert f"{few.untold(MatchStatus.PENDING)} more, of lower score, stand in the workbook beside this report" in words
        assert "semblance " not in words
        assert f"20 matches in {len({line.media_sha256 for line in whole.figures.matches})} videos" in words
    made.session.close()
