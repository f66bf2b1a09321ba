"""The monthly report: each figure counted again from the rows by other means, and read from each of its forms."""

import calendar
import io
import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from page import ValidationProfile

from reports.month import Month
from reports.weekly_files import WrittenReport, write_weekly
from tests.support.pdf_checks import failures_of
from tests.support.weekly_history import ten_weeks
from tests.support.weekly_oracle import PARTIES, Oracle, moment
from tests.support.weekly_place import MADE, Workplace, page_text, pdf_text, poppler

MONTH = Month(2026, 11)
STARTS, ENDS = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    made = ten_weeks(tmp_path_factory.mktemp("history"))
    yield made
    made.session.close()


@pytest.fixture(scope="module")
def written(place: Workplace) -> WrittenReport:
    return write_weekly(place.report(week=MONTH), place.root / "reports")


@pytest.fixture(scope="module")
def figures(written: WrittenReport) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(written.json.read_text("ascii"))
    return said


def months() -> Iterator[tuple[str, datetime, datetime]]:
    """The eight months before and the month itself, by the calendar."""
    for number in range(2026 * 12 + 10 - 8, 2026 * 12 + 11):
        year, month = divmod(number, 12)
        starts = datetime(year, month + 1, 1, tzinfo=UTC)
        yield f"{year}-{month + 1:02}", starts, starts + timedelta(days=calendar.monthrange(year, month + 1)[1])


def test_each_month_of_each_party_is_what_the_rows_say(place: Workplace, figures: dict[str, Any]) -> None:
    oracle, seen, total = Oracle(place), 0, Counter[str]()
    for party in (None, *sorted(set(PARTIES.values()))):
        for name, starts, ends in months():
            (said,) = [row for row in figures["months"] if (row["month"], row["party"]) == (name, party)]
            counts = {key: value for key, value in said.items() if key not in ("month", "party")}
            assert counts == oracle.span(starts, ends, party), said
            total.update(counts)
            seen += 1
    assert seen == len(figures["months"]) == 27
    assert min(total[key] for key in ("new", "confirmed", "rejected", "licensed", "gone", "open", "late")) > 9, total


def test_the_matches_of_the_month_are_those_of_the_rows(place: Workplace, figures: dict[str, Any]) -> None:
    oracle, expected = Oracle(place), {}
    for row in oracle.matches:
        judged = any(STARTS <= moment(each["at"]) < ENDS for each in oracle.reviews.get(row["id"], []))
        status = oracle.status(row, MADE)
        if moment(row["found_at"]) < ENDS and (moment(row["found_at"]) >= STARTS or judged or status == "pending"):
            expected[row["id"]] = status
    assert {row["id"]: row["status"] for row in figures["matches"]} == expected
    assert figures["total"] == len(expected) == sum(figures["statuses"].values())
    scanned = oracle.all("SELECT DISTINCT capture_id FROM scan WHERE failure IS NULL AND scanned_at >= '2026-11-01'")
    assert figures["looked"]["scanned"] == len(scanned)
    assert figures["looked_months"][-1]["scanned"] == len(scanned)


def test_it_says_month_wherever_the_weekly_one_says_week(written: WrittenReport, figures: dict[str, Any]) -> None:
    assert (figures["format"], figures["month"]) == ("semblance-monthly/1", "2026-11")
    assert written.pdf.name == "monthly-2026-11.pdf"
    assert "week" not in json.dumps([figures["definitions"], list(figures)])
    for text in (page_text(written.html), pdf_text(written.pdf)):
        told = " ".join(re.sub(r"<style>.*?</style>", " ", text, flags=re.DOTALL).split())
        assert "Monthly report, November 2026" in told
        assert "The month beside the eight before it" in told
        assert not re.search(r"\bweek(?!ly-)", told, re.IGNORECASE), re.findall(r".{40}\bweek.{20}", told, re.IGNORECASE)


def test_every_form_says_the_same_figures(written: WrittenReport, figures: dict[str, Any], tmp_path: Path) -> None:
    subprocess.run([poppler("pdfdetach"), "-saveall", "-o", str(tmp_path), str(written.pdf)], check=True, capture_output=True)
    assert (tmp_path / written.json.name).read_bytes() == written.json.read_bytes()
    page = " ".join(re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]+>", " ", page_text(written.html), flags=re.DOTALL).split())
    for text in (page, " ".join(pdf_text(written.pdf).split())):
        for row in (one for one in figures["months"] if one["party"] is None):
            cells = (row[key] for key in ("new", "open", "late", "confirmed", "rejected", "licensed", "gone"))
            assert " ".join((row["month"], *map(str, cells))) in text
        assert f"{figures['total']} matches in {figures['videos']} videos" in text
    book = openpyxl.load_workbook(io.BytesIO(written.xlsx.read_bytes()))
    for name, key in (("Months", "months"), ("Looked at", "looked_months")):
        heads, *rows = book[name].iter_rows(values_only=True)
        assert [dict(zip(map(str, heads), row, strict=True)) for row in rows] == figures[key]
    told = dict(row[:2] for row in book["Report"].iter_rows(min_row=2, values_only=True))
    assert (told["month"], told["total"]) == ("2026-11", figures["total"])
    assert book["Matches"].max_row == figures["total"] + 1


def test_a_month_that_is_reported_later_has_the_figures_that_it_had(place: Workplace) -> None:
    ended = Month(2026, 10)
    soon, late = (place.report(week=ended, at=at).figures for at in (MADE, MADE + timedelta(days=90)))
    assert soon.weeks == late.weeks
    assert (soon.statuses, soon.platforms, soon.total) == (late.statuses, late.platforms, late.total)
    (own,) = [one for one in soon.weeks if (one.week, one.party) == ("2026-10", None)]
    assert own.new > 10


def test_both_reports_are_an_archives_and_everybodys_pdf(place: Workplace, written: WrittenReport) -> None:
    weekly = write_weekly(place.report(), place.root / "reports")
    for pdf in (written.pdf, weekly.pdf):
        for profile in (ValidationProfile.PDF_A_3A, ValidationProfile.PDF_UA_1):
            assert failures_of(pdf.read_bytes(), profile) == []
