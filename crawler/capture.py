"""Taking a video: its bytes, its page, what they say of themselves, and the record of how they were taken."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from crawler.custody import append, canonical_json
from crawler.errors import CrawlerError, Unchanged
from crawler.fetch.base import Exchange, Fetcher, Validators
from crawler.manners import ROBOTS_NAME, VERSION
from crawler.provenance.base import LabelFinding
from crawler.provenance.labels import read_labels
from crawler.taking import CaptureLimits as CaptureLimits
from crawler.taking import CaptureTools as CaptureTools
from crawler.taking import Media, PageCopy, part_file, stored_pieces, take_media, take_page
from crawler.videos import MAX_ATTEMPTS, Capture, Label, Video, VideoState, is_captured, latest_capture
from crawler.warc import Answer, Resource, warc_chunks
from registry.errors import NotFound
from registry.vault.base import Stored, Vault


@dataclass(frozen=True)
class CaptureOutcome:
    """How a try to capture went. capture_id: None when it failed; then what and remedy say why and what to do.

    new: whether the bytes were not captured from this video before. unchanged: they are those of an earlier capture; either the
    site said so and did not send them again, or they were sent and are the same.
    """

    video_id: str
    capture_id: str | None = None
    new: bool = False
    unchanged: bool = False
    what: str | None = None
    remedy: str | None = None
    retryable: bool = False


@dataclass(frozen=True)
class _Kept:
    """What one capture consists of, all of it in the vault."""

    media: Media
    page: PageCopy
    labels: list[LabelFinding]
    warc: Stored
    manifest: Stored


def capture_video(
    engine: Engine,
    vault: Vault,
    fetcher: Fetcher,
    video_id: str,
    *,
    operator: str,
    at: datetime,
    limits: CaptureLimits | None = None,
    tools: CaptureTools | None = None,
) -> CaptureOutcome:
    """Take the media and the page of a video into the vault, then write the capture, its labels, its custody entry and the
    video's new state in one transaction. A kill before that leaves no capture; the next try finds the same one, and goes on with
    a large file where it stopped.

    A failure of the network, the site or the guard is an outcome and stands in the video's row. Raises NotFound for an unknown
    video; errors of the vault and the database go on.
    """
    bounds, hands = limits or CaptureLimits(), tools or CaptureTools()
    with Session(engine) as session:
        video = session.get(Video, video_id)
        if video is None:
            raise NotFound(f"There is no video {video_id}.", "List the videos to see their ids.")
        last = latest_capture(session, video_id)
        session.expunge_all()
    known = Validators.of(last.headers) if last is not None and last.media_sha256 in vault else Validators()
    try:
        media = take_media(vault, fetcher, video, bounds, hands, known or None)
    except Unchanged:
        return _record_unchanged(engine, video_id, last.id if last is not None else None, at)
    except CrawlerError as error:
        return _record_failure(engine, video_id, error, at)
    if (same := _captured_before(engine, video_id, media)) is not None:
        if (kept := part_file(hands, video_id)) is not None:
            kept.drop()
        return _record_unchanged(engine, video_id, same, at)
    page = take_page(vault, fetcher, video, hands)
    texts = (video.title or media.title, video.description or media.description, video.uploader or media.uploader)
    labels = read_labels(vault.path(media.stored.sha256), video.platform_label or page.platform_label, texts)
    warc = vault.put(warc_chunks(_answers(vault, media, page), _resources(vault, media, page), operator, at))
    manifest = vault.put([canonical_json(_manifest(video, media, page, labels, warc, operator, at))])
    outcome = _record_capture(engine, video_id, _Kept(media, page, labels, warc, manifest), operator, at)
    # Only now is nothing of it needed any more.
    if (kept := part_file(hands, video_id)) is not None:
        kept.drop()
    return outcome


def capture_id(video_id: str, media_sha256: str) -> str:
    """The id of the capture of these bytes from that video: the same however often they are taken."""
    return hashlib.sha256(f"{video_id} {media_sha256}".encode()).hexdigest()[:32]


def _captured_before(engine: Engine, video_id: str, media: Media) -> str | None:
    """The capture of these very bytes. Its page, picture and record were made then, and it would not be written again."""
    identity = capture_id(video_id, media.stored.sha256)
    with Session(engine) as session:
        return None if session.get(Capture, identity) is None else identity


def _answers(vault: Vault, media: Media, page: PageCopy) -> list[Answer]:
    pairs = ((media.exchange, media.stored), (page.exchange, page.stored))
    return [_answer(vault, exchange, stored) for exchange, stored in pairs if exchange is not None and stored is not None]


def _answer(vault: Vault, exchange: Exchange, stored: Stored) -> Answer:
    return Answer(exchange, lambda: stored_pieces(vault, stored.sha256), stored.sha256, stored.size)


def _resources(vault: Vault, media: Media, page: PageCopy) -> list[Resource]:
    taken = []
    if media.exchange is None:
        taken.append(_resource(vault, media.url, media.media_type, media.stored))
        if media.tool:
            taken.append(_said(f"{media.url}#tool", media.tool))
    if page.screenshot is not None and page.exchange is not None:
        taken.append(_resource(vault, f"{page.exchange.final_url}#screenshot", "image/png", page.screenshot))
    return taken


def _resource(vault: Vault, url: str, media_type: str, stored: Stored) -> Resource:
    return Resource(url, media_type, lambda: stored_pieces(vault, stored.sha256), stored.sha256, stored.size)


def _said(url: str, document: dict[str, Any]) -> Resource:
    body = json.dumps(document, indent=1).encode()

    def whole() -> Iterator[bytes]:
        yield body

    return Resource(url, "application/json", whole, hashlib.sha256(body).hexdigest(), len(body))


def _manifest(
    video: Video, media: Media, page: PageCopy, labels: list[LabelFinding], warc: Stored, operator: str, at: datetime
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
            "via": video.via.value,
            "title": video.title or media.title,
            "description": video.description or media.description,
            "uploader": video.uploader or media.uploader,
            "counts": video.counts,
            "published_at": None if video.published_at is None else _iso(video.published_at),
            "first_seen_at": _iso(video.first_seen_at),
        },
        "media": {
            **asdict(media.stored),
            "media_type": media.media_type,
            "exchange": None if media.exchange is None else _exchange(media.exchange),
            "tool": media.tool or None,
        },
        "page": {
            "stored": None if page.stored is None else asdict(page.stored),
            "exchange": None if page.exchange is None else _exchange(page.exchange),
            "failure": page.failure,
            "screenshot": None if page.screenshot is None else asdict(page.screenshot),
            "screenshot_failure": page.screenshot_failure,
        },
        "warc": asdict(warc),
        "labels": [asdict(label) for label in labels],
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    return {
        "requested_url": exchange.requested_url,
        "redirects": list(exchange.redirects),
        "final_url": exchange.final_url,
        "remote_address": exchange.remote_address,
        "tls_certificate_sha256": None if exchange.certificate is None else hashlib.sha256(exchange.certificate).hexdigest(),
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


def _record_unchanged(engine: Engine, video_id: str, capture: str | None, at: datetime) -> CaptureOutcome:
    with Session(engine) as session:
        video = session.get_one(Video, video_id)
        video.state, video.failure, video.remedy, video.retryable = VideoState.CAPTURED, None, None, False
        video.tried_at = at
        session.add(video)
        session.commit()
    return CaptureOutcome(video_id, capture, unchanged=True)


def _record_capture(engine: Engine, video_id: str, kept: _Kept, operator: str, at: datetime) -> CaptureOutcome:
    identity = capture_id(video_id, kept.media.stored.sha256)
    with Session(engine) as session:
        video = session.get_one(Video, video_id)
        video.state, video.failure, video.remedy, video.retryable = VideoState.CAPTURED, None, None, False
        video.attempts += 1
        video.tried_at = at
        video.platform_label = video.platform_label or kept.page.platform_label
        video.title = video.title or kept.media.title
        video.description = video.description or kept.media.description
        video.uploader = video.uploader or kept.media.uploader
        session.add(video)
        # The write lock is taken here, before the question whether the capture is there.
        session.flush()
        new = session.get(Capture, identity) is None
        if new:
            session.add(_capture_row(identity, video_id, kept, at))
            session.flush()
            for label in kept.labels:
                session.add(Label(capture_id=identity, kind=label.kind, outcome=label.outcome, detail=label.detail))
            append(session, operator, "captured", identity, _custody_detail(kept), at)
        session.commit()
    return CaptureOutcome(video_id, identity, new)


def _capture_row(identity: str, video_id: str, kept: _Kept, at: datetime) -> Capture:
    media, page = kept.media, kept.page
    return Capture(
        id=identity,
        video_id=video_id,
        captured_at=at,
        media_sha256=media.stored.sha256,
        media_size=media.stored.size,
        media_type=media.media_type,
        final_url=media.url,
        page_sha256=None if page.stored is None else page.stored.sha256,
        manifest_sha256=kept.manifest.sha256,
        warc_sha256=kept.warc.sha256,
        screenshot_sha256=None if page.screenshot is None else page.screenshot.sha256,
        headers={} if media.exchange is None else dict(media.exchange.headers),
    )


def _custody_detail(kept: _Kept) -> dict[str, Any]:
    return {
        "tool": f"{ROBOTS_NAME} {VERSION}",
        "url": kept.media.url,
        "media_sha256": kept.media.stored.sha256,
        "media_size": kept.media.stored.size,
        "page_sha256": None if kept.page.stored is None else kept.page.stored.sha256,
        "warc_sha256": kept.warc.sha256,
        "manifest_sha256": kept.manifest.sha256,
    }
