"""A weekly report's first page in words and bars: what it says to somebody with one minute."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from reports.render.plain import day
from reports.weekly_counts import LATE_AFTER, PAST_WEEKS
from reports.weekly_figures import WeeklyFigures
from reports.weekly_wanted import Kind, Wanted

FOREMOST = 3
"""How many of the decisions that are wanted stand foremost."""
_MOST_NAMED = 6
_COUNTS = (
    ("new", "New matches"),
    ("open_", "Open: await a decision"),
    ("late", f"Late: open for more than {LATE_AFTER.days} days"),
    ("confirmed", "Confirmed"),
    ("rejected", "Rejected"),
    ("licensed", "New and licensed or allowed"),
    ("gone", "Confirmed uses gone"),
)


def wanted_words(figures: WeeklyFigures) -> list[dict[str, str]]:
    """Each decision that is wanted: who has to make it, what it is, and what more is to be known of it; harm first."""
    at = min(figures.as_of, figures.made_at)
    return [{"who": _who(one), "what": _what(one), "more": " ".join(_more(one, at))} for one in figures.wanted]


def wanted_heading(count: int, unit: str, *, past: bool) -> str:
    """Above the foremost decisions. past: as the week or month (unit) ended."""
    if not count:
        return "No decision is wanted"
    how_many = {1: "The decision", 2: "The two decisions"}.get(count, "The three decisions")
    return f"{how_many} wanted{f' when the {unit} ended' if past else ''}"


def _who(one: Wanted) -> str:
    role = {
        Kind.WRITE: "Counsel",
        Kind.APPROVE: "Counsel",
        Kind.REVIEW: "Reviewer",
        Kind.SOURCES: "Whoever runs the monitor",
    }.get(one.kind, "Registrar")
    return f"{role} for {one.parties[0][0]}" if len(one.parties) == 1 else role


def _what(one: Wanted) -> str:
    matches = _number(one.count, "match", "matches")
    videos = _number(one.videos, "video", "videos")
    names = _named(one.names)
    first = day(one.oldest) if one.oldest else ""
    return {
        Kind.WRITE: f"Consider a letter about {matches.replace(' ', ' confirmed ', 1)} in {videos}: none is drafted.",
        Kind.APPROVE: f"Approve {_number(one.count, 'letter', 'letters')} that {_are(one.count)} drafted.",
        Kind.REVIEW: f"Decide on {matches} in {videos}.",
        Kind.SOURCES: f"See to {_number(one.count, 'source', 'sources')} of which nothing was read: {names}.",
        Kind.MANDATES: f"Renew {_number(one.count, 'mandate or consent', 'mandates or consents')}: the first ends on {first}.",
        Kind.LICENCES: f"Renew or let end {_number(one.count, 'licence', 'licences')}: the first ends on {first}.",
        Kind.TWICE: f"See whose likeness another party holds as well ({_number(one.count, 'subject', 'subjects')}).",
    }[one.kind]


def _more(one: Wanted, at: datetime) -> Iterable[str]:
    days = (at - one.oldest).days if one.oldest else 0
    waits = _number(days, "day", "days") if days else "less than a day"
    late = f"; {one.late} for more than {LATE_AFTER.days} days" if one.late else ""
    about = {
        Kind.WRITE: f"The first of them was confirmed {waits} before.",
        Kind.APPROVE: f"The oldest was drafted {waits} before.",
        Kind.REVIEW: f"The oldest has waited {waits}{late}.",
        Kind.MANDATES: "Who is covered by none is not looked for any more.",
        Kind.LICENCES: "What they covered then awaits a decision.",
    }
    if one.kind in about:
        yield about[one.kind]
    if len(one.parties) > 1:
        yield f"{_named([f'{name} {count}' for name, count in one.parties])}."


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def charts(figures: WeeklyFigures) -> list[dict[str, Any]]:
    """The week's figures beside those of the past eight weeks, as bars: heights from 0 to 1, the week's own last."""
    series = figures.series
    made = [_chart(label, [getattr(counts, key) for counts in series], figures) for key, label in _COUNTS]
    return [*made, _chart("Captures scanned", [looked.scanned for looked in figures.looked_weeks], figures)]


def _chart(label: str, values: Sequence[int], figures: WeeklyFigures) -> dict[str, Any]:
    past, most = values[:-1], max(*values, 1)
    usual = median(past)
    weeks = [looked.week for looked in figures.looked_weeks]
    numbers = "; ".join(f"{week}: {value}" for week, value in zip(weeks, values, strict=True))
    return {
        "label": label,
        "value": values[-1],
        "note": f"before: median {usual:g}, most {max(past)}",
        "bars": [round(value / most, 4) for value in values],
        "alt": f"{label}, by {figures.unit}. {numbers}. The last is the {figures.unit} of this report.",
    }


def looked_words(figures: WeeklyFigures) -> str:
    """What the charts rest on."""
    looked = sum(week.scanned > 0 for week in figures.looked_weeks[:-1])
    of_past = f"Each bar is a {figures.unit}: the last is this one, the others are the eight before."
    if looked < PAST_WEEKS:
        of_past += f" In {PAST_WEEKS - looked} of these nothing was scanned, so that nothing could be found."
    return of_past


def sure_words(figures: WeeklyFigures) -> str:
    """How sure the week's new matches are: the error rate beside the figures."""
    if not (new := sum(figures.bands.values())):
        return ""
    each = ", ".join(f"{count} {word}" for word, count in figures.bands.items() if count)
    return (
        f"Of {_number(new, 'new match', 'new matches')}: {each}. Strong: chance alone gives at most 1 as strong in 1,000 "
        "videos without anybody enrolled; likely: at most 5; possible: more."
    )


def week_rows(figures: WeeklyFigures) -> list[dict[str, Any]]:
    """The figures of every week, and of the report's own week for each party where there are several, as a table's rows."""
    keys = [key for key, _ in _COUNTS]
    rows = [{"name": counts.week, "values": [getattr(counts, key) for key in keys]} for counts in figures.series]
    parties = [counts for counts in figures.weeks if counts.party is not None and counts.week == figures.week]
    own = [{"name": counts.party, "values": [getattr(counts, key) for key in keys]} for counts in parties]
    return [*rows, *own] if len(parties) > 1 else rows


WEEK_HEADS = ("New", "Open", "Late", "Confirmed", "Rejected", "Licensed", "Gone")
