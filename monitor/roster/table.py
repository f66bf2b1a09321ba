"""Rosters as rows of text: CSV in any of the encodings that spreadsheets write, and XLSX. Nothing in a cell is ever run."""

import codecs
import csv
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import openpyxl

from monitor.roster.columns import Columns, RosterUnreadable, fields_in, find_columns

LARGEST_CELL = 64 << 10
LARGEST_BOOK = 1 << 30
SAMPLE = 1 << 16
DELIMITERS = ",;\t|"
MISQUOTED = "a quotation mark is missing here or too many, or a cell is longer than 64 KiB; rows below it may not have been read"
HEAD = 30
"""Rows in which the columns' titles are looked for."""
YEARS = re.compile(r"(?<!\d)(?:18|19|20)\d\d(?!\d)")
"""A year, wherever it stands: alone, in a day as any country writes it, as either end of a span."""
ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
"""A long number as spreadsheets write it: what it was cannot be told any more."""
SAID_DELIMITER = re.compile(r"\ufeff?sep=(.)\r?\n", re.IGNORECASE)


@dataclass(frozen=True)
class RosterRow:
    """One member as the roster has it. number: of the row in the file, the header being 1. key: the member's own number, or "".

    problem: why the row cannot be read, in words; "" otherwise.
    """

    number: int
    key: str
    name: str
    photos: tuple[str, ...]
    era: tuple[int, int] | None
    problem: str = ""


@dataclass(frozen=True)
class Layout:
    """How a file is cut into lines of cells. encoding: of a CSV, or ``xlsx``. delimiter: of a CSV. sheet: of a book."""

    encoding: str
    delimiter: str = ","
    sheet: str = ""


@dataclass(frozen=True)
class Roster:
    """A roster that can be read any number of times. header: the row of the titles, from 1. length: about how many rows."""

    path: Path
    layout: Layout
    length: int
    header: int
    columns: Columns

    @property
    def read_as(self) -> str:
        """How it is read, for people: the encoding or the sheet, and which columns are taken for what."""
        where = f"the sheet {self.layout.sheet!r}" if self.layout.sheet else self.layout.encoding
        titled = f", titles in row {self.header}" if self.header > 1 else ""
        number = self.columns.titled("number")
        known = (
            f"Members are known by {number!r}" if number else "Members are known by their names, for want of a column of numbers"
        )
        names = " and ".join(filter(None, map(self.columns.titled, ("name", "given", "family"))))
        return f"Read as {where}{titled}; about {self.length} rows. {known}; names are in {names!r}."

    def rows(self) -> Iterator[RosterRow]:
        """Every row that holds anything, in constant memory. Raises RosterUnreadable where the file is damaged."""
        for number, line in enumerate(_lines(self.path, self.layout), 1):
            if number > self.header and (line.problem or any(cell.strip() for cell in line.cells)):
                yield _row(number, line, self.columns)


def open_roster(path: Path, encoding: str | None = None, *, sheet: str | None = None, number_column: str | None = None) -> Roster:
    """The roster at path. encoding: of a CSV, sheet: of a book, number_column: see find_columns; found out when not given.

    Titles are looked for in the first rows, since rosters have covers and headings of their own. Raises RosterUnreadable.
    """
    if not path.is_file():
        raise RosterUnreadable(f"{path} is not a file.", "Give the roster as CSV or XLSX.")
    try:
        if zipfile.is_zipfile(path):
            layouts, length = _sheets(path, sheet)
        else:
            chosen, length = _encoding(path, encoding)
            layouts = [Layout(chosen, delimiter) for delimiter in _delimiters(path, chosen)]
        layout, header, titles = _titles(path, layouts)
    except RosterUnreadable:
        raise
    # What openpyxl, its XML parser, zipfile and codecs raise for files that are damaged or something else has no common root.
    except Exception as error:
        raise _unreadable(path, error) from error
    return Roster(path, layout, max(0, length - header), header, find_columns(titles, number_column))


def _titles(path: Path, layouts: Sequence[Layout]) -> tuple[Layout, int, Sequence[str]]:
    """Which layout, row and cells title the columns."""
    found = [(layout, *_header(path, layout)) for layout in layouts]
    titled = [entry for entry in found if entry[3]]
    if not any(cells for _, _, cells, _ in found):
        raise RosterUnreadable(f"{path.name} is empty.", "A row must hold the columns' titles.")
    if len(titled) > 1 and titled[0][0].sheet:
        named = ", ".join(repr(layout.sheet) for layout, *_ in titled)
        raise RosterUnreadable(f"{path.name} has several sheets of members: {named}.", "Say which is meant with --sheet.")
    layout, number, cells, _ = max(titled or found, key=lambda entry: entry[3])
    return layout, number, cells


def _header(path: Path, layout: Layout) -> tuple[int, Sequence[str], int]:
    """The row that titles the columns, its cells, how many of them we know: the first row with two such, or the first row."""
    first: tuple[int, Sequence[str], int] | None = None
    for number, line in enumerate(islice(_lines(path, layout), HEAD), 1):
        known = fields_in(line.cells)
        if known > 1:
            return number, line.cells, known
        if first is None and any(cell.strip() for cell in line.cells):
            first = number, line.cells, known
    return first or (1, (), 0)


@dataclass(frozen=True)
class Line:
    """Cells as text, and which of them hold a formula. problem: why they cannot be read; "" otherwise."""

    cells: Sequence[str]
    formulas: frozenset[int] = frozenset()
    problem: str = ""


def _lines(path: Path, layout: Layout) -> Iterator[Line]:
    try:
        yield from _book_lines(path, layout.sheet) if layout.sheet else _csv_lines(path, layout)
    except Exception as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> RosterUnreadable:
    return RosterUnreadable(
        f"{path.name} cannot be read as a table, or not to its end ({error}).",
        "Save it anew as CSV in UTF-8 or as XLSX, and give that; nothing of it was taken in.",
    )


def _delimiters(path: Path, encoding: str) -> Sequence[str]:
    """What may stand between cells: what the file itself says, as spreadsheets write it (``sep=;``), or any that is usual."""
    with path.open("r", encoding=encoding, newline="") as stream:
        said = SAID_DELIMITER.match(stream.readline(LARGEST_CELL))
    return said[1] if said else DELIMITERS


def _csv_lines(path: Path, layout: Layout) -> Iterator[Line]:
    csv.field_size_limit(LARGEST_CELL)
    delimiter = layout.delimiter
    with path.open("r", encoding=layout.encoding, newline="") as stream:
        if SAID_DELIMITER.match(stream.readline(LARGEST_CELL)):
            yield Line(())
        else:
            stream.seek(0)
        # Strict: a missing quotation mark makes one row of many, which else would go in as somebody's name or note.
        reader = csv.reader((line.replace("\x00", "") for line in stream), delimiter=delimiter, strict=True)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield Line((), problem=MISQUOTED)
            else:
                yield Line(cells, frozenset(place for place, cell in enumerate(cells) if cell.lstrip().startswith("=")))


def _book_lines(path: Path, sheet: str) -> Iterator[Line]:
    # Formulas come as their text, not as the value some program computed: nothing here runs them.
    with closing(openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)) as book:
        table = book[sheet]
        table.reset_dimensions()
        for cells in table.iter_rows():
            yield Line(
                [_text(cell.value) for cell in cells], frozenset(p for p, cell in enumerate(cells) if cell.data_type == "f")
            )


def _text(value: object) -> str:
    """A cell as a person reads it: a number without a fraction loses its point, as in a member number."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)[:LARGEST_CELL]


def _sheets(path: Path, wanted: str | None) -> tuple[list[Layout], int]:
    """The sheets in which members may stand, and about how many rows the longest has."""
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST_BOOK:
            raise RosterUnreadable(f"{path.name} unpacks to more than 1 GiB.", "Save the one sheet as CSV in UTF-8.")
    with closing(openpyxl.load_workbook(path, read_only=True, keep_links=False)) as book:
        tables = {table.title: table for table in book.worksheets if table.sheet_state == "visible"}
        if wanted is not None and wanted not in tables:
            raise RosterUnreadable(
                f"{path.name} has no sheet {wanted!r}; it has: {', '.join(tables)}.", "Give one of them as --sheet."
            )
        chosen = [title for title in tables if wanted in (None, title)]
        return [Layout("xlsx", sheet=title) for title in chosen], max(
            (int(tables[title].max_row or 0) for title in chosen), default=0
        )


def _encoding(path: Path, given: str | None) -> tuple[str, int]:
    """The first encoding in which the whole file can be read, and its lines."""
    with path.open("rb") as stream:
        sample = stream.read(SAMPLE)
    candidates = [given] if given else _candidates(sample)
    for candidate in candidates:
        lines = _decodes(path, candidate)
        if lines is not None:
            return candidate, lines
    raise RosterUnreadable(
        f"{path.name} is not in {' or '.join(candidates)}.",
        "Save it as CSV in UTF-8, or say what it is in, such as --encoding cp1252.",
    )


def _candidates(sample: bytes) -> list[str]:
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ["utf-16"]
    if b"\x00" in sample:
        return ["utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"]
    return ["utf-8-sig", "gb18030"] if _reads_as_chinese(sample) else ["utf-8-sig"]


def _reads_as_chinese(sample: bytes) -> bool:
    """Whether most signs are then common ones: an accented letter that was read with its neighbour as one sign is a rare one."""
    signs = [sign for sign in codecs.getincrementaldecoder("gb18030")("replace").decode(sample) if ord(sign) > 127]
    common = sum(len(sign.encode("gb2312", "ignore")) > 0 for sign in signs)
    return 2 * common > len(signs)


def _decodes(path: Path, encoding: str) -> int | None:
    decoder, lines = codecs.getincrementaldecoder(encoding)(), 0
    with path.open("rb") as stream:
        try:
            while block := stream.read(SAMPLE):
                lines += decoder.decode(block).count("\n")
            decoder.decode(b"", final=True)
        except UnicodeError:
            return None
    return lines + 1


def _row(number: int, line: Line, columns: Columns) -> RosterRow:
    cells = line.cells
    used = {place for places in columns.positions.values() for place in places}
    key = unicodedata.normalize("NFKC", columns.one(cells, "number"))
    name = columns.one(cells, "name") or " ".join(
        part for part in (columns.one(cells, "given"), columns.one(cells, "family")) if part
    )
    named = [part.strip() for cell in columns.all(cells, "photos") for part in re.split(r"[;|\n]", cell)]
    row = RosterRow(number, key[:200], name, tuple(dict.fromkeys(part for part in named if part)), None)
    if line.problem:
        return _refused(row, line.problem)
    if line.formulas & used:
        return _refused(row, "a cell holds a formula, which is never run; paste its value instead")
    if not name:
        return _refused(row, "it has no name")
    if "\n" in name or "\n" in key:
        return _refused(row, "its name or number runs over several lines: is a quotation mark missing?")
    if ROUNDED.fullmatch(key):
        return _refused(row, f"a spreadsheet rounded the number to {key}: give the column the format of text, and save it anew")
    said = columns.one(cells, "era")
    if not said:
        return row
    years = YEARS.findall(said)
    if not 1 <= len(years) <= 2:
        return _refused(row, f"{said[:40]!r} is no year; write 1998 or 1995-1999")
    return RosterRow(row.number, row.key, row.name, row.photos, (int(years[0]), int(years[-1])))


def _refused(row: RosterRow, problem: str) -> RosterRow:
    return RosterRow(row.number, row.key, row.name, row.photos, None, problem)
