"""Taking a video: its bytes, its page, what they say of themselves, and the record of how they were taken."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from crawler.custody import append, canonical_json
from crawler.errors import CrawlerError, NotMedia
from crawler.fetch.base import Exchange, Fetcher
from crawler.guard import shown
from crawler.manners import ROBOTS_NAME, VERSION
from crawler.provenance.base import LabelFinding
from crawler.provenance.labels import read_labels
from crawler.sniff import HEAD, UNKNOWN, media_type
from crawler.sources.base import Page
from crawler.sources.page import PageSource
from crawler.videos import MAX_ATTEMPTS, Capture, Label, Video, VideoState, canonical_url, is_captured
from registry.errors import NotFound
from registry.vault.base import Stored, Vault

PAGE_BYTES = 10 * 1024 * 1024
PAGE_SECONDS = 60.0


@dataclass(frozen=True)
class CaptureLimits:
    """What one video may take. max_bytes: of media. max_seconds: for all of it."""

    max_bytes: int = 4 * 1024**3
    max_seconds: float = 3600.0


@dataclass(frozen=True)
class CaptureOutcome:
    """How a try to capture went. capture_id: None when it failed; then what and remedy say why and what to do.

    new: whether the bytes were not captured from this video before.
    """

    video_id: str
    capture_id: str | None = None
    new: bool = False
    what: str | None = None
    remedy: str | None = None
    retryable: bool = False


@dataclass(frozen=True)
class _Media:
    exchange: Exchange
    stored: Stored
    media_type: str


@dataclass(frozen=True)
class _PageCopy:
    """The page as it was at that moment. failure: why there is none; the media stands without it."""

    exchange: Exchange | None = None
    stored: Stored | None = None
    failure: str | None = None
    platform_label: str | None = None


def capture_video(
    engine: Engine,
    vault: Vault,
    fetcher: Fetcher,
    video_id: str,
    *,
    operator: str,
    at: datetime,
    limits: CaptureLimits | None = None,
) -> CaptureOutcome:
    """Take the media and the page of a video into the vault, then write the capture, its labels, its custody entry and the
    video's new state in one transaction. A kill before that leaves no capture; the next try finds the same one.

    A failure of the network, the site or the guard is an outcome and stands in the video's row. Raises NotFound for an unknown
    video; errors of the vault and the database go on.
    """
    with Session(engine) as session:
        video = session.get(Video, video_id)
        if video is None:
            raise NotFound(f"There is no video {video_id}.", "List the videos to see their ids.")
        session.expunge(video)
    try:
        media = _take_media(vault, fetcher, video.media_url, limits or CaptureLimits())
    except CrawlerError as error:
        return _record_failure(engine, video_id, error, at)
    page = _take_page(vault, fetcher, video)
    platform_label = video.platform_label or page.platform_label
    texts = (video.title, video.description, video.uploader)
    labels = read_labels(vault.path(media.stored.sha256), platform_label, texts)
    manifest = vault.put([canonical_json(_manifest(video, media, page, labels, operator, at))])
    return _record_capture(engine, video_id, media, page, labels, manifest, operator, at)


def capture_id(video_id: str, media_sha256: str) -> str:
    """The id of the capture of these bytes from that video: the same however often they are taken."""
    return hashlib.sha256(f"{video_id} {media_sha256}".encode()).hexdigest()[:32]


def _take_media(vault: Vault, fetcher: Fetcher, url: str, limits: CaptureLimits) -> _Media:
    with fetcher.fetch(url, max_bytes=limits.max_bytes, max_seconds=limits.max_seconds) as fetched:
        head, chunks = _peek(fetched.chunks)
        kind = media_type(head)
        _check_media(fetched.exchange, head, kind)
        return _Media(fetched.exchange, vault.put(chunks), kind)


def _peek(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, and all of them again."""
    first: list[bytes] = []
    while sum(map(len, first)) < HEAD and (chunk := next(chunks, b"")):
        first.append(chunk)
    return b"".join(first)[:HEAD], chain(first, chunks)


def _check_media(exchange: Exchange, head: bytes, kind: str) -> None:
    url = shown(exchange.final_url)
    if not head:
        raise NotMedia(f"{url} is empty.", "Open the address in a browser; the video may need a login.")
    if kind in ("application/vnd.apple.mpegurl", "application/dash+xml"):
        raise NotMedia(f"{url} is a playlist of pieces, not one video file.", "Capture the video by hand for now.")
    if not kind.startswith(("video/", "image/")) and kind != UNKNOWN:
        raise NotMedia(
            f"{url} is no video but {_named(kind)}.",
            "Open the address in a browser; a login page or an error may stand in the video's place.",
        )


def _named(kind: str) -> str:
    return {"text/html": "a web page (HTML)", "application/json": "JSON data", "text/xml": "XML data"}.get(kind, "text")


def _take_page(vault: Vault, fetcher: Fetcher, video: Video) -> _PageCopy:
    if video.page_url is None or video.page_url == video.media_url:
        return _PageCopy()
    try:
        with fetcher.fetch(video.page_url, max_bytes=PAGE_BYTES, max_seconds=PAGE_SECONDS) as fetched:
            body = b"".join(fetched.chunks)
            exchange = fetched.exchange
    except CrawlerError as error:
        return _PageCopy(failure=error.what)
    return _PageCopy(exchange, vault.put([body]), platform_label=_label_on(exchange, body, video))


def _label_on(exchange: Exchange, body: bytes, video: Video) -> str | None:
    """What the page states about this very video being made by AI."""
    parsed = PageSource("").parse(Page(exchange.final_url, exchange.headers.get("content-type", ""), body))
    url = canonical_url(video.media_url)
    return next((found.platform_label for found in parsed.discoveries if found.media_url == url), None)


def _manifest(
    video: Video, media: _Media, page: _PageCopy, labels: list[LabelFinding], operator: str, at: datetime
) -> dict[str, Any]:
    return {
        "schema": "semblance-capture-1",
        "capture_id": capture_id(video.id, media.stored.sha256),
        "captured_at": _iso(at),
        "operator": operator,
        "tool": {"name": ROBOTS_NAME, "version": VERSION},
        "video": {
            "id": video.id,
            "media_url": video.media_url,
            "page_url": video.page_url,
            "title": video.title,
            "description": video.description,
            "uploader": video.uploader,
            "published_at": None if video.published_at is None else _iso(video.published_at),
            "first_seen_at": _iso(video.first_seen_at),
        },
        "media": {**asdict(media.stored), "media_type": media.media_type, "exchange": _exchange(media.exchange)},
        "page": {
            "stored": None if page.stored is None else asdict(page.stored),
            "exchange": None if page.exchange is None else _exchange(page.exchange),
            "failure": page.failure,
        },
        "labels": [asdict(label) for label in labels],
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    return {
        "requested_url": exchange.requested_url,
        "redirects": list(exchange.redirects),
        "final_url": exchange.final_url,
        "remote_address": exchange.remote_address,
        "status": exchange.status,
        "request_headers": dict(exchange.request_headers),
        "response_headers": dict(exchange.headers),
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _record_failure(engine: Engine, video_id: str, error: CrawlerError, at: datetime) -> CaptureOutcome:
    with Session(engine) as session:
        video = session.get_one(Video, video_id)
        video.attempts += 1
        again = error.retryable and video.attempts < MAX_ATTEMPTS
        remedy = (
            error.remedy if again or not error.retryable else f"It was tried {video.attempts} times; look at the site yourself."
        )
        # What was captured before stays captured, whatever a later look finds.
        if not is_captured(session, video_id):
            video.state = VideoState.FAILED
        video.failure, video.remedy, video.retryable, video.tried_at = error.what, remedy, again, at
        session.add(video)
        session.commit()
    return CaptureOutcome(video_id, what=error.what, remedy=remedy, retryable=again)


def _record_capture(
    engine: Engine,
    video_id: str,
    media: _Media,
    page: _PageCopy,
    labels: list[LabelFinding],
    manifest: Stored,
    operator: str,
    at: datetime,
) -> CaptureOutcome:
    identity = capture_id(video_id, media.stored.sha256)
    with Session(engine) as session:
        video = session.get_one(Video, video_id)
        video.state, video.failure, video.remedy, video.retryable = VideoState.CAPTURED, None, None, False
        video.attempts += 1
        video.tried_at = at
        video.platform_label = video.platform_label or page.platform_label
        session.add(video)
        # The write lock is taken here, before the question whether the capture is there.
        session.flush()
        new = session.get(Capture, identity) is None
        if new:
            session.add(_capture_row(identity, video_id, media, page, manifest, at))
            session.flush()
            for label in labels:
                session.add(Label(capture_id=identity, kind=label.kind, outcome=label.outcome, detail=label.detail))
            append(session, operator, "captured", identity, _custody_detail(media, page, manifest), at)
        session.commit()
    return CaptureOutcome(video_id, identity, new)


def _capture_row(identity: str, video_id: str, media: _Media, page: _PageCopy, manifest: Stored, at: datetime) -> Capture:
    return Capture(
        id=identity,
        video_id=video_id,
        captured_at=at,
        media_sha256=media.stored.sha256,
        media_size=media.stored.size,
        media_type=media.media_type,
        final_url=media.exchange.final_url,
        page_sha256=None if page.stored is None else page.stored.sha256,
        manifest_sha256=manifest.sha256,
        headers=dict(media.exchange.headers),
    )


def _custody_detail(media: _Media, page: _PageCopy, manifest: Stored) -> dict[str, Any]:
    return {
        "tool": f"{ROBOTS_NAME} {VERSION}",
        "url": media.exchange.final_url,
        "media_sha256": media.stored.sha256,
        "media_size": media.stored.size,
        "page_sha256": None if page.stored is None else page.stored.sha256,
        "manifest_sha256": manifest.sha256,
    }
