"""Whether there may be a notice after an earlier one: of what was restored, and by the authority that another rests on."""

from sqlmodel import Session, col, select

from registry.actions import Action
from reports.cases import Case
from reports.errors import NoticeRefused
from reports.notices.events import Event, events_of
from reports.notices.laws.base import Ask
from reports.notices.laws.known import LAWS
from reports.notices.notice import Notice

PER_NOTICE = tuple(law.id for law in LAWS.values() if Ask.AUTHORITY_PER_NOTICE in law.asks())
"""The laws under which who acts for others needs an authority for each notice."""


def check_may_follow(session: Session, case: Case, law_id: str) -> None:
    """Raises NoticeRefused where the law lets nobody notify again what was restored after a counter-notice, under whichever of
    that place's laws the notice before was."""
    law = LAWS.get(law_id)
    if law is None or not law.once_restored:
        return
    alike = [other.id for other in LAWS.values() if other.once_restored and other.place == law.place]
    before = select(Notice).where(Notice.case_id == case.id, col(Notice.law).in_(alike))
    for earlier in session.exec(before).all():
        if _was_restored(session, earlier):
            raise NoticeRefused(
                f"There is no second notice under {law.citation}: {law.once_restored}.",
                "Consult counsel about a suit, or a complaint to the authority.",
            )


def _was_restored(session: Session, notice: Notice) -> bool:
    told = [event.event for event in events_of(session, notice)]
    return Event.COUNTER_NOTICED in told and Event.RESTORED in told[told.index(Event.COUNTER_NOTICED) :]


def check_authority(session: Session, case: Case, law_id: str, authority: str) -> None:
    """Raises NoticeRefused where a law asks for an authority for each notice, and this one was given for another case."""
    given = _plain(authority)
    if not given or law_id not in PER_NOTICE:
        return
    others = select(Notice).where(Notice.case_id != case.id, col(Notice.law).in_(PER_NOTICE))
    for other in session.exec(others).all():
        if _plain(other.stated.get("notice_authority", "")) == given:
            raise NoticeRefused(
                f"That authority was given for another notice, about the case {other.case_id[:12]}.",
                "Have one given for this notice.",
                Action.NAME_AUTHORITY,
            )


def _plain(authority: str) -> str:
    return " ".join(authority.split()).casefold()
