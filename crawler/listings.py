"""Sources that yt-dlp reads for us: channels, playlists, searches."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from crawler.errors import CrawlerError
from crawler.fetch.ytdlp import YtDlp
from crawler.guard import GuardPolicy
from crawler.sources.base import Page
from crawler.sources.ytdlp import YtDlpSource
from crawler.types import Discovery, SourceKind, SourceReport, SourceSpec, Trouble
from crawler.wire import CrawlOptions

_SECONDS = 300.0


def read_listing(spec: SourceSpec, policy: GuardPolicy, options: CrawlOptions) -> Iterator[Discovery | SourceReport]:
    """What yt-dlp lists, and how it went: its failure is a stated gap."""
    started = datetime.now(UTC)
    try:
        said = YtDlp(policy, contact=options.contact).listing(
            spec.url, most=options.listing_limit, max_seconds=min(_SECONDS, options.max_seconds)
        )
    except CrawlerError as error:
        troubles = {error.trouble.value: 1}
        yield SourceReport(spec.id, started, datetime.now(UTC), 0, 0, complete=False, errors=(str(error),), troubles=troubles)
        return
    # The address of a search is a word of yt-dlp's own; relative addresses do not occur in what it lists.
    base = spec.url if spec.url.startswith(("http:", "https:")) else "https://invalid/"
    parsed = YtDlpSource(spec.id).parse(Page(base, "application/json", json.dumps(said).encode()))
    yield from (replace(found, said_by=SourceKind.YTDLP) for found in parsed.discoveries)
    troubles = {Trouble.DOCUMENT.value: len(parsed.errors)} if parsed.errors else {}
    yield SourceReport(
        spec.id,
        started,
        datetime.now(UTC),
        1,
        len(parsed.discoveries),
        complete=not parsed.errors,
        errors=parsed.errors,
        troubles=troubles,
    )
