"""When reports are due by themselves: once for each week and month, whatever clocks are set to. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.settings_report import ReportSettings, Weekday
from reports.period import Period

MOST_MISSED = 8
"""So many missed ones are made up for; a report compares with as many before it, so that older ones are told all the same."""


def due_at(schedule: ReportSettings, period: Period) -> datetime:
    """The moment from which a period's report is due: the first of the schedule's days and times, by its zone's clock, that lies
    after the period's end.

    A time that a clock skips is the moment after the skip; of one that comes twice it is the first. Each period has one.
    """
    zone = ZoneInfo(schedule.zone)
    ended = period.ends.astimezone(UTC)
    day = ended.astimezone(zone).date()
    while True:
        if list(Weekday)[day.weekday()] is schedule.day:
            # Through UTC: a time that the zone's clock never shows becomes the one that it shows instead.
            at = datetime.combine(day, schedule.at, zone).astimezone(UTC)
            if at >= ended:
                return at
        day += timedelta(days=1)


@dataclass(frozen=True)
class Known:
    """What is on record of a party's reports. made: whether one was, by whomever; by_schedule: whether it was by itself."""

    made: Callable[[Period], bool]
    by_schedule: Callable[[Period], bool]


def due_periods(schedule: ReportSettings, at: datetime, known: Known, last: Period) -> list[Period]:
    """The periods whose reports are due at a moment and were not made, the oldest first. last: the one that the moment is in.

    Where the schedule made none yet, the last one alone is due: it does not begin with the past.
    """
    back = _due_back(schedule, at, last)
    window = [next(back) for _ in range(MOST_MISSED)]
    began = max((place for place, one in enumerate(window) if known.by_schedule(one)), default=None)
    if began is None:
        before = any(known.by_schedule(next(back)) for _ in range(MOST_MISSED * 6))
        began = MOST_MISSED if before else 1
    return [one for one in reversed(window[:began]) if not known.made(one)]


def _due_back(schedule: ReportSettings, at: datetime, period: Period) -> Iterator[Period]:
    """Those that are due at a moment, the last one first."""
    while True:
        period = period.before
        if due_at(schedule, period) <= at:
            yield period
