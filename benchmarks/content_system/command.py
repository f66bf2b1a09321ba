"""The command `content-system`: set the site up, have it watched, and compare with the truth."""

import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.content_system import static_site, weeks
from benchmarks.content_system.comparing import compare
from benchmarks.content_system.operating import Operator
from benchmarks.content_system.reading import save_pages
from benchmarks.content_system.recorded import Recorded
from benchmarks.content_system.services import Missing
from benchmarks.content_system.static_site import StaticSite, open_static
from benchmarks.content_system.telling import told
from benchmarks.content_system.truth import Truth, write_truth
from benchmarks.content_system.wordpress import THEMES, WordPress, open_wordpress

FIRST, MIDDLE = 7, 3
"""How many days ago the first week's run was, and the run in which something was away."""


class System(StrEnum):
    WORDPRESS = "wordpress"
    PELICAN = "pelican"


def content_system(
    week: Annotated[int, typer.Option(min=1, max=2, help="The second goes on from the first, or does that before.")] = 1,
    folder: Annotated[Path | None, typer.Option(help="Where site and workspace stay; otherwise a folder that goes.")] = None,
    html: Annotated[Path | None, typer.Option(help="Keep the site's documents here, as it sends them.")] = None,
    theme: Annotated[str, typer.Option(help=f"Of WordPress, one of {', '.join(THEMES)}; the second week keeps it.")] = THEMES[0],
    system: Annotated[System, typer.Option(help="pelican: the second system, which has one week.")] = System.WORDPRESS,
) -> None:
    """Watch a real content system on loopback: what of its videos, pages and changes is found and told."""
    # Asked to end, it ends its servers first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    place = (folder or Path(tempfile.mkdtemp(prefix=f"semblance-{system}-"))).absolute()
    place.mkdir(parents=True, exist_ok=True)
    # A database and a web server that run as somebody else reach what lies in it.
    place.chmod(0o755)
    try:
        if system is System.PELICAN:
            with open_static(place / "site") as made:
                figures = _first(made, static_site.truth_of(made, 1), place, html, system)
        else:
            with open_wordpress(place / "site") as site:
                if not (place / "week-1.json").exists():
                    site.use_theme(theme)
                figures = _first(site, weeks.truth_of(site, 1), place, html, theme)
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


def watched(site: WordPress | StaticSite) -> dict[str, tuple[str, str]]:
    return {"Feed": ("feed", site.feed), "Sitemap": ("sitemap", site.sitemap), "Front page": ("page", f"{site.base}/")}


def _first(site: WordPress | StaticSite, truth: Truth, place: Path, html: Path | None, theme: str) -> dict[str, Any]:
    done = place / "week-1.json"
    if done.exists():
        given: dict[str, Any] = json.loads(done.read_text("utf-8"))
        return given
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
    between = place / "midweek.json"
    if not between.exists():
        truth = weeks.truth_of(site, 1, weeks.midweek(site))
        _noted(between, _told(truth, operator, operator.run(MIDDLE), MIDDLE))
    truth = weeks.truth_of(site, 2, weeks.second(site))
    _keep(site, truth, place, html)
    summary = operator.run(0)
    figures = {**_compared(truth, operator, summary), "told": _told(truth, operator, summary, 0)}
    return _noted(place / "week-2.json", {"week": 2, "midweek": json.loads(between.read_text("utf-8")), **figures})


def _told(truth: Truth, operator: Operator, summary: Mapping[str, Any], days: int) -> dict[str, Any]:
    page = operator.weekly(days)
    recorded = Recorded(operator.workspace)
    try:
        return told(truth, summary, page, recorded, operator, days)
    finally:
        recorded.close()


def _keep(site: WordPress | StaticSite, truth: Truth, place: Path, html: Path | None) -> None:
    write_truth(truth, place / f"truth-{truth.week}.json")
    if html is not None:
        save_pages(truth, html, filter(None, [site.elsewhere]))


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
    for name in ("midweek", "told"):
        if name in figures:
            said = figures[name]
            changes = f"told by the run {said['told_by_run']} of {said['changes']}, by the report {said['told_by_report']}"
            letters = f"letters right {said['letters_right']} of {said['letters']}"
            lines.append(f"{name}: changes {changes}, falsely {said['told_falsely']}; {letters}")
    return "\n".join(lines)
