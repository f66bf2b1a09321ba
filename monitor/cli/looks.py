"""What the command line shows of a look at a source: its share, and what was not read."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from monitor.cli.output import named, say, show_json, show_record, show_rows, shown

if TYPE_CHECKING:
    from crawler.watchlist import WatchedSource

COLUMNS = ("id", "name", "kind", "url", "last_run", "state", "read")


def look_fields(source: "WatchedSource") -> Mapping[str, Any]:
    """A source and the look at it, for a table, a record or JSON."""
    from reports.look_lines import look_line

    return named(look_line(source))


def show_looks(sources: "Sequence[WatchedSource]", json: bool) -> None:
    """A table of sources with their looks, and under it what was not read, source by source."""
    rows = [look_fields(source) for source in sources]
    show_rows(rows, json, "No sources yet. Add one with `semblance source add`.", ("name", "state", "read"))
    if not json:
        for source in sources:
            _say_of(source, f"\n{shown(source.name)}", "  ")


def show_look(source: "WatchedSource", json: bool) -> None:
    """One source and the last look at it, whole."""
    fields = look_fields(source)
    if json:
        show_json(fields)
        return
    show_record({name: fields[name] for name in COLUMNS}, False)
    _say_of(source, "", "")


def _say_of(source: "WatchedSource", above: str, before: str) -> None:
    """What was said of a look, a line each, under a line above."""
    from reports.look_lines import said_of

    if lines := said_of(source):
        say(above)
    for line in lines:
        say(f"{before}{shown(line)}")
