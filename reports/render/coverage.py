"""What a report says it looked at, in words: the same for the page, the PDF and the command line."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from crawler.health import NOT_LOOKED_AT, PAUSED, SourceCoverage
from crawler.source_visit import MAX_BEYOND
from crawler.types import Reach, Reading, Share, SourceKind, SourceReport
from reports.render.plain import day, moment, shorten
from reports.render.reasons import SAYS_ALL, reason, reasons

MOST_NAMED = 10
"""How many pages that were not read are named for each kind of reason, and how many sources in one sentence."""

_NOUNS = {SourceKind.INBOX: ("file or page", "files and pages"), SourceKind.YTDLP: ("list", "lists")}


@dataclass(frozen=True)
class SourceWords:
    """said: how much was read, in a line; lines: what else is to be known, each a sentence."""

    name: str
    kind: str
    url: str
    said: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class MissingWords:
    """Pages that were not read for one kind of reason. listed: address and reason; more: how many are not listed."""

    heading: str
    listed: tuple[tuple[str, str], ...]
    more: int


def section(sources: Sequence[SourceCoverage]) -> dict[str, Any]:
    """The coverage section of a report, as plain values: each source, then the pages that were not read, by reason."""
    last = [source.last for source in sources if source.last is not None]
    return {
        "summary": summary(sources),
        "pause": longest_pause(sources),
        "sources": [asdict(source_words(source, sources)) for source in sources],
        "missing": [asdict(words) for words in missing_words(last)],
    }


def summary(sources: Sequence[SourceCoverage]) -> str:
    """How much was read of all sources, by the last look at each."""
    if not sources:
        return "No source was watched."
    states = Counter(source.said for source in sources)
    read = states[Reading.READ] + states[Reading.PARTLY]
    in_part = f", {states[Reading.PARTLY]} of them in part" if states[Reading.PARTLY] else ""
    total = Share(sum(_pages(source) for source in sources), sum(_due(source) for source in sources))
    shares = f"; {_of(total, 'page', 'pages')} ({_percent(total)})" if total.due else ""
    return f"{read} of {_count(len(sources), 'source', 'sources')} read{in_part}{shares}."


def figure(sources: Sequence[SourceCoverage]) -> tuple[str, str]:
    """The sources of which anything was read, and what share of their pages."""
    read = sum(source.said in (Reading.READ, Reading.PARTLY) for source in sources)
    total = Share(sum(_pages(source) for source in sources), sum(_due(source) for source in sources))
    share = f", with {_percent(total)} of {total.due:,} pages" if total.due else ""
    return f"{read} of {len(sources)}", f"sources read{share}"


def warnings(sources: Sequence[SourceCoverage]) -> list[str]:
    """What the reader of the first page has to know of what was not looked at."""
    said = []
    if not sources or any(source.said != Reading.READ for source in sources):
        said.append(summary(sources))
    said += _warned(sources, lambda source: source.said == Reading.NOT_READ, "Nothing could be read of {}.")
    said += _warned(sources, lambda source: source.said == NOT_LOOKED_AT, "Not looked at: {}.")
    said += _warned(sources, lambda source: source.said == PAUSED, "Paused, and so not looked at: {}.")
    missed = sum((Counter(source.last.missed) for source in sources if source.last is not None), Counter[str]())
    if missed:
        said.append(f"{_count(missed.total(), 'page', 'pages')} not read: {reasons(missed)}.")
    stale = "Stale, because nothing could be read for more than three days: {}."
    gaps = "Entries may have come and gone between two looks at {}; “Coverage” names the moments."
    newest = "Only the newest entries were looked at in {}; “Coverage” says how far back."
    said += _warned(sources, lambda source: source.stale, stale)
    said += _warned(sources, lambda source: bool(source.gaps), gaps)
    return said + _warned(sources, _shows_newest_only, newest)


def _warned(sources: Sequence[SourceCoverage], concerns: Callable[[SourceCoverage], bool], words: str) -> list[str]:
    names = [source.name for source in sources if concerns(source)]
    return [words.format(_names(names))] if names else []


def longest_pause(sources: Sequence[SourceCoverage]) -> str:
    """What is shown only between two looks is not seen; empty where nothing was looked at twice."""
    paused = [(source.pause, source.name) for source in sources if source.pause is not None]
    if not paused:
        return ""
    (start, end), name = max(paused, key=lambda each: each[0][1] - each[0][0])
    return (
        "What a source shows only between two looks is not seen. The longest time between two looks was "
        f"from {moment(start)} to {moment(end)} ({name})."
    )


def source_words(source: SourceCoverage, others: Sequence[SourceCoverage] = ()) -> SourceWords:
    """others: all sources, among which may be one that covers the same host."""
    lines = [*_looks(source)]
    if source.last is not None:
        lines += [*_not_read(source.last), *report_lines(source.last, source.kind)]
    for before, at in source.gaps:
        lines.append(
            f"Entries may have come and gone between the looks of {moment(before)} and {moment(at)}: "
            "of the newest that the first saw, the second saw none."
        )
    lines += _sitemaps(source, others)
    if source.stale:
        last = f"since {moment(source.last_read)}" if source.last_read is not None else "so far"
        lines.append(f"Stale: nothing of it could be read {last}.")
    said = source.said
    if source.last is not None and source.last.reading is not Reading.NOT_READ:
        said += f": {share_words(source.last, source.kind)}"
    return SourceWords(source.name, source.kind.value, source.url, said[0].upper() + said[1:], tuple(lines))


def _sitemaps(source: SourceCoverage, others: Sequence[SourceCoverage]) -> list[str]:
    """Of a source that shows what is newest alone, the sitemaps that are watched beside it."""
    if not _shows_newest_only(source):
        return []
    return [_beside(other) for other in others if _is_sitemap_beside(other, source)]


def share_words(report: SourceReport, kind: SourceKind) -> str:
    """``211 of 212 pages (99.5%), 31 videos``."""
    one, many = _NOUNS.get(kind, ("page", "pages"))
    videos = _count(report.videos, "video", "videos")
    if report.share.due is None:
        return f"{_count(report.pages, one, many)}, {videos}; how much there was to read is not known"
    percent = f" ({_percent(report.share)})" if report.share.read < report.share.due else ""
    return f"{_of(report.share, one, many)}{percent}, {videos}"


def report_lines(report: SourceReport, kind: SourceKind) -> list[str]:
    """What is to be known of one look, apart from its share and what was not read."""
    lines = []
    if report.reach is not None:
        lines += reach_lines(report.reach)
    if report.silent:
        lines.append(f"{_count(report.silent, 'page or entry', 'pages and entries')} without a video that could be found.")
    if report.beyond:
        least = "At least " if report.beyond >= MAX_BEYOND else ""
        further = _count(report.beyond, "further page", "further pages")
        lines.append(f"{least}{further} of the site, linked from there, not looked at: deeper than is followed.")
    if kind is SourceKind.SITEMAP and report.listed:
        lines.append(f"The sitemap lists {_count(report.listed, 'page', 'pages')}.")
    # Of looks that were recorded before pages were counted, only the errors are known.
    return [*lines, *report.notes, *(report.errors[:3] if report.due is None and not report.notes else ())]


def reach_lines(reach: Reach) -> list[str]:
    """How far back a feed or listing was looked at."""
    if not reach.items:
        return ["It listed nothing at this look."]
    all_of_it = reach.more is False
    of_total = f" of {reach.total:,}" if reach.total is not None and not all_of_it else ""
    which = f"All {_count(reach.items, 'entry', 'entries')} that it holds" if all_of_it else _newest(reach.items, of_total)
    back = f", back to {day(reach.oldest)}" if reach.oldest is not None else ""
    lines = [f"{which}{back}{'' if all_of_it else _older(reach)}."]
    if reach.undated:
        lines.append(f"{_count(reach.undated, 'entry has', 'entries have')} no date.")
    if reach.ahead:
        lines.append(
            f"{_count(reach.ahead, 'entry has', 'entries have')} a date in the future, which says nothing of when it was shown."
        )
    if reach.moved:
        lines.append("It changed while it was being read, so that an entry may have slid past.")
    return lines


def missing_words(reports: Iterable[SourceReport]) -> list[MissingWords]:
    """The pages that were not read, the most frequent kind of reason first."""
    unnamed: Counter[str] = Counter()
    named: dict[str, dict[str, str]] = {}
    for report in reports:
        unnamed.update(report.missed)
        for each in report.missing:
            unnamed[each.trouble] -= 1
            # A page that two sources lead to is one page.
            named.setdefault(each.trouble, {}).setdefault(each.url, each.words)
    counts = Counter({trouble: max(0, count) + len(named.get(trouble, {})) for trouble, count in unnamed.items()})
    return [_missing(trouble, count, named.get(trouble, {})) for trouble, count in counts.most_common()]


def _missing(trouble: str, count: int, named: dict[str, str]) -> MissingWords:
    listed = tuple((shorten(url, 140), "" if trouble in SAYS_ALL else words) for url, words in list(named.items())[:MOST_NAMED])
    return MissingWords(f"{_count(count, 'page', 'pages')} {reason(trouble)}", listed, count - len(listed))


def _not_read(report: SourceReport) -> list[str]:
    if report.reading is Reading.NOT_READ and len(report.missing) == 1:
        return [f"It {report.missing[0].words}."]
    return [f"Not read: {reasons(report.missed)}."] if report.missed else []


def _looks(source: SourceCoverage) -> list[str]:
    if source.last is None:
        return []
    often = "twice" if source.runs == 2 else f"{source.runs} times"
    times = "Looked at once, on" if source.runs == 1 else f"Looked at {often}, last on"
    told = [
        f"each of these looks read {what}" if count == source.runs else f"{count} of these looks read {what}"
        for count, what in ((source.unread, "nothing"), (source.partly, "a part"))
        if count and source.runs > 1
    ]
    return [f"{times} {moment(source.last.ended_at)}{': ' if told else ''}{', '.join(told)}."]


def _newest(items: int, of_total: str) -> str:
    return f"The newest {items:,}{of_total} entries" if items > 1 or of_total else "The newest entry"


def _older(reach: Reach) -> str:
    if reach.joined and (reach.whole or (reach.since is not None and reach.oldest is not None and reach.since < reach.oldest)):
        back = f", back to {day(reach.since)}," if reach.since is not None else ""
        rest = ", to the end of what it held" if reach.whole else "; what is older still was not looked at through it"
        return f"; older ones{back} were listed at earlier looks{rest}"
    if reach.more:
        return "; it has older ones, which were not looked at through it"
    return "; what is older was not looked at through it"


def _shows_newest_only(source: SourceCoverage) -> bool:
    reach = source.last.reach if source.last is not None else None
    return reach is not None and reach.items > 0 and reach.more is not False and not reach.whole


def _is_sitemap_beside(other: SourceCoverage, source: SourceCoverage) -> bool:
    return other.kind is SourceKind.SITEMAP and other.last is not None and other.last.pages > 0 and _host(other) == _host(source)


def _beside(sitemap: SourceCoverage) -> str:
    assert sitemap.last is not None
    read = _of(sitemap.last.share, "page", "pages")
    return f"The sitemap of the same host was looked at, too ({sitemap.name}): {read} read."


def _host(source: SourceCoverage) -> str:
    return (urlsplit(source.url).hostname or "").removeprefix("www.")


def _pages(source: SourceCoverage) -> int:
    return source.last.pages if source.last is not None and source.last.share.due is not None else 0


def _due(source: SourceCoverage) -> int:
    return (source.last.share.due or 0) if source.last is not None else 0


def _names(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}"


def _percent(share: Share) -> str:
    percent = share.percent or 0.0
    return f"{percent:.0f}%" if percent == int(percent) else f"{percent:.1f}%"


def _of(share: Share, one: str, many: str) -> str:
    if share.due is None:
        return _count(share.read, one, many)
    return f"{share.read:,} of {_count(share.due, one, many)}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
