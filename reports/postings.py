"""What became of reports that were made on schedule or sent: rows that are added, never changed."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, select

from registry.db import SAID_ONLY, UtcDateTime, now
from registry.storage.triggers import forbid
from registry.tenancy import ask, declare, whether_any


class Posted(StrEnum):
    """What can happen to a report. made: it lies in its folder. The others: see reports.notices.events.Event."""

    MADE = "made"
    SENDING = "sending"
    HANDED_OVER = "handed over"
    NOT_SENT = "not sent"
    UNCERTAIN = "may have been sent"
    SENT = "sent"


_OVER = (Posted.MADE, Posted.SENDING)
FOLLOWS: Mapping[Posted | None, Sequence[Posted]] = {
    None: (Posted.MADE,),
    Posted.MADE: (Posted.MADE, Posted.SENDING),
    Posted.SENDING: (Posted.HANDED_OVER, Posted.NOT_SENT),
    Posted.HANDED_OVER: (Posted.SENT, Posted.NOT_SENT, Posted.UNCERTAIN),
    Posted.NOT_SENT: _OVER,
    Posted.UNCERTAIN: _OVER,
    Posted.SENT: _OVER,
}
"""What may come after each; the first of a report is that it was made. The database itself holds by this table."""

UNDER_WAY = (Posted.SENDING, Posted.HANDED_OVER)
WENT = (Posted.SENT, Posted.UNCERTAIN)
"""After these it is not sent to the same address again unless a person says so."""


class ReportPosting(SQLModel, table=True):
    """One thing that happened to a report. report: which, see report_key; period: as its file is named, such as 2026-W47.

    party_id: whose; None for that of all parties. at: when; by: who had it done. recipients: whom it concerns; path: of its PDF,
    as records call it; pdf_sha256: its digest. how: in which words a server took or refused it.
    """

    __tablename__ = "report_posting"

    id: int = Field(primary_key=True)
    report: str = Field(index=True)
    period: str
    party_id: str | None = Field(default=None, foreign_key="party.id")
    step: Posted
    at: datetime = Field(sa_type=UtcDateTime)
    by: str
    recipients: list[str] = Field(default_factory=list, sa_type=JSON)
    how: str = ""
    message_id: str = ""
    path: str = ""
    pdf_sha256: str | None = Field(default=None, sa_column_kwargs={"info": {SAID_ONLY: True}})


forbid("report_posting_is_not_changed", "BEFORE UPDATE ON report_posting", "what became of a report is never changed")
forbid("report_posting_is_not_deleted", "BEFORE DELETE ON report_posting", "what became of a report is never deleted")
# Enumerations are stored by name.
_BEFORE = "(SELECT step FROM report_posting WHERE report = NEW.report ORDER BY id DESC LIMIT 1)"
_MAY_COME = " OR ".join(
    f"({_BEFORE} {'IS NULL' if before is None else f'= {before.name!r}'} "
    f"AND NEW.step IN ({', '.join(repr(step.name) for step in after)}))"
    for before, after in FOLLOWS.items()
)
_IN_ORDER = "NEW.id > coalesce((SELECT max(id) FROM report_posting), 0)"
forbid(
    "report_posting_follows",
    "BEFORE INSERT ON report_posting",
    "that cannot become of a report now",
    when=f"NOT (coalesce({_MAY_COME}, 0) AND {_IN_ORDER})",
)


def report_key(kind: str, period: str, party_id: str | None) -> str:
    """By which a report is told from all others. kind: weekly or monthly."""
    return f"{kind}/{period}/{party_id or '*'}"


def add_posting(session: Session, made: ReportPosting) -> ReportPosting:
    """Put it on record and flush; the caller commits. Its id is the moment in microseconds, or what follows the last one's."""
    last = session.exec(select(ReportPosting.id).order_by(col(ReportPosting.id).desc()).limit(1)).first() or 0
    made.id = max(last + 1, int(now().timestamp() * 1_000_000))
    session.add(made)
    session.flush()
    return made


def postings_of(session: Session, report: str) -> list[ReportPosting]:
    """All that became of a report, the first thing first."""
    return list(session.exec(select(ReportPosting).where(ReportPosting.report == report).order_by(col(ReportPosting.id))))


def all_postings(session: Session) -> list[ReportPosting]:
    """Of all reports, in the order in which it happened."""
    return list(session.exec(select(ReportPosting).order_by(col(ReportPosting.id))))


_IS_POSTED = declare(
    "SELECT 1 FROM main.report_posting WHERE path = :name AND step IN ('HANDED_OVER', 'SENT', 'UNCERTAIN') LIMIT 1", whether_any
)


def is_posted(session: Session, name: str) -> bool:
    """Whether the file that records call so went out, or may have: one that shows nobody is on no other record."""
    return bool(ask(session, _IS_POSTED, {"name": name}))


def last_to(postings: Iterable[ReportPosting]) -> dict[str, Posted]:
    """What became of a report last for each address."""
    return {address: one.step for one in postings for address in one.recipients}


def unsettled(session: Session) -> list[ReportPosting]:
    """Of each report whose sender did not come to an end, the last thing that is known."""
    last: dict[str, ReportPosting] = {one.report: one for one in all_postings(session)}
    return [one for one in last.values() if one.step in UNDER_WAY]


def message_id_of(report: str, recipients: Sequence[str], sender: str, times: int) -> str:
    """The mail's name: the same as long as it did not go out. times: how often it did."""
    told = "\n".join((report, *sorted(recipients), str(times)))
    return f"<report.{hashlib.sha256(told.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
