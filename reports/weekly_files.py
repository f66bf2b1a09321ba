"""The weekly report on disk."""

from dataclasses import dataclass
from pathlib import Path

from reports.render.whole import write_whole
from reports.weekly import WeeklyReport, weekly_stem


@dataclass(frozen=True)
class WrittenReport:
    """Where the two forms of one report lie, which say the same."""

    pdf: Path
    html: Path


def write_weekly(report: WeeklyReport, out_dir: Path) -> WrittenReport:
    """The report as a PDF and as a self-contained page that say the same, under names made from the week and the party's name."""
    # Imported here: typesetting is heavy, and most commands need none of it.
    from reports.render.weekly import weekly_html, weekly_pdf

    stem = weekly_stem(report.week, report.party)
    made = WrittenReport(out_dir / f"{stem}.pdf", out_dir / f"{stem}.html")
    write_whole(made.html, weekly_html(report).encode("utf-8", "replace"))
    write_whole(made.pdf, weekly_pdf(report, out_dir))
    return made
