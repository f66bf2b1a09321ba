"""Letters as they are shown: in lists, and with all that they rest on."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from registry.db import now
from registry.paging import Listed, Part
from registry.views import view_of
from reports.case_lines import find_case
from reports.notices.events import events_of
from reports.notices.notice import DRAFT, Notice, find_notice, listed_notices, told
from reports.notices.rivals import rival_claims
from reports.notices.status import EventLine
from reports.notices.stored import letter_of

if TYPE_CHECKING:
    from reports.notices.writing import WrittenNotice


@dataclass(frozen=True)
class NoticeLine:
    """A letter in a list. state: its last event. missing: what its blanks ask for."""

    id: str
    case_id: str
    law: str
    state: str
    drafted_by: str
    drafted_at: datetime
    approved_by: str
    approved_at: datetime | None
    missing: list[str]


@dataclass(frozen=True)
class WrittenLine(NoticeLine):
    """A letter that was just written, with its files. warnings: what whoever sends it should know. left: what is not in
    it, or not cited, and why. reading: its English copies, where it is in another language."""

    docx: str
    pdf: str
    enclosures: str
    warnings: list[str]
    left: list[str]
    reading: list[str]


@dataclass(frozen=True)
class NoticeView(NoticeLine):
    """A letter with what it rests on. fair_use, licences_considered: who considered it and why; empty where nobody did.

    licences: those that were considered. conflicts: claims of others to the same right, now. left: what is not in
    it, or not cited, and why. seen, seen_for_approval: the looks
    on which it was drafted and approved, each with url, seen and at. events: all that happened to it.
    """

    fair_use: str
    licences: list[dict[str, str]]
    licences_considered: str
    law_confirmed_by: str
    conflicts: list[str]
    left: list[str]
    seen: list[dict[str, Any]]
    seen_for_approval: list[dict[str, Any]]
    events: list[EventLine]


def written_line(notice: Notice, written: "WrittenNotice", warnings: list[str]) -> WrittenLine:
    docx, pdf, enclosures = (str(place) for place in (written.docx, written.pdf, written.enclosures))
    copies = [str(place) for place in written.reading or ()]
    files = {"docx": docx, "pdf": pdf, "enclosures": enclosures, "reading": copies}
    return view_of(WrittenLine, notice, **files, warnings=warnings, left=list(letter_of(notice).left))


def notice_lines(session: Session, part: Part, case: str | None = None) -> Listed[NoticeLine]:
    """All letters, or those of a case, by its id or the first digits of one. Raises NotFound."""
    found = listed_notices(session, part, find_case(session, case) if case else None)
    return Listed(((view_of(NoticeLine, row), cursor) for row, cursor in found.rows), found.more)


def lines_of_case(session: Session, case_id: str) -> list[NoticeLine]:
    """The letters of one case, the oldest first. case_id: whole."""
    query = select(Notice).where(Notice.case_id == case_id).order_by(col(Notice.drafted_at), col(Notice.id))
    return [view_of(NoticeLine, row) for row in session.exec(query)]


@dataclass(frozen=True)
class DraftWaiting(NoticeLine):
    """A draft that nobody approved yet. concerning: its subject line."""

    concerning: str


def drafts_waiting(session: Session) -> list[DraftWaiting]:
    """The oldest first."""
    rows = session.exec(select(Notice).where(Notice.state == DRAFT).order_by(col(Notice.drafted_at), col(Notice.id))).all()
    return [view_of(DraftWaiting, row, concerning=letter_of(row).concerning) for row in told(session, rows)]


def notice_view(session: Session, notice_id: str) -> NoticeView:
    """Raises NotFound."""
    row = find_notice(session, notice_id)
    return view_of(
        NoticeView,
        row,
        fair_use=_considered(row.fair_use_by, row.fair_use_on, row.fair_use_reason),
        licences_considered=_considered(row.licences_by, "", row.licences_reason),
        conflicts=rival_claims(session, row, now()),
        left=list(letter_of(row).left),
        seen=row.stated.get("looks", []),
        seen_for_approval=row.approval,
        events=[view_of(EventLine, event) for event in events_of(session, row)],
    )


def _considered(by: str, on: str, reason: str) -> str:
    return f"{by}{f' on {on}' if on else ''}: {reason}" if by else ""
