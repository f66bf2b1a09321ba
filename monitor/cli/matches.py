"""Matches as rows of tables and as JSON."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from monitor.cli.output import named, say, show_record, show_table, shown, tell

if TYPE_CHECKING:
    from reports.match_lines import MatchLine

MATCH_COLUMNS = (
    *("id", "status", "subject", "modality", "from", "to", "best", "score", "band", "false_per_1000"),
    *("title", "uploader", "video"),
)
OF_THE_VIDEO = ("title", "uploader", "video")
VIDEO_DIGITS = 12


def show_matches(lines: "Sequence[MatchLine]", nothing: str) -> None:
    """As a table, and beside it what there is to know of mandates and conflicts; nothing: what to say when there are none."""
    if not lines:
        say(nothing)
        return
    show_table(MATCH_COLUMNS, _table_rows([named(line) for line in lines]))
    told = {f"{line.subject}: {about}" for line in lines for about in (line.mandate, line.conflict) if about}
    for each in sorted(told):
        tell(shown(each))


def show_match(line: "MatchLine", json: bool) -> None:
    show_record(line if json else {**named(line), "false_per_1000": rate_words(line.false_per_1000)}, json)


def rate_words(expected: float) -> str:
    """Expected false matches as a cell: never a plain 0, for below a thousandth no calibration can tell one rate from another."""
    return f"{expected:.3g}" if expected >= 0.001 else "<0.001"


def _table_rows(fields: Sequence[Mapping[str, Any]]) -> list[list[object]]:
    """Cells under MATCH_COLUMNS; what is said of a video stands beside the first of its matches alone."""
    rows, before = [], None
    for row in fields:
        cells = {**row, "video": row["video"][:VIDEO_DIGITS], "false_per_1000": rate_words(row["false_per_1000"])}
        if row["video"] == before:
            cells |= dict.fromkeys(OF_THE_VIDEO, "")
        before = row["video"]
        rows.append([cells[name] for name in MATCH_COLUMNS])
    return rows
