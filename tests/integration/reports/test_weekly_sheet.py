"""The weekly report's workbook: what strangers wrote stays a text, for Excel as for who edits the cell, and no book breaks."""

import io
import re
import tempfile
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from reports.render.weekly_json import weekly_json
from reports.render.weekly_sheet import MOST_CHARACTERS, sheet_text, weekly_sheet
from reports.weekly_figures import Looked, WeeklyFigures
from reports.weekly_lines import MatchLine
from tests.support.weekly_place import MADE, WEEK

ATTACKS = (
    '=HYPERLINK("https://evil.example","click")',
    "=1+2",
    "+1+2",
    "-1+2",
    "@SUM(A1:A9)",
    "\t=1+2",
    "\r\n=cmd|' /C calc'!A0",
    "#N/A",
    "\u202e=1+2",
    "_x003D_1+2",
    "_x0041_",
    "\x00\x07\x0b\x1f\ufffe",
    "\ud800",
    "=" + "w" * 9_999,
    "]]><script>&amp;",
    "w" * 40_000,
)


def line(title: str, number: int = 0) -> MatchLine:
    at = datetime(2026, 11, 17, 9, tzinfo=UTC) + timedelta(minutes=number)
    return MatchLine(
        id=f"m{number}",
        status="pending",
        party="A",
        subject=title,
        kind="person",
        title=title,
        url=title,
        media_url=title,
        platform="x.example",
        uploader=title,
        generator=title,
        published=None,
        views=None,
        found_at=at,
        carried_over=False,
        score=0.5,
        threshold=0.4,
        expected=1.0,
        band="strong",
        encoder="e",
        pack="p",
        availability="seen",
        looked_at=at,
        media_sha256="0",
        video_id="v",
        family="0",
        told=True,
    )  # type: ignore[arg-type]


def figures(*titles: str) -> WeeklyFigures:
    lines = tuple(line(title, number) for number, title in enumerate(titles))
    whole = WeeklyFigures(
        week=str(WEEK),
        starts=WEEK.starts,
        ends=WEEK.ends,
        party=None,
        made_at=MADE,
        as_of=MADE,
        past=False,
        version="1",
        total=len(lines),
        videos=1,
        told=0,
        statuses={},
        bands={},
        subjects=1,
        held_twice=0,
        erased=(),
        weeks=(),
        looked_weeks=(),
        wanted=(),
        platforms=(),
        generators=(),
        campaigns=(),
        licensed=(),
        matches=lines,
        looked=Looked(*(0,) * 12),
    )  # type: ignore[arg-type]
    return replace(whole, party=titles[0] if titles else None)


def book_of(given: WeeklyFigures) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        made = weekly_sheet(given, Path(scratch))
        assert list(Path(scratch).iterdir()) == []
    return made


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda text: ascii(text)[:24])
def test_no_text_of_strangers_becomes_a_formula_an_error_or_another_text(attack: str) -> None:
    made = book_of(figures(attack))
    page = openpyxl.load_workbook(io.BytesIO(made))["Matches"]
    for cell in page[2]:
        assert cell.data_type in ("s", "n", "d", "b"), cell
    titles = [cell for cell in page[2] if page.cell(1, cell.column).value in ("title", "subject", "url", "uploader")]
    assert {cell.data_type for cell in titles} == {"s"}
    # Who enters the cell and leaves it again has no formula either.
    assert all(cell.quotePrefix for cell in titles)
    for name, content in parts(made):
        assert re.search(rb"<f[ >]|t=\"e\"", content) is None, name
        etree.fromstring(content)


def test_what_cannot_be_seen_is_written_out_and_what_excel_would_decode_is_not() -> None:
    assert sheet_text("\u202egpj.4pm\x07") == "⟨U+202E⟩gpj.4pm⟨U+0007⟩"
    assert sheet_text("\ud800") == "⟨U+D800⟩"
    # As Excel reads it: _x005F_ is the underscore that stood there.
    assert sheet_text("_x003D_1") == "_x005F_x003D_1"
    assert sheet_text("a_xy b_x00") == "a_xy b_x00"
    assert sheet_text("w" * 10_000) == "w" * 10_000
    assert len(sheet_text("w" * 40_000)) == MOST_CHARACTERS
    assert sheet_text("w" * 40_000).endswith("…")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_any_texts_make_a_book_and_a_json_that_say_the_same(titles: list[str]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(book_of(figures(*titles))))
    column = next(cell.column for cell in book["Matches"][1] if cell.value == "title")
    read = [book["Matches"].cell(row, column).value or "" for row in range(2, len(titles) + 2)]
    assert read == [sheet_text(title) for title in titles]
    assert weekly_json(figures(*titles)).isascii()


def parts(content: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return [(name, book.read(name)) for name in book.namelist() if name.endswith(".xml")]
