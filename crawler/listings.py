"""Sources that yt-dlp reads for us: channels, playlists, searches."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from crawler.documents import Asked
from crawler.errors import CrawlerError
from crawler.fetch.ytdlp import YtDlp
from crawler.guard import GuardPolicy
from crawler.parsing import Parser, Unreadable
from crawler.protocol import CrawlOptions
from crawler.reach import Reaching
from crawler.sources.base import Listed, Parsed
from crawler.types import Discovery, Missing, Reach, SourceKind, SourceReport, SourceSpec, Trouble

_SECONDS = 300.0


def read_listing(spec: SourceSpec, policy: GuardPolicy, options: CrawlOptions) -> Iterator[Discovery | SourceReport]:
    """What yt-dlp lists, and how it went: its failure is a stated gap."""
    started = datetime.now(UTC)
    try:
        said = YtDlp(policy, contact=options.contact).listing(
            spec.url, most=options.listing_limit, max_seconds=min(_SECONDS, options.max_seconds)
        )
    except CrawlerError as error:
        yield _not_listed(spec, started, error)
        return
    parsed = _parsed(spec, said, options)
    yield from (replace(found, source_id=spec.id, said_by=SourceKind.YTDLP) for found in parsed.discoveries)
    yield SourceReport(
        spec.id,
        started,
        datetime.now(UTC),
        1,
        len(parsed.discoveries),
        complete=not parsed.errors,
        errors=parsed.errors,
        troubles={Trouble.DOCUMENT.value: len(parsed.errors)} if parsed.errors else {},
        due=1,
        notes=parsed.errors,
        listed=len(parsed.discoveries),
        reach=_reach(spec, started, parsed.listed, options.listing_limit),
    )


def _not_listed(spec: SourceSpec, started: datetime, error: CrawlerError) -> SourceReport:
    troubles = {error.trouble.value: 1}
    return SourceReport(
        spec.id,
        started,
        datetime.now(UTC),
        0,
        0,
        complete=False,
        errors=(str(error),),
        troubles=troubles,
        due=1,
        missed=troubles,
        missing=(Missing(spec.url, error.trouble.value, f"was not listed: {error.what.rstrip('.')}"),),
    )


def _parsed(spec: SourceSpec, said: Any, options: CrawlOptions) -> Parsed:
    # The address of a search is a word of yt-dlp's own; relative addresses do not occur in what it lists.
    base = spec.url if spec.url.startswith(("http:", "https:")) else "https://invalid/"
    asked = Asked(SourceKind.YTDLP, base, base, base, seed=True)
    try:
        with Parser(options.document) as parser:
            return parser.read(asked, json.dumps(said).encode()).parsed
    except Unreadable as unreadable:
        return Parsed(errors=(f"What yt-dlp lists {unreadable.words}.",))


def _reach(spec: SourceSpec, started: datetime, listed: Listed | None, limit: int) -> Reach | None:
    """As many as were asked for are likely not all; fewer are."""
    reaching = Reaching(started, spec.known)
    if listed is None:
        return None
    reaching.take(replace(listed, last=len(listed.entries) < limit))
    return reaching.reach()
