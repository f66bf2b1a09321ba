"""The lines of an XLSX that somebody sent, read in a confined process: as `monitor.roster.book`, which runs there."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from isolation.errors import Broke, Lost
from isolation.limits import Confinement
from isolation.worker import Worker
from monitor.roster.book import Book, Sheets, book_of
from monitor.roster.bounds import SENT, Bounds
from monitor.roster.columns import RosterUnreadable
from monitor.roster.lines import Line, Mark

ENTRY = "monitor.roster.book_child:reading"
MEMORY = 3 << 30
"""Each of the twelve million tags that are let through makes an object."""
ANSWER = 256 << 20


class _Said(BaseModel):
    """What the process may answer, plain values each of its kind. refused, damaged: why it did not read."""

    titles: tuple[str, ...] = ()
    lengths: dict[str, int] = {}
    places: frozenset[int] = frozenset()
    lines: tuple[tuple[tuple[str, ...], tuple[tuple[int, Mark], ...], str], ...] = ()
    refused: tuple[str, str] | None = None
    damaged: str = ""


_SAID = TypeAdapter(_Said)
_Ask = Callable[..., _Said]


def open_book(path: Path, wanted: str | None, bounds: Bounds) -> Book:
    """Raises RosterUnreadable."""
    with _asked(path, bounds) as ask:
        said = ask("sheets")
    return book_of(path.name, Sheets(said.titles, said.lengths), wanted)


def book_lines(path: Path, sheet: str) -> Iterator[Line]:
    """Raises RosterUnreadable."""
    with _asked(path, SENT.bounds) as ask:
        some = ask("lines", sheet).lines
        while some:
            yield from _lines(some)
            some = ask("more").lines


def hidden_columns(path: Path, sheet: str) -> frozenset[int]:
    """The places of the columns that whoever looks at the sheet does not see. Raises RosterUnreadable."""
    with _asked(path, SENT.bounds) as ask:
        return ask("hidden", sheet).places


def _lines(some: Sequence[tuple[Sequence[str], Sequence[tuple[int, Mark]], str]]) -> Iterator[Line]:
    return (Line(cells, dict(marks), problem) for cells, marks, problem in some)


@contextmanager
def _asked(path: Path, bounds: Bounds) -> Iterator[_Ask]:
    """What asks a process of its own about the workbook at path."""
    shared = json.dumps([path.name, asdict(bounds)]).encode()
    seconds = bounds.seconds or SENT.bounds.seconds
    with Worker(ENTRY, shared, Confinement(memory=MEMORY, answer=ANSWER)) as worker:

        def asked(job: bytes) -> _Said:
            try:
                said = _SAID.validate_json(worker.ask(job, seconds))
            except Lost as lost:
                remedy = "Save the one sheet as CSV in UTF-8, or send it in parts."
                raise RosterUnreadable(f"{path.name} is more than can be read here: {lost.words}.", remedy) from lost
            except (Broke, ValidationError) as fault:
                raise ValueError("what reads workbooks failed on it") from fault
            if said.refused is not None:
                raise RosterUnreadable(*said.refused)
            if said.damaged:
                raise ValueError(said.damaged)
            return said

        asked(path.read_bytes())
        yield lambda what, sheet="": asked(json.dumps({"what": what, "sheet": sheet}).encode())
