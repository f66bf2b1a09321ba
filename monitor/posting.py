"""Letters on their way: sent by a mail server, or recorded by hand.

What a mail server is about to be given is on record before it, and the outcome after it. In between a kill leaves either what
certainly was not sent, or what may have been: that a person decides, and nothing is ever sent a second time by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, select

from monitor.mail import Mailer, mailer_of, recipients_of
from monitor.outgoing import Step, send_once
from monitor.sending import alone_sending, mark_sent
from monitor.workspace import Workspace
from registry.actions import Action
from registry.db import now
from registry.documents import Document, Places, digest_of
from reports.errors import EvidenceMissing, NoticeRefused
from reports.notices.events import UNDER_WAY, Event, NoticeEvent, add_event, check_may_come, last_event
from reports.notices.mail import AddressRefused, Mail, address_in, mail_of
from reports.notices.notice import Notice, find_notice
from reports.notices.recipients import before_sending, recipient_of
from reports.notices.stored import letter_of


@dataclass(frozen=True)
class Posting:
    """A letter that is about to be sent. known: what is to be known of its recipient, in words. unsigned: whether nobody signs it
    electronically."""

    notice: Notice
    mail: Mail
    signed: str
    known: tuple[str, ...]

    @property
    def unsigned(self) -> bool:
        return not self.signed


@dataclass(frozen=True)
class Sent:
    """A letter that went out. recipients: by their addresses. said: what the server answered."""

    id: str
    recipients: tuple[str, ...]
    message_id: str
    said: str
    at: datetime


def prepare_sending(
    workspace: Workspace, session: Session, notice_id: str, to: Sequence[str], signed: str, at: datetime
) -> Posting:
    """The mail with which a letter would go out now. to: the recipients' addresses; else the one that the letter names.

    Raises NotFound, StepRefused for a letter that was not approved or is sent, MailNotSet, AddressRefused, EvidenceMissing.
    """
    notice = find_notice(session, notice_id)
    check_may_come(notice, Event.SENDING)
    mailer_of(workspace.settings.mail, workspace.root)
    letter = letter_of(notice)
    named = address_in(letter.recipient)
    recipients = recipients_of(to or ([named] if named else []))
    if not recipients:
        raise AddressRefused("The letter names no mail address of its recipient, or several.", Action.NAME_RECIPIENT)
    sender = recipients_of([workspace.settings.mail.sender])[0]
    pdf = approved_file(session, notice).read_bytes()
    known = before_sending(recipient_of(letter.recipient, recipients), notice.law, at.date())
    mail = mail_of(letter, notice.id, pdf, sender, recipients, at, signed.strip())
    return Posting(notice, mail, signed.strip(), tuple(known))


def send_letter(workspace: Workspace, session: Session, posting: Posting, by: str, mailer: Mailer | None = None) -> Sent:
    """Send a letter, once, and record what became of it. Commits before, while and after.

    mailer: another than that of the settings. Raises NotSent, PerhapsSent, StepRefused where somebody else sends or sent it,
    WorkspaceBusy.
    """
    notice, mail = posting.notice, posting.mail
    mailer = mailer or mailer_of(workspace.settings.mail, workspace.root)
    session.commit()
    with alone_sending(workspace.engine, workspace.root):
        detail = {"recipients": list(mail.recipients), "signed": posting.signed}

        def record(step: Step, how: str) -> None:
            told = detail if step in (Step.SENDING, Step.SENT) else None
            event = Event(step.value)
            add_event(session, notice, event, by, now(), how=how, message_id=mail.message_id, detail=told)
            mark_sent(session, notice, event)
            session.commit()

        said = send_once(mailer, mail, record)
    sent = last_event(session, notice)
    assert sent is not None
    return Sent(notice.id, mail.recipients, mail.message_id, said, sent.at)


def record_by_hand(
    session: Session, notice_id: str, event: Event, by: str, at: datetime, *, whole_day: bool, how: str = "", reference: str = ""
) -> NoticeEvent:
    """Record what a person knows of a letter: that it went out, or was not sent after all, or what came of it. The caller
    commits. Raises NotFound, StepRefused, and NoticeRefused for a letter that is given up without a reason."""
    notice = find_notice(session, notice_id)
    if event is Event.EXPIRED and not how.strip():
        raise NoticeRefused("It is not said why nothing more is waited for.", Action.SAY_HOW)
    if event.value in {one.value for one in UNDER_WAY}:
        raise NoticeRefused("Only sending records that.", "Say whether it was sent.")
    made = add_event(session, notice, event, by, at, whole_day=whole_day, how=how, reference=reference)
    mark_sent(session, notice, event)
    return made


def approved_file(session: Session, notice: Notice) -> Path:
    """The very file that was approved, wherever it lies now. Raises EvidenceMissing where it is gone or was changed."""
    if notice.pdf_sha256 is not None:
        places = Places(session)
        for row in session.exec(select(Document).where(Document.digest == notice.pdf_sha256)).all():
            for place in places.of(row):
                if digest_of(place) == notice.pdf_sha256:
                    return place
    raise EvidenceMissing(
        "The file of the approved letter is not where it was made, or was changed.",
        "Put it back; or draft and approve the letter anew.",
    )
