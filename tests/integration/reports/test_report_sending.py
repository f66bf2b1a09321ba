"""Reports go out on schedule or by a person's word, once to each address, and what became of them is on record for good."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select, text

from monitor.mail import MailNotSet, NotSent, PerhapsSent
from monitor.reporting import ReportNotSent, SentReport, do_due, due_reports, send_report
from monitor.settings_outside import MailSettings
from monitor.settings_report import ReportSettings
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.db import now
from registry.documents import Document, digest_of
from registry.kinds import PartyKind, SubjectKind
from registry.parties import Party, add_party
from registry.subjects import add_subject
from reports.month import Month
from reports.notices.mail import AddressRefused, Mail
from reports.period import Period
from reports.postings import Posted, ReportPosting, all_postings
from reports.week import Week, week_of
from tests.support.mail_server import MailServer

WEEK = Week(2026, 46)
TUESDAY = datetime(2026, 11, 17, 9, tzinfo=UTC)


@dataclass
class Office:
    workspace: Workspace
    server: MailServer

    def with_settings(self, **report: object) -> Workspace:
        told = {"host": self.server.host, "port": self.server.port, "protection": "none", "sender": "legal@studio.example"}
        mail = MailSettings.model_validate({**told, "seconds": 3})
        settings = self.workspace.settings
        changed = {"mail": mail, "report": ReportSettings.model_validate(report)}
        return replace(self.workspace, settings=settings.model_copy(update=changed))

    def send(self, *to: str, party: str | None = "Studio", period: Period = WEEK, **more: bool) -> SentReport:
        with self.workspace.session() as session:
            whose = session.exec(select(Party).where(Party.name == party)).one() if party else None
            return send_report(self.with_settings(), session, period, whose, to, "C. Lerk", **more)

    def follow(self, at: datetime, **report: object) -> tuple[list[str], list[str]]:
        """What the schedule does at a moment: what was done, and what could not be."""
        done: list[str] = []
        with self.workspace.session() as session:
            problems = do_due(self.with_settings(**report), session, at, done.append)
        return done, problems

    def steps(self) -> list[tuple[str, str]]:
        with self.workspace.session() as session:
            return [(one.period, one.step.value) for one in all_postings(session)]


@pytest.fixture
def office(tmp_path: Path, server: MailServer) -> Iterator[Office]:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        with workspace.session() as session:
            for name in ("Studio", "Guild"):
                add_subject(session, add_party(session, name, PartyKind.STUDIO), f"Mascot of {name}", SubjectKind.CHARACTER)
            session.commit()
        yield Office(workspace, server)


GONE_OUT = [("2026-W46", step) for step in ("made", "sending", "handed over", "sent")]
TO_STUDIO = {"to": [{"party": "Studio", "recipients": ["a@studio.example"]}]}


def test_a_report_goes_out_as_it_was_made_and_once_to_each_address(office: Office) -> None:
    sent = office.send("a@studio.example", "b@studio.example")
    (taken,) = office.server.desk.taken
    assert taken.recipients == ["a@studio.example", "b@studio.example"]
    assert taken.message["Subject"] == "Weekly report 2026-W46: Studio"
    assert taken.message["Message-ID"] == sent.message_id
    (attached,) = taken.message.iter_attachments()
    assert attached.get_content() == sent.pdf.read_bytes()
    assert b"Mascot of Guild" not in taken.content
    with pytest.raises(ReportNotSent, match=r"a@studio\.example: sent"):
        office.send("a@studio.example")
    office.send("a@studio.example", "c@studio.example")
    assert [one.recipients for one in office.server.desk.taken][1:] == [["c@studio.example"]]
    office.send("a@studio.example", again=True)
    assert len({one.message["Message-ID"] for one in office.server.desk.taken}) == 3
    assert office.steps() == GONE_OUT * 3


def test_what_was_sent_stays_and_is_on_record_as_sent(office: Office) -> None:
    first, second = office.send("a@studio.example"), office.send("b@studio.example")
    assert first.pdf != second.pdf
    assert first.pdf.is_file()
    with office.workspace.session() as session:
        rows = session.exec(select(ReportPosting).where(ReportPosting.step == Posted.SENT).order_by(col(ReportPosting.id))).all()
        assert [row.pdf_sha256 for row in rows] == [digest_of(first.pdf), digest_of(second.pdf)]
        assert all(row.sent_at for row in session.exec(select(Document)).all() if row.path.endswith(".pdf"))


def test_a_party_is_sent_its_own_report_and_none_of_another(office: Office) -> None:
    both = {
        "to": [*TO_STUDIO["to"], {"party": "Guild", "recipients": ["x@guild.example"]}, {"recipients": ["all@office.example"]}]
    }
    done, problems = office.follow(TUESDAY, **both)
    assert (len(done), problems) == (3, [])
    subjects = {one.recipients[0]: one.message["Subject"] for one in office.server.desk.taken}
    assert subjects == {
        "a@studio.example": "Weekly report 2026-W46: Studio",
        "x@guild.example": "Weekly report 2026-W46: Guild",
        "all@office.example": "Weekly report 2026-W46: all parties",
    }


def test_the_schedule_makes_each_missed_report_once_and_does_nothing_more(office: Office) -> None:
    assert office.follow(TUESDAY, **TO_STUDIO)[0] == ["weekly report 2026-W46 for Studio: sent to a@studio.example"]
    assert office.follow(TUESDAY, **TO_STUDIO) == ([], [])
    assert office.follow(TUESDAY + timedelta(days=4), **TO_STUDIO) == ([], [])
    done, _ = office.follow(TUESDAY + timedelta(weeks=3), **TO_STUDIO)
    assert [line.split()[2] for line in done] == ["2026-W47", "2026-W48", "2026-W49"]
    assert len(office.server.desk.taken) == 4


def test_months_are_made_where_they_are_asked_for(office: Office) -> None:
    to = {"to": [{"party": "Studio", "recipients": ["a@studio.example"], "monthly": True}]}
    done, problems = office.follow(TUESDAY, **to)
    assert problems == []
    assert done == [
        "weekly report 2026-W46 for Studio: sent to a@studio.example",
        "monthly report 2026-10 for Studio: sent to a@studio.example",
    ]
    assert office.send("b@studio.example", period=Month(2026, 10)).pdf.name.startswith("monthly-2026-10")


def test_without_recipients_a_report_lies_in_the_folder_that_is_named(office: Office) -> None:
    done, problems = office.follow(TUESDAY, folder="handed/out", to=[{"party": "Studio"}])
    assert (len(done), problems, office.server.desk.taken) == (1, [], [])
    assert (office.workspace.root / "handed/out/weekly-2026-W46-studio.pdf").is_file()
    assert office.follow(TUESDAY, folder="handed/out", to=[{"party": "Studio"}]) == ([], [])
    assert office.steps() == GONE_OUT[:1]


def test_what_certainly_was_not_sent_is_sent_by_the_next_look_and_what_may_have_been_never(office: Office) -> None:
    office.server.desk.answers = {"DATA": "451 Later"}
    done, problems = office.follow(TUESDAY, **TO_STUDIO)
    assert done == []
    assert "did not take the letter: 451 Later" in problems[0]
    office.server.desk.answers = {}
    with office.workspace.session() as session:
        due, problems = due_reports(office.with_settings(**TO_STUDIO), session, TUESDAY)
        assert [one.words for one in due] == ["weekly report 2026-W46 for Studio: to be sent, to a@studio.example"]
        assert problems == []
    assert len(office.follow(TUESDAY, **TO_STUDIO)[0]) == 1
    assert len(office.server.desk.taken) == 1
    assert office.follow(TUESDAY, **TO_STUDIO) == ([], [])


def test_what_a_person_sends_to_others_or_before_the_week_is_over_keeps_nobody_from_the_whole_report(office: Office) -> None:
    this_week = week_of(now())
    after = this_week.ends + timedelta(days=2)
    office.send("lawyer@x.example", period=this_week)
    office.send("a@studio.example", period=this_week)
    done, problems = office.follow(after, **TO_STUDIO)
    assert (done, problems) == ([f"weekly report {this_week} for Studio: sent to a@studio.example"], [])
    assert office.follow(after, **TO_STUDIO) == ([], [])


def test_who_was_sent_the_whole_report_by_a_person_is_not_sent_it_again(office: Office) -> None:
    office.send("a@studio.example")
    assert office.follow(TUESDAY, **TO_STUDIO) == ([], [])
    both = {"to": [{"party": "Studio", "recipients": ["a@studio.example", "b@studio.example"]}]}
    assert office.follow(TUESDAY, **both)[0] == ["weekly report 2026-W46 for Studio: sent to b@studio.example"]
    assert [one.recipients for one in office.server.desk.taken] == [["a@studio.example"], ["b@studio.example"]]


def test_a_persons_failed_send_keeps_nothing_from_the_schedule(office: Office) -> None:
    office.server.desk.answers = {"DATA": "451 Later"}
    with pytest.raises(NotSent):
        office.send("a@studio.example")
    office.server.desk.answers = {}
    assert len(office.follow(TUESDAY, **TO_STUDIO)[0]) == 1


def test_an_entry_that_names_nobody_holds_up_no_other(office: Office) -> None:
    wrong = [{"party": "Renamed", "recipients": ["r@x.example"]}, {"party": "Guild", "recipients": ["A <a@x.example>"]}]
    done, problems = office.follow(TUESDAY, to=[*wrong, *TO_STUDIO["to"]])
    assert done == ["weekly report 2026-W46 for Studio: sent to a@studio.example"]
    assert [problem.partition(":")[0] for problem in problems] == ["The reports for Renamed", "The reports for Guild"]


class Silent:
    """A server that takes a mail and never says so."""

    def __init__(self) -> None:
        self.given: list[Mail] = []

    def send(self, mail: Mail, handing_over) -> str:  # type: ignore[no-untyped-def]
        handing_over()
        self.given.append(mail)
        raise PerhapsSent("It did not answer.", "Ask.")


def test_nothing_is_sent_again_by_itself_where_nobody_knows(office: Office) -> None:
    silent = Silent()
    with office.workspace.session() as session:
        place = office.with_settings(**TO_STUDIO)
        assert "It did not answer" in do_due(place, session, TUESDAY, print, silent)[0]
        assert do_due(place, session, TUESDAY, print, silent) == []
    assert len(silent.given) == 1
    assert office.steps()[-1] == ("2026-W46", "may have been sent")
    with pytest.raises(ReportNotSent, match="may have been sent"):
        office.send("a@studio.example")


@pytest.mark.parametrize(
    ("to", "words"), [((), "Nobody is named"), (("A <a@x.example>",), "no mail address"), (("a@x.example\nBcc: b@x",), "no mail")]
)
def test_nobody_and_what_is_no_address_are_refused_before_anything_is_made(
    office: Office, to: tuple[str, ...], words: str
) -> None:
    with pytest.raises((ReportNotSent, AddressRefused), match=words):
        office.send(*to)
    assert (office.steps(), office.server.desk.taken) == ([], [])
    with office.workspace.session() as session, pytest.raises(MailNotSet):
        send_report(office.workspace, session, WEEK, None, ("a@x.example",), "C. Lerk")


def test_a_refusal_goes_on_record_and_a_person_may_send_it_then(office: Office) -> None:
    office.server.desk.answers = {"a@studio.example": "550 No such user"}
    with pytest.raises(NotSent, match="550 No such user"):
        office.send("a@studio.example", "b@studio.example")
    assert office.steps()[-1] == ("2026-W46", "not sent")
    office.server.desk.answers = {}
    office.send("a@studio.example")
    assert [one.recipients for one in office.server.desk.taken] == [["a@studio.example"]]


def test_the_record_is_added_to_and_never_changed(office: Office) -> None:
    office.send("a@studio.example")

    def refused(session: Session, statement: str) -> str:
        with pytest.raises(DBAPIError) as error:
            session.execute(text(statement))
        session.rollback()
        return str(error.value.orig)

    with office.workspace.session() as session:
        assert "never changed" in refused(session, "UPDATE report_posting SET recipients = '[]'")
        assert "never deleted" in refused(session, "DELETE FROM report_posting")
        same = "report, period, party_id, 'SENT', at, by, recipients, how, message_id, path, pdf_sha256"
        again = f"INSERT INTO report_posting SELECT id + 1, {same} FROM report_posting ORDER BY id DESC LIMIT 1"
        assert "cannot become" in refused(session, again)


def test_the_record_names_whom_by_whom_and_in_which_words(office: Office) -> None:
    sent = office.send("a@studio.example")
    with office.workspace.session() as session:
        last = all_postings(session)[-1]
    assert (last.recipients, last.by, last.how) == (["a@studio.example"], "C. Lerk", "e-mail; 250 Taken as 1")
    assert json.dumps(last.path).endswith('.pdf"')
    assert last.message_id == sent.message_id
