"""A file as lines of cells, before anybody knows what they mean, and those of a CSV. Nothing in a cell is ever run."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

LARGEST_CELL = 64 << 10
DELIMITERS = ",;\t|"
MISQUOTED = "a quotation mark is missing here or too many, or a cell is longer than 64 KiB; rows below it may not have been read"
SAID_DELIMITER = re.compile(r'\ufeff?"?sep=(.)"?\r?\n', re.IGNORECASE)
LITERAL = re.compile(r'="([^"]*)"')
"""A text that was kept from losing its zeros by being written as a formula: it can be read without running it."""
FAILED = re.compile(r"#(?:N/A|NV|REF!|BEZUG!|VALUE!|WERT!|NAME\?|DIV/0!|NULL!|NUM!|ZAHL!|SPILL!)|Err:\d+|#{3,}", re.IGNORECASE)
"""What spreadsheets write where a formula failed, or where a column was too narrow for its number."""


class Mark(StrEnum):
    """What a cell holds that is not what a person typed there."""

    FORMULA = "formula"
    FAILED = "failed"
    DATE = "date"
    LONG = "long"


@dataclass(frozen=True)
class Line:
    """Cells as text, and what they hold, by their places. problem: why the line cannot be read; "" otherwise."""

    cells: Sequence[str]
    marks: Mapping[int, Mark] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class Layout:
    """How a file is cut into lines of cells. encoding: of a CSV, or ``xlsx``. delimiter: of a CSV. sheet: of a book."""

    encoding: str
    delimiter: str = ","
    sheet: str = ""


def delimiters(path: Path, encoding: str) -> Sequence[str]:
    """What may stand between cells: what the file itself says, as spreadsheets write it (``sep=;``), or any that is usual."""
    with path.open("r", encoding=encoding, newline="") as stream:
        said = SAID_DELIMITER.match(stream.readline(LARGEST_CELL))
    return said[1] if said else DELIMITERS


def csv_lines(path: Path, layout: Layout) -> Iterator[Line]:
    csv.field_size_limit(LARGEST_CELL)
    with path.open("r", encoding=layout.encoding, newline="") as stream:
        if SAID_DELIMITER.match(stream.readline(LARGEST_CELL)):
            yield Line(())
        else:
            stream.seek(0)
        # Strict: a missing quotation mark makes one row of many, which else would go in as somebody's name or note.
        reader = csv.reader((line.replace("\x00", "") for line in stream), delimiter=layout.delimiter, strict=True)
        while True:
            try:
                cells = [_unwrapped(cell) for cell in next(reader)]
            except StopIteration:
                return
            except csv.Error:
                yield Line((), problem=MISQUOTED)
            else:
                yield Line(cells, {place: mark for place, cell in enumerate(cells) if (mark := _mark(cell.strip()))})


def _unwrapped(cell: str) -> str:
    literal = LITERAL.fullmatch(cell.strip())
    return literal[1] if literal else cell


def _mark(cell: str) -> Mark | None:
    if cell.startswith("="):
        return Mark.FORMULA
    return Mark.FAILED if FAILED.fullmatch(cell) else None
