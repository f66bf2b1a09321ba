"""Which videos are still to be compared, with which earlier ones, and what is put on record of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from sqlmodel import Session, col, func, select

from crawler.disposal import disposed
from crawler.videos import Capture
from matcher.footage.clip import Clip, clip_of
from matcher.footage.copying import Compared, Shared
from matcher.footage.thresholds import THRESHOLD
from registry.arrays import from_bytes, to_bytes
from registry.storage.lock import hold
from registry.subjects import Subject
from reports.families.agreeing import agree
from reports.families.rows import ComparedFootage, FootageCopy, FootageDescriptor
from reports.matches import MatchRow, MatchStatus, content_id

ENCODER = "orb-structure-1"
"""What remembers videos; what another one made is made anew."""

MOST_EARLIER, MOST_SECONDS = 48, 1800.0
"""Earlier videos of a subject that one is compared with, and seconds of them: what was decided first, and then the newest."""

MARGIN = 5.0
"""Seconds before the first match of a video and after the last that are remembered with it."""


@dataclass(frozen=True)
class ToCompare:
    """A video by its bytes. capture_id, url: of the first capture of these bytes, and no row of it: each commit would go through
    all that wait. subjects: of whom something is matched in it, and was not compared. since, until: what is to be remembered of
    it, in seconds."""

    media_sha256: str
    capture_id: str
    url: str
    subjects: tuple[str, ...]
    since: float
    until: float


@dataclass(frozen=True)
class Earlier:
    """A video that was remembered before. size: of its frames. seconds: of it that are remembered."""

    media_sha256: str
    clip: Clip
    size: tuple[float, float]
    seconds: float


def to_compare(session: Session, most: int) -> tuple[list[ToCompare], int]:
    """So many as are compared at a time, and how many wait in all. The first captured first, so that each is compared with those
    before it; none whose bytes went."""
    done = select(ComparedFootage.subject_id).where(
        ComparedFootage.media_sha256 == Capture.media_sha256, ComparedFootage.subject_id == MatchRow.subject_id
    )
    living = select(Subject.id).where(col(Subject.erased_at).is_(None))
    query = (
        select(Capture.media_sha256, Capture.id, Capture.final_url, MatchRow.subject_id)
        .join(MatchRow, col(MatchRow.capture_id) == Capture.id)
        .where(~done.exists(), col(MatchRow.subject_id).in_(living), col(MatchRow.track) <= 1)
        .where(col(Capture.id).not_in(disposed()))
        .order_by(col(Capture.captured_at), col(Capture.id))
    )
    first: dict[str, tuple[str, str]] = {}
    subjects: dict[str, set[str]] = {}
    for sha256, capture_id, url, subject_id in session.exec(query).all():
        first.setdefault(sha256, (capture_id, url))
        subjects.setdefault(sha256, set()).add(subject_id)
    found = [_to_compare(session, sha256, *first[sha256], subjects[sha256]) for sha256 in islice(first, most)]
    return found, len(first)


def _to_compare(session: Session, sha256: str, capture_id: str, url: str, subjects: Collection[str]) -> ToCompare:
    ends = select(func.min(MatchRow.t_start), func.max(MatchRow.t_end)).join(Capture, col(Capture.id) == MatchRow.capture_id)
    since, until = session.exec(ends.where(Capture.media_sha256 == sha256)).one()
    return ToCompare(sha256, capture_id, url, tuple(sorted(subjects)), max(0.0, since - MARGIN), until + MARGIN)


def _first(session: Session, sha256: str, subjects: Collection[str]) -> str:
    """The first capture of these bytes in which one of the subjects is matched: its matches stand for those of all copies."""
    own = select(Capture.id).join(MatchRow, col(MatchRow.capture_id) == Capture.id).where(Capture.media_sha256 == sha256)
    own = own.where(col(MatchRow.subject_id).in_(subjects))
    return session.exec(own.order_by(col(Capture.captured_at), col(Capture.id)).limit(1)).one()


def earlier_videos(session: Session, about: ToCompare) -> list[Earlier]:
    """Those that are remembered, in which one of its subjects is matched."""
    own = select(Capture.media_sha256).join(MatchRow, col(MatchRow.capture_id) == Capture.id)
    own = own.where(col(MatchRow.subject_id).in_(about.subjects), Capture.media_sha256 != about.media_sha256)
    decided = own.where(col(MatchRow.status).in_((MatchStatus.CONFIRMED, MatchStatus.REJECTED, MatchStatus.PERMITTED)))
    columns = (FootageDescriptor.media_sha256, FootageDescriptor.seconds)
    query = select(*columns).where(col(FootageDescriptor.media_sha256).in_(own), FootageDescriptor.seconds > 0)
    first = col(FootageDescriptor.media_sha256).in_(decided).desc()
    kept, seconds = [], 0.0
    for sha256, lasts in session.exec(query.order_by(first, col(FootageDescriptor.made_at).desc())).all()[:MOST_EARLIER]:
        seconds += lasts
        if seconds <= MOST_SECONDS:
            kept.append(sha256)
    return [_earlier(session.get_one(FootageDescriptor, sha256)) for sha256 in sorted(kept)]


def _earlier(row: FootageDescriptor) -> Earlier:
    return Earlier(row.media_sha256, clip_of(from_bytes(row.arrays)), (row.width, row.height), row.seconds)


def record_compared(
    session: Session, about: ToCompare, found: Compared, earlier: Sequence[Earlier], at: datetime
) -> list[FootageCopy]:
    """Put on record how the video is known again, and which of its matches show what earlier ones do; flushed, the caller
    commits.

    Doing it again changes nothing. Who was erased while the video was looked at is in none of it."""
    hold(session)
    about = replace(about, subjects=_still_matched(session, about.media_sha256, about.subjects))
    if not about.subjects:
        return []
    made = [link for shared in found.shared for link in _links(session, about, found, shared, earlier[shared.number], at)]
    new: dict[str, FootageCopy] = {}
    for link in sorted(made, key=lambda link: -link.score):
        if link.id not in new and session.get(FootageCopy, link.id) is None:
            new[link.id] = link
    session.add_all(new.values())
    session.merge(_descriptor(about, found, at))
    for subject_id in about.subjects:
        session.merge(ComparedFootage(media_sha256=about.media_sha256, subject_id=subject_id, at=at))
    session.flush()
    return list(new.values())


def _still_matched(session: Session, sha256: str, subjects: Collection[str]) -> tuple[str, ...]:
    """Those of the subjects who are on record, and of whom something is matched in these bytes."""
    own = select(MatchRow.subject_id).join(Capture, col(Capture.id) == MatchRow.capture_id).where(Capture.media_sha256 == sha256)
    living = own.join(Subject, col(Subject.id) == MatchRow.subject_id).where(col(Subject.erased_at).is_(None))
    return tuple(sorted(set(session.exec(living.where(col(MatchRow.subject_id).in_(subjects))))))


def _descriptor(about: ToCompare, found: Compared, at: datetime) -> FootageDescriptor:
    known = found.remembered
    if known is None:
        return FootageDescriptor(
            media_sha256=about.media_sha256, encoder=ENCODER, width=0, height=0, seconds=0, arrays=b"", made_at=at
        )
    return FootageDescriptor(
        media_sha256=about.media_sha256,
        encoder=ENCODER,
        width=known.size[0],
        height=known.size[1],
        seconds=float(known.clip.times[-1] - known.clip.times[0]),
        arrays=to_bytes(known.clip.arrays()),
        made_at=at,
    )


def _links(session: Session, about: ToCompare, found: Compared, shared: Shared, of: Earlier, at: datetime) -> list[FootageCopy]:
    if shared.stretch.score < THRESHOLD or found.remembered is None:
        return []
    there = _still_matched(session, of.media_sha256, about.subjects)
    if not there:
        return []
    size, first = found.remembered.size, _first(session, of.media_sha256, there)
    own, theirs = (_matches(session, capture_id, about.subjects) for capture_id in (about.capture_id, first))
    made = []
    for copy in own:
        for other in theirs:
            if (copy.subject_id, copy.modality) != (other.subject_id, other.modality):
                continue
            if agree(copy, size, other, of.size, shared.stretch):
                made.append(_link(copy, other, shared, at))
    return made


def _matches(session: Session, capture_id: str, subjects: Collection[str]) -> Sequence[MatchRow]:
    own = select(MatchRow).where(MatchRow.capture_id == capture_id, col(MatchRow.subject_id).in_(subjects))
    return session.exec(own.where(col(MatchRow.track) <= 1).order_by(col(MatchRow.id))).all()


def _link(copy: MatchRow, other: MatchRow, shared: Shared, at: datetime) -> FootageCopy:
    seen = shared.stretch
    return FootageCopy(
        id=content_id(*sorted((copy.id, other.id))),
        match_id=copy.id,
        of_id=other.id,
        t_start=seen.t_start,
        t_end=seen.t_end,
        of_start=seen.clip_start,
        of_end=seen.clip_end,
        speed=seen.speed,
        mirrored=seen.mirrored,
        score=seen.score,
        whole=shared.whole,
        found_at=at,
    )
