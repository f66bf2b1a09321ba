"""What a week's report could not see: sources, videos and captures that nothing is known of, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from crawler.health import SourceCoverage, coverage
from crawler.videos import Capture, Video, VideoState
from matcher.sound_bounds import TOO_LITTLE_SPEECH
from registry.db import now
from reports.looked_for import ASKED, LookedFor, not_looked_again
from reports.matches import Scan
from reports.period import Period
from reports.render.plain import looked_part

MOST_LISTED = 60


@dataclass(frozen=True)
class Gap:
    """A video or a capture that nothing is known of."""

    title: str
    url: str
    reason: str


@dataclass(frozen=True)
class Coverage:
    """found, captured, scanned count the week's; the gaps are all that are open at its end, each list cut to MOST_LISTED.

    in_part: captures that the week's last scan looked at, but not all of them. not_again: captures that were last looked at
    before somebody was looked for who is now: they may show them. little_speech: captures that the week's last scan listened to,
    with too little speech in them to compare a voice.
    """

    sources: tuple[SourceCoverage, ...]
    found: int
    captured: int
    scanned: int
    not_captured: tuple[Gap, ...]
    not_captured_count: int
    not_scanned: tuple[Gap, ...]
    not_scanned_count: int
    in_part: tuple[Gap, ...]
    in_part_count: int
    not_again: int
    little_speech: int
    encoders: tuple[str, ...]
    packs: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether every page, video and capture was looked at, and all of it."""
        missing = self.not_captured_count + self.not_scanned_count + self.in_part_count
        return all(source.complete for source in self.sources) and not missing


def coverage_of(session: Session, week: Period, subjects: SelectOfScalar[str] | None = None) -> Coverage:
    """subjects: those of whom alone the report speaks; None for everybody."""
    not_captured = _not_captured(session, week)
    not_scanned = _not_scanned(session, week)
    scans = session.exec(select(Scan).where(_during(Scan.scanned_at, week)).order_by(col(Scan.scanned_at))).all()
    in_part = _in_part(session, scans)
    return Coverage(
        sources=tuple(coverage(session, week.starts, week.ends, min(week.ends, now()))),
        found=session.exec(select(func.count()).select_from(Video).where(_during(Video.first_seen_at, week))).one(),
        captured=session.exec(select(func.count()).select_from(Capture).where(_during(Capture.captured_at, week))).one(),
        scanned=len({scan.capture_id for scan in scans if scan.failure is None}),
        not_captured=tuple(not_captured[:MOST_LISTED]),
        not_captured_count=len(not_captured),
        not_scanned=tuple(not_scanned[:MOST_LISTED]),
        not_scanned_count=len(not_scanned),
        in_part=tuple(in_part[:MOST_LISTED]),
        in_part_count=len(in_part),
        not_again=not_looked_again(session, week.ends, None if subjects is None else col(LookedFor.subject_id).in_(subjects)),
        little_speech=_little_speech(scans),
        encoders=tuple(sorted({encoder for scan in scans for encoder in scan.encoders})),
        packs=tuple(sorted({pack for scan in scans for pack in scan.packs})),
    )


def _during(moment: datetime, week: Period) -> ColumnElement[bool]:
    """moment: a model's attribute, which its class types as the value and gives as the column."""
    return and_(col(moment) >= week.starts, col(moment) < week.ends)


def _not_captured(session: Session, week: Period) -> list[Gap]:
    """Videos without any capture by the week's end, those of that week first."""
    captured = select(Capture.video_id).where(Capture.captured_at < week.ends)
    missing = select(Video).where(Video.first_seen_at < week.ends, col(Video.id).not_in(captured))
    videos = session.exec(missing.order_by(col(Video.first_seen_at).desc(), col(Video.id)))
    return [Gap(video.title, video.page_url or video.media_url, _why_not(video, week)) for video in videos]


def _why_not(video: Video, week: Period) -> str:
    if video.state is VideoState.FAILED:
        return f"{video.failure or 'It could not be captured.'} {video.remedy or ''}".strip()
    if video.state is VideoState.DISCOVERED:
        return "It waits to be captured."
    return f"It was captured after this {week.unit}."


def _not_scanned(session: Session, week: Period) -> list[Gap]:
    """Captures that no scan has read by the week's end; of those that are not listed it is not asked why."""
    read = select(Scan.capture_id).where(col(Scan.failure).is_(None), Scan.scanned_at < week.ends)
    unread = select(Capture, Video).join(Video).where(Capture.captured_at < week.ends, col(Capture.id).not_in(read))
    return [
        Gap(video.title, video.page_url or video.media_url, _why_unread(session, capture, week) if place < MOST_LISTED else "")
        for place, (capture, video) in enumerate(session.exec(unread.order_by(col(Capture.captured_at).desc(), col(Capture.id))))
    ]


def _in_part(session: Session, scans: Sequence[Scan]) -> list[Gap]:
    """scans: in order of time; of each capture the last one that read it counts."""
    last = {scan.capture_id: scan for scan in scans if scan.failure is None}
    gaps = []
    for scan in last.values():
        if scan.in_part:
            video = session.get_one(Video, session.get_one(Capture, scan.capture_id).video_id)
            gaps.append(Gap(video.title, video.page_url or video.media_url, in_part_words(scan)))
    return gaps


def _little_speech(scans: Sequence[Scan]) -> int:
    """scans: as _in_part takes them."""
    last = {scan.capture_id: scan for scan in scans if scan.failure is None}
    return sum(any(TOO_LITTLE_SPEECH in line for line in scan.warnings) for scan in last.values())


def in_part_words(scan: Scan) -> str:
    """How much of a capture was looked at, and what was not."""
    seen = looked_part(scan.share, scan.frames)
    verb = {"all of its pictures": "were looked at", "its sound alone": "was listened to"}.get(seen, "was looked at")
    return f"{seen[0].upper()}{seen[1:]} {verb}. {' '.join(scan.unseen)}"


def _why_unread(session: Session, capture: Capture, week: Period) -> str:
    tried = select(Scan).where(Scan.capture_id == capture.id, Scan.scanned_at < week.ends)
    last = session.exec(tried.order_by(col(Scan.scanned_at).desc())).first()
    if last is None:
        return "It waits to be scanned."
    if last.gallery_number == ASKED:
        return "It could not be read, and waits to be looked at again."
    return f"{last.failure} {last.remedy or ''}".strip()
