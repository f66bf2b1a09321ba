"""The manifest of a capture: all that is known of how it was taken, as one JSON document."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crawler.user_agent import ROBOTS_NAME
from crawler.videos import Video
from registry.vault.base import Stored
from registry.version import version

if TYPE_CHECKING:  # who reads what a page said loads nothing that downloads
    from crawler.download import Media
    from crawler.fetch.base import Exchange
    from crawler.page_copy import PageCopy
    from crawler.pages import PageOfVideo
    from crawler.provenance.base import LabelFinding


def capture_id(video_id: str, media_sha256: str) -> str:
    """The id of the capture of these bytes from that video: the same however often they are taken."""
    return hashlib.sha256(f"{video_id} {media_sha256}".encode()).hexdigest()[:32]


def manifest_of(
    video: Video,
    pages: "Sequence[PageOfVideo]",
    media: "Media",
    page: "PageCopy",
    labels: "Sequence[LabelFinding]",
    warc: Stored,
    operator: str,
    at: datetime,
) -> dict[str, Any]:
    """pages: every page of the video, with what each said by then; video's own texts are those of the first."""
    return {
        "schema": "semblance-capture-1",
        "capture_id": capture_id(video.id, media.stored.sha256),
        "captured_at": _iso(at),
        "operator": operator,
        "tool": {"name": ROBOTS_NAME, "version": version()},
        "video": _video(video, pages, media),
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


def _video(video: Video, pages: "Sequence[PageOfVideo]", media: "Media") -> dict[str, Any]:
    return {
        "id": video.id,
        "media_url": video.media_url,
        "page_url": video.page_url,
        "via": video.via.value,
        "title": video.title or media.title,
        "description": video.description or media.description,
        "uploader": video.uploader or media.uploader,
        "counts": video.counts,
        "published_at": _iso_or_none(video.published_at),
        "first_seen_at": _iso(video.first_seen_at),
        "pages": [page_json(each) for each in pages],
    }


def page_json(page: "PageOfVideo") -> dict[str, Any]:
    """What one page says of a video, and when it was seen to."""
    return {
        "url": page.url or None,
        "title": page.title,
        "description": page.description,
        "uploader": page.uploader,
        "published_at": _iso_or_none(page.published_at),
        "date_note": page.date_note or None,
        "platform_label": page.platform_label,
        "earlier_titles": list(page.earlier_titles),
        "first_seen_at": _iso(page.first_seen_at),
        "last_seen_at": _iso(page.last_seen_at),
        "read": "the page itself" if page.own else "what other documents say of it",
    }


def custody_detail(media: "Media", page: "PageCopy", warc: Stored, manifest: Stored) -> dict[str, Any]:
    """What the chain of custody notes of a capture."""
    return {
        "tool": f"{ROBOTS_NAME} {version()}",
        "url": media.url,
        "media_sha256": media.stored.sha256,
        "media_size": media.stored.size,
        "page_sha256": None if page.stored is None else page.stored.sha256,
        "warc_sha256": warc.sha256,
        "manifest_sha256": manifest.sha256,
    }


def _exchange(exchange: "Exchange") -> dict[str, Any]:
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


def _iso_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else _iso(moment)
