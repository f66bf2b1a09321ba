"""The videos of a report: one block for all copies with the same bytes, with its addresses and the matches in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from crawler.videos import Capture, Label, Sighting, Video
from reports.findings import Finding
from reports.history import Outlook
from reports.matches import MatchStatus
from reports.provenance import provenance_details, provenance_line
from reports.render.plain import moment, shorten

ORDER = (MatchStatus.PENDING, MatchStatus.CONFIRMED, MatchStatus.LICENSED, MatchStatus.REJECTED)
"""What awaits a person first."""


@dataclass(frozen=True)
class PageLine:
    """One page that shows the video, as it was seen by the report's moment. title, author: empty where the page states none."""

    url: str
    title: str
    author: str
    published: datetime | None
    first_seen: datetime | None
    last_seen: datetime | None


@dataclass(frozen=True)
class VideoBlock:
    """Copies with the same bytes. number: its place in the report. availability: what is known of where it is now, in words.

    provenance: a line, or one for each copy of which something else is known; details: every place in full, where a line leaves
    something open. findings: by status, those of highest score first.
    """

    number: int
    title: str
    uploader: str
    published: datetime | None
    media_urls: tuple[str, ...]
    pages: tuple[PageLine, ...]
    availability: str
    provenance: tuple[str, ...]
    details: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def status(self) -> MatchStatus:
        """The foremost of its matches'."""
        return self.findings[0].status


@dataclass(frozen=True)
class _Copy:
    capture: Capture
    video: Video


def video_blocks(session: Session, families: Sequence[tuple[str, Sequence[Finding]]], outlook: Outlook) -> tuple[VideoBlock, ...]:
    """A block for each media digest with the findings in its captures, numbered as they come."""
    return tuple(_block(session, number, sha256, found, outlook) for number, (sha256, found) in enumerate(families, 1))


def _block(session: Session, number: int, sha256: str, findings: Sequence[Finding], outlook: Outlook) -> VideoBlock:
    copies = _copies(session, sha256, outlook)
    first = copies[0].video
    provenance, details = _provenance(session, copies)
    return VideoBlock(
        number=number,
        title=shorten(first.title, 300) or "Untitled video",
        uploader=shorten(first.uploader, 200) or "not stated",
        published=first.published_at,
        media_urls=tuple(dict.fromkeys(copy.video.media_url for copy in copies)),
        pages=tuple(_pages(session, copies, outlook)),
        availability=f"Captured {moment(copies[0].capture.captured_at)}",
        provenance=provenance,
        details=details,
        findings=tuple(findings),
    )


def _copies(session: Session, sha256: str, outlook: Outlook) -> list[_Copy]:
    """The captures with these bytes, the earliest first; those with matches are there by any moment that knows of a match."""
    rows = select(Capture, Video).join(Video).where(Capture.media_sha256 == sha256)
    found = [_Copy(capture, video) for capture, video in session.exec(rows.order_by(col(Capture.captured_at), col(Capture.id)))]
    return [copy for copy in found if outlook.knew(copy.capture.captured_at)] or found[:1]


def _pages(session: Session, copies: Iterable[_Copy], outlook: Outlook) -> list[PageLine]:
    lines: dict[str, PageLine] = {}
    for video in dict.fromkeys(copy.video.id for copy in copies):
        for line in _pages_of(session, session.get_one(Video, video), outlook):
            lines.setdefault(line.url, line)
    return list(lines.values())


def _pages_of(session: Session, video: Video, outlook: Outlook) -> Iterable[PageLine]:
    seen = select(Sighting).where(Sighting.video_id == video.id)
    for sighting in session.exec(seen.order_by(col(Sighting.first_seen_at), col(Sighting.id))):
        if sighting.page_url and outlook.knew(sighting.first_seen_at):
            # What was seen later says nothing of the report's moment.
            last = sighting.last_seen_at if outlook.knew(sighting.last_seen_at) else None
            yield _page(video, sighting.page_url, sighting.first_seen_at, last)
    if video.page_url:
        yield _page(video, video.page_url, None, None)


def _page(video: Video, url: str, first: datetime | None, last: datetime | None) -> PageLine:
    return PageLine(url, shorten(video.title, 300), shorten(video.uploader, 200), video.published_at, first, last)


def _provenance(session: Session, copies: Sequence[_Copy]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines and the details; where copies differ, because their pages do, each line says which copy it is about."""
    told: dict[tuple[str, tuple[str, ...]], str] = {}
    for copy in copies:
        labels = session.exec(select(Label).where(Label.capture_id == copy.capture.id).order_by(Label.kind)).all()
        told.setdefault((provenance_line(labels), provenance_details(labels)), copy.video.media_url)
    if len(told) == 1:
        ((line, details),) = told
        return (line,), details
    lines = tuple(f"{line} (the copy at {shorten(url, 100)})" for (line, _), url in told.items())
    every = dict.fromkeys(said for _, details in told for said in details)
    return lines, tuple(every)
