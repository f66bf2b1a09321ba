"""Sources that are looked at no more: for a while, or for good. What was found at them stays. Nothing here commits."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, or_, select

from crawler.health import SourceRow, SourceRun
from crawler.pages import Sighting
from crawler.videos import Video, VideoState
from registry.actions import Action
from registry.errors import Conflict, NotFound


@dataclass(frozen=True)
class FoundAt:
    """What was found at a source. videos: that it showed, at any time; here_alone: of those, that no other source showed;
    captured: of those, that were captured; looks: how often it was looked at."""

    videos: int
    here_alone: int
    captured: int
    looks: int


@dataclass(frozen=True)
class Removed:
    """A source that is not watched any more. kept: its looks and what was found there are on record; a source that was never
    looked at leaves nothing."""

    id: str
    name: str
    kept: bool
    found: FoundAt


@dataclass(frozen=True)
class Past:
    """A source that was removed."""

    id: str
    name: str
    url: str
    removed_at: datetime


def pause(session: Session, name: str, at: datetime) -> SourceRow:
    """Look at it no more until it is resumed. Raises NotFound, and Conflict where it is paused already."""
    row = find_row(session, name)
    if row.paused_at is not None:
        raise Conflict(f"{row.name} is paused already.", "Resume it to have it looked at again.", Action.SEE_SOURCES)
    row.paused_at = at
    session.add(row)
    session.flush()
    return row


def resume(session: Session, name: str) -> SourceRow:
    """Look at it again, from the next run on; one that was removed is watched again. Raises NotFound, and Conflict where it is
    looked at as it is."""
    row = find_row(session, name, removed=True)
    if row.paused_at is None and row.removed_at is None:
        raise Conflict(f"{row.name} is looked at already.", "Leave it, or pause it.", Action.SEE_SOURCES)
    row.paused_at = row.removed_at = None
    session.add(row)
    session.flush()
    return row


def remove(session: Session, name: str, at: datetime) -> Removed:
    """Watch it no more. What was found there stays, with where it was found; a source that was never looked at goes without a
    trace but the audit log's. Raises NotFound."""
    row = find_row(session, name)
    found = found_at(session, row.id)
    kept = bool(found.looks or found.videos)
    if kept:
        row.removed_at = at
        session.add(row)
    else:
        session.delete(row)
    session.flush()
    return Removed(row.id, row.name, kept, found)


def removed_sources(session: Session) -> list[Past]:
    """Those that were removed, the last one first."""
    rows = session.exec(
        select(SourceRow).where(col(SourceRow.removed_at).is_not(None)).order_by(col(SourceRow.removed_at).desc())
    )
    return [Past(row.id, row.name, row.url, row.removed_at) for row in rows if row.removed_at is not None]


def found_at(session: Session, source_id: str) -> FoundAt:
    """What was found at a source so far."""
    here = select(Sighting.video_id).where(Sighting.source_id == source_id).distinct()
    elsewhere = select(Sighting.video_id).where(Sighting.source_id != source_id)
    counted = select(func.count()).select_from(Video).where(col(Video.id).in_(here))
    runs = select(func.count()).select_from(SourceRun).where(SourceRun.source_id == source_id)
    return FoundAt(
        videos=session.exec(counted).one(),
        here_alone=session.exec(counted.where(col(Video.id).not_in(elsewhere))).one(),
        captured=session.exec(counted.where(Video.state == VideoState.CAPTURED)).one(),
        looks=session.exec(runs).one(),
    )


def find_row(session: Session, name: str, *, removed: bool = False) -> SourceRow:
    """A source by id, or else by name. removed: also one that was removed. Raises NotFound."""
    query = select(SourceRow).where(or_(SourceRow.id == name, SourceRow.name == name))
    if not removed:
        query = query.where(col(SourceRow.removed_at).is_(None))
    rows = sorted(session.exec(query), key=lambda row: row.id != name)
    if not rows:
        raise NotFound(f"There is no source {name!r}.", Action.SEE_SOURCES)
    return rows[0]
