"""The table of letters, what the database refuses of them, and how they are found."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, select

from registry.actions import Action
from registry.db import SAID_ONLY, UtcDateTime, new_id
from registry.errors import NotFound
from registry.paging import Listed, Part, listed, listed_but
from registry.prefixes import begins_with
from registry.storage.triggers import forbid
from reports.case_lines import are_withheld
from reports.cases import Case
from reports.withheld import reader_of


class Notice(SQLModel, table=True):
    """A letter. state: its last event (reports.notices.events). letter: its whole content as JSON; missing: what its blanks ask
    for; match_ids: what it is made of. pdf_sha256: of the file that was approved, which is what goes out.

    stated: what it rests on, see reports.notices.stated. licences: those that were considered before, in words. approval: the
    looks on which a person approved it.
    """

    id: str = Field(default_factory=new_id, primary_key=True)
    case_id: str = Field(foreign_key="case_file.id", index=True)
    law: str
    state: str = Field(default="draft", index=True)
    drafted_at: datetime = Field(sa_type=UtcDateTime)
    drafted_by: str
    match_ids: list[str] = Field(default_factory=list, sa_type=JSON)
    letter: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    missing: list[str] = Field(default_factory=list, sa_type=JSON)
    needs_fair_use: bool = False
    fair_use_by: str = ""
    fair_use_on: str = ""
    fair_use_reason: str = ""
    stated: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    licences: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    licences_by: str = ""
    licences_reason: str = ""
    law_confirmed_by: str = ""
    approved_by: str = ""
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    approval: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    pdf_sha256: str | None = Field(default=None, sa_column_kwargs={"info": {SAID_ONLY: True}})


DRAFT, APPROVED = "draft", "approved"

_OF_CASE = 'SELECT 1 FROM case_match c JOIN "match" m ON m.id = c.match_id WHERE c.case_id = NEW.case_id'
_UNCONFIRMED = f"(NOT EXISTS ({_OF_CASE}) OR EXISTS ({_OF_CASE} AND m.status IS NOT 'CONFIRMED'))"
_UNCONSIDERED = "NEW.needs_fair_use AND (trim(NEW.fair_use_by) = '' OR NEW.fair_use_on = '' OR trim(NEW.fair_use_reason) = '')"
_UNSEEN = "json_array_length(NEW.licences) > 0 AND (trim(NEW.licences_by) = '' OR trim(NEW.licences_reason) = '')"
_NOBODY = "trim(NEW.approved_by) = '' OR NEW.approved_at IS NULL OR json_array_length(NEW.approval) = 0"
# What a letter says is bound; that its state goes on after a match was reopened is not.
for _name, _moment in (("insert", "INSERT"), ("update", "UPDATE OF case_id, letter, match_ids")):
    forbid(f"notice_confirmed_{_name}", f"BEFORE {_moment} ON notice", "a notice needs confirmed matches", when=_UNCONFIRMED)
for _name, _moment in (("insert", "INSERT"), ("update", "UPDATE")):
    forbid(f"notice_fair_use_{_name}", f"BEFORE {_moment} ON notice", "a fair-use consideration comes first", when=_UNCONSIDERED)
    forbid(f"notice_licences_{_name}", f"BEFORE {_moment} ON notice", "considering the licences comes first", when=_UNSEEN)
forbid(
    "notice_is_born_a_draft",
    "BEFORE INSERT ON notice",
    "a notice begins as a draft",
    when="NEW.state = 'approved' OR NEW.approved_at IS NOT NULL",
)
forbid(
    "notice_is_approved_once",
    "BEFORE UPDATE OF state ON notice",
    "only a draft is approved, of confirmed matches, by somebody, on looks",
    when=f"NEW.state = 'approved' AND OLD.state IS NOT 'approved' AND (OLD.state IS NOT 'draft' OR {_NOBODY} OR {_UNCONFIRMED})",
)
forbid(
    "notice_approved_is_no_draft",
    "BEFORE UPDATE OF state ON notice",
    "an approved notice is no draft again",
    when="NEW.state = 'draft' AND OLD.state IS NOT 'draft'",
)
forbid(
    "notice_approved_is_not_changed",
    "BEFORE UPDATE OF case_id, law, match_ids, letter, stated, licences, approved_by, approved_at, approval ON notice",
    "an approved letter is not changed",
    when="OLD.approved_at IS NOT NULL",
)
forbid(
    "notice_file_is_not_changed",
    "BEFORE UPDATE OF pdf_sha256 ON notice",
    "the file of an approved letter is not changed",
    when="OLD.pdf_sha256 IS NOT NULL AND NEW.pdf_sha256 IS NOT OLD.pdf_sha256",
)


def listed_notices(session: Session, part: Part, case: Case | None = None) -> Listed[Notice]:
    """Notices, the oldest first: all, or a case's; see registry.paging. None is about a case that is withheld."""
    query = select(Notice) if case is None else select(Notice).where(Notice.case_id == case.id)
    by = (col(Notice.drafted_at), col(Notice.id))
    searched = Notice.drafted_by, Notice.approved_by, Notice.law, Notice.case_id
    if not reader_of(session):
        return listed(session, query, by, part, searched)
    about = partial(_are_withheld, session)
    return listed_but(lambda some: listed(session, query, by, some, searched), about, part)


def told(session: Session, notices: Sequence[Notice]) -> list[Notice]:
    """Those that are about no case that is withheld."""
    hidden = _are_withheld(session, notices)
    return [notice for notice, is_hidden in zip(notices, hidden, strict=True) if not is_hidden]


def _are_withheld(session: Session, notices: Sequence[Notice]) -> list[bool]:
    return are_withheld(session, [notice.case_id for notice in notices])


def notices_of(session: Session, case: Case) -> list[Notice]:
    """A case's notices, the oldest first."""
    return list(session.exec(select(Notice).where(Notice.case_id == case.id).order_by(col(Notice.drafted_at))))


def find_notice(session: Session, reference: str) -> Notice:
    """The notice of an id or of the first digits of one. Raises NotFound when none or several answer."""
    found = session.exec(select(Notice).where(begins_with(col(Notice.id), reference)).limit(2)).all()
    if len(found) != 1 or not told(session, found):
        how = "more than one" if len(found) > 1 else "no"
        raise NotFound(f"There is {how} notice {reference!r}.", Action.SEE_NOTICES)
    return found[0]
