"""Calendar months, in UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reports.errors import ReportsError
from reports.render.plain import day


class MonthUnknown(ReportsError):
    """A month that is not written as one, or that no calendar has."""


@dataclass(frozen=True)
class Month:
    """starts is in the month, ends is not."""

    year: int
    number: int

    unit = "month"
    adjective = "monthly"

    @property
    def starts(self) -> datetime:
        """Its first day, 0:00 UTC."""
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def ends(self) -> datetime:
        """The first day of the next, 0:00 UTC, which is no part of it."""
        return datetime(self.year + self.number // 12, self.number % 12 + 1, 1, tzinfo=UTC)

    @property
    def days(self) -> str:
        """Its first and last day in words."""
        return f"{day(self.starts)} to {day(self.ends - timedelta(days=1))}"

    @property
    def title(self) -> str:
        """``November 2026``"""
        return f"{self.starts:%B} {self.year}"

    @property
    def before(self) -> "Month":
        """The month before it."""
        return month_of(self.starts - timedelta(days=1))

    def __contains__(self, at: datetime | None) -> bool:
        return at is not None and self.starts <= at < self.ends

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"


def month_of(at: datetime) -> Month:
    """The calendar month of a moment, in UTC."""
    there = at.astimezone(UTC)
    return Month(there.year, there.month)


def parse_month(text: str) -> Month:
    """The month written as ``2026-11``. Raises MonthUnknown."""
    found = re.fullmatch(r"(\d{4})-(\d{1,2})", text.strip(), re.ASCII)
    if found is None or not 1 <= int(found[2]) <= 12 or not 1900 <= int(found[1]) <= 9998:
        raise MonthUnknown(f"{text!r} is no month.", "Write it as 2026-11.")
    return Month(int(found[1]), int(found[2]))
