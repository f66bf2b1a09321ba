"""The times that laws set, as data: how long after what, by whose calendar, and what each is until."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from reports.notices.events import Event

_DAY = timedelta(days=1)
_DAY_ANYWHERE = timedelta(hours=36)
"""From a day's first instant in UTC until it has ended in every zone."""


@dataclass(frozen=True)
class Calendar:
    """Which days are worked. country: by ISO 3166, whose public holidays are none. zone: by whose clock days begin and end."""

    title: str
    country: str
    zone: str

    def is_worked(self, day: date) -> bool:
        """Whether it is neither a Saturday, a Sunday nor a public holiday, nor one that is observed on that day."""
        return day.weekday() < 5 and day not in _holidays(self.country, day.year)

    def after(self, day: date, days: int) -> date:
        """The so-many-th working day after a day, which itself is not counted."""
        while days:
            day += _DAY
            days -= self.is_worked(day)
        return day

    def day_of(self, at: datetime) -> date:
        """On which day a moment lies by its clock."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def end_of(self, day: date) -> datetime:
        """The first moment after a day by its clock, in UTC."""
        return datetime.combine(day + _DAY, time.min, ZoneInfo(self.zone)).astimezone(UTC)

    def start_of(self, day: date) -> datetime:
        """The first moment of a day by its clock, in UTC."""
        return self.end_of(day - _DAY)


@cache
def _holidays(country: str, year: int) -> Mapping[date, str]:
    """With those of the next year that are observed in this one, as New Year's Day on a Saturday is."""
    # Imported here: commands that count no days need not wait for it.
    import holidays

    found: Mapping[date, str] = holidays.country_holidays(country, years=(year, year + 1))
    return dict(found)


US_FEDERAL = Calendar("US federal holidays; days as in Washington", "US", "America/New_York")


@dataclass(frozen=True)
class Clock:
    """A time that a law sets. begins: the event from which it runs. ends: the events that end it, whenever they come.

    hours: that elapse, whatever clocks are set to; or earliest and latest: working days of the calendar, not counting the
    day on which it begins. what: what is to be done by then; who: by whom.
    """

    id: str
    begins: Event
    ends: tuple[Event, ...]
    who: str
    what: str
    hours: int = 0
    latest: int = 0
    earliest: int = 0
    calendar: Calendar | None = None

    def due(self, begun: datetime, whole_day: bool = False) -> datetime:
        """The moment from which on it is late. whole_day: only the day is known on which it began, by its first instant in UTC.

        Where only the day is known, it is that of the last moment at which it may have begun.
        """
        if self.calendar is None:
            return begun.astimezone(UTC) + timedelta(hours=self.hours) + (_DAY_ANYWHERE if whole_day else timedelta())
        return self.calendar.end_of(self.calendar.after(self._day(begun, whole_day), self.latest))

    def not_before(self, begun: datetime, whole_day: bool = False) -> datetime | None:
        """The moment before which it must not be done; None where the law sets none."""
        if self.calendar is None or not self.earliest:
            return None
        return self.calendar.start_of(self.calendar.after(self._day(begun, whole_day), self.earliest))

    def _day(self, begun: datetime, whole_day: bool) -> date:
        assert self.calendar is not None
        # A day that somebody named is that day, wherever its instants lie by the calendar's clock.
        return begun.date() if whole_day else self.calendar.day_of(begun)
