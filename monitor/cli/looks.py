"""What the command line shows of a look at a source: its share, and what was not read."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from crawler.types import SourceKind
from monitor.cli.output import say, show_json, show_record, show_rows, shown

if TYPE_CHECKING:
    from crawler.types import SourceReport
    from crawler.watchlist import WatchedSource


def look_fields(source: "WatchedSource") -> dict[str, Any]:
    """A source and the look at it, for a table, a record or JSON; everything empty where nothing was looked at."""
    from crawler.health import NOT_LOOKED_AT
    from reports.render.coverage import share_words

    fields: dict[str, Any] = {"id": source.id, "name": source.name, "kind": source.kind.value, "url": source.url}
    report = source.look
    if report is None:
        return fields | {"last_run": None, "state": NOT_LOOKED_AT, "read": "", "troubles": {}, "errors": []}
    said = asdict(report)
    kept = ("complete", "pages", "due", "videos", "missed", "missing", "listed", "silent", "beyond", "reach", "notes")
    return fields | {
        "last_run": report.ended_at,
        "state": report.reading.value,
        "read": share_words(report, source.kind),
        "percent": report.share.percent,
        "troubles": report.troubles,
        "errors": list(report.errors),
        **{name: said[name] for name in kept},
    }


def show_looks(sources: "Sequence[WatchedSource]", json: bool) -> None:
    """A table of sources with their looks, and under it what was not read, source by source."""
    rows = [look_fields(source) for source in sources]
    show_rows(rows, json, "No sources yet. Add one with `semblance source add`.", ("name", "state", "read"))
    if json:
        return
    for source in sources:
        if source.look is not None and (lines := _lines(source.kind, source.look)):
            say("")
            say(shown(source.name))
            for line in lines:
                say(f"  {shown(line)}")


def show_look(source: "WatchedSource", json: bool) -> None:
    """One source and the last look at it, whole."""
    fields = look_fields(source)
    if json:
        show_json(fields)
        return
    show_record({name: fields[name] for name in ("id", "name", "kind", "url", "last_run", "state", "read")}, False)
    if source.look is None:
        return
    if lines := _lines(source.kind, source.look):
        say("")
    for line in lines:
        say(shown(line))


def _lines(kind: SourceKind, report: "SourceReport") -> list[str]:
    """What is to be known of a look, then the pages that were not read, by reason."""
    from reports.render.coverage import missing_words, report_lines

    lines = report_lines(report, kind)
    for missing in missing_words([report]):
        lines.append(f"{missing.heading}:")
        lines += [f"  {url} {words}".rstrip() for url, words in missing.listed]
        lines += [f"  and {missing.more} more"] if missing.more else []
    return lines
