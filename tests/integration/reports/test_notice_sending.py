"""Letters go out once, exactly as they were approved, or are said not to have gone, or to have gone perhaps."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlmodel import Session

from monitor.mail import MailNotSet, NotSent, PerhapsSent
from monitor.posting import Posting, Sent, prepare_sending, record_by_hand, send_letter
from monitor.settings import load_settings
from monitor.settings_outside import MailSettings
from registry.db import now
from registry.documents import digest_of
from registry.errors import SemblanceError
from reports.errors import EvidenceMissing
from reports.notices.events import Event, StepRefused, events_of
from reports.notices.mail import AddressRefused, mail_address
from reports.notices.notice import Notice, find_notice
from reports.notices.writing import names_of
from tests.support.letters_desk import Furnish, LettersDesk, approved
from tests.support.mail_server import MailServer


@dataclass
class Out:
    """A desk whose letter is approved. pdf: its file."""

    desk: LettersDesk
    notice: Notice
    pdf: Path

    def prepare(self, session: Session, settings: MailSettings, *to: str, signed: str = "") -> Posting:
        return prepare_sending(self.place(settings), session, self.notice.id[:12], to, signed, now())

    def place(self, settings: MailSettings):  # type: ignore[no-untyped-def]
        return replace(self.desk.workspace, settings=self.desk.workspace.settings.model_copy(update={"mail": settings}))

    def send(self, settings: MailSettings, *to: str, signed: str = "") -> Sent:
        with self.desk.workspace.session() as session:
            return send_letter(self.place(settings), session, self.prepare(session, settings, *to, signed=signed), "C. Ounsel")

    def life(self) -> list[str]:
        with self.desk.workspace.session() as session:
            notice = find_notice(session, self.notice.id)
            events = [event.event.value for event in events_of(session, notice)]
            assert events[-1] == notice.state
            return events


@pytest.fixture(scope="module")
def beginning() -> Furnish:
    return approved


@pytest.fixture
def out(desk: LettersDesk) -> Out:
    (notice,) = desk.notices()
    return Out(desk, notice, names_of(notice, desk.out).pdf)


def of(server: MailServer, **changed: object) -> MailSettings:
    told = {"host": server.host, "port": server.port, "protection": "none", "sender": "legal@studio.example", "seconds": 3}
    return MailSettings.model_validate({**told, **changed})


APPROVED = ["draft", "approved"]


def test_a_letter_is_sent_as_it_was_approved(out: Out, server: MailServer) -> None:
    sent = out.send(of(server), signed="S. Igner")
    (taken,) = server.desk.taken
    assert taken.recipients == ["abuse@tube.example"] == list(sent.recipients)
    message = taken.message
    assert message["From"] == "legal@studio.example"
    assert message["Message-ID"] == sent.message_id == f"<notice.{out.notice.id}@studio.example>"
    (attached,) = message.iter_attachments()
    assert attached.get_content() == out.pdf.read_bytes()
    assert digest_of(out.pdf) == out.notice.pdf_sha256
    body = message.get_body(("plain",))
    assert body is not None
    assert "Signed electronically: S. Igner" in body.get_content()
    assert out.desk.site.url("/media/clip.mp4") in body.get_content()
    assert out.life() == [*APPROVED, "sending", "handed over", "sent"]
    with pytest.raises(StepRefused, match="After that it cannot be: sending"):
        out.send(of(server))
    assert len(server.desk.taken) == 1


def test_only_an_approved_letter_is_sent(out: Out, server: MailServer) -> None:
    draft = out.desk.draft().notice
    with out.desk.workspace.session() as session, pytest.raises(StepRefused, match=r"is: draft\. .*What may come next: approved"):
        prepare_sending(out.place(of(server)), session, draft.id, (), "", now())
    with out.desk.workspace.session() as session, pytest.raises(StepRefused):
        record_by_hand(session, draft.id, Event.SENT, "C. Ounsel", now(), whole_day=False)
    assert server.desk.taken == []


def test_a_file_that_was_changed_after_the_approval_is_not_sent(out: Out, server: MailServer) -> None:
    out.pdf.write_bytes(out.pdf.read_bytes() + b" ")
    with pytest.raises(EvidenceMissing, match="was changed"):
        out.send(of(server))
    assert (server.desk.taken, out.life()) == ([], APPROVED)


@pytest.mark.parametrize(
    ("answers", "words", "retryable"),
    [
        ({"abuse@tube.example": "550 No such user"}, "refuses abuse@tube.example: 550 No such user", False),
        ({"abuse@tube.example": "451 Greylisted"}, "does not take mail for abuse@tube.example now: 451 Greylisted", True),
        ({"two@tube.example": "550 No such user"}, "refuses two@tube.example", False),
        ({"DATA": "554 Rejected"}, "did not take the letter: 554 Rejected", False),
        ({"DATA": "451 Later"}, "did not take the letter: 451 Later", True),
    ],
)
def test_what_a_server_refuses_goes_to_nobody_and_may_be_sent_again(
    out: Out, server: MailServer, answers: dict[str, str], words: str, retryable: bool
) -> None:
    server.desk.answers = answers
    with pytest.raises(NotSent, match=words) as refused:
        out.send(of(server), "abuse@tube.example", "two@tube.example")
    assert refused.value.retryable is retryable
    assert (server.desk.taken, out.life()[-1]) == ([], "not sent")
    server.desk.answers = {}
    out.send(of(server))
    assert len(server.desk.taken) == 1


@contextmanager
def rude_server(*answers: bytes | None) -> Iterator[int]:
    """A server that says these lines, one at the beginning and one after each of ours; None: it says nothing more. Its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, connection.makefile("rb") as lines:
                for answer in answers:
                    if answer is None:
                        lines.read()
                        return
                    connection.sendall(answer)
                    while answer.startswith(b"354") and lines.readline().strip() != b".":
                        pass
                    if not answer.startswith(b"354") and not lines.readline():
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


POLITE = (b"220 here\r\n", b"250 here\r\n", b"250 OK\r\n", b"250 OK\r\n", b"354 go on\r\n")


@pytest.mark.parametrize(
    ("answers", "error", "state"),
    [
        ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), NotSent, "not sent"),
        ((b"\x00\xff\xfe rubbish\r\n",), NotSent, "not sent"),
        ((None,), NotSent, "not sent"),
        ((*POLITE[:3], b"rubbish\r\n"), NotSent, "not sent"),
        ((*POLITE[:3], None), NotSent, "not sent"),
        ((*POLITE[:4], b"rubbish\r\n"), NotSent, "not sent"),
        ((*POLITE, b"rubbish\r\n"), PerhapsSent, "may have been sent"),
        ((*POLITE, None), PerhapsSent, "may have been sent"),
        (POLITE, PerhapsSent, "may have been sent"),
    ],
    ids=[
        "no mail server",
        "bytes",
        "silent",
        "rubbish to RCPT",
        "hangs at RCPT",
        "rubbish to DATA",
        "rubbish at the end",
        "hangs at the end",
        "breaks off at the end",
    ],
)
def test_a_rude_server_leaves_what_is_known(
    out: Out, answers: tuple[bytes | None, ...], error: type[SemblanceError], state: str
) -> None:
    with rude_server(*answers) as port:
        settings = MailSettings.model_validate(
            {"host": "127.0.0.1", "port": port, "protection": "none", "sender": "legal@studio.example", "seconds": 0.5}
        )
        with pytest.raises(error):
            out.send(settings)
    assert out.life()[-1] == state


def test_what_may_have_been_sent_waits_for_a_person(out: Out, server: MailServer) -> None:
    with rude_server(*POLITE) as port, pytest.raises(PerhapsSent, match="may have been sent, and may not"):
        out.send(MailSettings.model_validate({**of(server).model_dump(), "port": port}))
    with pytest.raises(StepRefused, match="may have been sent"):
        out.send(of(server))
    with out.desk.workspace.session() as session:
        record_by_hand(session, out.notice.id, Event.NOT_SENT, "C. Ounsel", now(), whole_day=False, how="asked them")
        session.commit()
    out.send(of(server))
    (taken,) = server.desk.taken
    assert taken.message["Message-ID"].startswith(f"<notice.{out.notice.id}@")


def test_a_server_that_cannot_be_reached_is_said(out: Out, server: MailServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(NotSent, match="cannot be reached"):
        out.send(of(server, port=port))
    with pytest.raises(NotSent, match="offers no STARTTLS"):
        out.send(of(server, protection="starttls"))
    assert server.desk.taken == []


def test_a_password_is_sent_by_a_guarded_way_alone_and_stands_in_no_file_of_settings(out: Out, server: MailServer) -> None:
    with pytest.raises(MailNotSet, match="in the clear"):
        out.send(of(server, user="u", password="secret"))
    with pytest.raises(MailNotSet, match="do not say how mail is sent"):
        out.send(MailSettings())
    root = out.desk.workspace.root
    (root / "semblance.toml").write_text('[mail]\npassword = "secret"\n')
    with pytest.raises(SemblanceError, match="SEMBLANCE_MAIL__PASSWORD") as refused:
        load_settings(root)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nBcc: x@evil.example",
        "a@b.example\n",
        "a@b.example%0d%0aX: y",
        '"a@b.example" <x@evil.example>',
        "Legal <a@b.example>",
        "a@b@c.example",
        "a b@c.example",
        "@b.example",
        "a@",
        "a@b..example",
        "a@b.example,c@d.example",
        "a@b.example>",
        "a@\u202eb.example",
        "(x)a@b.example",
        "a@[127.0.0.1]",
        "",
    ],
)
def test_an_address_is_bare_or_refused(out: Out, server: MailServer, address: str) -> None:
    with pytest.raises(AddressRefused):
        out.send(of(server), address)
    assert (server.desk.taken, out.life()) == ([], APPROVED)


def test_an_address_is_taken_with_its_host_in_ascii() -> None:
    assert mail_address(" abuse+x@Bücher.example ") == "abuse+x@xn--bcher-kva.example"
