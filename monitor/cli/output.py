"""What the command line prints. Strangers' texts go through shown() before they reach a terminal."""

import json
import logging
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import typer

from registry.views import View, as_fields

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = "\u00ad\u200b\u2060-\u2064\ufeff\U000e0000-\U000e007f"
_HIDDEN = re.compile(f"[\x7f-\x9f\u2028\u2029\ud800-\udfff{_BIDI}{_INVISIBLE}]")
_FIRST, _AT_ONCE = 50, 200
"""Rows that are written together, the first of them sooner."""
_ACTING = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_BIDI}{_INVISIBLE}]")


def shown(text: object) -> str:
    """The text with every character that a terminal would act on, or that reorders or hides others, spelt as <U+202E>."""
    return _ACTING.sub(lambda found: f"<U+{ord(found[0]):04X}>", str(text))


def say(text: object) -> None:
    """One line for the user; the caller has put strangers' texts through shown()."""
    typer.echo(text)


def tell(text: object) -> None:
    """One line about the work rather than its result; none where the standard error is for machines: it may name people."""
    if not for_machines():
        typer.echo(text, err=True)


def for_machines() -> bool:
    """Whether the settings have logs written as JSON (monitor.logs)."""
    return any(getattr(handler.formatter, "for_machines", False) for handler in logging.getLogger().handlers)


def tell_if_any(text: str) -> None:
    if text:
        tell(text)


def show_json(value: object) -> None:
    """JSON for programs that is harmless on a terminal: what shown() would spell out is escaped."""
    typer.echo(_HIDDEN.sub(_json_escape, json.dumps(value, ensure_ascii=False, indent=2, default=_plain)))


def show_json_rows(rows: Iterable[Mapping[str, Any] | View]) -> None:
    """Rows as show_json has an array, a row a line, written while they come."""
    held = iter(rows)
    begun = False
    while some := list(islice(held, _AT_ONCE if begun else _FIRST)):
        lines = (_HIDDEN.sub(_json_escape, json.dumps(row, ensure_ascii=False, default=_plain)) for row in some)
        typer.echo((",\n" if begun else "[\n") + ",\n".join(lines), nl=False)
        begun = True
    typer.echo("\n]" if begun else "[]")


def _json_escape(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    return named(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def named(row: "Mapping[str, Any] | View") -> Mapping[str, Any]:
    """A row's values by the names in which they are shown: those of a service's view, or as they are."""
    return row if isinstance(row, Mapping) else as_fields(row)


def utc(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def fields(row: object, *names: str) -> dict[str, Any]:
    """Columns of a row, in that order."""
    return {name: getattr(row, name) for name in names}


def show_rows(
    rows: Sequence[Mapping[str, Any] | View], as_json: bool, nothing: str, columns: Sequence[str] | None = None
) -> None:
    """Rows as JSON, or as a table of the columns (all, by default); nothing: what to say when there are none."""
    if as_json:
        show_json(list(rows))
    elif not rows:
        say(nothing)
    else:
        show_cells([named(row) for row in rows], columns)


def show_cells(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None) -> None:
    """A table of rows, of which there is one at least; columns: all, by default."""
    names = columns or list(rows[0])
    show_table(names, [[row[name] for name in names] for row in rows])


def show_record(record: Mapping[str, Any] | View, as_json: bool) -> None:
    if as_json:
        show_json(record)
        return
    values = named(record)
    wide = max(map(len, values))
    for name, value in values.items():
        say(f"{name.replace('_', ' '):<{wide}}  {_cell(value)}")


def show_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    cells = [[name.replace("_", " ") for name in columns], *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True))
        say("  ".join(padded).rstrip())


def _cell(value: object) -> str:
    if value is None or value == []:
        return "-"
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return "; ".join(map(_cell, value))
    return shown(value)


def _width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


def progress_line() -> Callable[[str], None]:
    """Takes one line of progress at a time: they overwrite each other on a terminal and follow each other elsewhere."""
    if for_machines() or not sys.stderr.isatty():
        return lambda line: tell(shown(line))

    def overwrite(line: str) -> None:
        sys.stderr.write(f"\r\x1b[K{shown(line)[:110]}")
        sys.stderr.flush()

    return overwrite


def end_progress() -> None:
    if sys.stderr.isatty() and not for_machines():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
