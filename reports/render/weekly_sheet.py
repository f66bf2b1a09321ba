"""A weekly report's figures as a workbook for spreadsheets. The only writer of XLSX.

Whatever strangers wrote is a text, never a formula, also after somebody edited the cell: openpyxl would make one of whatever
begins with "=", and an error of what reads like one.
"""

import io
import re
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from registry.views import View, as_fields
from reports.render.plain import JOINERS, shorten, show_unseen
from reports.weekly_campaigns import Campaign
from reports.weekly_counts import WeekCounts, WeekLooked
from reports.weekly_figures import WeeklyFigures, definitions, in_unit
from reports.weekly_lines import LicensedUse, MatchLine
from reports.weekly_scores import Score

MOST_CHARACTERS = 32_000
"""Of one cell: Excel holds 32,767, and refuses the workbook otherwise."""
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_WIDE = {"title", "url", "media_url", "name", "what it counts", "subjects", "match_ids", "value"}
_BOLD = Font(bold=True)
_ALONE = threading.Lock()


class _Sheet(NamedTuple):
    name: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Any]]


def weekly_sheet(figures: WeeklyFigures, scratch: Path) -> bytes:
    """The same figures as `weekly_json`, a sheet for each kind; one row for each of the week's matches. Moments are in UTC.

    scratch: a folder for what openpyxl writes while it is at work, names and titles among it.
    """
    with _written_in(scratch):
        book = openpyxl.Workbook(write_only=True)
        book.properties.creator, book.properties.created = "Semblance", figures.made_at.astimezone(UTC).replace(tzinfo=None)
        for sheet in _sheets(figures):
            _write(book.create_sheet(sheet.name), sheet)
        out = io.BytesIO()
        book.save(out)
    return out.getvalue()


@contextmanager
def _written_in(scratch: Path) -> Iterator[None]:
    """openpyxl takes the process's folder for temporary files, no other: what it left there after a kill, nobody would find."""
    with _ALONE, tempfile.TemporaryDirectory(prefix=".sheet-", dir=scratch) as folder:
        before, tempfile.tempdir = tempfile.tempdir, folder
        try:
            yield
        finally:
            tempfile.tempdir = before


def _sheets(figures: WeeklyFigures) -> Iterable[_Sheet]:
    yield _Sheet("Report", ("figure", "value"), _of_report(figures))
    unit = figures.unit
    yield _views(in_unit("Weeks", unit), WeekCounts, figures.weeks, unit)
    yield _views("Looked at", WeekLooked, figures.looked_weeks, unit)
    heads = ("kind", "count", "videos", "late", "oldest", "parties", "names")
    yield _Sheet("Wanted", heads, _wanted(figures))
    yield _views("Matches", MatchLine, figures.matches)
    yield _views("Campaigns", Campaign, figures.campaigns)
    yield _views("Platforms", Score, figures.platforms)
    yield _views("Generators", Score, figures.generators)
    yield _views("Licensed uses", LicensedUse, figures.licensed)
    yield _Sheet("What is counted", ("figure", "what it counts"), definitions(unit).items())


def _of_report(figures: WeeklyFigures) -> Iterable[tuple[str, Any]]:
    for key, value in as_fields(figures).items():
        if not isinstance(value, tuple | dict) and key not in ("looked", "agreement"):
            yield in_unit(key, figures.unit), value
    yield from ((f"matches {status}", count) for status, count in figures.statuses.items())
    yield from ((f"new, {word}", count) for word, count in figures.bands.items())
    yield from ((f"looked at: {key}", value) for key, value in as_fields(figures.looked).items())
    yield from ((f"erased on {gone.at:%Y-%m-%d}", gone.matches) for gone in figures.erased)
    yield from (("rates", words) for words in figures.rates)
    agreement = as_fields(figures.agreement) if figures.agreement else {}
    yield from ((f"agreement: {key}", value) for key, value in agreement.items() if key != "table")


def _wanted(figures: WeeklyFigures) -> Iterable[tuple[Any, ...]]:
    for one in figures.wanted:
        parties = "; ".join(f"{name}: {count}" for name, count in one.parties)
        yield one.kind.value, one.count, one.videos, one.late, one.oldest, parties, "; ".join(one.names)


def _views(name: str, kind: type[View], rows: Iterable[View], unit: str = "week") -> _Sheet:
    heads = [in_unit(each.name.removesuffix("_"), unit) for each in fields(kind)]
    return _Sheet(name, heads, (list(as_fields(row).values()) for row in rows))


def _write(page: WriteOnlyWorksheet, sheet: _Sheet) -> None:
    page.freeze_panes = "A2"
    for number, head in enumerate(sheet.heads, 1):
        page.column_dimensions[get_column_letter(number)].width = 48 if head in _WIDE else 18
    page.append([_cell(page, head, bold=True) for head in sheet.heads])
    for row in sheet.rows:
        page.append([_cell(page, value) for value in row])


def _cell(page: WriteOnlyWorksheet, value: Any, *, bold: bool = False) -> Cell | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        value = value.astimezone(UTC).replace(tzinfo=None)
    elif isinstance(value, tuple):
        value = ", ".join(map(str, value))
    if not isinstance(value, str):
        made = WriteOnlyCell(page, value)
    else:
        made = WriteOnlyCell(page, sheet_text(value))
        made.data_type, made.quotePrefix = "s", True
    if bold:
        made.font = _BOLD
    return made


def sheet_text(text: str) -> str:
    """The text as a cell can hold it: what cannot be seen is written out, and of more than MOST_CHARACTERS the end is left out.

    ``_x0041_`` would be read as the character of that number: its first line is written as a number itself.
    """
    return _ESCAPED.sub("_x005F_", shorten(show_unseen(text, keep=JOINERS), MOST_CHARACTERS))
