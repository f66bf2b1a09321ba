"""The life of a notice: what happened to it, event after event. They are added, never changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, select

from registry.actions import Action
from registry.db import UtcDateTime, now
from registry.storage.lock import hold
from registry.storage.triggers import forbid
from registry.tenancy import ask, declare
from reports.errors import NoticeRefused
from reports.notices.notice import Notice
from reports.outbox import Happened, tell


class Event(StrEnum):
    """What can happen to a notice; the last one is its state.

    sending: a person has it sent. handed over: a mail server is about to be given it. not sent: it certainly was not.
    may have been sent: nobody knows whether the server took it. reposted: the same bytes were found at a further address.
    """

    DRAFT = "draft"
    APPROVED = "approved"
    SENDING = "sending"
    HANDED_OVER = "handed over"
    NOT_SENT = "not sent"
    UNCERTAIN = "may have been sent"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    REMOVED = "removed"
    REFUSED = "refused"
    COUNTER_NOTICED = "counter-noticed"
    RESTORED = "restored"
    REPOSTED = "reposted"
    EXPIRED = "expired"


TOLD: Mapping[Event, Happened] = {Event.SENT: Happened.NOTICE_SENT, Event.REMOVED: Happened.NOTICE_REMOVED}
"""What programs are told of."""

_ANSWERS = (Event.ACKNOWLEDGED, Event.REMOVED, Event.REFUSED, Event.COUNTER_NOTICED, Event.REPOSTED)

FOLLOWS: Mapping[Event, Sequence[Event]] = {
    Event.DRAFT: (Event.APPROVED, Event.EXPIRED),
    Event.APPROVED: (Event.SENDING, Event.SENT, Event.EXPIRED),
    Event.SENDING: (Event.HANDED_OVER, Event.NOT_SENT),
    Event.HANDED_OVER: (Event.SENT, Event.NOT_SENT, Event.UNCERTAIN),
    Event.NOT_SENT: (Event.SENDING, Event.SENT, Event.EXPIRED),
    Event.UNCERTAIN: (Event.SENT, Event.NOT_SENT, Event.EXPIRED),
    Event.SENT: (*_ANSWERS, Event.EXPIRED),
    Event.ACKNOWLEDGED: (Event.REMOVED, Event.REFUSED, Event.COUNTER_NOTICED, Event.REPOSTED, Event.EXPIRED),
    Event.REMOVED: (Event.COUNTER_NOTICED, Event.RESTORED, Event.REPOSTED),
    Event.REFUSED: (Event.ACKNOWLEDGED, Event.REMOVED, Event.REPOSTED, Event.EXPIRED),
    Event.COUNTER_NOTICED: (Event.REMOVED, Event.REFUSED, Event.RESTORED, Event.REPOSTED, Event.EXPIRED),
    Event.RESTORED: (Event.REMOVED, Event.REFUSED, Event.COUNTER_NOTICED, Event.REPOSTED, Event.EXPIRED),
    Event.REPOSTED: (*_ANSWERS, Event.RESTORED, Event.EXPIRED),
    # An answer may come when nobody waits for it any more.
    Event.EXPIRED: _ANSWERS,
}
"""What may come after each; the first of a notice is its draft. The database itself holds by this table."""

UNDER_WAY = (Event.SENDING, Event.HANDED_OVER)
RECORDED = (*_ANSWERS, Event.RESTORED, Event.EXPIRED)
"""What a person records of a letter that went out. That it was sent, or was not, has commands of its own."""


def recordable(state: str, *, went_out: bool) -> tuple[Event, ...]:
    """What a person may record of a letter in that state: that it was sent or not, and what came of one that went_out."""
    may = (event for event in FOLLOWS[Event(state)] if event in (Event.SENT, Event.NOT_SENT, *RECORDED))
    return tuple(event for event in may if went_out or event not in _ANSWERS)


def went_out(events: Iterable[str]) -> bool:
    """Whether, by all that happened to it, a letter was sent, or may have been: to any other there is no answer."""
    return not {Event.SENT.value, Event.UNCERTAIN.value}.isdisjoint(events)


BY_ITSELF = "semblance"
"""Whose events are those that no person records."""


class StepRefused(NoticeRefused):
    """An event that cannot come now."""


class NoticeEvent(SQLModel, table=True):
    """id grows with time: it is the moment in microseconds, or the next number after the last event's.

    at: when it happened; whole_day: only the day is known, of which at is the first instant. recorded_at: when it came on
    record. how: by which way a letter went, or in which words a server took or refused it. reference: the platform's own number.
    message_id: of the mail. detail: what else it rests on. proof_sha256: the statement in the vault that the video was absent.
    """

    __tablename__ = "notice_event"

    id: int = Field(primary_key=True)
    notice_id: str = Field(foreign_key="notice.id", index=True)
    event: Event
    at: datetime = Field(sa_type=UtcDateTime)
    whole_day: bool = False
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    by: str
    how: str = ""
    reference: str = ""
    message_id: str = ""
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    proof_sha256: str | None = None

    @property
    def until(self) -> datetime:
        """The last moment at which it may have happened."""
        return self.at + timedelta(days=1) if self.whole_day else self.at


forbid("notice_event_is_not_changed", "BEFORE UPDATE ON notice_event", "an event of a notice is never changed")
_ERASED = (
    'EXISTS (SELECT 1 FROM notice, json_each(notice.match_ids) AS named JOIN "match" ON "match".id = named.value '
    'JOIN subject ON subject.id = "match".subject_id WHERE notice.id = OLD.notice_id AND subject.erased_at IS NOT NULL)'
)
forbid(
    "notice_event_is_not_deleted", "BEFORE DELETE ON notice_event", "an event of a notice is never deleted", when=f"NOT {_ERASED}"
)
# Enumerations are stored by name.
_LAST_OF = "(SELECT event FROM notice_event WHERE notice_id = {row} ORDER BY id DESC LIMIT 1)"
_BEFORE = _LAST_OF.format(row="NEW.notice_id")
_MAY_COME = " OR ".join(
    f"({_BEFORE} = '{before.name}' AND NEW.event IN ({', '.join(repr(event.name) for event in after)}))"
    for before, after in FOLLOWS.items()
)
_MAY_BEGIN = f"({_BEFORE} IS NULL AND NEW.event = 'DRAFT')"
_IN_ORDER = "NEW.id > coalesce((SELECT max(id) FROM notice_event WHERE notice_id = NEW.notice_id), 0)"
forbid(
    "notice_event_follows",
    "BEFORE INSERT ON notice_event",
    "that event cannot come now",
    when=f"NOT (coalesce({_MAY_BEGIN} OR {_MAY_COME}, 0) AND {_IN_ORDER})",
)
forbid(
    "notice_event_of_approved",
    "BEFORE INSERT ON notice_event",
    "only an approved letter goes out",
    when="NEW.event NOT IN ('DRAFT', 'APPROVED', 'EXPIRED') "
    "AND (SELECT approved_at FROM notice WHERE id = NEW.notice_id) IS NULL",
)
_NEVER_WENT_OUT = "NOT EXISTS (SELECT 1 FROM notice_event WHERE notice_id = NEW.notice_id AND event IN ('SENT', 'UNCERTAIN'))"
_NAMES = ", ".join(f"'{event.name}'" for event in _ANSWERS)
forbid(
    "notice_event_answers_what_went_out",
    "BEFORE INSERT ON notice_event",
    "there is no answer to a letter that never went out",
    when=f"NEW.event IN ({_NAMES}) AND {_NEVER_WENT_OUT}",
)
_AS_STATE = " ".join(f"WHEN '{event.name}' THEN '{event.value}'" for event in Event)
_LAST_IN_WORDS = f"CASE {_LAST_OF.format(row='NEW.id')} {_AS_STATE} END"
# That an approved one is no draft again stands with the table.
forbid(
    "notice_state_is_its_last_event",
    "BEFORE UPDATE OF state ON notice",
    "the state of a notice is its last event",
    when=f"NEW.state NOT IN (OLD.state, 'draft') AND NEW.state IS NOT {_LAST_IN_WORDS}",
)

_LAST_ID = declare("SELECT max(id) FROM main.notice_event", lambda rows: next(rows)[0] or 0)


def events_of(session: Session, notice: Notice) -> list[NoticeEvent]:
    """All events of a notice, the first one first."""
    return list(session.exec(select(NoticeEvent).where(NoticeEvent.notice_id == notice.id).order_by(col(NoticeEvent.id))))


def last_event(session: Session, notice: Notice, *of: Event) -> NoticeEvent | None:
    """The last event of a notice, of these kinds where some are named."""
    query = select(NoticeEvent).where(NoticeEvent.notice_id == notice.id)
    if of:
        query = query.where(col(NoticeEvent.event).in_(of))
    return session.exec(query.order_by(col(NoticeEvent.id).desc()).limit(1)).first()


def begin_life(session: Session, notice: Notice) -> None:
    """Record that a letter was drafted, and flush."""
    _add(session, NoticeEvent(**_told(notice, Event.DRAFT), by=notice.drafted_by, at=notice.drafted_at))


def approved(session: Session, notice: Notice) -> None:
    """Record that a draft was approved by whom it names, with all else that changed in it, and flush."""
    assert notice.approved_at is not None
    _add(session, NoticeEvent(**_told(notice, Event.APPROVED), by=notice.approved_by, at=notice.approved_at))
    _follow(session, notice, Event.APPROVED)


def add_event(
    session: Session,
    notice: Notice,
    event: Event,
    by: str,
    at: datetime,
    *,
    whole_day: bool = False,
    how: str = "",
    reference: str = "",
    message_id: str = "",
    detail: Mapping[str, Any] | None = None,
    proof_sha256: str | None = None,
) -> NoticeEvent:
    """Add an event, let the notice's state follow it, and flush; the caller commits, and until then nobody else adds one.

    Raises StepRefused where it cannot come after what happened last, where nobody is named, and for a moment that is still to
    come or lies before what happened last.
    """
    hold(session)
    session.refresh(notice)
    _check_comes(session, notice, event)
    if not by.strip():
        raise StepRefused("It is not said who records this.", "Give a name.")
    made = NoticeEvent(
        **_told(notice, event),
        by=" ".join(by.split()),
        at=at,
        whole_day=whole_day,
        how=how.strip(),
        reference=reference.strip(),
        message_id=message_id,
        detail=dict(detail or {}),
        proof_sha256=proof_sha256,
    )
    _check_moment(session, notice, made)
    _add(session, made)
    _follow(session, notice, event)
    _tell(session, notice, event)
    return made


def _tell(session: Session, notice: Notice, event: Event) -> None:
    if event in TOLD:
        tell(session, TOLD[event], {"notice_id": notice.id, "case_id": notice.case_id}, case=notice.case_id)


def check_may_come(notice: Notice, event: Event) -> None:
    """Raises StepRefused where an event cannot come next, with what may."""
    may = FOLLOWS[Event(notice.state)]
    if event not in may:
        raise StepRefused(
            f"The notice is: {notice.state}. After that it cannot be: {event.value}.",
            f"What may come next: {', '.join(one.value for one in may)}.",
            Action.SEE_LIFE.of(notice.id[:12]),
        )


def _check_comes(session: Session, notice: Notice, event: Event) -> None:
    check_may_come(notice, event)
    if event in _ANSWERS and not went_out(one.event.value for one in events_of(session, notice)):
        what = f"The letter was never sent, so that it cannot be: {event.value}."
        raise StepRefused(what, Action.SEE_LIFE.of(notice.id[:12]))


def _check_moment(session: Session, notice: Notice, made: NoticeEvent) -> None:
    if made.at > made.recorded_at:
        raise StepRefused(f"{_in_words(made)} is still to come.", "Give the moment at which it happened.")
    before = last_event(session, notice)
    if before is not None and made.until < before.at:
        raise StepRefused(
            f"{_in_words(made)} lies before {_in_words(before)}, when it was: {before.event.value}.",
            "Give the moment at which it happened.",
        )


def _in_words(event: NoticeEvent) -> str:
    at = event.at.astimezone(UTC)
    return f"{at:%Y-%m-%d}" if event.whole_day else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _told(notice: Notice, event: Event) -> dict[str, Any]:
    return {"notice_id": notice.id, "event": event, "recorded_at": now()}


def _add(session: Session, made: NoticeEvent) -> None:
    made.id = max(ask(session, _LAST_ID) + 1, int(now().timestamp() * 1_000_000))
    session.add(made)
    session.flush()


def _follow(session: Session, notice: Notice, event: Event) -> None:
    notice.state = event.value
    session.add(notice)
    session.flush()
