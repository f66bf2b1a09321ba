"""Downloading the media of a capture: from its address, by yt-dlp, or from a file that was dropped in."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit

from crawler.absent import leads_away, says_not_found
from crawler.block_pages import REMEDIES, block_page
from crawler.errors import CrawlerError, NotMedia, Refused, StillListed, Unchanged
from crawler.fetch.base import Exchange, Fetcher, Validators
from crawler.fetch.resume import PartFile, fetch_resumable
from crawler.fetch.ytdlp import YtDlp
from crawler.guard import printable
from crawler.parsing import Parser
from crawler.provenance.labels import LabelReader
from crawler.screenshot import Screenshot
from crawler.sniff import HEAD, UNKNOWN, media_type
from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, plain
from crawler.types import TakenBy, Trouble
from crawler.urls import canonical_url
from crawler.videos import Capture, Video
from registry.vault.base import Stored, Vault

PAGE_BYTES = 10 * 1024 * 1024
PAGE_SECONDS = 60.0
PLAYLISTS = ("application/vnd.apple.mpegurl", "application/dash+xml")
_PIECE = 1 << 20
_PAGE_HEAD = 200_000
_LOOK_SECONDS = 120.0


@dataclass(frozen=True)
class CaptureLimits:
    """What one video may take. max_bytes: of media. max_seconds: for all of it."""

    max_bytes: int = 4 * 1024**3
    max_seconds: float = 3600.0


@dataclass(frozen=True)
class CaptureTools:
    """What helps with a capture, each optional. parts: the folder for what is here of large files. yt_dlp: for platforms and
    playlists. screenshot: pictures the page at an address. compare: fetch bytes that a site says are unchanged all the same.
    parser: reads pages; labels: reads what captured files say of themselves; where there are none, each has processes of its
    own."""

    parts: Path | None = None
    yt_dlp: YtDlp | None = None
    screenshot: Callable[[str], Screenshot] | None = None
    compare: bool = False
    parser: Parser | None = None
    labels: LabelReader | None = None


@dataclass(frozen=True)
class Media:
    """exchange: None when another tool took it; then tool says which, and what it said of the video."""

    url: str
    stored: Stored
    media_type: str
    exchange: Exchange | None = None
    tool: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    description: str = ""
    uploader: str = ""


def part_file(tools: CaptureTools, video_id: str) -> PartFile | None:
    """Where a part of that video's media is kept. video_id: 32 hex digits."""
    return None if tools.parts is None else PartFile(tools.parts, video_id)


def stored_pieces(vault: Vault, sha256: str) -> Iterator[bytes]:
    """An object of the vault in pieces."""
    with vault.as_file(sha256) as file, file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece


def take_media(
    vault: Vault, fetcher: Fetcher, video: Video, limits: CaptureLimits, tools: CaptureTools, last: Capture | None = None
) -> Media:
    """The media into the vault. last: the last capture, where its bytes are still held. Raises Unchanged where the site says that
    they are the same, or, of a platform, that the video is still there (StillListed); or another CrawlerError."""
    match video.via:
        case TakenBy.FILE:
            return _from_file(vault, video)
        case TakenBy.YTDLP:
            return _from_platform(vault, fetcher, video, limits, tools, last)
    return _from_address(vault, fetcher, video, limits, tools, last)


def _from_address(
    vault: Vault, fetcher: Fetcher, video: Video, limits: CaptureLimits, tools: CaptureTools, last: Capture | None
) -> Media:
    """From its own address; a playlist by yt-dlp."""
    url, trusted = video.media_url, None if tools.compare else last
    unless = Validators() if trusted is None else Validators.of(trusted.headers)
    with fetch_resumable(
        fetcher,
        url,
        max_bytes=limits.max_bytes,
        max_seconds=limits.max_seconds,
        unless=unless or None,
        kept=part_file(tools, video.id),
    ) as fetched:
        if trusted is not None and _vouches(fetched.exchange, trusted):
            raise Unchanged(f"{printable(url)} is unchanged.", "Nothing needs to be done.")
        head, kind, chunks = _begun(fetched.chunks)
        if kind in PLAYLISTS and last is not None:
            raise StillListed(f"{printable(url)} still lists its pieces.", "Nothing needs to be done.")
        if kind not in PLAYLISTS or tools.yt_dlp is None:
            _check_media(fetched.exchange.final_url, head, kind, fetched.exchange.headers, asked=url)
            return Media(fetched.exchange.final_url, vault.put(chunks), kind, fetched.exchange)
    # A playlist is answered by its pieces; the guard stands before each of them.
    return _by_yt_dlp(vault, tools.yt_dlp, url, limits)


def _vouches(exchange: Exchange, last: Capture) -> bool:
    """Whether a site that sends the whole all the same says by its headers that it is the one of the last capture."""
    said = Validators.of(exchange.headers)
    same_size = exchange.headers.get("content-length") == str(last.media_size)
    return exchange.status == 200 and same_size and bool(said) and said == Validators.of(last.headers)


def _begun(chunks: Iterator[bytes]) -> tuple[bytes, str, Iterator[bytes]]:
    """The first bytes of an answer, more of a page's, what they are of, and all of them again."""
    head, chunks = _peek(chunks, HEAD)
    kind = media_type(head)
    if kind == "text/html":
        head, chunks = _peek(chunks, _PAGE_HEAD)
    return head, kind, chunks


def _peek(chunks: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, and all of them again."""
    first: list[bytes] = []
    while sum(map(len, first)) < size and (chunk := next(chunks, b"")):
        first.append(chunk)
    return b"".join(first)[:size], chain(first, chunks)


def _check_media(
    address: str, head: bytes, kind: str, headers: Mapping[str, str] = MappingProxyType({}), *, asked: str = ""
) -> None:
    url = printable(address)
    if not head:
        remedy = "Open the address in a browser; the video may need a login."
        raise NotMedia(f"{url} is empty.", remedy, trouble=Trouble.DOCUMENT)
    if kind in PLAYLISTS:
        remedy = "Capture the video by hand for now."
        raise NotMedia(f"{url} is a playlist of pieces, not one video file.", remedy, trouble=Trouble.TOOL)
    behind = block_page(address, 200, headers, head) if kind == "text/html" else None
    if behind is not None:
        raise NotMedia(f"{url} answers with a wall: {REMEDIES[behind]}.", "Capture it by hand if you may.", trouble=behind)
    if not kind.startswith(("video/", "image/")) and kind != UNKNOWN:
        raise NotMedia(
            f"{url} is no video but {_named(kind)}.",
            "Open the address in a browser; a login page or an error may stand in the video's place.",
            trouble=_in_its_place(asked or address, address, head, kind, headers),
        )


def _in_its_place(asked: str, address: str, head: bytes, kind: str, headers: Mapping[str, str]) -> Trouble:
    """What a document is that stands in a video's place. Most, such as a note of repairs, say nothing of the video."""
    if kind == "text/html" and says_not_found(head, headers.get("content-type", "")):
        return Trouble.NOT_FOUND
    if asked != address and leads_away(canonical_url(asked), canonical_url(address)):
        return Trouble.AWAY
    return Trouble.DOCUMENT


def _named(kind: str) -> str:
    return {"text/html": "a web page (HTML)", "application/json": "JSON data", "text/xml": "XML data"}.get(kind, "text")


def _from_file(vault: Vault, video: Video) -> Media:
    path = Path(unquote(urlsplit(video.page_url or "").path))
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
            _check_media(path.name, head, media_type(head))
            stream.seek(0)
            stored = vault.put(iter(lambda: stream.read(_PIECE), b""))
    except OSError as error:
        raise NotMedia(f"{path.name} cannot be read any more ({error.strerror}).", "Drop it into the inbox again.") from error
    if f"urn:sha256:{stored.sha256}" != video.media_url:
        raise NotMedia(f"{path.name} has other bytes now than when it was found.", "Crawl again; it is found as a new video.")
    return Media(video.media_url, stored, media_type(head), tool={"inbox": path.name})


def _from_platform(
    vault: Vault, fetcher: Fetcher, video: Video, limits: CaptureLimits, tools: CaptureTools, last: Capture | None
) -> Media:
    if tools.yt_dlp is None:
        what = f"{printable(video.media_url)} needs yt-dlp, which is switched off."
        raise NotMedia(what, "Capture it by hand.", trouble=Trouble.TOOL)
    # What robots.txt closes to us stays closed to the tools we use.
    try:
        with fetcher.fetch(video.media_url, max_bytes=PAGE_BYTES, max_seconds=PAGE_SECONDS):
            pass
    except Refused:
        raise
    except CrawlerError as error:
        if error.trouble is Trouble.ROBOTS:
            raise
    if last is not None:
        # What a tool puts together has other bytes each time, so that they would tell nothing.
        tools.yt_dlp.listing(video.media_url, most=1, max_seconds=min(_LOOK_SECONDS, limits.max_seconds))
        raise StillListed(f"{printable(video.media_url)} is still there.", "Nothing needs to be done.")
    return _by_yt_dlp(vault, tools.yt_dlp, video.media_url, limits)


def _by_yt_dlp(vault: Vault, yt_dlp: YtDlp, url: str, limits: CaptureLimits) -> Media:
    with tempfile.TemporaryDirectory(prefix="semblance-media-") as name:
        taken = yt_dlp.take(url, Path(name), max_bytes=limits.max_bytes, max_seconds=limits.max_seconds)
        with taken.path.open("rb") as stream:
            head = stream.read(HEAD)
            kind = media_type(head)
            _check_media(url, head, kind)
            stream.seek(0)
            stored = vault.put(iter(lambda: stream.read(_PIECE), b""))
    tool = {"name": "yt-dlp", "version": taken.version, "said": dict(taken.info), "warnings": list(taken.warnings)}
    said = taken.info
    return Media(
        url,
        stored,
        kind,
        tool=tool,
        title=plain(said.get("title"), MAX_TITLE),
        description=plain(said.get("description"), MAX_DESCRIPTION),
        uploader=plain(said.get("uploader") or said.get("channel"), MAX_NAME),
    )
