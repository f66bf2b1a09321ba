"""Taking a video: its bytes, its page, what they say of themselves, and the record of how they were taken."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from crawler.availability import LISTED, VOUCHED, Address, Change, LookFinding, LookOutcome, failed, note_look
from crawler.custody import append
from crawler.download import CaptureLimits as CaptureLimits
from crawler.download import CaptureTools as CaptureTools
from crawler.download import Media, part_file, stored_pieces, take_media
from crawler.errors import CrawlerError, StillListed, Unchanged
from crawler.fetch.base import Exchange, Fetcher, Validators
from crawler.manifest import capture_id as capture_id
from crawler.manifest import custody_detail, manifest_of
from crawler.page_copy import PageCopy, take_page
from crawler.pages import pages_of, record_said
from crawler.provenance.base import LabelFinding
from crawler.provenance.labels import LabelReader, read_labels
from crawler.types import Discovery, SourceKind, TakenBy
from crawler.urls import canonical_url
from crawler.videos import MAX_ATTEMPTS, Capture, Label, Video, VideoState, is_captured, latest_capture
from crawler.warc import Answer, Resource, warc_chunks
from registry.canonical_json import canonical_json
from registry.errors import NotFound
from registry.storage.lock import in_turn
from registry.vault.base import Stored, Vault


@dataclass(frozen=True)
class CaptureOutcome:
    """How a try to capture went. capture_id: None when it failed; then what and remedy say why and what to do.

    new: whether the bytes were not captured from this video before. unchanged: they are those of an earlier capture, by the
    site's word or by comparison, or the site still lists the video. change: what this look found that the ones before did not.
    pages: those that went or came back, where they were looked at, too. gone: a captured video is clearly not there any more.
    """

    video_id: str
    capture_id: str | None = None
    new: bool = False
    unchanged: bool = False
    what: str | None = None
    remedy: str | None = None
    retryable: bool = False
    change: Change | None = None
    pages: tuple[tuple[str, Change], ...] = ()
    gone: bool = False


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
    still_mine: Callable[[Session], None] = lambda _: None,
) -> CaptureOutcome:
    """Take the media and the page of a video into the vault, then write the capture, its labels, its custody entry and the
    video's new state in one transaction. A kill before that leaves no capture; the next try finds the same one, and goes on with
    a large file where it stopped. A failure of the network, the site or the guard is an outcome and stands in the video's row.

    still_mine: asked in the transaction that writes the outcome; where it raises nothing is written. Raises NotFound for an
    unknown video; what still_mine raises, and errors of the vault and the database, go on.
    """
    bounds, hands, signed = limits or CaptureLimits(), tools or CaptureTools(), _Signed(operator, at, still_mine)
    with Session(engine) as session:
        if (video := session.get(Video, video_id)) is None:
            raise NotFound(f"There is no video {video_id}.", "List the videos to see their ids.")
        last = latest_capture(session, video_id)
        session.expunge_all()
    held = last if last is not None and last.media_sha256 in vault else None
    try:
        media = take_media(vault, fetcher, video, bounds, hands, held)
    except Unchanged as unchanged:
        return _record_unchanged(engine, video_id, held, signed, by_word=_BY_WORD[type(unchanged)])
    except CrawlerError as error:
        return _record_failure(engine, video_id, error, signed)
    if (same := _captured_before(engine, video_id, media)) is not None:
        _drop_part(hands, video_id)
        return _record_unchanged(engine, video_id, same, signed, _validators(media))
    kept = _keep(engine, vault, video, media, take_page(vault, fetcher, video, hands), hands.labels, signed)
    outcome = _record_capture(engine, video_id, kept, signed)
    # Only now is nothing of it needed any more.
    _drop_part(hands, video_id)
    return outcome


_BY_WORD: dict[type[Unchanged], str] = {Unchanged: VOUCHED, StillListed: LISTED}


@dataclass(frozen=True)
class _Signed:
    """Who captures, and when. still_mine: see capture_video."""

    operator: str
    at: datetime
    still_mine: Callable[[Session], None]


def _keep(
    engine: Engine,
    vault: Vault,
    video: Video,
    media: Media,
    page: PageCopy,
    reader: LabelReader | None,
    signed: _Signed,
) -> _Kept:
    """Read the labels, and put the record of what was taken, and the manifest, into the vault."""
    texts = (video.title or media.title, video.description or media.description)
    label = video.platform_label or (page.said.platform_label if page.said else None)
    with vault.as_file(media.stored.sha256) as file:
        labels = _labels(file, label, texts, reader)
    warc = vault.put(warc_chunks(_answers(vault, media, page), _resources(vault, media, page), signed.operator, signed.at))
    with Session(engine) as session:
        pages = pages_of(session, video.id)
    manifest = manifest_of(video, pages, media, page, labels, warc, signed.operator, signed.at)
    return _Kept(media, page, labels, warc, vault.put([canonical_json(manifest)]))


def _labels(path: Path, label: str | None, texts: tuple[str, str], reader: LabelReader | None) -> list[LabelFinding]:
    return read_labels(path, label, texts) if reader is None else reader.read(path, label, texts)


def _drop_part(tools: CaptureTools, video_id: str) -> None:
    if (kept := part_file(tools, video_id)) is not None:
        kept.drop()


def _validators(media: Media) -> Validators:
    return Validators() if media.exchange is None else Validators.of(media.exchange.headers)


def _captured_before(engine: Engine, video_id: str, media: Media) -> Capture | None:
    """The capture of these very bytes. Its page, picture and record were made then, and it would not be written again."""
    with Session(engine) as session:
        found = session.get(Capture, capture_id(video_id, media.stored.sha256))
        session.expunge_all()
        return found


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
    return Resource(url, "application/json", lambda: iter((body,)), hashlib.sha256(body).hexdigest(), len(body))


def _record_failure(engine: Engine, video_id: str, error: CrawlerError, signed: _Signed) -> CaptureOutcome:
    with in_turn(engine), Session(engine) as session:
        signed.still_mine(session)
        video = session.get_one(Video, video_id)
        # What was captured before stays captured, whatever a later look finds, and is looked at as often as it takes.
        captured = is_captured(session, video_id)
        video.attempts += not captured
        again = error.retryable and video.attempts < MAX_ATTEMPTS
        tried = f"It was tried {video.attempts} times; look at the site yourself."
        remedy = error.remedy if again or not error.retryable else tried
        video.state = VideoState.CAPTURED if captured else VideoState.FAILED
        video.failure, video.remedy, video.retryable, video.tried_at = error.what, remedy, again, signed.at
        session.add(video)
        found = failed(error)
        change = note_look(session, video_id, Address.MEDIA, video.media_url, found, signed.at) if captured else None
        session.commit()
    gone = captured and found.outcome is LookOutcome.GONE
    return CaptureOutcome(video_id, what=error.what, remedy=remedy, retryable=again, change=change, gone=gone)


def _record_unchanged(
    engine: Engine,
    video_id: str,
    last: Capture | None,
    signed: _Signed,
    validators: Validators | None = None,
    *,
    by_word: str = "",
) -> CaptureOutcome:
    """last: the capture whose bytes are still there; validators: of an answer that sent them again. by_word: what the site said
    where it did not send them."""
    digest = last.media_sha256 if last is not None and by_word != LISTED else None
    headers = last.headers if last is not None else {}
    found = LookFinding(LookOutcome.SEEN, by_word, digest, validators or Validators.of(headers))
    with in_turn(engine), Session(engine) as session:
        signed.still_mine(session)
        video = session.get_one(Video, video_id)
        video.state, video.failure, video.remedy, video.retryable = VideoState.CAPTURED, None, None, False
        video.tried_at = signed.at
        session.add(video)
        change = note_look(session, video_id, Address.MEDIA, video.media_url, found, signed.at)
        session.commit()
    return CaptureOutcome(video_id, last.id if last is not None else None, unchanged=True, change=change)


def _record_capture(engine: Engine, video_id: str, kept: _Kept, signed: _Signed) -> CaptureOutcome:
    identity, operator, at = capture_id(video_id, kept.media.stored.sha256), signed.operator, signed.at
    with in_turn(engine), Session(engine) as session:
        signed.still_mine(session)
        video = session.get_one(Video, video_id)
        video.state, video.failure, video.remedy, video.retryable = VideoState.CAPTURED, None, None, False
        video.attempts += 1
        video.tried_at = at
        session.add(video)
        # The write lock is taken here, before the question whether the capture is there.
        session.flush()
        new = session.get(Capture, identity) is None
        if new:
            session.add(_capture_row(identity, video_id, kept, at))
            session.flush()
            for label in kept.labels:
                session.add(Label(capture_id=identity, kind=label.kind, outcome=label.outcome, detail=label.detail))
            append(session, operator, "captured", identity, custody_detail(kept.media, kept.page, kept.warc, kept.manifest), at)
        for said in _said_of(video, kept):
            record_said(session, video, said, at)
        change = _note_seen(session, video, kept, at)
        session.commit()
    return CaptureOutcome(video_id, identity, new, change=change)


def _said_of(video: Video, kept: _Kept) -> Iterator[Discovery]:
    """What the tool that took the media, and the page that was captured, say of it."""
    media = kept.media
    if media.title or media.description or media.uploader:
        texts = (media.title, media.description, media.uploader)
        yield Discovery("", video.media_url, video.page_url, *texts, via=video.via, said_by=SourceKind.YTDLP)
    if kept.page.said is not None:
        yield kept.page.said


def _note_seen(session: Session, video: Video, kept: _Kept, at: datetime) -> Change | None:
    page = kept.page
    if page.exchange is not None and page.said is not None:
        found = LookFinding(LookOutcome.SEEN, validators=Validators.of(page.exchange.headers))
        note_look(session, video.id, Address.PAGE, canonical_url(page.exchange.requested_url), found, at)
    if video.via is TakenBy.FILE:
        return None
    seen = LookFinding(LookOutcome.SEEN, "", kept.media.stored.sha256, _validators(kept.media))
    return note_look(session, video.id, Address.MEDIA, video.media_url, seen, at)


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
