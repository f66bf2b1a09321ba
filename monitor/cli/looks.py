"""What the command line shows of a look at a source: its share, and what was not read."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from monitor.cli.output import say, show_json, show_record, show_rows, shown

if TYPE_CHECKING:
    from crawler.health import SourceRow
    from crawler.types import SourceReport


def look_fields(row: "SourceRow", report: "SourceReport | None") -> dict[str, Any]:
    """A source and a look at it, for a table, a record or JSON; everything empty where nothing was looked at."""
    from crawler.health import NOT_LOOKED_AT
    from reports.render.coverage import share_words

    fields: dict[str, Any] = {"id": row.id, "name": row.name, "kind": row.kind.value, "url": row.url}
    if report is None:
        return fields | {"last_run": None, "state": NOT_LOOKED_AT, "read": "", "troubles": {}, "errors": []}
    said = asdict(report)
    kept = ("complete", "pages", "due", "videos", "missed", "missing", "listed", "silent", "beyond", "reach", "notes")
    return fields | {
        "last_run": report.ended_at,
        "state": report.reading.value,
        "read": share_words(report, row.kind),
        "percent": report.share.percent,
        "troubles": report.troubles,
        "errors": list(report.errors),
        **{name: said[name] for name in kept},
    }


def show_looks(looks: "list[tuple[SourceRow, SourceReport]]", json: bool) -> None:
    """A table of looks, and under it what was not read, source by source."""
    rows = [look_fields(row, report) for row, report in looks]
    show_rows(rows, json, "No sources yet. Add one with `semblance source add`.", ("name", "state", "read"))
    if json:
        return
    for row, report in looks:
        if lines := _lines(row, report):
            say("")
            say(shown(row.name))
            for line in lines:
                say(f"  {shown(line)}")


def show_look(row: "SourceRow", report: "SourceReport | None", json: bool) -> None:
    """One source and the last look at it, whole."""
    fields = look_fields(row, report)
    if json:
        show_json(fields)
        return
    show_record({name: fields[name] for name in ("id", "name", "kind", "url", "last_run", "state", "read")}, False)
    if report is None:
        return
    if lines := _lines(row, report):
        say("")
    for line in lines:
        say(shown(line))


def _lines(row: "SourceRow", report: "SourceReport") -> list[str]:
    """What is to be known of a look, then the pages that were not read, by reason."""
    from reports.render.coverage import missing_words, report_lines

    lines = report_lines(report, row.kind)
    for kind in missing_words([report]):
        lines.append(f"{kind.heading}:")
        lines += [f"  {url} {words}".rstrip() for url, words in kind.listed]
        lines += [f"  and {kind.more} more"] if kind.more else []
    return lines
