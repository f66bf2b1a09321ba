"""The weekly report on disk."""

from dataclasses import astuple, dataclass
from pathlib import Path

from reports.render.whole import write_whole
from reports.weekly import WeeklyReport, weekly_stem


@dataclass(frozen=True)
class WrittenReport:
    """Where the four forms of one report lie, which state the same figures; the PDF holds the JSON as an attached file, too."""

    pdf: Path
    html: Path
    xlsx: Path
    json: Path

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        return astuple(self)


def written_to(out_dir: Path, stem: str) -> WrittenReport:
    """Where the forms of a report of that name lie in a folder."""
    return WrittenReport(*(out_dir / f"{stem}.{form}" for form in ("pdf", "html", "xlsx", "json")))


def write_weekly(report: WeeklyReport, out_dir: Path) -> WrittenReport:
    """The report as PDF and as a self-contained page, which say the same, and its figures as a workbook and as JSON.

    Under names made from the week and the party's name.
    """
    # Imported here: typesetting is heavy, and most commands need none of it.
    from reports.render.weekly import weekly_html, weekly_pdf
    from reports.render.weekly_json import weekly_json
    from reports.render.weekly_sheet import weekly_sheet

    made = written_to(out_dir, weekly_stem(report.week, report.party))
    figures = weekly_json(report.figures)
    write_whole(made.json, figures)
    # The largest first: what the others leave in memory would come on top.
    write_whole(made.pdf, weekly_pdf(report, figures, out_dir))
    write_whole(made.xlsx, weekly_sheet(report.figures, out_dir))
    write_whole(made.html, weekly_html(report))
    return made
