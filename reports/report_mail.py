"""A report as a mail: its PDF, which holds all its figures, and a few words. The same report makes the same bytes."""

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from reports.notices.mail import Mail, one_line
from reports.postings import ReportPosting

_BODY = (
    "The {kind} report {period} for {whose} is attached as a PDF. Its first page tells it to somebody with one minute: the "
    "decisions that are wanted, and the figures beside those before. All figures lie in the PDF as a file for programs, too.\n\n"
    "It names people who are protected. Do not pass it on to anybody who need not know.\n"
)


def report_mail(
    made: ReportPosting, party: str | None, pdf: Path, sender: str, recipients: Sequence[str], message_id: str, at: datetime
) -> Mail:
    """party: whose report it is; None for that of all parties."""
    whose, kind = party or "all parties", made.report.partition("/")[0]
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Subject"] = one_line(f"{kind.capitalize()} report {made.period}: {whose}")
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id
    message.set_content(_BODY.format(kind=kind, period=made.period, whose=whose), cte="quoted-printable")
    message.add_attachment(pdf.read_bytes(), maintype="application", subtype="pdf", filename=pdf.name)
    message.set_boundary(f"=_semblance_{message_id[1:].partition('@')[0]}")
    return Mail(sender, tuple(recipients), message_id, message.as_bytes())
