"""A weekly report's tables about many matches: campaigns, platforms and generators, licensed uses."""

from collections.abc import Sequence
from typing import Any

from reports.render.addresses import address
from reports.render.plain import day, percent, shorten
from reports.weekly_campaigns import Campaign
from reports.weekly_figures import WeeklyFigures
from reports.weekly_lines import LicensedUse
from reports.weekly_scores import FEWEST, Score

MOST_ROWS = {"campaigns": 12, "scores": 15, "licensed": 40}
"""Of more the others are counted, and stand in the workbook beside the report."""


def tables(figures: WeeklyFigures) -> dict[str, Any]:
    """Each table's rows and how many are left out."""
    return {
        "campaigns": _cut([_campaign(one) for one in figures.campaigns], "campaigns"),
        "platforms": _cut([_score(one) for one in figures.platforms], "scores"),
        "generators": _cut([_score(one) for one in figures.generators], "scores"),
        "licensed": _cut([_licensed(one) for one in figures.licensed], "licensed"),
    }


def _cut(rows: Sequence[dict[str, Any]], kind: str) -> dict[str, Any]:
    most = MOST_ROWS[kind]
    return {"rows": list(rows[:most]), "more": max(0, len(rows) - most)}


def _campaign(one: Campaign) -> dict[str, Any]:
    what = {"uploader": "One uploader", "bytes": "The same bytes", "footage": "The same footage"}[one.why]
    days = day(one.first_found)
    if (last := day(one.last_found)) != days:
        days = f"{days} to {last}"
    return {
        "what": what,
        "name": shorten(one.name, 120),
        "videos": one.videos,
        "matches": one.matches,
        "open": one.open_,
        "confirmed": one.confirmed,
        "subjects": shorten(", ".join(one.subjects), 160),
        "found": days,
    }


def _score(one: Score) -> dict[str, Any]:
    return {
        "name": shorten(one.name, 80),
        "n": one.n,
        "outcomes": [one.gone, one.gone_before, one.replaced, one.seen, one.unreachable, one.not_looked],
        "removal": f"{percent(one.removal)} ({one.gone} of {one.counted})" if one.removal is not None else f"fewer than {FEWEST}",
        "median": _median(one),
    }


def _median(one: Score) -> str:
    if one.gone < FEWEST:
        return ""
    return "not reached" if one.median_days is None else f"{one.median_days:.1f} days"


OUTCOME_HEADS = ("Gone", "Gone before", "Replaced", "Seen", "Not reached", "Not looked at")


def _licensed(one: LicensedUse) -> dict[str, Any]:
    made = address(one.url)
    until = f"to {day(one.until)}" if one.until else "without an end"
    seen = f"{one.views:,} views" if one.views is not None else "views not known"
    published = day(one.published) if one.published else "date not known"
    return {
        "licensee": shorten(one.licensee, 80),
        "licence": f"{one.licence[:8]}, {day(one.since)} {until}",
        "subject": one.subject,
        "title": shorten(one.title or "Untitled video", 80),
        "by": shorten(one.uploader, 60) or "author not stated",
        "seen": f"{published}, {seen}",
        "exact": made.exact,
        "pieces": made.pieces,
        "note": made.note,
    }
