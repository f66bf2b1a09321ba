"""Parts of long lists: the rows that hold a text, so many of them, after one that was seen.

A cursor holds what its row is ordered by, so that rows may be added and removed meanwhile: none is shown twice, and none is left
out that was there before.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Float, Integer, Select, literal, tuple_
from sqlmodel import Session, func, or_, select

from registry.db import UtcDateTime
from registry.errors import RegistryError
from registry.held_text import holds
from registry.names import name_key

T = TypeVar("T")
AT_ONCE = 500

MOST_COUNTED = 1000
"""Of more rows a page says that there are more: to count them all for each page costs more than all else of it."""


class CursorRefused(RegistryError):
    """What stands after --after and is no cursor of this list."""


@dataclass(frozen=True)
class Part:
    """search: a text that the rows hold, whatever its case. limit: at most so many rows. after: a row's cursor.
    counted_to: no more rows after the part are counted than these and one; with 0 it is only told whether there are any."""

    search: str = ""
    limit: int | None = None
    after: str | None = None
    counted_to: int | None = None


WHOLE = Part()


@dataclass(frozen=True)
class Listed(Generic[T]):
    """rows: each with its cursor, read as they are asked for where all are wanted. more: how many come after them."""

    rows: Iterable[tuple[T, str]]
    more: int = 0


def listed(
    session: Session,
    query: "Select[Any]",
    by: Sequence[Any],
    part: Part,
    searched: Sequence[Any] = (),
    *,
    backwards: bool = False,
) -> Listed[Any]:
    """A part of what a statement finds, in the order of the columns by, which tell any two rows apart and are never empty.

    Items are what the statement alone would give. searched: texts, as they are compared (see registry.names.name_key) or not.
    Raises CursorRefused.
    """
    if part.search:
        query = query.where(holding(part.search, searched))
    if part.after is not None:
        seen, columns = tuple_(*values_of(part.after, by)), tuple_(*by)
        query = query.where(columns < seen if backwards else columns > seen)
    wanted = query.add_columns(*by).order_by(*_ordered(by, backwards=backwards))
    if part.limit is not None and part.counted_to == 0:
        # Whether there is another row is told by reading it.
        rows = list(_told(session.execute(wanted.limit(part.limit + 1)), len(by)))
        return Listed(rows[: part.limit], len(rows[part.limit :]))
    if part.limit is None:
        found = session.execute(wanted.execution_options(yield_per=AT_ONCE))
        return Listed(_told(found, len(by)))
    rows = list(_told(session.execute(wanted.limit(part.limit)), len(by)))
    if len(rows) < part.limit:
        return Listed(rows)
    # What is only shown of each row, a count of another table's perhaps, is not asked for those that are only counted.
    every = query.order_by(None).with_only_columns(*by, maintain_column_froms=True)
    if part.counted_to is not None:
        every = every.limit(len(rows) + part.counted_to + 1)
    left: int = session.execute(select(func.count()).select_from(every.subquery())).scalar_one()
    return Listed(rows, left - len(rows))


def _ordered(by: Sequence[Any], *, backwards: bool) -> list[Any]:
    return [column.desc() for column in by] if backwards else list(by)


def listed_but(read: Callable[[Part], Listed[T]], left_out: Callable[[Sequence[T]], Sequence[bool]], part: Part) -> Listed[T]:
    """A part of a list without some of its rows, with those that come after in their places. left_out: which of some rows are
    left out. more counts them all the same, as whatever was not read."""
    if part.limit is None:
        return Listed(_kept(iter(read(part).rows), left_out))
    rows, after = list[tuple[T, str]](), part.after
    while True:
        # More at once than are wanted: for each few that are left out, those in their place would be asked for by themselves.
        wanted = part.limit - len(rows)
        found = read(replace(part, limit=wanted + part.limit, after=after))
        some = list(found.rows)
        kept = list(_kept(iter(some), left_out))
        rows += kept[:wanted]
        if not some or not found.more or len(kept) >= wanted:
            return Listed(rows, _after(rows, some, found.more, part) if len(kept) >= wanted else found.more)
        after = some[-1][1]


def _after(rows: Sequence[tuple[T, str]], some: Sequence[tuple[T, str]], more: int, part: Part) -> int:
    """How many come after the last row that is shown, of some that were read and more that were not."""
    left = more + len(some) - 1 - next((place for place, (_, cursor) in enumerate(some) if rows and cursor == rows[-1][1]), -1)
    return left if part.counted_to is None else min(left, part.counted_to + 1)


def _kept(rows: Iterator[tuple[T, str]], left_out: Callable[[Sequence[T]], Sequence[bool]]) -> Iterator[tuple[T, str]]:
    while some := list(islice(rows, AT_ONCE)):
        out = left_out([row for row, _ in some])
        yield from (each for each, is_out in zip(some, out, strict=True) if not is_out)


def holding(text: str, searched: Sequence[Any]) -> ColumnElement[bool]:
    """That one of the columns holds a text, as listed compares them."""
    return or_(*(holds(column, name_key(text)) for column in searched))


def listed_of(rows: Iterable[T], key: Callable[[T], str], text: Callable[[T], str], part: Part) -> Listed[T]:
    """A part of a short list that is read as a whole, in its own order. key: what tells a row from others; it is its cursor."""
    every = list(rows)
    if part.after is not None:
        keys = [key(row) for row in every]
        if part.after not in keys:
            raise CursorRefused(f"Nothing in this list has the cursor {part.after!r}.", "List it from its beginning.")
        every = every[keys.index(part.after) + 1 :]
    fitting = [row for row in every if name_key(part.search) in name_key(text(row))]
    shown = list(islice(fitting, part.limit))
    return Listed([(row, key(row)) for row in shown], len(fitting) - len(shown))


def _told(rows: Iterable[Any], keys: int) -> Iterator[tuple[Any, str]]:
    for row in rows:
        item = row[:-keys]
        yield (item[0] if len(item) == 1 else item), cursor_of(row[-keys:])


def cursor_of(values: Iterable[Any]) -> str:
    """The cursor of a row that is ordered by these values."""
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")


def values_of(cursor: str, by: Sequence[Any]) -> list[BindParameter[Any]]:
    """By which values the row of a cursor is ordered. Raises CursorRefused."""
    try:
        plain = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if (
            not isinstance(plain, list)
            or len(plain) != len(by)
            or not all(_is_kind(value, column) for value, column in zip(plain, by, strict=True))
        ):
            raise ValueError("another list's")
        return [
            literal(datetime.fromisoformat(value) if isinstance(column.type, UtcDateTime) else value, column.type)
            for value, column in zip(plain, by, strict=True)
        ]
    except (ValueError, TypeError) as error:
        raise CursorRefused(f"{cursor!r} is no cursor of this list.", "Copy it from the end of the part before.") from error


def _is_kind(value: Any, column: Any) -> bool:
    """Whether a value is one of the column's kind. Of numbers, databases take 64 bits."""
    if isinstance(column.type, UtcDateTime):
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    if isinstance(column.type, Integer):
        return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
    if isinstance(column.type, Float):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, str)
