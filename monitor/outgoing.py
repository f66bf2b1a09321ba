"""Giving a mail to a server once: what is about to happen is on record before it happens, and the outcome after it.

In between a kill leaves either what certainly was not sent, or what may have been; nothing is sent a second time by itself.
"""

from collections.abc import Callable
from enum import StrEnum

from monitor.mail import Mailer, PerhapsSent
from registry.errors import SemblanceError
from reports.notices.mail import Mail

BROKEN_OFF = "the program ended before anything was handed over"
UNKNOWN = "the program ended while it was being handed over, and the server's answer is not known"


class Step(StrEnum):
    """What becomes of a mail: somebody has it sent, a server is about to be given it, and one of three outcomes."""

    SENDING = "sending"
    HANDED_OVER = "handed over"
    NOT_SENT = "not sent"
    UNCERTAIN = "may have been sent"
    SENT = "sent"


def send_once(mailer: Mailer, mail: Mail, record: Callable[[Step, str], None]) -> str:
    """Give a mail to a server; what that said. record: puts a step on record and commits it, with how it is known.

    Whoever calls it is the only one who sends meanwhile (monitor.sending.alone_sending). Raises NotSent, PerhapsSent, and what
    record raises.
    """
    record(Step.SENDING, "e-mail")
    try:
        said = mailer.send(mail, lambda: record(Step.HANDED_OVER, "e-mail"))
    except SemblanceError as error:
        record(Step.UNCERTAIN if isinstance(error, PerhapsSent) else Step.NOT_SENT, error.what)
        raise
    record(Step.SENT, f"e-mail; {said}")
    return said


def broken_off(handed_over: bool) -> tuple[Step, str]:
    """What is known of a mail whose sender was killed."""
    return (Step.UNCERTAIN, UNKNOWN) if handed_over else (Step.NOT_SENT, BROKEN_OFF)
