"""When reports are due by themselves: one moment for each week and month, whatever clocks do, and each missed one once."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from monitor.report_slots import MOST_MISSED, Known, due_at, due_periods
from monitor.settings_report import ReportSettings, Weekday
from reports.month import Month, month_of, parse_month
from reports.period import Period, PeriodUnknown, parse_period
from reports.week import Week, week_of

ZONES = ["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Shanghai", "Pacific/Auckland", "Australia/Lord_Howe"]
SCHEDULES = st.builds(
    lambda day, hour, minute, zone: ReportSettings(day=day, time=f"{hour:02}:{minute:02}", zone=zone),
    st.sampled_from(Weekday),
    st.integers(0, 23),
    st.sampled_from([0, 30, 59]),
    st.sampled_from(ZONES),
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))


@given(SCHEDULES, MOMENTS)
def test_every_week_has_one_moment_after_its_end_and_before_the_next_one_is_over(schedule: ReportSettings, at: datetime) -> None:
    weeks: list[Week] = [week_of(at)]
    for _ in range(60):
        weeks.append(weeks[-1].before)
    moments = [due_at(schedule, week) for week in reversed(weeks)]
    for week, moment in zip(reversed(weeks), moments, strict=True):
        assert week.ends <= moment < week.ends + timedelta(days=8)
        local = moment.astimezone(ZoneInfo(schedule.zone))
        # A time that the clock skips is told by the one that it shows instead.
        assert abs(local.hour * 60 + local.minute - (schedule.at.hour * 60 + schedule.at.minute)) in (0, 30, 60)
        assert list(Weekday)[local.weekday()] is schedule.day
    # Where a week ends at that very hour in one half of the year, and an hour beside it in the other, two come at once or none.
    assert all(timedelta(0) <= later - earlier < timedelta(days=14) for earlier, later in pairwise(moments))
    assert sum(not timedelta(days=6) < later - earlier < timedelta(days=8) for earlier, later in pairwise(moments)) <= 4


@pytest.mark.parametrize(
    ("zone", "time", "week", "expected"),
    [
        # Clocks go from 2:00 to 3:00 on Sunday, 29 March 2026, and back from 3:00 to 2:00 on 25 October.
        ("Europe/Berlin", "02:30", Week(2026, 12), "2026-03-29T01:30:00+00:00"),
        ("Europe/Berlin", "02:30", Week(2026, 42), "2026-10-25T00:30:00+00:00"),
        ("Europe/Berlin", "02:30", Week(2026, 11), "2026-03-22T01:30:00+00:00"),
        ("Europe/Berlin", "02:30", Week(2026, 13), "2026-04-05T00:30:00+00:00"),
    ],
)
def test_a_time_that_a_clock_skips_or_shows_twice_is_one_moment(zone: str, time: str, week: Week, expected: str) -> None:
    schedule = ReportSettings(day=Weekday.SUNDAY, time=time, zone=zone)
    assert due_at(schedule, week).isoformat() == expected


def followed(schedule: ReportSettings, looks: list[datetime], first: Period) -> list[Period]:
    """What is made when somebody looks at these moments, after the schedule made the first one by itself."""
    made: list[Period] = [first]
    known = Known(made.__contains__, made.__contains__)
    for at in looks:
        made += due_periods(schedule, at, known, week_of(at) if isinstance(first, Week) else month_of(at))
    return made


@given(SCHEDULES, MOMENTS, st.lists(st.integers(1, 40 * 24), min_size=1, max_size=30))
def test_however_seldom_it_is_looked_at_each_week_is_made_once(
    schedule: ReportSettings, start: datetime, hours: list[int]
) -> None:
    first = week_of(start).before.before
    looks, at = [], start
    for step in hours:
        at += timedelta(hours=step)
        looks.append(at)
    made = followed(schedule, looks, first)
    assert len(set(made)) == len(made)
    assert all(later.before == earlier for earlier, later in pairwise(made))
    # Nothing is left that was due, and nothing was made before it was.
    assert due_at(schedule, made[-1]) <= max(looks[-1], due_at(schedule, first))
    following = week_of(made[-1].ends)
    assert due_at(schedule, following) > looks[-1]


def test_a_schedule_does_not_begin_with_the_past_and_makes_up_for_eight_weeks_at_most() -> None:
    schedule = ReportSettings()
    at = datetime(2026, 11, 25, tzinfo=UTC)
    nothing = Known(lambda _: False, lambda _: False)
    assert due_periods(schedule, at, nothing, week_of(at)) == [Week(2026, 47)]
    by_hand = Known(lambda period: period == Week(2026, 40), lambda _: False)
    assert due_periods(schedule, at, by_hand, week_of(at)) == [Week(2026, 47)]
    long_ago = Known(lambda period: period == Week(2026, 20), lambda period: period == Week(2026, 20))
    assert len(due_periods(schedule, at, long_ago, week_of(at))) == MOST_MISSED


def test_a_week_that_failed_is_due_after_a_later_one_was_made() -> None:
    at = datetime(2026, 11, 25, tzinfo=UTC)
    made = {Week(2026, 44), Week(2026, 45), Week(2026, 47)}
    known = Known(made.__contains__, made.__contains__)
    assert due_periods(ReportSettings(), at, known, week_of(at)) == [Week(2026, 46)]


def test_a_month_is_due_on_the_first_such_day_after_it_ended() -> None:
    schedule = ReportSettings(day=Weekday.MONDAY, time="07:00", zone="Europe/Berlin")
    assert due_at(schedule, Month(2026, 11)) == datetime(2026, 12, 7, 6, tzinfo=UTC)
    assert due_at(schedule, Month(2026, 5)) == datetime(2026, 6, 1, 5, tzinfo=UTC)
    at = datetime(2026, 12, 8, tzinfo=UTC)
    assert followed(schedule, [at, at], Month(2026, 9)) == [Month(2026, 9), Month(2026, 10), Month(2026, 11)]


@given(MOMENTS)
def test_a_month_holds_its_days_and_is_read_as_it_is_written(at: datetime) -> None:
    month = month_of(at)
    assert at in month
    assert month.ends == month_of(month.ends).starts
    assert month_of(month.ends).before == month
    assert parse_month(str(month)) == month == parse_period(str(month))
    assert month.starts - timedelta(microseconds=1) in month.before


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-00", "2026-W54", "November", "２０２６-11"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(PeriodUnknown):
        parse_period(text)


@pytest.mark.parametrize(
    "told", [{"zone": "Mars/Base"}, {"zone": "../etc"}, {"day": "moonday"}, {"time": "24:00"}, {"time": "7:00"}]
)
def test_a_schedule_that_no_clock_has_is_refused(told: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ReportSettings.model_validate(told)
    with pytest.raises(ValidationError, match="named twice"):
        ReportSettings.model_validate({"to": [{"party": "A"}, {"party": "A"}]})
