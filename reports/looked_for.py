"""What is looked for, since when, and which captures are owed a look at it.

A capture is looked at again only for what it was never compared with. What ends, and what is decided of a find, owes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Subquery, update
from sqlmodel import Field, Session, SQLModel, and_, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from crawler.disposal import disposed
from crawler.videos import Capture
from registry.db import UtcDateTime
from registry.paging import AT_ONCE
from reports.matches import Scan

ASKED = 0
"""In place of its gallery's number in a scan that could not read its capture: a person has it looked at once more. No gallery
has that number."""


class LookedFor(SQLModel, table=True):
    """One template that is looked for without a break. id: from its reference, its encoder, and what counts as a match.

    since: the number of the first gallery that had it. A scan names the gallery that it was made with; one with a lower number
    knows nothing of this template. Numbers are moments in microseconds, or the next one after the last, so that they count
    nobody's enrolments; of earlier versions they count galleries. What leaves the gallery goes from here, and comes back with a
    number of its own.
    """

    __tablename__ = "looked_for"

    id: str = Field(primary_key=True)
    subject_id: str = Field(index=True)
    since: int = Field(index=True)
    at: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True)
class Noted:
    """number: of the gallery now. begun: whether there was none before."""

    number: int
    begun: bool


def note_looked_for(session: Session, wanted: Mapping[str, str], at: datetime) -> Noted:
    """Keep what is looked for now, each template's id with its subject's; flushed, not committed."""
    known = {row.id: row for row in session.exec(select(LookedFor))}
    ever = session.exec(select(func.max(Scan.gallery_number))).one()
    last = max([ever or 0, *(row.since for row in known.values())])
    new = wanted.keys() - known.keys()
    for key in known.keys() - wanted.keys():
        session.delete(known[key])
    following = max(last + 1, int(at.timestamp() * 1_000_000))
    session.add_all(LookedFor(id=key, subject_id=wanted[key], since=following, at=at) for key in sorted(new))
    session.flush()
    return Noted(following if new else last, not last)


def adopt_scans(session: Session, digest: str, number: int) -> None:
    """Scans that an earlier version made with the gallery of that digest were made with the gallery of that number."""
    session.execute(
        update(Scan).where(col(Scan.gallery_digest) == digest, col(Scan.gallery_number).is_(None)).values(gallery_number=number)
    )


def owed(session: Session, number: int, since: datetime, among: Sequence[str] | None = None) -> list[Capture]:
    """The captures that were never looked at, those of which a person asked it, and those from that moment on that were not with
    the gallery of that number; those of the same bytes side by side, without those whose bytes went. among: of objects with these
    digests alone."""
    seen = _seen()
    behind = and_(func.coalesce(seen.c.number, 0) < number, col(Capture.captured_at) >= since)
    query = _held(seen).where(or_(seen.c.capture_id.is_(None), col(Capture.id).in_(_asked()), behind))
    query = query.order_by(col(Capture.media_sha256), col(Capture.id))
    if among is None:
        return list(session.exec(query))
    wanted = sorted(among)
    parts = (wanted[first : first + AT_ONCE] for first in range(0, len(wanted), AT_ONCE))
    return [row for part in parts for row in session.exec(query.where(col(Capture.media_sha256).in_(part)))]


def not_looked_again(session: Session, before: datetime | None = None, subjects: ColumnElement[bool] | None = None) -> int:
    """How many captures were last looked at before somebody was looked for who is now.

    before: of captures until then. subjects: a condition on LookedFor.
    """
    newest = select(func.max(LookedFor.since))
    number = session.exec(newest if subjects is None else newest.where(subjects)).one()
    if number is None:
        return 0
    seen = _seen()
    behind = _held(seen).where(seen.c.capture_id.is_not(None), func.coalesce(seen.c.number, 0) < number)
    behind = behind.where(col(Capture.id).not_in(_asked()))
    if before is not None:
        behind = behind.where(col(Capture.captured_at) < before)
    return session.exec(select(func.count()).select_from(behind.subquery())).one()


def _seen() -> Subquery:
    latest = select(Scan.capture_id, func.max(Scan.gallery_number).label("number")).group_by(col(Scan.capture_id))
    return latest.subquery()


def _asked() -> SelectOfScalar[str]:
    return select(Scan.capture_id).where(Scan.gallery_number == ASKED)


def _held(seen: Subquery) -> SelectOfScalar[Capture]:
    return select(Capture).outerjoin(seen, seen.c.capture_id == Capture.id).where(col(Capture.id).not_in(disposed()))


def forget_looked_for(session: Session, subject_id: str) -> None:
    """For an erasure; flushed."""
    rows: Sequence[LookedFor] = session.exec(select(LookedFor).where(LookedFor.subject_id == subject_id)).all()
    for row in rows:
        session.delete(row)
    session.flush()
