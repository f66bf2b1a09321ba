"""What is due of a notice, and when: by the times that its law sets, and by the day that the letter itself names. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from reports.notices.events import Event, NoticeEvent
from reports.notices.laws.clocks import Clock
from reports.notices.laws.known import LAWS
from reports.notices.notice import Notice
from reports.notices.stored import letter_of

_ANSWERED = (Event.REMOVED, Event.REFUSED, Event.EXPIRED, Event.RESTORED)
_DAY_ANYWHERE = timedelta(hours=36)
BY_LETTER = "does what the letter asks for"


@dataclass(frozen=True)
class Due:
    """What is to be done. at: from which moment on it is late. not_before: the moment before which it must not be done; None
    where there is none. calendar: by which days are counted; "" for hours and days of the calendar."""

    what: str
    who: str
    at: datetime
    not_before: datetime | None
    calendar: str
    late: bool

    @property
    def set_by(self) -> str:
        """Who set that time, in words."""
        return "the day that the letter itself names" if self.what == BY_LETTER else "the time that the law sets"


def dues_of(notice: Notice, events: Sequence[NoticeEvent], at: datetime) -> list[Due]:
    """All that is due of a notice, the first one first. events: all of it, the first one first."""
    law = LAWS.get(notice.law)
    clocks = () if law is None else law.clocks
    found = [due for clock in clocks for due in _by_clock(clock, events, at)]
    return sorted([*found, *_by_letter(notice, events, at)], key=lambda due: due.at)


def _by_clock(clock: Clock, events: Sequence[NoticeEvent], at: datetime) -> Iterator[Due]:
    """It runs from the last event that begins it, until one that ends it."""
    begun = next((place for place in reversed(range(len(events))) if events[place].event is clock.begins), None)
    if begun is None or any(event.event in clock.ends for event in events[begun + 1 :]):
        return
    told = (events[begun].at, events[begun].whole_day)
    due, calendar = clock.due(*told), clock.calendar
    named = "" if calendar is None else calendar.title
    yield Due(clock.what, clock.who, due, clock.not_before(*told), named, at >= due)


def _by_letter(notice: Notice, events: Sequence[NoticeEvent], at: datetime) -> Iterator[Due]:
    sent = [place for place, event in enumerate(events) if event.event is Event.SENT]
    deadline = letter_of(notice).deadline if sent else None
    if deadline is None or any(event.event in _ANSWERED for event in events[sent[-1] :]):
        return
    # The letter names no zone: the day is over when it is over everywhere.
    due = datetime.combine(deadline, time.min, UTC) + _DAY_ANYWHERE
    yield Due(BY_LETTER, "the recipient", due, None, "", at >= due)
