"""What timestamp authorities said of the statements that a video was absent."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from registry.db import UtcDateTime
from registry.storage.triggers import forbid
from reports.matches import content_id
from reports.notices.events import NoticeEvent


class AbsenceStamp(SQLModel, table=True):
    """A question to an authority about the statement of an event (NoticeEvent.proof_sha256).

    id is derived from event and authority; the other columns mean what they mean in reports.signing.timestamp.Timestamp.
    """

    __tablename__ = "absence_stamp"

    id: str = Field(primary_key=True)
    event_id: int = Field(foreign_key="notice_event.id", index=True)
    authority: str
    asked_at: datetime = Field(sa_type=UtcDateTime)
    problem: str | None = None
    stated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    signer: str = ""
    serial: str = ""
    policy: str = ""
    reply_sha256: str | None = None
    roots_sha256: str | None = None


forbid(
    "absence_stamp_is_not_changed",
    "BEFORE UPDATE ON absence_stamp",
    "what an authority said is never changed",
    when="OLD.reply_sha256 IS NOT NULL",
)


def stamp_id(event: NoticeEvent, authority: str) -> str:
    """The id of the row about an event's statement and an authority."""
    return content_id("absence", str(event.id), authority)


def stamps_of(session: Session, event: NoticeEvent) -> Sequence[AbsenceStamp]:
    """In order of the authorities' names; what was asked for in vain, too."""
    about = select(AbsenceStamp).where(AbsenceStamp.event_id == event.id)
    return session.exec(about.order_by(col(AbsenceStamp.authority))).all()
