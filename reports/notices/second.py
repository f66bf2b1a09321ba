"""Whether there may be a notice after an earlier one under the same law."""

from sqlmodel import Session, select

from reports.cases import Case
from reports.errors import NoticeRefused
from reports.notices.events import Event, events_of
from reports.notices.laws.known import LAWS
from reports.notices.notice import Notice


def check_may_follow(session: Session, case: Case, law_id: str) -> None:
    """Raises NoticeRefused where the law lets nobody notify again what was restored after a counter-notice."""
    law = LAWS.get(law_id)
    if law is None or not law.once_restored:
        return
    for earlier in session.exec(select(Notice).where(Notice.case_id == case.id, Notice.law == law_id)).all():
        if _was_restored(session, earlier):
            raise NoticeRefused(
                f"There is no second notice under {law.citation}: {law.once_restored}.",
                "Consult counsel about a suit, or a complaint to the authority.",
            )


def _was_restored(session: Session, notice: Notice) -> bool:
    told = [event.event for event in events_of(session, notice)]
    return Event.COUNTER_NOTICED in told and Event.RESTORED in told[told.index(Event.COUNTER_NOTICED) :]
