"""Rosters as rows of text: CSV in any of the encodings that spreadsheets write, and XLSX. Nothing in a cell is ever run."""

import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from monitor.roster.bounds import OWN, Bounds, Origin
from monitor.roster.columns import Columns, RosterUnreadable, fields_in, find_columns
from monitor.roster.encodings import HEAD, encoding_of
from monitor.roster.lines import Layout, Line, csv_lines, delimiters
from monitor.roster.other_formats import refuse_folders, refuse_other_formats
from monitor.roster.rows import RosterRow as RosterRow
from monitor.roster.rows import read_row
from registry.actions import Action

if TYPE_CHECKING:
    from monitor.roster.book import Book

TOO_MANY = "it has more cells than there are titles: is a comma or the like not within quotation marks?"


@dataclass(frozen=True)
class Table:
    """Where a table lies in a file. header: the row of the titles, from 1. length: about how many rows the file has.

    unread: the titles of sheets that are not read.
    """

    path: Path
    layout: Layout
    length: int
    header: int
    titles: Sequence[str]
    unread: Sequence[str] = ()
    origin: Origin = OWN

    def lines(self) -> Iterator[tuple[int, Line]]:
        """The lines below the titles that hold anything, with their numbers in the file. Raises RosterUnreadable."""
        for number, line in enumerate(_lines(self.path, self.layout, self.origin), 1):
            if number > self.header and (line.problem or any(cell.strip() for cell in line.cells)):
                yield number, line


@dataclass(frozen=True)
class Roster:
    """A roster that can be read any number of times. header: the row of the titles, from 1. length: about how many rows.

    unread: the titles of sheets that are not read. unseen: those of columns that are read, though the sheet hides them.
    """

    path: Path
    layout: Layout
    length: int
    header: int
    columns: Columns
    unread: Sequence[str] = ()
    unseen: Sequence[str] = ()
    origin: Origin = OWN

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
        said = f"Read as {where}{titled}; about {self.length} rows. {known}; names are in {names!r}."
        if self.unseen:
            said += f" The sheet hides columns that are read: {', '.join(map(repr, self.unseen))}."
        if self.unread:
            said += f" Sheets that are not read: {', '.join(map(repr, self.unread))}."
        return said

    def rows(self) -> Iterator[RosterRow]:
        """Every row that holds anything, in constant memory. Titles that come again, as on each page of a print, are none.

        Raises RosterUnreadable where the file is damaged, or has other titles further down.
        """
        until = self.origin.bounds.until()
        for number, line in enumerate(_lines(self.path, self.layout, self.origin), 1):
            self.origin.bounds.check_row(self.path, number, until)
            if number <= self.header or not (line.problem or any(cell.strip() for cell in line.cells)):
                continue
            if self.columns.titled_again(line.cells):
                self._refuse_other_titles(number, line)
                continue
            yield read_row(number, self._checked(line), self.columns)

    def _checked(self, line: Line) -> Line:
        """Cells without a title tell of a separator within one, in a file that has no columns of its own."""
        beyond = line.cells[len(self.columns.titles) :]
        if self.layout.sheet or line.problem or not any(cell.strip() for cell in beyond):
            return line
        return Line(line.cells, line.marks, TOO_MANY)

    def _refuse_other_titles(self, number: int, line: Line) -> None:
        if not self.columns.has_titles(line.cells):
            raise RosterUnreadable(
                f"{self.path.name} has titles in row {self.header}, and others in row {number}.",
                "Give each table of members as a file of its own.",
            )


def open_roster(
    path: Path,
    encoding: str | None = None,
    *,
    sheet: str | None = None,
    number_column: str | None = None,
    origin: Origin = OWN,
) -> Roster:
    """The roster at path. encoding: of a CSV, sheet: of a book, number_column: see find_columns; found out when not given.

    Titles are looked for in the first rows, since rosters have covers and headings of their own. Raises RosterUnreadable.
    """
    found = find_table(path, encoding, sheet, fields_in, origin)
    layout = found.layout
    try:
        unseen = _books(origin).hidden_columns(path, layout.sheet) if layout.sheet else frozenset()
    except RosterUnreadable:
        raise
    except Exception as error:
        raise _unreadable(path, error) from error
    columns = find_columns(found.titles, number_column)
    hidden = [columns.titles[place] for places in columns.positions.values() for place in places if place in unseen]
    return Roster(path, layout, max(0, found.length - found.header), found.header, columns, found.unread, hidden, origin)


def find_table(
    path: Path, encoding: str | None, sheet: str | None, known: Callable[[Sequence[str]], int], origin: Origin = OWN
) -> Table:
    """Where the table in a CSV or XLSX lies. known: how many columns a line titles that the caller knows; 0 for no titles.

    encoding: of a CSV, sheet: of a book; found out when not given. Raises RosterUnreadable.
    """
    refuse_folders(path)
    if not path.is_file():
        raise RosterUnreadable(f"{path} is not a file.", "Give the table as CSV or XLSX.")
    unread: Sequence[str] = ()
    until = origin.bounds.until()
    try:
        refuse_other_formats(path)
        if zipfile.is_zipfile(path):
            book = _books(origin).open_book(path, sheet, origin.bounds)
            layouts, length, unread = book.layouts, book.length, book.unread
        else:
            chosen, length = encoding_of(path, encoding)
            layouts = [Layout(chosen, delimiter) for delimiter in delimiters(path, chosen)]
        layout, header, titles = _titles(path, _in_time(path, layouts, origin, until), known, origin)
    except RosterUnreadable:
        raise
    # What openpyxl, its XML parser, zipfile and codecs raise for files that are damaged or something else has no common root.
    except Exception as error:
        raise _unreadable(path, error) from error
    others = [*unread, *(other.sheet for other in layouts if other.sheet and other != layout)]
    return Table(path, layout, length, header, titles, others, origin)


def _in_time(path: Path, layouts: Sequence[Layout], origin: Origin, until: float) -> Iterator[Layout]:
    """One after another: each sheet whose titles are looked for has the whole workbook opened anew."""
    for layout in layouts:
        origin.bounds.check_row(path, 0, until)
        yield layout


def _titles(
    path: Path, layouts: Iterable[Layout], known: Callable[[Sequence[str]], int], origin: Origin
) -> tuple[Layout, int, Sequence[str]]:
    """Which layout, row and cells title the columns."""
    found = [(layout, *_header(path, layout, known, origin)) for layout in layouts]
    titled = [entry for entry in found if entry[3]]
    if not any(cells for _, _, cells, _ in found):
        raise RosterUnreadable(f"{path.name} is empty.", "A row must hold the columns' titles.")
    if len(titled) > 1 and titled[0][0].sheet:
        named = ", ".join(repr(layout.sheet) for layout, *_ in titled)
        raise RosterUnreadable(f"{path.name} has several sheets of members: {named}.", Action.NAME_SHEET)
    layout, number, cells, _ = max(titled or found, key=lambda entry: entry[3])
    return layout, number, cells


def _header(path: Path, layout: Layout, known: Callable[[Sequence[str]], int], origin: Origin) -> tuple[int, Sequence[str], int]:
    """The row that titles the columns, its cells, how many of them we know: the first row with two such, or the first row."""
    first: tuple[int, Sequence[str], int] | None = None
    for number, line in enumerate(islice(_lines(path, layout, origin), HEAD), 1):
        titled = known(line.cells)
        if titled > 1:
            return number, line.cells, titled
        if first is None and any(cell.strip() for cell in line.cells):
            first = number, line.cells, titled
    return first or (1, (), 0)


class _Books(Protocol):
    """What reads workbooks: the modules book and confined_book."""

    def open_book(self, path: Path, wanted: str | None, bounds: Bounds) -> "Book": ...

    def book_lines(self, path: Path, sheet: str) -> Iterator[Line]: ...

    def hidden_columns(self, path: Path, sheet: str) -> frozenset[int]: ...


def _books(origin: Origin) -> _Books:
    # Either takes a tenth of a second to load.
    if origin.confined:
        from monitor.roster import confined_book

        return confined_book
    from monitor.roster import book

    return book


def _lines(path: Path, layout: Layout, origin: Origin) -> Iterator[Line]:
    try:
        yield from _books(origin).book_lines(path, layout.sheet) if layout.sheet else csv_lines(path, layout)
    except RosterUnreadable:
        raise
    except Exception as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> RosterUnreadable:
    return RosterUnreadable(
        f"{path.name} cannot be read as a table, or not to its end ({error}).",
        "Save it anew as CSV in UTF-8 or as XLSX, and give that; nothing of it was taken in.",
    )
