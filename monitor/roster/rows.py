"""One row of a roster as a member: what it says, or why it cannot be read."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from monitor.roster.columns import Columns
from monitor.roster.lines import Line, Mark

LONGEST_KEY = 200
YEARS = re.compile(r"(?<!\d)(?:18|19|20)\d\d(?!\d)")
"""A year, wherever it stands: alone, in a day as any country writes it, as either end of a span."""
ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
"""A long number as spreadsheets write it: what it was cannot be told any more."""
FRACTIONLESS = re.compile(r"(\d+)\.0")
"""A whole number as programs write it that keep numbers with a point."""
AS_TEXT = re.compile(r"'(?=\w)")
"""The apostrophe that tells a spreadsheet to leave a number as it is."""
_MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|mrz|mär|mai|okt|dez|janv|févr|mars|avr|juin|juil|août|déc|ene|abr|ago"
    "|dic|gen|mag|giu|lug|set|ott|fev|out|mrt|mei|maj"
)
MADE_A_DATE = re.compile(rf"\d{{1,2}}[-. ]{{1,2}}(?:{_MONTHS})\.?|(?:{_MONTHS})\.?[- ]\d\d", re.IGNORECASE)
"""What spreadsheets make of 3-14 or 1-98, and show from then on."""
ASKED = re.compile(r"\?\w|\ufffd|[\x80-\x9f]")
"""A letter that some program could not write, or read."""
_MARKED = {
    Mark.FORMULA: "a cell holds a formula, which is never run; paste its value instead",
    Mark.FAILED: "a cell holds what a spreadsheet writes where a formula failed or a column is too narrow; type its value",
}


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


def read_row(number: int, line: Line, columns: Columns) -> RosterRow:
    cells = line.cells
    named = [part.strip() for cell in columns.all(cells, "photos") for part in re.split(r"[;|\n]", cell)]
    row = RosterRow(number, _key(line, columns), columns.name(cells), tuple(dict.fromkeys(part for part in named if part)), None)
    problem = line.problem or _misread(line, columns) or _unlike_a_member(row)
    if problem:
        return replace(row, problem=problem)
    said = columns.one(cells, "era")
    years = YEARS.findall(said)
    if said and not 1 <= len(years) <= 2:
        return replace(row, problem=f"{said[:40]!r} is no year; write 1998 or 1995-1999")
    return replace(row, era=(int(years[0]), int(years[-1]))) if said else row


def _key(line: Line, columns: Columns) -> str:
    """A member's number without what programs put around it: signs that nobody sees, an apostrophe, a point and a zero."""
    key = unicodedata.normalize("NFKC", columns.one(line.cells, "number"))
    key = "".join(sign for sign in key if unicodedata.category(sign) != "Cf").strip()
    whole = FRACTIONLESS.fullmatch(key)
    return AS_TEXT.sub("", whole[1] if whole else key, count=1)[:LONGEST_KEY]


def _misread(line: Line, columns: Columns) -> str:
    """Why a cell does not hold what a person typed there; "" where all do."""
    found = {line.marks[place] for places in columns.positions.values() for place in places if place in line.marks}
    for mark in (Mark.FORMULA, Mark.FAILED):
        if mark in found:
            return _MARKED[mark]
    if _marked(line, columns.positions.get("number", ()), Mark.LONG):
        return "a spreadsheet keeps no more than 15 digits of a number: give the column the format of text, and type it anew"
    if _marked(line, columns.places_of_names, Mark.DATE):
        return "the name is a date: which column holds the names?"
    if _marked(line, columns.positions.get("number", ()), Mark.DATE):
        return "a spreadsheet made a date of the number: give the column the format of text, and type it anew"
    return ""


def _marked(line: Line, places: Iterable[int], mark: Mark) -> bool:
    return any(line.marks.get(place) is mark for place in places)


def _unlike_a_member(row: RosterRow) -> str:
    """Why a name or a number is none; "" where both may be."""
    if not row.name:
        return "it has no name"
    if "\n" in row.name or "\n" in row.key:
        return "its name or number runs over several lines: is a quotation mark missing?"
    if ROUNDED.fullmatch(row.key):
        return f"a spreadsheet rounded the number to {row.key}: give the column the format of text, and save it anew"
    if MADE_A_DATE.fullmatch(row.key):
        return f"a spreadsheet made a date of the number ({row.key}): give the column the format of text, and type it anew"
    if any(ASKED.search(text) or _read_twice(text) for text in (row.name, row.key)):
        return "letters of the name or the number were lost when the file was saved: save it as CSV in UTF-8 where they are whole"
    return ""


def _read_twice(text: str) -> bool:
    """Whether it is UTF-8 that some program took for another encoding and wrote anew: MÃ¼ller."""
    if text.isascii():
        return False
    try:
        text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return True
