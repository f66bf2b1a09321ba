"""Who sends mail: one process at a time; and what is known of a letter or a report whose sender was killed."""

from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from monitor.drivers import alone_at
from monitor.locks import WorkspaceBusy
from monitor.outgoing import broken_off
from registry.db import now
from registry.documents import Document
from reports.notices.events import BY_ITSELF, UNDER_WAY, Event, add_event
from reports.notices.notice import Notice
from reports.postings import WENT, Posted, ReportPosting, add_posting, unsettled


def settle_sending(session: Session, root: Path) -> int:
    """Say of each letter whose sender was killed what is known of it, and how many they were. Commits; nothing while somebody
    sends."""
    under_way = select(Notice).where(col(Notice.state).in_(UNDER_WAY)).order_by(col(Notice.id))
    if session.exec(under_way.limit(1)).first() is None:
        return 0
    try:
        with alone_sending(_engine_of(session), root):
            # Whoever was sending may have come to an end meanwhile.
            session.commit()
            left = session.exec(under_way).all()
            for notice in left:
                step, why = broken_off(notice.state == Event.HANDED_OVER.value)
                event = Event(step.value)
                add_event(session, notice, event, BY_ITSELF, now(), how=why)
                mark_sent(session, notice, event)
            session.commit()
            return len(left)
    except WorkspaceBusy:
        return 0


def settle_reports(session: Session, root: Path) -> int:
    """The same of reports, each by its last posting."""
    if not unsettled(session):
        return 0
    try:
        with alone_sending(_engine_of(session), root):
            session.commit()
            left = unsettled(session)
            for last in left:
                step, why = broken_off(last.step is Posted.HANDED_OVER)
                told = {**last.model_dump(), "step": Posted(step.value), "at": now(), "by": BY_ITSELF, "how": why}
                made = add_posting(session, ReportPosting(**told))
                mark_report_sent(session, made)
            session.commit()
            return len(left)
    except WorkspaceBusy:
        return 0


def mark_report_sent(session: Session, posting: ReportPosting) -> None:
    """What went out, or may have, is in other hands: its file stays when a subject is erased."""
    if posting.step in WENT and posting.pdf_sha256 is not None:
        _mark(session, posting.pdf_sha256)


def mark_sent(session: Session, notice: Notice, event: Event) -> None:
    """What went out, or may have, is in other hands: its file stays when its subject is erased."""
    if event in (Event.SENT, Event.UNCERTAIN) and notice.pdf_sha256 is not None:
        _mark(session, notice.pdf_sha256)


def _mark(session: Session, digest: str) -> None:
    for row in session.exec(select(Document).where(Document.digest == digest)).all():
        row.sent_at = row.sent_at or now()
        session.add(row)
    session.flush()


def alone_sending(engine: Engine, root: Path) -> AbstractContextManager[None]:
    """Be the one who sends from that workspace, on whatever machine; nothing may be left to be committed. Raises
    WorkspaceBusy."""
    return alone_at(engine, root, "mail", "Another mail is being sent.", "Wait until it is.")


def _engine_of(session: Session) -> Engine:
    bound = session.get_bind()
    return bound if isinstance(bound, Engine) else bound.engine
