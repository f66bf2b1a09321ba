"""The weekly report over a real database, vault and clips: what it says, to whom, and that any text is survived."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from crawler.health import SourceRow
from crawler.videos import Capture
from reports.matches import MatchStatus
from reports.week import Week, WeekUnknown, parse_week, week_of
from reports.weekly import weekly_report
from reports.weekly_files import WrittenReport, write_weekly
from tests.support.new_database import new_database
from tests.support.new_vault import new_vault
from tests.support.weekly_place import MADE, WEEK, Workplace, both_texts, furnish, page_text, pdf_text, poppler


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    made = furnish(tmp_path_factory.mktemp("workspace"))
    yield made
    made.session.close()


@pytest.fixture(scope="module")
def written(place: Workplace) -> WrittenReport:
    return write_weekly(place.report(), place.root / "reports")


def test_matches_stand_under_their_status(place: Workplace) -> None:
    groups = place.report().groups
    found = {status.value: [entry.subject for entry in group] for status, group in groups.items()}
    assert found == {
        "pending": ["Eileen Collins"],
        "confirmed": ["Mossy the Fern"],
        "licensed": ["Larkspur crest"],
        "permitted": [],
        "rejected": ["Mossy the Fern"],
    }


def test_promise_6_what_was_not_seen_is_said_with_its_reason(place: Workplace, written: WrittenReport) -> None:
    seen = place.report().coverage
    assert [(source.name, source.said) for source in seen.sources] == [
        ("Channel of someone", "not looked at"),
        ("Clip wall", "read"),
        ("Fan forum feed", "partly read"),
    ]
    assert not seen.whole
    assert (seen.found, seen.captured, seen.scanned) == (8, 7, 5)
    for text in both_texts(written):
        for said in ("answered 503", "answered 404", "Not looked at", "It waits to be scanned", "ends in the middle of a frame"):
            assert said in text


def test_promise_6_labels_are_said_in_words_and_claim_nothing(written: WrittenReport) -> None:
    for text in both_texts(written):
        for said in (
            "no AI label in the file (says nothing about how it was made)",
            "AI label on the page: 即梦AI",
            "AI label in the file (GB 45438): present but invalid",
            "nknown: AI label in the file (GB 45438), AI label on the page, Content Credentials (C2PA)",
            "Provenance labels: unknown, none was looked for",
            "present but invalid (no JSON)",
        ):
            assert said.replace(" ", "") in text.replace(" ", "")


def test_promise_7_every_match_prints_its_error_rate(place: Workplace, written: WrittenReport) -> None:
    page = page_text(written.html)
    assert len(re.findall(r"without anybody enrolled: a (?:strong|likely|possible) match", page)) == place.report().total == 4
    assert "about 0.3 in 1,000 videos" in page
    assert "fewer than 0.01 in 1,000 videos" in page
    words = " ".join(pdf_text(written.pdf).split())
    assert len(re.findall(r"(?:about|fewer than) [\d.]+ in 1,000 videos without anybody enrolled", words)) == 4


def test_promise_3_a_licensed_use_names_its_licence(written: WrittenReport) -> None:
    assert "Licensed to Clip House Ltd, 16 November 2026 without an end (licence liclicli)" in page_text(written.html)


def test_promise_9_a_party_sees_its_own_and_its_members_only(place: Workplace) -> None:
    for party, own, foreign in (
        ("studio", {"Mossy the Fern", "Larkspur crest"}, ["Eileen", "astro", "Estate of", "Guild"]),
        ("union", {"Eileen Collins"}, ["Mossy", "crest", "R. Iyer", "fernfan", "Clip House", "Larkspur"]),
        ("member", {"Eileen Collins"}, ["Mossy", "crest", "R. Iyer", "fernfan", "Clip House", "Larkspur"]),
    ):
        report = place.report(party)
        assert {entry.subject for group in report.groups.values() for entry in group} == own
        written = write_weekly(report, place.root / party)
        for text in both_texts(written):
            assert [word for word in foreign if word in text] == []


def test_strangers_leave_nothing_but_a_count(written: WrittenReport) -> None:
    assert "Strangers" not in page_text(written.html)


def test_the_page_stands_alone_and_runs_nothing(written: WrittenReport) -> None:
    page = written.html.read_text()
    assert page.count("<img ") == page.count('src="data:image/jpeg;base64,') == 8
    assert page.count(" alt=") == 8
    assert "<script" not in page
    assert "\u202e" not in page
    assert "⟨U+202E⟩gpj.4pm" in page
    assert not re.search(r'(?:src|href)="(?!data:|https://|#)', page)


def test_both_forms_say_the_same(written: WrittenReport) -> None:
    squeezed = re.sub(r"\s+", "", pdf_text(written.pdf))
    page = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page_text(written.html), flags=re.DOTALL)
    for line in (
        "Mossy sings again",
        "Same leaf, same eyes, our 2024 model sheet",
        "A green ball, no leaf",
        "4 matches in 4 videos: 1 pending",
    ):
        assert line in page
        assert line.replace(" ", "") in squeezed


def test_the_pdf_is_archival_accessible_and_embeds_its_fonts(written: WrittenReport) -> None:
    content = written.pdf.read_bytes()
    assert b"<pdfaid:part>3</pdfaid:part>" in content
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in content
    assert b"<pdfuaid:part>1</pdfuaid:part>" in content
    fonts = subprocess.run(
        [poppler("pdffonts"), str(written.pdf)], capture_output=True, text=True, check=True
    ).stdout.splitlines()[2:]
    assert fonts
    assert all(re.search(r" yes (yes|no ) (yes|no )", line) for line in fonts)


def test_an_older_match_without_a_decision_is_carried_over(place: Workplace) -> None:
    later = place.report(week=Week(2026, 48))
    assert [(e.subject, e.carried_over) for e in later.groups[MatchStatus.PENDING]] == [("Eileen Collins", True)]
    assert later.count(MatchStatus.CONFIRMED) == 0


def test_a_week_before_the_first_match_is_empty_and_says_so(place: Workplace) -> None:
    for source in place.session.exec(select(SourceRow)):
        source.created_at = Week(2026, 40).starts
    report = place.report(week=Week(2026, 40))
    made = write_weekly(report, place.root / "empty")
    assert report.total == 0
    for text in both_texts(made):
        assert "No match was found this week in what was looked at, and none awaits a decision." in text
        assert "Not looked at: Channel of someone, Clip wall, Fan forum feed." in text


def test_a_workspace_with_nothing_in_it_has_a_report(tmp_path: Path) -> None:
    session = Session(new_database(tmp_path / "semblance.db"))
    made = write_weekly(weekly_report(session, new_vault(tmp_path), WEEK, MADE), tmp_path)
    session.close()
    assert made.pdf.name == "weekly-2026-W47.pdf"
    for text in both_texts(made):
        assert "No source was watched" in text


def test_lost_media_and_references_cost_a_picture_and_not_the_report(tmp_path: Path) -> None:
    made = furnish(tmp_path)
    for capture in made.session.exec(select(Capture).where(col(Capture.id) != "cv2")):
        made.vault.delete(capture.media_sha256, private=False)
    report = made.report()
    gone = [entry.still.gone for entry in report.findings if entry.still.picture is None]
    assert len(gone) == 3
    assert all(gone)
    written = write_weekly(report, tmp_path / "out")
    assert page_text(written.html).count('class="gone"') == 3
    made.session.close()


def test_a_flood_of_matches_keeps_its_words_and_leaves_pictures_out(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.weekly.MOST_PICTURED", 1)
    made = write_weekly(place.report(), place.root / "flood")
    assert made.html.read_text().count("<img ") == 2
    assert page_text(made.html).count("Left out: this report has too many matches") == 6


@pytest.mark.parametrize("text", ["2026-W47", "2026W47", " 2026-w47 "])
def test_a_week_is_read_as_people_write_it(text: str) -> None:
    assert parse_week(text) == WEEK
    assert week_of(MADE) == WEEK
    assert (str(WEEK), WEEK.days) == ("2026-W47", "16 November 2026 to 22 November 2026")


@pytest.mark.parametrize("text", ["", "47", "2026-47", "2026-W54", "2026-W00", "0000-W01", "٢٠٢٦-W47"])
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(WeekUnknown):
        parse_week(text)
