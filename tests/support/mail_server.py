"""A real mail server on loopback, which keeps what it took and answers as a test has it answer."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


@dataclass
class Taken:
    recipients: list[str]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.content, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass
class Desk:
    """taken: what the server took. answers: its answers by the recipient's address, or by "DATA", in place of 250."""

    taken: list[Taken] = field(default_factory=list)
    answers: Mapping[str, str] = field(default_factory=dict)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.taken.append(Taken(list(envelope.rcpt_tos), envelope.original_content or envelope.content))
        return f"250 Taken as {len(self.taken)}"


@dataclass
class MailServer:
    host: str
    port: int
    desk: Desk

    @property
    def settings(self) -> str:
        """The section of the settings that names it."""
        where = f'host = "{self.host}"\nport = {self.port}\nprotection = "none"\n'
        return f'[mail]\n{where}sender = "legal@studio.example"\nseconds = 5\n'


class _AnyPort(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def open_mail_server(certificate: tuple[Path, Path] | None = None, login: tuple[str, str] | None = None) -> Iterator[MailServer]:
    """certificate: the server's and its key, in PEM, with which it offers STARTTLS. login: whom it takes mail of alone."""
    desk, options = Desk(), {}
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
        options = {"tls_context": context, "require_starttls": True}
    if login is not None:

        def known(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
            return AuthResult(success=(data.login.decode(), data.password.decode()) == login)

        options |= {"authenticator": known, "auth_required": True}
    controller = _AnyPort(desk, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield MailServer("127.0.0.1", controller.port, desk)
    finally:
        controller.stop()
