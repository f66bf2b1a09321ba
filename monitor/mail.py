"""Sending mail: what a server is told, and what its answers mean for whether a letter went out."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from monitor.restored import refuse_restored
from monitor.settings_outside import MailProtection, MailSettings
from registry.errors import ExitCode, SemblanceError
from reports.notices.mail import Mail, mail_address

WHOLE = 4
"""How many times as long as one answer may take, all of them together may."""

_SAID = 200
Say = Callable[[], None]


class MailError(SemblanceError):
    """Root of the errors of sending."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class NotSent(MailError):
    """The server certainly has not taken the mail."""


class PerhapsSent(MailError):
    """The server was given the mail, and did not say whether it took it."""


class MailNotSet(SemblanceError):
    """The settings do not say how mail is sent, or not all of it."""


class Mailer(Protocol):
    """What takes a mail and says whether it went out."""

    def send(self, mail: Mail, handing_over: Say) -> str:
        """Have a mail sent; what the server said when it took it. handing_over: called right before it could be taken; what it
        raises goes on, and then nothing was sent. Raises NotSent, PerhapsSent."""


@dataclass(frozen=True)
class SmtpMailer:
    """A server by its address. seconds: that one answer may take. password: empty for none."""

    host: str
    port: int
    protection: MailProtection
    user: str
    password: str
    certificates: Path | None
    seconds: float

    def send(self, mail: Mail, handing_over: Say) -> str:
        """See Mailer."""
        with _refused(self._name, _not_sent), self._connected() as server:
            self._greet(server)
            self._address(server, mail)
            handing_over()
            return self._hand_over(server, mail)

    @property
    def _name(self) -> str:
        return f"The mail server {self.host}"

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        if self.protection is MailProtection.TLS:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.seconds, context=self._context())
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.seconds)
        # A server that sends a byte at a time never lets one answer time out.
        over = threading.Timer(self.seconds * WHOLE, _shut, (server,))
        over.daemon = True
        over.start()
        try:
            yield server
        finally:
            over.cancel()
            server.close()

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=None if self.certificates is None else str(self.certificates))

    def _greet(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if self.protection is MailProtection.STARTTLS:
            if not server.has_extn("starttls"):
                raise NotSent(f"{self._name} offers no STARTTLS.", "Set mail.protection to what it offers; nothing was sent.")
            server.starttls(context=self._context())
            server.ehlo()
        if self.user:
            self._log_in(server)

    def _log_in(self, server: smtplib.SMTP) -> None:
        try:
            server.login(self.user, self.password)
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPServerDisconnected) as error:
            # Some servers answer a wrong password by hanging up.
            raise NotSent(
                f"{self._name} does not accept the user name and the password.", "Mend mail.user, or the password."
            ) from error

    def _address(self, server: smtplib.SMTP, mail: Mail) -> None:
        """Name sender and recipients. A letter goes to all that it is meant for, or to nobody."""
        self._check(server.mail(mail.sender, [f"size={len(mail.content)}"] if server.has_extn("size") else []), mail.sender)
        for recipient in mail.recipients:
            self._check(server.rcpt(recipient), recipient)

    def _check(self, answer: tuple[int, bytes], address: str) -> None:
        code, said = answer
        if 200 <= code < 300:
            return
        words = _words(code, said)
        if 400 <= code < 500:
            raise NotSent(
                f"{self._name} does not take mail for {address} now: {words}.", "Send it again in some minutes.", retryable=True
            )
        raise NotSent(f"{self._name} refuses {address}: {words}.", "Check the address; nothing was sent to anybody.")

    def _hand_over(self, server: smtplib.SMTP, mail: Mail) -> str:
        """From the first byte of it on the server may have all of it, whatever becomes of the connection."""
        with _refused(self._name, _perhaps):
            code, said = server.data(mail.content)
        words = _words(code, said)
        if code == -1:
            raise _perhaps(self._name, f"answered with what is no answer: {words}")
        if not 200 <= code < 300:
            later = 400 <= code < 500
            remedy = "Send it again in some minutes." if later else "Ask whoever runs the mail server."
            raise NotSent(f"{self._name} did not take the letter: {words}.", remedy, retryable=later)
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        return words


@contextmanager
def _refused(name: str, error_of: Callable[[str, str], MailError]) -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPDataError as error:
        # The command alone was refused, and no byte of the mail was sent.
        raise NotSent(
            f"{name} did not take the letter: {_words(error.smtp_code, error.smtp_error)}.", "Send it again.", retryable=True
        ) from error
    except (TimeoutError, smtplib.SMTPServerDisconnected) as error:
        raise error_of(name, "did not answer in time, or broke off") from error
    except smtplib.SMTPResponseException as error:
        raise error_of(name, f"answered {_words(error.smtp_code, error.smtp_error)}") from error
    except ssl.SSLError as error:
        raise error_of(name, f"cannot be spoken with in confidence ({error.reason or 'TLS failed'})") from error
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        raise error_of(name, "cannot be reached, or does not speak SMTP") from error


def _not_sent(name: str, what: str) -> NotSent:
    return NotSent(f"{name} {what}.", "Nothing was sent: try again, or mend [mail] in the settings.", retryable=True)


def _perhaps(name: str, what: str) -> PerhapsSent:
    return PerhapsSent(
        f"{name} {what}, after it was given the letter: it may have been sent, and may not.",
        "Ask the recipient, or whoever runs the server, for the mail's Message-ID; then record what is known.",
    )


def _shut(server: smtplib.SMTP) -> None:
    held = server.sock
    if held is not None:
        with suppress(OSError):
            held.shutdown(socket.SHUT_RDWR)


def _words(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return f"{code} {' '.join(plain.split())[:_SAID]}".strip().rstrip(".")


def mailer_of(settings: MailSettings, root: Path) -> SmtpMailer:
    """The server that the settings of the workspace in root name. Raises MailNotSet, and RestoredWaits where it was restored."""
    refuse_restored(root)
    if not settings.host or not settings.sender:
        raise MailNotSet("The settings do not say how mail is sent.", "Set mail.host and mail.sender in semblance.toml.")
    mail_address(settings.sender)
    password = _password(settings, root)
    if settings.protection is MailProtection.NONE and password:
        raise MailNotSet("The password would be sent in the clear.", "Set mail.protection to starttls or tls.")
    certificates = None if settings.certificates is None else root / settings.certificates
    if certificates is not None and not certificates.is_file():
        raise MailNotSet(f"There is no file {certificates}.", "Put the server's certificates there, or unset mail.certificates.")
    port = settings.port or {"starttls": 587, "tls": 465, "none": 25}[settings.protection.value]
    return SmtpMailer(settings.host, port, settings.protection, settings.user, password, certificates, settings.seconds)


def _password(settings: MailSettings, root: Path) -> str:
    if settings.password is not None:
        return settings.password.get_secret_value()
    if settings.password_file is None:
        return ""
    place = root / settings.password_file
    try:
        return place.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise MailNotSet(f"The file with the mail password cannot be read: {place}.", "Mend mail.password_file.") from error


def recipients_of(addresses: Sequence[str]) -> tuple[str, ...]:
    """Mail addresses as they were typed, checked, each once. Raises AddressRefused."""
    return tuple(dict.fromkeys(mail_address(address) for address in addresses))
