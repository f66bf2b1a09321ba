"""The times that laws set: exact over holidays, week-ends and the days on which clocks are set."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.notices.laws.clocks import US_FEDERAL, Clock
from reports.notices.laws.known import LAWS

NEW_YORK = ZoneInfo("America/New_York")
(PUT_BACK,) = LAWS["dmca"].clocks
(REMOVAL,) = LAWS["take_it_down"].clocks


def there(text: str) -> datetime:
    """A moment by Washington's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("received", "tenth", "fourteenth"),
    [
        # No holiday: two weeks, and two weeks and four days.
        ("2026-03-02T09:00", "2026-03-16", "2026-03-20"),
        # Thanksgiving, 26 November.
        ("2026-11-16T09:00", "2026-12-01", "2026-12-07"),
        # Christmas and New Year's Day.
        ("2026-12-18T09:00", "2027-01-05", "2027-01-11"),
        # Independence Day, observed on Friday the 3rd; Juneteenth.
        ("2026-06-18T09:00", "2026-07-06", "2026-07-10"),
        # New Year's Day 2022, observed on 31 December 2021; Christmas on the 24th.
        ("2021-12-20T09:00", "2022-01-05", "2022-01-11"),
        # Martin Luther King Jr. Day.
        ("2026-01-16T09:00", "2026-02-02", "2026-02-06"),
        # Received on a Saturday, and late in the evening, when it is the next day elsewhere.
        ("2026-03-07T09:00", "2026-03-20", "2026-03-26"),
        ("2026-03-02T23:30", "2026-03-16", "2026-03-20"),
    ],
)
def test_a_counter_notice_leaves_ten_to_fourteen_working_days(received: str, tenth: str, fourteenth: str) -> None:
    begun = there(received)
    assert PUT_BACK.not_before(begun) == there(f"{tenth}T00:00")
    assert PUT_BACK.due(begun) == there(f"{fourteenth}T00:00") + timedelta(days=1)
    day = datetime.combine(begun.date(), datetime.min.time(), UTC)
    assert PUT_BACK.due(day, whole_day=True) == PUT_BACK.due(begun)


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        # Clocks go forward on 8 March 2026 and back on 1 November 2026: 48 hours elapse all the same.
        ("2026-03-07T12:00", "2026-03-09T13:00"),
        ("2026-10-31T12:00", "2026-11-02T11:00"),
        ("2026-05-19T00:00", "2026-05-21T00:00"),
        # Over a week-end and a holiday, which do not matter.
        ("2026-07-03T18:00", "2026-07-05T18:00"),
    ],
)
def test_intimate_imagery_is_due_after_forty_eight_hours(sent: str, due: str) -> None:
    assert REMOVAL.due(there(sent)) == there(due)


def test_of_a_letter_of_which_only_the_day_is_known_nothing_is_late_that_may_not_be() -> None:
    assert REMOVAL.due(datetime(2026, 3, 7, tzinfo=UTC), whole_day=True) == datetime(2026, 3, 10, 12, tzinfo=UTC)


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
ZONES = st.sampled_from([ZoneInfo(name) for name in ("UTC", "America/New_York", "Asia/Shanghai", "Europe/Berlin")])


@given(MOMENTS, ZONES, st.integers(1, 500))
def test_hours_elapse_whatever_a_clock_shows(begun: datetime, zone: ZoneInfo, hours: int) -> None:
    clock = Clock("c", REMOVAL.begins, (), "", "", hours=hours)
    assert clock.due(begun.astimezone(zone)) - begun == timedelta(hours=hours)


@given(MOMENTS, ZONES, st.integers(1, 30))
def test_so_many_working_days_lie_between_a_day_and_its_last(begun: datetime, zone: ZoneInfo, days: int) -> None:
    clock = Clock("c", PUT_BACK.begins, (), "", "", latest=days, calendar=US_FEDERAL)
    due = clock.due(begun.astimezone(zone))
    first, last = begun.astimezone(NEW_YORK).date(), (due.astimezone(NEW_YORK) - timedelta(seconds=1)).date()
    assert due.astimezone(NEW_YORK).time() == datetime.min.time()
    assert US_FEDERAL.is_worked(last)
    between = [first + timedelta(days=number) for number in range(1, (last - first).days + 1)]
    assert sum(map(US_FEDERAL.is_worked, between)) == days


@given(MOMENTS, st.integers(1, 20), st.integers(0, 40))
def test_who_begins_later_is_never_due_before(begun: datetime, days: int, later: int) -> None:
    clock = Clock("c", PUT_BACK.begins, (), "", "", latest=days, calendar=US_FEDERAL)
    assert clock.due(begun) <= clock.due(begun + timedelta(hours=later))


def test_a_holiday_is_no_working_day_and_the_day_after_it_is() -> None:
    assert not US_FEDERAL.is_worked(date(2026, 11, 26))
    assert US_FEDERAL.is_worked(date(2026, 11, 27))
    assert not US_FEDERAL.is_worked(date(2021, 12, 31))
