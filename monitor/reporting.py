"""Reports from figures to files and to mail: the one way for every face, for the schedule and for the demonstration."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from monitor.mail import Mailer, mailer_of, recipients_of
from monitor.misses import rates_in_words
from monitor.outgoing import Step, send_once
from monitor.report_slots import Known, due_periods
from monitor.restored import refuse_restored
from monitor.sending import alone_sending, mark_report_sent
from monitor.settings_report import ReportTo
from monitor.workspace import Workspace
from registry.actions import Action
from registry.db import now
from registry.documents import digest_of, name_of, root_of
from registry.errors import SemblanceError
from registry.parties import Party, find_party
from reports.errors import ReportsError
from reports.issuing import IssuedWeekly, issue_weekly
from reports.matches import licences_as_of_now
from reports.month import month_of
from reports.notices.events import BY_ITSELF
from reports.period import Period
from reports.postings import (
    WENT,
    Posted,
    ReportPosting,
    add_posting,
    last_to,
    message_id_of,
    postings_of,
    report_key,
)
from reports.report_mail import report_mail
from reports.week import week_of

Say = Callable[[str], None]


class ReportNotSent(ReportsError):
    """A report that cannot be sent now."""


@dataclass(frozen=True)
class SentReport:
    """A report that went out. party: whose; None for that of all parties. said: what the server answered."""

    period: str
    party: str | None
    pdf: Path
    recipients: tuple[str, ...]
    message_id: str
    said: str


@dataclass(frozen=True)
class DueReport:
    """A report of the schedule that was not made, or not sent to everybody. made: where it lies, or None. recipients: to whom it
    is to go still."""

    period: Period
    party: Party | None
    made: ReportPosting | None
    recipients: tuple[str, ...]

    @property
    def words(self) -> str:
        """In a line."""
        whose = self.party.name if self.party else "all parties"
        what = f"{self.period.adjective} report {self.period} for {whose}"
        to = f", to {', '.join(self.recipients)}" if self.recipients else ""
        return f"{what}: {'to be sent' if self.made else 'to be made'}{to}"


def make_report(
    workspace: Workspace, session: Session, period: Period, at: datetime, out: Path | None, party: Party | None
) -> IssuedWeekly:
    """Count and write a report in all its forms. Commits. at: when it is made, to the second."""
    licences_as_of_now(session)
    rates = rates_in_words(session, workspace.settings, at, party)
    return issue_weekly(session, workspace.vault, period, at, out, party, rates)


def send_report(
    workspace: Workspace,
    session: Session,
    period: Period,
    party: Party | None,
    to: Sequence[str],
    by: str,
    *,
    again: bool = False,
    mailer: Mailer | None = None,
) -> SentReport:
    """Make a report and send its PDF to those who were not sent it. Commits before, while and after.

    again: also to those who were, or may have been. Raises ReportNotSent where there is nobody left, MailNotSet, AddressRefused,
    NotSent, PerhapsSent, WorkspaceBusy.
    """
    mailer = mailer or mailer_of(workspace.settings.mail, workspace.root)
    wanted = recipients_of(to or _configured(workspace, party))
    session.commit()
    with alone_sending(workspace.engine, workspace.root):
        session.commit()
        key = report_key(period.adjective, str(period), party.id if party else None)
        known = last_to(postings_of(session, key))
        left = wanted if again else tuple(address for address in wanted if known.get(address) not in WENT)
        if not left:
            raise _nobody(wanted, known)
        made = _made(workspace, session, period, party, left, by)
        return _sent(workspace, session, made, party, left, by, mailer)


def _nobody(wanted: Sequence[str], known: dict[str, Posted]) -> ReportNotSent:
    if not wanted:
        where = "Recipients may stand under [[report.to]] in the settings."
        return ReportNotSent("Nobody is named to whom the report goes.", where, Action.NAME_RECIPIENT)
    told = "; ".join(f"{address}: {known[address].value}" for address in wanted)
    return ReportNotSent(f"The report went out to everybody named, or may have: {told}.", Action.SEND_AGAIN)


def _configured(workspace: Workspace, party: Party | None) -> tuple[str, ...]:
    names = ("",) if party is None else (party.name, party.id)
    return next((one.recipients for one in workspace.settings.report.to if one.party in names), ())


def _made(
    workspace: Workspace, session: Session, period: Period, party: Party | None, recipients: Sequence[str], by: str
) -> ReportPosting:
    """Make the report now and put on record where it lies."""
    folder = workspace.settings.report.folder
    out = None if folder is None else workspace.root / folder
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    issued = make_report(workspace, session, period, now().replace(microsecond=0), out, party)
    pdf = issued.written.pdf
    posting = ReportPosting(
        id=0,
        report=report_key(period.adjective, str(period), party.id if party else None),
        period=str(period),
        party_id=party.id if party else None,
        step=Posted.MADE,
        at=now(),
        by=by,
        recipients=list(recipients),
        path=name_of(root_of(session), pdf),
        pdf_sha256=digest_of(pdf),
    )
    add_posting(session, posting)
    session.commit()
    return posting


def _sent(
    workspace: Workspace,
    session: Session,
    made: ReportPosting,
    party: Party | None,
    recipients: Sequence[str],
    by: str,
    mailer: Mailer,
) -> SentReport:
    """Send the very file that was made. Whoever calls it is the only one who sends."""
    pdf = workspace.root / made.path
    sender = recipients_of([workspace.settings.mail.sender])[0]
    times = sum(one.step in WENT and set(one.recipients) >= set(recipients) for one in postings_of(session, made.report))
    name = message_id_of(made.report, recipients, sender, times)
    mail = report_mail(made, party.name if party else None, pdf, sender, recipients, name, made.at)
    about: dict[str, Any] = {
        **{key: getattr(made, key) for key in ("report", "period", "party_id", "path", "pdf_sha256")},
        "recipients": list(recipients),
        "message_id": name,
        "by": by,
    }

    def record(step: Step, how: str) -> None:
        posting = add_posting(session, ReportPosting(id=0, **about, step=Posted(step.value), at=now(), how=how))
        mark_report_sent(session, posting)
        session.commit()

    said = send_once(mailer, mail, record)
    return SentReport(made.period, party.name if party else None, pdf, tuple(recipients), name, said)


def due_reports(workspace: Workspace, session: Session, at: datetime) -> tuple[list[DueReport], list[str]]:
    """What the schedule asks for at a moment and was not done, the oldest first; and in words what of it cannot be read.

    What may have been sent is not sent again."""
    found: list[DueReport] = []
    problems: list[str] = []
    for one in workspace.settings.report.to:
        try:
            party = find_party(session, one.party) if one.party else None
            for last in (week_of(at), *((month_of(at),) if one.monthly else ())):
                found += _due_of(workspace, session, one, party, last, at)
        except SemblanceError as error:
            problems.append(f"The reports for {one.party or 'all parties'}: {error.what} {error.remedy}")
    return found, problems


def _due_of(
    workspace: Workspace, session: Session, one: ReportTo, party: Party | None, last: Period, at: datetime
) -> Iterator[DueReport]:
    def postings(period: Period) -> list[ReportPosting]:
        return postings_of(session, report_key(period.adjective, str(period), party.id if party else None))

    def by_schedule(period: Period) -> bool:
        return any(posting.by == BY_ITSELF and posting.step is Posted.MADE for posting in postings(period))

    def made(period: Period) -> bool:
        return by_schedule(period) or _done_by_hand(postings(period), period, wanted)

    wanted = recipients_of(one.recipients)
    yield from _to_send(one, party, postings, last)
    for period in due_periods(workspace.settings.report, at, Known(made, by_schedule), last):
        went = _went(postings(period), period)
        yield DueReport(period, party, None, tuple(address for address in wanted if address not in went))


def _went(told: Sequence[ReportPosting], period: Period) -> set[str]:
    """To whom a report of the whole period went, or may have. One that was made before its end is none."""
    return {address for address, step in last_to([one for one in told if one.at >= period.ends]).items() if step in WENT}


def _done_by_hand(told: Sequence[ReportPosting], period: Period, wanted: Sequence[str]) -> bool:
    """Whether people made the report after the period's end, and all who are to have it have it."""
    whole = any(one.step is Posted.MADE and one.at >= period.ends for one in told)
    return whole and _went(told, period) >= set(wanted)


def _to_send(
    one: ReportTo, party: Party | None, postings: Callable[[Period], list[ReportPosting]], last: Period
) -> Iterator[DueReport]:
    """Reports that the schedule made and that certainly did not reach those whom they were made for."""
    periods = [last.before]
    while len(periods) < MOST_TRIED:
        periods.append(periods[-1].before)
    for period in reversed(periods):
        told = postings(period)
        by_itself = [posting for posting in told if posting.step is Posted.MADE and posting.by == BY_ITSELF]
        waiting = _waiting(told, recipients_of(one.recipients))
        if by_itself and waiting:
            yield DueReport(period, party, by_itself[-1], waiting)


def _waiting(told: list[ReportPosting], recipients: Sequence[str]) -> tuple[str, ...]:
    """Those of the recipients who certainly were not sent it."""
    return tuple(
        address for address, step in last_to(told).items() if step in (Posted.MADE, Posted.NOT_SENT) and address in recipients
    )


MOST_TRIED = 4
"""So many periods back a report that was not sent is tried again; an older one is sent by a person, or not at all."""


def do_due(workspace: Workspace, session: Session, at: datetime, say: Say, mailer: Mailer | None = None) -> list[str]:
    """Make and send what the schedule asks for, once each; in words what could not be done. Commits each.

    One that fails holds up no other, and is due again. Raises WorkspaceBusy where another process sends, RestoredWaits.
    """
    refuse_restored(workspace.root)
    session.commit()
    with alone_sending(workspace.engine, workspace.root):
        # Whoever was at it before may have done all of it meanwhile.
        session.commit()
        found, problems = due_reports(workspace, session, at)
        for due in found:
            try:
                say(_do(workspace, session, due, mailer))
            except SemblanceError as error:
                session.rollback()
                problems.append(f"{due.words}: {error.what} {error.remedy}")
    return problems


def _do(workspace: Workspace, session: Session, due: DueReport, mailer: Mailer | None) -> str:
    made = due.made
    if made is None or digest_of(workspace.root / made.path) != made.pdf_sha256:
        made = _made(workspace, session, due.period, due.party, due.recipients, BY_ITSELF)
    if not due.recipients:
        return f"{due.words.partition(':')[0]}: made, {made.path}"
    mailer = mailer or mailer_of(workspace.settings.mail, workspace.root)
    sent = _sent(workspace, session, made, due.party, due.recipients, BY_ITSELF, mailer)
    return f"{due.words.partition(':')[0]}: sent to {', '.join(sent.recipients)}"
