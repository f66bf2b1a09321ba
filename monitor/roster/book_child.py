"""What runs in the process that reads workbooks: see `monitor.roster.confined_book`, which starts it."""

import io
import json
import mimetypes
from collections.abc import Callable, Iterator
from itertools import islice
from types import ModuleType

from monitor.roster.bounds import Bounds
from monitor.roster.columns import RosterUnreadable
from monitor.roster.lines import Line

AT_ONCE = 500
"""Lines of one answer: of cells of 64 KiB, some hundred megabytes at most, and of usual ones a tenth of one."""


class _Reading:
    """One workbook, which the first job brings. Each further one says what is wanted of it."""

    def __init__(self, book: ModuleType, name: str, bounds: Bounds) -> None:
        self._book = book
        self._name, self._bounds = name, bounds
        self._content: bytes | None = None
        self._lines: Iterator[Line] = iter(())

    def answer(self, job: bytes) -> bytes:
        if self._content is None:
            self._content = job
            return b"{}"
        asked = json.loads(job)
        try:
            return json.dumps(self._said(asked["what"], asked["sheet"], io.BytesIO(self._content))).encode()
        except RosterUnreadable as refused:
            return json.dumps({"refused": [refused.what, refused.advice]}).encode()
        except Exception as error:  # what openpyxl, its XML parser and zipfile raise for damaged files has no common root
            return json.dumps({"damaged": str(error)[:300]}).encode()

    def _said(self, what: str, sheet: str, source: io.BytesIO) -> object:
        if what == "sheets":
            found = self._book.sheets_in(source, self._name, self._bounds)
            return {"titles": found.titles, "lengths": found.lengths}
        if what == "hidden":
            return {"places": sorted(self._book.hidden_columns(source, sheet))}
        if what == "lines":
            self._lines = self._book.book_lines(source, sheet)
        some = islice(self._lines, AT_ONCE)
        return {"lines": [[list(line.cells), sorted(line.marks.items()), line.problem] for line in some]}


def reading(shared: bytes) -> Callable[[bytes], bytes]:
    """Answers, about the workbook that the first job holds, which sheets it has, what is hidden, and its lines in parts."""
    # openpyxl would read what the machine says of names of files, which is out of reach here.
    mimetypes.knownfiles = []
    from monitor.roster import book

    name, bounds = json.loads(shared)
    return _Reading(book, name, Bounds(**bounds)).answer
