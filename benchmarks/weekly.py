"""What a weekly report of many matches costs: counting and cutting its stills, and each of its forms."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlmodel import Session

from matcher.decoding import decoding
from registry.storage.engine import open_database
from registry.vault.local import LocalVault
from reports.render.weekly import weekly_html, weekly_pdf
from reports.render.weekly_json import weekly_json
from reports.render.weekly_sheet import weekly_sheet
from reports.weekly import weekly_report
from tests.support.busy_week import MADE, WEEK, busy_week

LIMITS = {"pdf_s": 10.0, "peak_mib": 500.0}

T = TypeVar("T")


def weekly(
    matches: Annotated[int, typer.Option(min=1)] = 1000,
    videos: Annotated[int, typer.Option(min=1, help="at most as many as there are matches")] = 600,
) -> None:
    """Print seconds by the clock and of the processor for the report and each form, and the peak of a process of its own.

    The stills are cut in children, whose processor time counts in no figure.
    """
    with tempfile.TemporaryDirectory() as folder:
        busy_week(Path(folder), videos, matches).session.close()
        ran = subprocess.run([sys.executable, "-m", "benchmarks.weekly", folder], stdout=subprocess.PIPE, text=True, check=True)
    figures = json.loads(ran.stdout)
    print(json.dumps({**figures, "limits": LIMITS}))
    over = [name for name, most in LIMITS.items() if figures[name] > most]
    said = f"{figures['matches']} matches: PDF in {figures['pdf_s']} s, peak {figures['peak_mib']} MiB"
    print(f"{said}; over: {', '.join(over) or 'nothing'}")


def measured(root: Path) -> dict[str, float]:
    """Of the workspace in root."""
    figures: dict[str, float] = {}

    def timed(name: str, make: Callable[[], T]) -> T:
        start, used = time.perf_counter(), time.process_time()
        made = make()
        figures[f"{name}_s"] = round(time.perf_counter() - start, 2)
        figures[f"{name}_cpu_s"] = round(time.process_time() - used, 2)
        return made

    # As an open workspace has it: with one process that may read the whole vault, and not one for each file.
    with decoding(readable=(root / "vault",)), Session(open_database(root / "semblance.db")) as session:
        report = timed("report", lambda: weekly_report(session, LocalVault(root / "vault"), WEEK, MADE))
    data = timed("json", lambda: weekly_json(report.figures))
    pdf = timed("pdf", lambda: weekly_pdf(report, data, root))
    timed("xlsx", lambda: weekly_sheet(report.figures, root))
    timed("html", lambda: weekly_html(report))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"matches": report.total, "told": report.figures.told, "pdf_mb": round(len(pdf) / 1e6, 2)}
    return {**figures, **told, "peak_mib": round(peak, 1)}


if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]))))
