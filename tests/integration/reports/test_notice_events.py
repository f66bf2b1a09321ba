"""The events of a letter: added, never changed, in an order that the database keeps, too, and gone with who is erased."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from monitor.mail import NotSent, mailer_of
from monitor.settings_outside import MailSettings
from monitor.wiring import ERASERS
from monitor.workspace import Workspace
from registry.audit import AuditEntry, verify_audit
from registry.db import now
from registry.erase import erase_subject
from registry.subjects import Subject
from reports.notices.absent_stamp import AbsenceStamp, stamp_id
from reports.notices.events import (
    FOLLOWS,
    Event,
    NoticeEvent,
    StepRefused,
    add_event,
    begin_life,
    check_may_come,
    events_of,
    recordable,
    went_out,
)
from reports.notices.follow_up import followed_notices
from reports.notices.mail import Mail
from reports.notices.notice import Notice
from tests.support.letters_desk import LettersDesk
from tests.support.mail_server import open_mail_server
from tests.support.timestamp_authority import needs_openssl


@pytest.mark.parametrize("before", Event)
@pytest.mark.parametrize("after", Event)
def test_which_event_follows_which_is_one_table(before: Event, after: Event) -> None:
    notice = Notice(id="n", case_id="c", law="dmca", state=before.value, drafted_at=now(), drafted_by="C. Ounsel")
    if after in FOLLOWS[before]:
        check_may_come(notice, after)
        return
    with pytest.raises(StepRefused, match=f"After that it cannot be: {after.value}") as refused:
        check_may_come(notice, after)
    assert all(event.value in refused.value.remedy for event in FOLLOWS[before])


def change(place: Workspace, statement: str) -> None:
    with place.session() as session:
        session.connection().execute(text(statement))
        session.commit()


def row(notice: Notice, event: Event, number: str = "(SELECT max(id) + 1 FROM notice_event)") -> str:
    return (
        'INSERT INTO notice_event (id, notice_id, event, at, whole_day, recorded_at, "by", how, reference, message_id, detail) '
        f"SELECT {number}, '{notice.id}', '{event.name}', at, 0, at, 'x', '', '', '', '{{}}' FROM notice_event LIMIT 1"
    )


def test_the_database_keeps_events_as_they_are_and_in_their_order(desk: LettersDesk) -> None:
    notice = desk.draft().notice
    for statement, why in (
        (f"UPDATE notice_event SET \"by\" = 'x' WHERE notice_id = '{notice.id}'", "never changed"),
        (f"DELETE FROM notice_event WHERE notice_id = '{notice.id}'", "never deleted"),
        (row(notice, Event.SENT), "only an approved letter goes out"),
        (row(notice, Event.REMOVED, "1"), "cannot come now|only an approved|never went out"),
        (row(notice, Event.DRAFT), "cannot come now"),
        (row(notice, Event.APPROVED, "1"), "cannot come now"),
        (f"UPDATE notice SET state = 'sent' WHERE id = '{notice.id}'", "its last event"),
    ):
        with pytest.raises(IntegrityError, match=why):
            change(desk.workspace, statement)
    # Whoever writes an approval by hand has approved nothing.
    change(desk.workspace, row(notice, Event.APPROVED))
    with pytest.raises(IntegrityError, match="only an approved letter goes out"):
        change(desk.workspace, row(notice, Event.SENT))


def test_events_are_in_the_audit_log_and_go_with_who_is_erased(desk: LettersDesk) -> None:
    notice, _ = desk.approve(desk.draft().notice)
    place = desk.workspace
    with place.session() as session:
        held = session.get_one(Notice, notice.id)
        event = add_event(session, held, Event.SENT, "C. Ounsel", now())
        session.add(AbsenceStamp(id=stamp_id(event, "t"), event_id=event.id, authority="t", asked_at=now()))
        session.commit()
        logged = session.exec(select(AuditEntry).where(AuditEntry.table_name == "notice_event")).all()
        assert any(str(event.id) in entry.row_ids for entry in logged)
        erase_subject(session, place.vault, session.get_one(Subject, desk.subject_id), now(), "asked for", ERASERS)
        assert session.exec(select(NoticeEvent)).all() == []
        assert session.exec(select(AbsenceStamp)).all() == []
        assert verify_audit(session).ok


def test_two_events_at_one_moment_keep_their_order(desk: LettersDesk) -> None:
    with desk.workspace.session() as session:
        notice = session.get_one(Notice, desk.approve(desk.draft().notice)[0].id)
        at = now()
        for event in (Event.SENT, Event.ACKNOWLEDGED, Event.REFUSED):
            add_event(session, notice, event, "C. Ounsel", at)
        assert [one.event for one in events_of(session, notice)][2:] == [Event.SENT, Event.ACKNOWLEDGED, Event.REFUSED]
        with pytest.raises(StepRefused, match="lies before"):
            add_event(session, notice, Event.REMOVED, "C. Ounsel", at - timedelta(seconds=1))
        with pytest.raises(StepRefused, match="not said who"):
            add_event(session, notice, Event.REMOVED, "  ", now())


def test_a_letters_life_begins_once(desk: LettersDesk) -> None:
    notice = desk.draft().notice
    with desk.workspace.session() as session, pytest.raises(IntegrityError, match="cannot come now"):
        begin_life(session, session.get_one(Notice, notice.id))


MAIL = Mail("legal@studio.example", ("abuse@tube.example",), "<m@studio.example>", b"Subject: x\r\n\r\nhello\r\n")


@needs_openssl
def test_a_letter_goes_by_starttls_with_a_password_from_a_file_to_a_server_whose_certificate_is_known(tmp_path: Path) -> None:
    own, key = tmp_path / "mail.pem", tmp_path / "mail.key"
    asked = f"openssl req -x509 -nodes -newkey rsa:2048 -days 2 -subj /CN=mail -addext subjectAltName=IP:127.0.0.1 -keyout {key}"
    subprocess.run([*asked.split(), "-out", str(own)], check=True, capture_output=True)
    (tmp_path / "secret").write_text("a mail password\n")
    with open_mail_server((own, key), ("legal", "a mail password")) as server:
        told = {"host": server.host, "port": server.port, "sender": MAIL.sender, "user": "legal", "password_file": "secret"}

        def send(**changed: str) -> str:
            return mailer_of(MailSettings.model_validate({**told, **changed}), tmp_path).send(MAIL, lambda: None)

        # Its certificate leads to no root of the system: nothing is said to it.
        with pytest.raises(NotSent, match="in confidence"):
            send()
        (tmp_path / "wrong").write_text("another")
        with pytest.raises(NotSent, match="does not accept the user name") as refused:
            send(certificates="mail.pem", password_file="wrong")
        assert "another" not in str(refused.value)
        assert server.desk.taken == []
        assert send(certificates="mail.pem") == "250 Taken as 1"
        assert len(server.desk.taken) == 1


def test_a_letter_that_was_never_sent_has_no_answer(desk: LettersDesk) -> None:
    notice = desk.draft().notice
    with desk.workspace.session() as session:
        held = session.get_one(Notice, notice.id)
        add_event(session, held, Event.EXPIRED, "C. Ounsel", now(), how="it was settled")
        lived = [event.event.value for event in events_of(session, held)]
        assert recordable(held.state, went_out=went_out(lived)) == ()
        assert Event.REMOVED in recordable(held.state, went_out=True)
        with pytest.raises(StepRefused, match="never sent, so that it cannot be: removed"):
            add_event(session, held, Event.REMOVED, "C. Ounsel", now())
        session.commit()
        assert followed_notices(session) == []
    with pytest.raises(IntegrityError, match=r"only an approved|never went out"):
        change(desk.workspace, row(notice, Event.REMOVED))
