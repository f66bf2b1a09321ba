"""What a report is about: a week or a month."""

from reports.errors import ReportsError
from reports.month import Month, MonthUnknown, parse_month
from reports.week import Week, WeekUnknown, parse_week

Period = Week | Month


class PeriodUnknown(ReportsError):
    """What is written neither as a week nor as a month."""


def parse_period(text: str) -> Period:
    """The week written as ``2026-W47`` or the month written as ``2026-11``. Raises PeriodUnknown."""
    for parse in (parse_week, parse_month):
        try:
            return parse(text)
        except (WeekUnknown, MonthUnknown):
            continue
    raise PeriodUnknown(f"{text!r} is neither a week nor a month.", "Write it as 2026-W47 or 2026-11.")
