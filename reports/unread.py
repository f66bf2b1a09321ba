"""Captures that could not be read, and having them looked at once more: by nobody's account, since they are everybody's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from crawler.disposal import disposed
from crawler.videos import Capture, Video
from registry.actions import Action
from registry.audit import record
from registry.errors import Conflict, NotFound
from registry.storage.lock import hold
from registry.tenancy import refuse_accounts
from reports.looked_for import ASKED
from reports.matches import Scan


@dataclass(frozen=True)
class Unread:
    """A capture of which the last look says that it could not be read, and why. again: whether the next run looks once more."""

    id: str
    title: str
    url: str
    captured_at: datetime
    looked_at: datetime
    reason: str
    again: bool


def unread(session: Session) -> list[Unread]:
    """All of them whose bytes are there, the last captured first. Raises AccessRefused for an account."""
    refuse_accounts(session, "Listing what could not be read")
    return [_unread(*row) for row in _last_looks(session)]


def look_once_more(session: Session, wanted: Sequence[str]) -> list[Unread]:
    """Have the next run look at these captures once more, and at all that are the same bytes; those are returned. Flushed, the
    caller commits.

    wanted: ids, or how they begin. Raises AccessRefused for an account, NotFound, and Conflict where several begin so.
    """
    refuse_accounts(session, "Having a capture looked at again")
    hold(session)
    rows = _last_looks(session)
    digests = {_named(rows, word).media_sha256 for word in wanted}
    chosen = [row for row in rows if row[0].media_sha256 in digests]
    for _, _, scan in chosen:
        scan.gallery_number = ASKED
    record(session, "look again", "capture", [capture.id for capture, _, _ in chosen])
    session.flush()
    return [_unread(*row) for row in chosen]


def _last_looks(session: Session) -> list[tuple[Capture, Video, Scan]]:
    last = select(Scan.capture_id, func.max(Scan.scanned_at).label("at")).group_by(col(Scan.capture_id)).subquery()
    query = (
        select(Capture, Video, Scan)
        .join(Video, col(Video.id) == Capture.video_id)
        .join(Scan, col(Scan.capture_id) == Capture.id)
        .join(last, (last.c.capture_id == Scan.capture_id) & (last.c.at == Scan.scanned_at))
        .where(col(Scan.failure).is_not(None), col(Capture.id).not_in(disposed()))
        .order_by(col(Capture.captured_at).desc(), col(Capture.id))
    )
    return list(session.exec(query))


def _named(rows: Sequence[tuple[Capture, Video, Scan]], word: str) -> Capture:
    found = [capture for capture, _, _ in rows if word and capture.id.startswith(word)]
    if not found:
        raise NotFound(f"There is no capture {word!r} that could not be read.", Action.SEE_UNREAD)
    if len(found) > 1:
        raise Conflict(f"{len(found)} captures that could not be read begin with {word!r}.", "Give more of the id.")
    return found[0]


def _unread(capture: Capture, video: Video, scan: Scan) -> Unread:
    reason = f"{scan.failure} {scan.remedy or ''}".strip()
    asked = scan.gallery_number == ASKED
    return Unread(capture.id, video.title, capture.final_url, capture.captured_at, scan.scanned_at, reason, asked)
