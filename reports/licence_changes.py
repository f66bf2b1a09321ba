"""What may have changed of permissions since all matches last followed licences and allow-list."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, update
from sqlalchemy import select as sql_select
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Field, Session, SQLModel, and_, col, exists, or_, select, true
from sqlmodel.sql.expression import SelectOfScalar

from crawler.pages import Statement
from crawler.videos import Capture
from registry.allowances import Allowance
from registry.db import UtcDateTime, in_text
from registry.licences import Licence, covered
from registry.subjects import Subject
from registry.tenancy import ask, declare, nothing

THE_ROW = 1

MOST_NAMED = 5000
"""Captures, or subjects, that a statement names one by one: SQLite takes 32,766 values at most."""


class LicencesApplied(SQLModel, table=True):
    """at: the earliest moment that any match last followed what permitted its use by; there is one row, or none in a new
    workspace. latest: the latest such moment; None where all followed by the same one."""

    __tablename__ = "licences_applied"

    id: int = Field(default=THE_ROW, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    latest: datetime | None = Field(default=None, sa_type=UtcDateTime)


# An account's matches follow, too, and it writes to no table that is everybody's.
# A clock that was set back judges by an earlier moment; what turned between the two is asked about again once it has passed both.
_NOTE_SOME = declare(
    """
    UPDATE main.licences_applied SET at = CASE WHEN at > :at THEN :at ELSE at END,
    latest = CASE WHEN at > :at AND (latest IS NULL OR at > latest) THEN at WHEN latest > :at THEN latest ELSE :at END
    """,
    nothing,
)


@dataclass(frozen=True)
class Concerned:
    """Whose matches may stand otherwise by now: of these subjects, of these parties' subjects, or in captures whose video some
    page was seen to show since a moment; None where none was."""

    subjects: frozenset[str]
    parties: frozenset[str]
    seen_since: datetime | None

    def condition(self, subject_id: Any, capture_id: Any) -> ColumnElement[bool] | None:
        """That a match is one of those, over its columns; None where there is none. With very many subjects, any match."""
        if len(self.subjects) + len(self.parties) > MOST_NAMED:
            return true()
        held = []
        if self.subjects:
            held.append(subject_id.in_(self.subjects))
        if self.parties:
            held.append(subject_id.in_(select(Subject.id).where(col(Subject.party_id).in_(self.parties))))
        if self.seen_since is not None:
            # After a whole crawl they are too many to be named.
            held.append(capture_id.in_(_seen(self.seen_since)))
        return or_(*held) if held else None

    def is_within(self, subjects: Collection[str], party_id: str | None) -> bool:
        """Whether all of them are of these subjects, or of this party's."""
        return self.seen_since is None and self.subjects <= set(subjects) and self.parties <= {party_id}


def note_applied(session: Session, at: datetime) -> None:
    """Every match of every party follows the licences of that moment. It is no act of anybody, and enters no log."""
    connection = AnySession.connection(session)
    if connection.execute(update(LicencesApplied).values(at=at, latest=None)).rowcount == 0:
        connection.execute(insert(LicencesApplied).values(id=THE_ROW, at=at))


def note_some(session: Session, at: datetime) -> None:
    """Some matches follow the licences of that moment, and others those of an earlier one."""
    ask(session, _NOTE_SOME, {"at": in_text(at)})


def concerned_since(session: Session, at: datetime, but: str = "") -> Concerned | None:
    """What licences, entries of the allow-list and pages, that began, ended or were seen since, may concern by at.

    but: the id of an entry of the allow-list that does not count. None where all matches may be: nobody knows when they last
    followed, or a clock was set back since.
    """
    row = session.execute(_whether_any(at, but)).first()
    if row is None or max(filter(None, row[:2])) > at:
        return None
    noted, _, *turned = row
    if not any(turned):
        return Concerned(frozenset(), frozenset(), None)
    licences = session.exec(select(Licence).where(_turned(Licence, noted, at))).all()
    allowances = session.exec(select(Allowance).where(_turned(Allowance, noted, at), Allowance.id != but)).all()
    licensed = frozenset[str]().union(*(covered(session, licence) for licence in licences))
    return Concerned(
        licensed | {entry.subject_id for entry in allowances if entry.subject_id},
        frozenset(entry.party_id for entry in allowances if entry.subject_id is None),
        noted if session.exec(_seen(noted).limit(1)).first() is not None else None,
    )


def _whether_any(at: datetime, but: str) -> Any:
    """Since when, and whether there is anything of each kind since: nearly always there is nothing, and nothing more is asked."""
    noted = col(LicencesApplied.at)
    seen = exists().where(col(Statement.last_seen_at) >= noted, col(Capture.video_id) == Statement.video_id)
    licences = exists().where(_turned(Licence, noted, at))
    allowances = exists().where(_turned(Allowance, noted, at), col(Allowance.id) != but)
    return sql_select(noted, col(LicencesApplied.latest), licences, allowances, seen)


@dataclass(frozen=True)
class Reached:
    """What one entry of the allow-list, just added or ended, may concern: the matches in these captures."""

    allowance_id: str
    captures: frozenset[str]

    def or_since(self, session: Session, at: datetime, subject_id: Any, capture_id: Any) -> ColumnElement[bool]:
        """That a match is one of those, or one that anything else may concern by at; of very many captures, any match."""
        since = concerned_since(session, at, but=self.allowance_id)
        if since is None or len(self.captures) > MOST_NAMED:
            return true()
        turned, here = since.condition(subject_id, capture_id), capture_id.in_(self.captures)
        return here if turned is None else or_(here, turned)


def _seen(since: datetime) -> SelectOfScalar[str]:
    """The captures whose video some page was seen to show since a moment."""
    return select(Capture.id).join(Statement, col(Statement.video_id) == Capture.video_id).where(Statement.last_seen_at >= since)


def _turned(table: type[Licence] | type[Allowance], since: Any, at: datetime) -> ColumnElement[bool]:
    """Whether a row began or ended after a moment, up to another. Who adds or revokes one lets the matches follow at once."""
    return or_(*(and_(col(column) > since, col(column) <= at) for column in (table.starts_at, table.ends_at)))
