"""A letter as the fields of a web form."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from reports.notices.notice import find_notice
from reports.notices.recipients import before_sending, recipient_of
from reports.notices.stored import letter_of
from reports.notices.text import section_text


@dataclass(frozen=True)
class FormBlock:
    """What goes into one field. field: what that is about."""

    field: str
    text: str


@dataclass(frozen=True)
class NoticeForm:
    """A letter in blocks of plain text. state: of the letter. known: what is to be known of its recipient."""

    id: str
    state: str
    known: list[str]
    blocks: list[FormBlock]


def form_of(session: Session, notice_id: str, on: date) -> NoticeForm:
    """Raises NotFound."""
    notice = find_notice(session, notice_id)
    letter = letter_of(notice)
    say = letter.say
    told = [(say("Sender"), letter.sender), (say("Recipient"), letter.recipient), (say("Subject"), (letter.concerning,))]
    blocks = [FormBlock(field, "\n".join(lines)) for field, lines in told]
    blocks += [FormBlock(section.heading, section_text(section, say).partition("\n")[2]) for section in letter.sections]
    blocks.append(FormBlock(say("Signature"), "\n".join(letter.signature)))
    known = before_sending(recipient_of(letter.recipient, ()), notice.law, on)
    return NoticeForm(notice.id, notice.state, known, blocks)
