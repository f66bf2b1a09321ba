"""Who sends letters: one process at a time; and what is known of a letter whose sender was killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlmodel import Session, col, select

from monitor.locks import WorkspaceBusy, held_alone
from registry.db import now
from registry.documents import Document
from reports.notices.events import BY_ITSELF, UNDER_WAY, Event, add_event
from reports.notices.notice import Notice

BROKEN_OFF = "the program ended before anything was handed over"
UNKNOWN = "the program ended while the letter was being handed over, and the server's answer is not known"


def settle_sending(session: Session, root: Path) -> int:
    """Say of each letter whose sender was killed what is known of it, and how many they were. Commits; nothing while somebody
    sends."""
    under_way = select(Notice).where(col(Notice.state).in_(UNDER_WAY)).order_by(col(Notice.id))
    if session.exec(under_way.limit(1)).first() is None:
        return 0
    try:
        with alone_sending(root):
            # Whoever was sending may have come to an end meanwhile.
            session.commit()
            left = session.exec(under_way).all()
            for notice in left:
                handed = notice.state == Event.HANDED_OVER.value
                event, why = (Event.UNCERTAIN, UNKNOWN) if handed else (Event.NOT_SENT, BROKEN_OFF)
                add_event(session, notice, event, BY_ITSELF, now(), how=why)
                mark_sent(session, notice, event)
            session.commit()
            return len(left)
    except WorkspaceBusy:
        return 0


def mark_sent(session: Session, notice: Notice, event: Event) -> None:
    """What went out, or may have, is in other hands: its file stays when its subject is erased."""
    if event in (Event.SENT, Event.UNCERTAIN) and notice.pdf_sha256 is not None:
        for row in session.exec(select(Document).where(Document.digest == notice.pdf_sha256)).all():
            row.sent_at = row.sent_at or now()
            session.add(row)
        session.flush()


@contextmanager
def alone_sending(root: Path) -> Iterator[None]:
    """Be the one who sends from that workspace. Raises WorkspaceBusy."""
    with held_alone(root / ".mail.lock", "Another letter is being sent.", "Wait until it is."):
        yield
