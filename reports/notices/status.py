"""Letters that are under way: what happened last, and what is due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlmodel import Session, col, select

from registry.paging import Listed, Part, listed_of
from reports.notices.due import Due, dues_of
from reports.notices.events import Event, NoticeEvent, events_of
from reports.notices.notice import Notice, told
from reports.notices.stored import letter_of

OVER = (Event.DRAFT, Event.EXPIRED)
"""Not under way yet, or not any more. What was removed may come back, and is followed."""

WAITS = {
    Event.APPROVED.value: "somebody sends it",
    Event.NOT_SENT.value: "somebody sends it again",
    Event.UNCERTAIN.value: "somebody finds out whether it was sent, and records it",
    Event.REPOSTED.value: "somebody decides whether it is notified again",
    Event.RESTORED.value: "somebody decides whether to go on",
}
"""What a letter waits for that no law sets a time for."""


@dataclass(frozen=True)
class EventLine:
    """An event of a letter, as it is shown; see NoticeEvent."""

    event: str
    at: datetime
    whole_day: bool
    recorded_at: datetime
    by: str
    how: str
    reference: str
    message_id: str


@dataclass(frozen=True)
class StatusLine:
    """A letter that is under way. since: when what is its state happened. next_due, what: of the first of its dues. late:
    whether any is. dues: all of them."""

    id: str
    case_id: str
    law: str
    state: str
    since: datetime
    recipient: str
    next_due: datetime | None
    what: str
    late: bool
    dues: list[Due]


def status_lines(session: Session, part: Part, at: datetime) -> Listed[StatusLine]:
    """Those of ordered_lines that part asks for."""
    lines = ordered_lines(session, at)
    return listed_of(
        lines, lambda line: line.id, lambda line: f"{line.law}\n{line.state}\n{line.recipient}\n{line.case_id}", part
    )


def ordered_lines(session: Session, at: datetime) -> list[StatusLine]:
    """The letters that are under way: late ones first, then by what is due first, then those of which nothing is."""
    return sorted(_lines(session, at), key=lambda line: (not line.late, line.next_due is None, line.next_due or at, line.id))


def status_of(session: Session, notice: Notice, at: datetime) -> StatusLine | None:
    """The line of one letter; None where it is not under way."""
    return None if notice.state in {event.value for event in OVER} else _line(notice, events_of(session, notice), at)


def late_letters(session: Session, at: datetime) -> list[StatusLine]:
    """Those of which something is late."""
    return [line for line in _lines(session, at) if line.late]


def _lines(session: Session, at: datetime) -> Iterable[StatusLine]:
    under_way = select(Notice).where(col(Notice.state).not_in([event.value for event in OVER]))
    notices = {notice.id: notice for notice in told(session, session.exec(under_way).all())}
    events = select(NoticeEvent).where(col(NoticeEvent.notice_id).in_(under_way.with_only_columns(col(Notice.id))))
    ordered = session.exec(events.order_by(col(NoticeEvent.notice_id), col(NoticeEvent.id))).all()
    for notice_id, group in groupby(ordered, key=lambda event: event.notice_id):
        if notice_id in notices:
            yield _line(notices[notice_id], list(group), at)


def _line(notice: Notice, events: list[NoticeEvent], at: datetime) -> StatusLine:
    dues = dues_of(notice, events, at)
    first = dues[0] if dues else None
    recipient = letter_of(notice).recipient
    return StatusLine(
        id=notice.id,
        case_id=notice.case_id,
        law=notice.law,
        state=notice.state,
        since=events[-1].at,
        recipient=recipient[0] if recipient else "",
        next_due=None if first is None else first.at,
        what=WAITS.get(notice.state, "") if first is None else f"{first.who} {first.what}",
        late=any(due.late for due in dues),
        dues=dues,
    )
