"""Tables of consents as unions keep them, read as rosters are: CSV or XLSX, below covers, titled in any of ten languages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.consent_headings import OF_CONSENTS, TITLES
from monitor.roster.columns import comparable, field_of, is_of_numbers
from monitor.roster.lines import Line, Mark
from monitor.roster.table import Table, find_table
from registry.errors import SemblanceError

LARGEST_TABLE = 64 << 20
_NAMES = ("name", "given", "family")
_KEYS = {comparable(spelling): key for key, spellings in TITLES.items() for spelling in spellings}
_MARKED = {
    Mark.FORMULA: "holds a formula, which is not run here",
    Mark.FAILED: "holds an error of the spreadsheet",
    Mark.LONG: "holds a number whose last digits the spreadsheet has lost",
}


class TableRefused(SemblanceError):
    """A table of documents that cannot be read as one."""


@dataclass(frozen=True)
class Row:
    """number: of the row in the file, from 1. member: a member's number, or a subject's name or id. Days as typed.
    release: the version, or its first digits, of the text that whoever consents was shown on the day shown. guardian: who
    consents for a person under age, by name.
    problem: why the row cannot be read; "" otherwise.
    """

    number: int
    member: str
    document: str
    start: str
    end: str
    scope: str
    release: str = ""
    shown: str = ""
    guardian: str = ""
    problem: str = ""


def read_table(path: Path, encoding: str | None = None, sheet: str | None = None) -> list[Row]:
    """The rows of a CSV in any encoding and with any usual separator, or of an XLSX.

    encoding: of a CSV, sheet: of a book; found out when not given. Raises TableRefused, and RosterUnreadable.
    """
    if path.is_file() and path.stat().st_size > LARGEST_TABLE:
        raise TableRefused(f"{path.name} is larger than 64 MiB.", "Divide it; what is on record already is not added again.")
    table = find_table(path, encoding, sheet, _known)
    return list(_rows(table, _places(path, table.titles)))


def _rows(table: Table, places: Mapping[str, Sequence[int]]) -> Iterator[Row]:
    for number, line in table.lines():
        fields = {key: _cell(line, places.get(key, ())) for key in TITLES}
        yield Row(number, **fields, problem=line.problem or _problem(line, table, places))


def _cell(line: Line, places: Sequence[int]) -> str:
    """The first that is filled: a member without a number may have a name."""
    cells = (line.cells[place].strip() for place in places if place < len(line.cells))
    return next(filter(None, cells), "")


def _problem(line: Line, table: Table, places: Mapping[str, Sequence[int]]) -> str:
    for key, those in places.items():
        for place in those:
            mark = line.marks.get(place)
            if mark is Mark.DATE and key == "member":
                return f"The column {table.titles[place]!r} holds a date, which a spreadsheet may have made of a number."
            if mark in _MARKED:
                return f"The column {table.titles[place]!r} {_MARKED[mark]}."
    return ""


def _known(titles: Sequence[str]) -> int:
    """How many columns a line titles; 1 at most where none says whom it is about, or none which document."""
    keys = [key for key in map(_key, titles) if key]
    return len(keys) if {"member", "document"} <= set(keys) else min(1, len(keys))


def _key(title: str) -> str | None:
    known = _KEYS.get(comparable(title))
    if known is None and title.strip() and (is_of_numbers(title) or field_of(title) in _NAMES):
        return "member"
    return known


def speaks_of_consents(title: str) -> bool:
    """Whether a column's title would be one of a table of consents, and of nothing that rosters hold."""
    return _KEYS.get(comparable(title)) in OF_CONSENTS


def _places(path: Path, titles: Sequence[str]) -> dict[str, Sequence[int]]:
    """The places of each column; a member's number before a name. Raises TableRefused."""
    keys = [_key(title) for title in titles]
    _check_titles(path, titles, keys)
    found = {key: [place for place, known in enumerate(keys) if known == key] for key in TITLES if key in keys}
    _check_once(path, titles, found)
    return {**found, "member": _whom(titles, found["member"])}


def _check_once(path: Path, titles: Sequence[str], places: Mapping[str, Sequence[int]]) -> None:
    """Raises TableRefused where two columns say the same; a member may have a number and a name."""
    twice = next((those for key, those in places.items() if key != "member" and len(those) > 1), ())
    if twice:
        named = " and ".join(repr(titles[place]) for place in twice)
        raise TableRefused(f"{path.name} says the same in {named}.", "Leave one of them.")


def _check_titles(path: Path, titles: Sequence[str], keys: Sequence[str | None]) -> None:
    """Raises TableRefused for a column that is missing, and for one that says nothing."""
    lacking = [key for key in ("member", "document") if key not in keys]
    if lacking:
        raise TableRefused(
            f"{path.name} has no column {lacking[0]!r}.",
            "Title the columns: member, document, from, until, scope, release, shown, guardian.",
        )
    unknown = [title for title, key in zip(titles, keys, strict=True) if title.strip() and key is None]
    if unknown:
        raise TableRefused(f"{path.name} has a column {unknown[0]!r}, which says nothing here.", "Take it out, or rename it.")
    if "shown" in keys and "release" not in keys:
        raise TableRefused(
            f"{path.name} says when a text was shown, and has no column that says which.",
            "Add a column titled release, with the text's version in each row.",
        )


def _whom(titles: Sequence[str], places: Sequence[int]) -> Sequence[int]:
    """A part of a name alone names nobody: it is passed over beside a number or a whole name."""
    whole = [place for place in places if field_of(titles[place]) not in ("given", "family")]
    return sorted(whole or places, key=lambda place: field_of(titles[place]) == "name")
