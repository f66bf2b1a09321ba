"""The command `content-system`: set the site up, have it watched, and compare with the truth."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.content_system import weeks
from benchmarks.content_system.comparing import compare
from benchmarks.content_system.operating import Operator
from benchmarks.content_system.recorded import Recorded
from benchmarks.content_system.services import Missing
from benchmarks.content_system.telling import told
from benchmarks.content_system.truth import Truth, write_truth
from benchmarks.content_system.wordpress import THEMES, WordPress, open_wordpress

FIRST, MIDDLE = 7, 3
"""How many days ago the first week's run was, and the run in which something was away."""


def content_system(
    week: Annotated[int, typer.Option(min=1, max=2, help="The second goes on from the first, or does that before.")] = 1,
    folder: Annotated[Path | None, typer.Option(help="Where site and workspace stay; otherwise a folder that goes.")] = None,
    html: Annotated[Path | None, typer.Option(help="Keep the site's documents here, as it sends them.")] = None,
    theme: Annotated[str, typer.Option(help=f"One of {', '.join(THEMES)}, for the first week.")] = THEMES[0],
) -> None:
    """Watch a real WordPress on loopback: what of its videos, pages and changes is found and told."""
    place = (folder or Path(tempfile.mkdtemp(prefix="semblance-wordpress-"))).absolute()
    try:
        with open_wordpress(place / "site") as site:
            figures = _first(site, place, theme, html)
            if week == 2:
                figures = _second(site, place, html)
    except Missing as missing:
        typer.echo(str(missing), err=True)
        raise typer.Exit(3) from missing
    finally:
        if folder is None:
            shutil.rmtree(place)
    print(json.dumps(figures, indent=1, ensure_ascii=False))
    print(in_words(figures))


def watched(site: WordPress) -> dict[str, tuple[str, str]]:
    return {"Feed": ("feed", site.feed), "Sitemap": ("sitemap", site.sitemap), "Front page": ("page", f"{site.base}/")}


def _first(site: WordPress, place: Path, theme: str, html: Path | None) -> dict[str, Any]:
    done = place / "week-1.json"
    if done.exists():
        given: dict[str, Any] = json.loads(done.read_text("utf-8"))
        return given
    site.use_theme(theme)
    truth = weeks.truth_of(site, 1)
    _keep(site, truth, place, html)
    shutil.rmtree(place / "workspace", ignore_errors=True)
    operator = Operator(place / "workspace")
    operator.watch(watched(site), FIRST)
    summary = operator.run(FIRST)
    figures = _compared(truth, operator, summary)
    confirmed = operator.confirm_all(FIRST)
    return _noted(done, {"week": 1, "theme": theme, "confirmed": confirmed, **figures})


def _second(site: WordPress, place: Path, html: Path | None) -> dict[str, Any]:
    operator = Operator(place / "workspace")
    if not (place / "midweek.json").exists():
        changes = weeks.midweek(site)
        summary = operator.run(MIDDLE)
        with_look = weeks.truth_of(site, 1, changes)
        (place / "midweek.json").write_text(json.dumps({"run": summary, "changes": [vars(each) for each in with_look.changes]}))
    truth = weeks.truth_of(site, 2, weeks.second(site))
    _keep(site, truth, place, html)
    summary = operator.run(0)
    figures = _compared(truth, operator, summary)
    page = operator.weekly()
    (place / "weekly.html").write_text(page, encoding="utf-8")
    recorded = Recorded(operator.workspace)
    figures["told"] = told(truth, summary, page, recorded, operator)
    recorded.close()
    return _noted(place / "week-2.json", {"week": 2, **figures})


def _keep(site: WordPress, truth: Truth, place: Path, html: Path | None) -> None:
    write_truth(truth, place / f"truth-{truth.week}.json")
    if html is not None:
        weeks.save_pages(site, truth, html)


def _compared(truth: Truth, operator: Operator, summary: Mapping[str, Any]) -> dict[str, Any]:
    recorded = Recorded(operator.workspace)
    try:
        return {"run": dict(summary), **compare(truth, recorded, json.dumps(summary))}
    finally:
        recorded.close()


def _noted(path: Path, figures: dict[str, Any]) -> dict[str, Any]:
    path.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")
    return figures


def in_words(figures: Mapping[str, Any]) -> str:
    """The figures in a few lines."""
    lines = [
        f"videos found: {figures['found']} of {figures['videos']}; pages of videos recorded: "
        f"{figures['pages_recorded']} of {figures['pages_of_videos']}",
        f"right of {figures['posts']} pages: title {figures['title_share']}, author {figures['author_share']}, "
        f"date {figures['date_share']}; embeds told: {figures['embeds_told']} of {figures['embeds']}",
    ]
    if "told" in figures:
        said = figures["told"]
        lines.append(
            f"changes told by the run: {said['told_by_run']} of {said['changes']}, by the report: {said['told_by_report']}; "
            f"false alarms: {said['false_alarms']}; letters right: {said['letters_right']} of {said['letters']}"
        )
    return "\n".join(lines)
