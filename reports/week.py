"""ISO weeks, from Monday 00:00 UTC to the next."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from reports.errors import ReportsError
from reports.render.plain import day


class WeekUnknown(ReportsError):
    """A week that is not written as one, or that no calendar has."""


@dataclass(frozen=True)
class Week:
    """starts is in the week, ends is not."""

    year: int
    number: int

    unit = "week"
    adjective = "weekly"

    @property
    def starts(self) -> datetime:
        """Monday, 0:00 UTC."""
        return datetime.combine(datetime.fromisocalendar(self.year, self.number, 1), time(0), UTC)

    @property
    def ends(self) -> datetime:
        """The Monday after, 0:00 UTC, which is no part of it."""
        return self.starts + timedelta(days=7)

    @property
    def days(self) -> str:
        """Its first and last day in words."""
        return f"{day(self.starts)} to {day(self.ends - timedelta(days=1))}"

    @property
    def title(self) -> str:
        """``week 47 of 2026``"""
        return f"week {self.number} of {self.year}"

    @property
    def before(self) -> "Week":
        """The week before it."""
        return week_of(self.starts - timedelta(days=1))

    def __contains__(self, at: datetime | None) -> bool:
        return at is not None and self.starts <= at < self.ends

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02}"


def week_of(at: datetime) -> Week:
    """The ISO week of a moment, in UTC."""
    calendar = at.astimezone(UTC).isocalendar()
    return Week(calendar.year, calendar.week)


def parse_week(text: str) -> Week:
    """The week written as ``2026-W47``. Raises WeekUnknown."""
    found = re.fullmatch(r"(\d{4})-?W(\d{1,2})", text.strip(), re.ASCII | re.IGNORECASE)
    try:
        if found is None:
            raise ValueError(text)
        week = Week(int(found[1]), int(found[2]))
        datetime.fromisocalendar(week.year, week.number, 1)
    except ValueError as error:
        raise WeekUnknown(f"{text!r} is no week.", "Write it as 2026-W47.") from error
    return week
