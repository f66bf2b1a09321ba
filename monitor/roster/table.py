"""Rosters as rows of text: CSV in any of the encodings that spreadsheets write, and XLSX. Nothing in a cell is ever run."""

import codecs
import csv
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import openpyxl

from monitor.roster.columns import Columns, RosterUnreadable, find_columns

LARGEST_CELL = 64 << 10
LARGEST_BOOK = 1 << 30
SAMPLE = 1 << 16
DELIMITERS = ",;\t|"
MISQUOTED = "a quotation mark is missing here or too many, or a cell is longer than 64 KiB; rows below it may not have been read"
YEARS = re.compile(r"(\d{4})(?:\s*[-–—/]\s*(\d{4})|-\d{2}-\d{2}(?:[ T].*)?)?")
"""A year, a span of years, or a day as spreadsheets keep it."""


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
class Roster:
    """A roster that can be read any number of times. length: about how many rows. encoding: what it was read as."""

    path: Path
    encoding: str
    length: int
    columns: Columns

    def rows(self) -> Iterator[RosterRow]:
        """Every row that holds anything, in constant memory. Raises RosterUnreadable where the file is damaged."""
        for number, line in enumerate(_lines(self.path, self.encoding), 1):
            if number > 1 and (line.problem or any(cell.strip() for cell in line.cells)):
                yield _row(number, line, self.columns)


def open_roster(path: Path, encoding: str | None = None) -> Roster:
    """The roster at path. encoding: of a CSV, found out when not given. Raises RosterUnreadable."""
    if not path.is_file():
        raise RosterUnreadable(f"{path} is not a file.", "Give the roster as CSV or XLSX.")
    try:
        if zipfile.is_zipfile(path):
            chosen, length = "xlsx", _measure_book(path)
        else:
            chosen, length = _encoding(path, encoding)
    except RosterUnreadable:
        raise
    # What openpyxl, its XML parser, zipfile and codecs raise for files that are damaged or something else has no common root.
    except Exception as error:
        raise _unreadable(path, error) from error
    header = next(_lines(path, chosen), None)
    if header is None:
        raise RosterUnreadable(f"{path.name} is empty.", "Its first row must hold the columns' titles.")
    return Roster(path, chosen, max(0, length - 1), find_columns(header.cells))


@dataclass(frozen=True)
class Line:
    """Cells as text, and which of them hold a formula. problem: why they cannot be read; "" otherwise."""

    cells: Sequence[str]
    formulas: frozenset[int] = frozenset()
    problem: str = ""


def _lines(path: Path, encoding: str) -> Iterator[Line]:
    try:
        yield from _book_lines(path) if encoding == "xlsx" else _csv_lines(path, encoding)
    except Exception as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> RosterUnreadable:
    return RosterUnreadable(
        f"{path.name} cannot be read as a table, or not to its end ({error}).",
        "Save it anew as CSV in UTF-8 or as XLSX, and give that; what went in stays.",
    )


def _csv_lines(path: Path, encoding: str) -> Iterator[Line]:
    csv.field_size_limit(LARGEST_CELL)
    with path.open("r", encoding=encoding, newline="") as stream:
        first = stream.readline(LARGEST_CELL)
        delimiter = max(DELIMITERS, key=first.count)
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


def _book_lines(path: Path) -> Iterator[Line]:
    # Formulas come as their text, not as the value some program computed: nothing here runs them.
    with closing(openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)) as book:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for cells in sheet.iter_rows():
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


def _measure_book(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST_BOOK:
            raise RosterUnreadable(f"{path.name} unpacks to more than 1 GiB.", "Save the one sheet as CSV in UTF-8.")
    with closing(openpyxl.load_workbook(path, read_only=True, keep_links=False)) as book:
        return int(book.worksheets[0].max_row or 0)


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
    # Chinese bytes come in pairs; a Western one stands alone between letters, and would be read with its neighbour as one sign.
    high = sum(map(len, re.findall(rb"[\x80-\xff]+", sample)))
    alone = len(re.findall(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])", sample))
    return ["utf-8-sig", "gb18030"] if 2 * alone <= high else ["utf-8-sig"]


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
    years = columns.one(cells, "era")
    if not years:
        return row
    found = YEARS.fullmatch(years)
    if not found:
        return _refused(row, f"{years[:40]!r} is no year; write 1998 or 1995-1999")
    return RosterRow(row.number, row.key, row.name, row.photos, (int(found[1]), int(found[2] or found[1])))


def _refused(row: RosterRow, problem: str) -> RosterRow:
    return RosterRow(row.number, row.key, row.name, row.photos, None, problem)
