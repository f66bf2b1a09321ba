"""A letter's words, as they are looked at before it is approved."""

from sqlmodel import Session

from reports.notices.base import Letter
from reports.notices.notice import find_notice
from reports.notices.stored import letter_of


def letter_preview(session: Session, notice_id: str) -> Letter:
    """The letter as its row has it. Raises NotFound."""
    return letter_of(find_notice(session, notice_id))
