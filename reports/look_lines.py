"""Sources as they are shown, with what the last look at each read and did not."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from crawler.health import NOT_LOOKED_AT, PAUSED
from crawler.types import SourceReport
from crawler.watchlist import WatchedSource
from registry.views import view_of
from reports.render.coverage import missing_words, report_lines, share_words


@dataclass(frozen=True)
class SourceLine:
    """A source. last_run: when the last look at it ended. state: how much was read, or that it is paused; read: in words, ""
    before any look."""

    id: str
    name: str
    kind: str
    url: str
    last_run: datetime | None
    state: str
    read: str


@dataclass(frozen=True)
class UnseenLine(SourceLine):
    """A source that nobody has looked at."""

    troubles: Mapping[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class LookLine(SourceLine):
    """A source that was looked at. percent: of what there was to read; None where that is not known. The others as in
    crawler.types.SourceReport, as plain values."""

    percent: float | None
    troubles: Mapping[str, int]
    errors: list[str]
    complete: bool
    pages: int
    due: int | None
    videos: int
    missed: Mapping[str, int]
    missing: tuple[Mapping[str, Any], ...]
    listed: int
    silent: int
    beyond: int
    reach: Mapping[str, Any] | None
    notes: tuple[str, ...]


def look_line(source: WatchedSource) -> SourceLine:
    """A source and the look at it."""
    about: dict[str, Any] = {"id": source.id, "name": source.name, "kind": source.kind.value, "url": source.url}
    report = source.look
    if report is None:
        return UnseenLine(**about, last_run=None, state=_state(source, NOT_LOOKED_AT), read="")
    seen = {"last_run": report.ended_at, "state": _state(source, report.reading.value), "read": share_words(report, source.kind)}
    plain = {"reach": asdict(report.reach) if report.reach is not None else None, "errors": list(report.errors)}
    missing = tuple(asdict(each) for each in report.missing)
    return view_of(LookLine, report, **about, **seen, **plain, missing=missing, percent=report.share.percent)


def _state(source: WatchedSource, state: str) -> str:
    return state if source.paused_at is None else PAUSED


def said_of(source: WatchedSource) -> list[str]:
    """What is to be known of a look, then the pages that were not read, by reason; empty where nobody looked."""
    if source.look is None:
        return []
    return [*report_lines(source.look, source.kind), *_not_read(source.look)]


def _not_read(report: SourceReport) -> list[str]:
    lines = []
    for missing in missing_words([report]):
        lines.append(f"{missing.heading}:")
        lines += [f"  {url} {words}".rstrip() for url, words in missing.listed]
        lines += [f"  and {missing.more} more"] if missing.more else []
    return lines
