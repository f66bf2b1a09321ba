"""How every list is asked for and shown: all of it as JSON, a part of it for people, and from where it goes on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.output import named, say, show_cells, show_json_rows, shown, tell

if TYPE_CHECKING:
    from registry.paging import Listed, Part

SHOWN = 100
"""Rows of a table, where nobody says how many."""

Search = Annotated[str, typer.Option("--search", help="Only rows that hold this text.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help=f"At most so many rows; {SHOWN} in a table, all in JSON.")]
After = Annotated[str | None, typer.Option("--after", metavar="CURSOR", help="Go on after the row that this cursor names.")]

Fields = Mapping[str, Any]


def part_of(search: str, limit: int | None, after: str | None, as_json: bool) -> "Part":
    from registry.paging import Part

    return Part(search, limit or (None if as_json else SHOWN), after)


def show_listed(
    found: "Listed[Any]",
    fields: Callable[[Any], Fields],
    as_json: bool,
    nothing: str,
    columns: Sequence[str] | None = None,
    *,
    limit: int | None = None,
    table: Callable[[Sequence[Fields]], None] | None = None,
) -> None:
    """Rows as they come, as a JSON array or as a table; what is left is said beside it with the cursor that goes on.

    limit: as typed. Where it was, each row in JSON has its cursor. nothing: what to say where there is no row. fields: the
    row's, `named` where it says them itself. table: how the table is shown, where it is not of the columns alone.
    """
    last = ""

    def told() -> Iterable[Fields]:
        nonlocal last
        for row, cursor in found.rows:
            last, made = cursor, fields(row)
            yield {**made, "cursor": cursor} if as_json and limit is not None else made

    rows = told()
    if as_json:
        show_json_rows(rows)
    elif not (held := list(rows)):
        say(nothing)
    elif table is not None:
        table(held)
    else:
        show_cells(held, columns)
    if found.more:
        tell(f"{found.more} more: --after {shown(last)}")


def show_part(
    rows: Iterable[Any],
    part: "Part",
    as_json: bool,
    nothing: str,
    columns: Sequence[str] | None = None,
    *,
    searched: Sequence[str],
    limit: int | None,
) -> None:
    """As show_listed, of a list that is short enough to be read as a whole; searched: the names of the fields that are."""
    from registry.paging import listed_of

    def text(row: Any) -> str:
        return "\n".join(str(named(row)[name] or "") for name in searched)

    found = listed_of(rows, lambda row: str(named(row)["id"]), text, part)
    show_listed(found, named, as_json, nothing, columns, limit=limit)
