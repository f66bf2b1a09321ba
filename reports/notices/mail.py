"""A letter as a mail: the approved file, and its words as plain text. The same letter makes the same bytes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from registry.errors import RegistryError
from registry.hostnames import ascii_host
from reports.errors import ReportsError
from reports.notices.base import Letter
from reports.notices.text import letter_text

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_HOST = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*")
_FOUND = re.compile(r"[^\s<>,;:()\"\[\]\\]+@[^\s<>,;:()\"\[\]\\]+")
_BOUNDARY = "=_semblance_{}"


class AddressRefused(ReportsError):
    """What is no plain mail address."""


@dataclass(frozen=True)
class Mail:
    """A mail as a server is given it. content: RFC 5322, lines ended by CR LF."""

    sender: str
    recipients: tuple[str, ...]
    message_id: str
    content: bytes


def mail_address(text: str) -> str:
    """A bare address, its host in ASCII: without a name beside it, line breaks, comments or quotes. Raises AddressRefused."""
    local, at, host = text.strip(" ").rpartition("@")
    try:
        named = ascii_host(host) if at else ""
    except (RegistryError, ValueError):
        named = ""
    if not _LOCAL.fullmatch(local) or len(local) > 64 or not named or not _HOST.fullmatch(named):
        raise AddressRefused(f"{text!r} is no mail address.", "Give it alone, as name@host, without a name beside it.")
    return f"{local}@{named}"


def address_in(lines: Sequence[str]) -> str | None:
    """The one mail address that stands in a letter's lines about its recipient; None where there is none, or more than one."""
    found = dict.fromkeys(word.rstrip(".") for line in lines for word in _FOUND.findall(line))
    return mail_address(*found) if len(found) == 1 else None


def message_id_of(notice_id: str, sender: str) -> str:
    """The mail's name, which is the letter's own: who is given it twice can tell."""
    return f"<notice.{notice_id}@{sender.rpartition('@')[2]}>"


def mail_of(
    letter: Letter, notice_id: str, pdf: bytes, sender: str, recipients: Sequence[str], at: datetime, signed: str = ""
) -> Mail:
    """The mail with which an approved letter goes out. pdf: the file that was approved. signed: the name with which somebody
    signs electronically; "" where nobody does."""
    message, name = EmailMessage(policy=SMTP), message_id_of(notice_id, sender)
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Subject"] = one_line(letter.concerning)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = name
    message.set_content(letter_text(letter, signed), cte="quoted-printable")
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"notice-{notice_id[:12]}.pdf")
    message.set_boundary(_BOUNDARY.format(notice_id))
    return Mail(sender, tuple(recipients), name, message.as_bytes())


def one_line(text: str) -> str:
    """A subject of what strangers may have named: no line break, nothing that is not shown."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:200]
