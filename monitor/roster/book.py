"""The lines of an XLSX, sheet by sheet, each cell as a person who looks at the sheet reads it."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl
from defusedxml.ElementTree import iterparse  # type: ignore[import-untyped]
from openpyxl.utils.datetime import from_excel
from openpyxl.utils.escape import unescape

from monitor.roster.bounds import Bounds
from monitor.roster.columns import RosterUnreadable
from monitor.roster.lines import LARGEST_CELL, Layout, Line, Mark
from monitor.roster.shown_numbers import as_shown
from registry.actions import Action

Source = Path | BinaryIO
"""A workbook as a file, or its bytes as a stream."""

LONGEST_EXACT = 10**15
"""Spreadsheets keep fifteen digits of a number; what came after them is gone."""
DATES_OF_EAST_ASIA = frozenset((*range(27, 32), 36, *range(50, 59)))
"""Formats of dates that are known by their number alone, and to openpyxl not at all (ECMA-376, 18.8.30)."""
HIDDEN = "the row is hidden in the sheet, by a filter or by hand: show it if it is to be read, otherwise take it out"
_ROW, _COLUMN, _CELLS = "row", "col", "sheetData"


@dataclass(frozen=True)
class Book:
    """layouts: the sheets in which members may stand. unread: the others. length: about how many rows the longest has."""

    layouts: Sequence[Layout]
    unread: Sequence[str]
    length: int


@dataclass(frozen=True)
class Sheets:
    """titles: of all of them. lengths: about how many rows those have that are to be seen."""

    titles: Sequence[str]
    lengths: Mapping[str, int]


def open_book(path: Path, wanted: str | None, bounds: Bounds) -> Book:
    """Raises RosterUnreadable."""
    return book_of(path.name, sheets_in(path, path.name, bounds), wanted)


def book_of(name: str, sheets: Sheets, wanted: str | None) -> Book:
    """What is to be read of a workbook of that name. Raises RosterUnreadable where the sheet that is wanted is not to be seen."""
    if wanted not in (None, *sheets.lengths):
        raise RosterUnreadable(f"{name} has no sheet {wanted!r}; it has: {', '.join(sheets.lengths)}.", Action.NAME_SHEET)
    chosen = [title for title in sheets.lengths if wanted in (None, title)]
    unread = [title for title in sheets.titles if title not in chosen]
    length = max((sheets.lengths[title] for title in chosen), default=0)
    return Book([Layout("xlsx", sheet=title) for title in chosen], unread, length)


def sheets_in(source: Source, name: str, bounds: Bounds) -> Sheets:
    """Raises RosterUnreadable for a workbook beyond the bounds."""
    bounds.check_book(source, name)
    with _opened(source) as book:
        seen = (table for table in book.worksheets if table.sheet_state == "visible")
        return Sheets(list(book.sheetnames), {table.title: int(table.max_row or 0) for table in seen})


def book_lines(source: Source, sheet: str) -> Iterator[Line]:
    with _opened(source) as book:
        table = book[sheet]
        table.reset_dimensions()
        rows, _ = _hidden(table)
        for number, cells in enumerate(table.iter_rows(), 1):
            read = [_read(cell) for cell in cells]
            marks = {place: mark for place, (_, mark) in enumerate(read) if mark}
            yield Line([text for text, _ in read], marks, HIDDEN if number in rows else "")


def hidden_columns(source: Source, sheet: str) -> frozenset[int]:
    """The places of the columns that whoever looks at the sheet does not see."""
    with _opened(source) as book:
        return _hidden(book[sheet])[1]


@contextmanager
def _opened(source: Source) -> Iterator[Any]:
    """Formulas come as their text, not as the value some program computed: nothing here runs them."""
    with warnings.catch_warnings():
        # Of styles, validations and extensions, which say nothing about members.
        warnings.simplefilter("ignore")
        with closing(openpyxl.load_workbook(source, read_only=True, data_only=False, keep_links=False)) as book:
            yield book


def _hidden(table: Any) -> tuple[frozenset[int], frozenset[int]]:
    """The rows' numbers and the columns' places; openpyxl does not say of rows that it reads one by one."""
    rows, columns = set[int](), set[int]()
    with table._get_source() as stream:
        number, in_cells = 0, None
        for event, element in iterparse(stream, ("start", "end")):
            name = element.tag.rpartition("}")[2]
            if event == "end":
                if name == _ROW and in_cells is not None:
                    in_cells.clear()
            elif name == _CELLS:
                in_cells = element
            elif name == _ROW:
                number = int(element.get("r") or number + 1)
                if element.get("hidden") in ("1", "true"):
                    rows.add(number)
            elif name == _COLUMN and element.get("hidden") in ("1", "true"):
                columns.update(range(max(int(element.get("min", 1)), 1) - 1, min(int(element.get("max", 1)), 1 << 14)))
    return frozenset(rows), frozenset(columns)


def _read(cell: Any) -> tuple[str, Mark | None]:
    value, kind = cell.value, cell.data_type
    if value is None:
        return "", None
    if kind == "f":
        return str(value)[:LARGEST_CELL], Mark.FORMULA
    if kind == "e":
        return str(value), Mark.FAILED
    if isinstance(value, datetime | date | time):
        return str(value), Mark.DATE
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(cell, value)
    return unescape(str(value)[:LARGEST_CELL]), None


def _number(cell: Any, value: float) -> tuple[str, Mark | None]:
    """A number without a fraction loses its point, as in a member number."""
    if cell.style_array.numFmtId in DATES_OF_EAST_ASIA:
        return str(from_excel(value, cell.parent.parent.epoch)), Mark.DATE
    if not float(value).is_integer():
        return str(value), None
    return as_shown(int(value), cell.number_format), Mark.LONG if abs(value) >= LONGEST_EXACT else None
