"""The videos of a report: one block for all copies with the same bytes, with its addresses and the matches in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from crawler.availability import LookOutcome
from crawler.videos import Capture, Label, Video
from reports.addresses import Address, addresses_of
from reports.coverage import in_part_words
from reports.history import Outlook
from reports.matches import MatchStatus, Scan
from reports.provenance import provenance_details, provenance_line
from reports.render.plain import shorten
from reports.reported_matches import ReportedMatch

ORDER = (MatchStatus.PENDING, MatchStatus.CONFIRMED, MatchStatus.LICENSED, MatchStatus.PERMITTED, MatchStatus.REJECTED)
"""What awaits a person first."""


@dataclass(frozen=True)
class PageLine:
    """One page that shows the video, as it was seen by the report's moment. title, author: empty where the page states none.

    gone: what became of the page, where it was not seen to show the video when it was last looked at.
    """

    url: str
    title: str
    author: str
    published: datetime | None
    first_seen: datetime | None
    last_seen: datetime | None
    gone: str = ""


@dataclass(frozen=True)
class VideoBlock:
    """Copies with the same bytes. number: its place in the report. uploader: empty where no page states one. availability: what
    is known of where it is now, in words.

    provenance: a line, or one for each copy of which something else is known; details: every place in full, where a line leaves
    something open. findings: by status, those of highest score first. in_part: what of the video was not looked at; else empty.
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
    findings: tuple[ReportedMatch, ...]
    in_part: str = ""

    @property
    def status(self) -> MatchStatus:
        """The foremost of its matches'."""
        return self.findings[0].status


_AWAY = (LookOutcome.GONE, LookOutcome.UNREACHABLE)


@dataclass(frozen=True)
class _Copy:
    capture: Capture
    video: Video


def video_blocks(
    session: Session, families: Sequence[tuple[str, Sequence[ReportedMatch]]], outlook: Outlook
) -> tuple[VideoBlock, ...]:
    """A block for each media digest with the findings in its captures, numbered as they come."""
    return tuple(_block(session, number, sha256, found, outlook) for number, (sha256, found) in enumerate(families, 1))


def _block(session: Session, number: int, sha256: str, findings: Sequence[ReportedMatch], outlook: Outlook) -> VideoBlock:
    copies = _copies(session, sha256, outlook)
    addresses = addresses_of(session, [copy.capture for copy in copies], outlook.before if outlook.past else None)
    first = addresses[0].pages[0].page
    provenance, details = _provenance(session, copies)
    return VideoBlock(
        number=number,
        title=shorten(first.title, 300) or "Untitled video",
        uploader=shorten(first.uploader, 200),
        published=first.published_at,
        media_urls=tuple(dict.fromkeys(copy.video.media_url for copy in copies)),
        pages=tuple(_pages(addresses)),
        availability=_availability(addresses),
        provenance=provenance,
        details=details,
        findings=tuple(findings),
        in_part=_in_part(session, copies, outlook),
    )


def _in_part(session: Session, copies: Sequence[_Copy], outlook: Outlook) -> str:
    """By the last scan of these bytes at that moment, whichever of their captures it was of."""
    keys = [copy.capture.id for copy in copies]
    rows = select(Scan).where(col(Scan.capture_id).in_(keys), col(Scan.failure).is_(None)).order_by(col(Scan.scanned_at))
    known = [scan for scan in session.exec(rows) if outlook.knew(scan.scanned_at)]
    return f"Looked at in part: {in_part_words(known[-1])}" if known and known[-1].in_part else ""


def _availability(addresses: Sequence[Address]) -> str:
    """What is known of each address; what is the same at all of them stands once."""
    said = {address.video.media_url: address.said for address in addresses}
    if len(set(said.values())) == 1:
        words = next(iter(said.values()))
        return f"At each of {len(said)} addresses: {words}" if len(said) > 1 else words[0].upper() + words[1:]
    return "; ".join(f"{shorten(url, 100)}: {words.rstrip('.')}" for url, words in said.items())


def _copies(session: Session, sha256: str, outlook: Outlook) -> list[_Copy]:
    """The captures with these bytes, the earliest first; those with matches are there by any moment that knows of a match."""
    rows = select(Capture, Video).join(Video).where(Capture.media_sha256 == sha256)
    found = [_Copy(capture, video) for capture, video in session.exec(rows.order_by(col(Capture.captured_at), col(Capture.id)))]
    return [copy for copy in found if outlook.knew(copy.capture.captured_at)] or found[:1]


def _pages(addresses: Iterable[Address]) -> list[PageLine]:
    """Every page once; those that only list the video beside many others last.

    A page that shows one of the copies shows the video, also where it does not show another copy any more.
    """
    lines: dict[str, PageLine] = {}
    seen = [page for address in addresses for page in address.pages if page.page.url]
    for entry in sorted(seen, key=lambda entry: (entry.page.listing, entry.outcome in _AWAY)):
        page = entry.page
        said = entry.said if entry.outcome in _AWAY else ""
        words = (shorten(page.title, 300), shorten(page.uploader, 200), page.published_at)
        lines.setdefault(page.url, PageLine(page.url, *words, page.first_seen_at, page.last_seen_at, said))
    return list(lines.values())


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
