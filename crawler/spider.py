"""The crawling process: Scrapy reads sources and the pages they lead to, and prints what they show, line by line.

Started by `crawler.crawl` as ``python -m crawler.spider``; not meant for people.
"""

import asyncio
import logging
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.exceptions import StopDownload
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawler.block_pages import is_login
from crawler.documents import Asked, Read
from crawler.errors import Refused
from crawler.fetch.pace import Stopped
from crawler.guard import check_url, printable, read_url
from crawler.parent_watch import Emit, die_with, line_printer, send_refusals
from crawler.parsing import Parser, Unreadable
from crawler.protocol import Job, Line, job_from_bytes
from crawler.source_visit import SourceVisit, is_empty, site_of
from crawler.sources.base import Follow, Parsed
from crawler.spider_guard import KEY_HEADER, NotAllowed, failure_in_words
from crawler.spider_settings import settings
from crawler.types import Discovery, SourceKind, Trouble
from crawler.urls import canonical_url

_READABLE = (
    *("text/", "application/xml", "application/xhtml", "application/rss", "application/atom", "application/rdf"),
    *("application/json", "application/activity+json", "application/ld+json"),
)
_PACKED = ("application/gzip", "application/x-gzip")
_MANY = 50


class SourceSpider(scrapy.Spider):
    """Reads every source of a job. What goes wrong with one is in its own report."""

    name = "sources"

    def __init__(self, job: Job, emit: Emit, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._options = job.options
        self._policy = job.policy
        self._emit = emit
        self._parser = Parser(job.options.document)
        # How many documents of a host are being read now, by the downloader's place for that host.
        self._held: Counter[Any] = Counter()
        self._visits = {spec.id: SourceVisit(spec, datetime.now(UTC)) for spec in job.specs}
        # Which sources wait for a document that is under way, how many steps from them it is, and what embeds it.
        self._pending: dict[tuple[str, str], list[tuple[str, int, Discovery | None]]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "SourceSpider":
        """As Scrapy makes it, and told of headers and of the end."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.headers_received, signal=signals.headers_received)
        crawler.signals.connect(spider.closing, signal=signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """The first request of each source; a time for the whole crawl begins to run."""
        # What is being read when the time is over would hold up the end.
        asyncio.get_running_loop().call_later(self._options.max_seconds, self._parser.close)
        for visit in list(self._visits.values()):
            beginning = [Follow(seed, SourceKind.PAGE) for seed in visit.spec.seeds] or [Follow(visit.spec.url, visit.spec.kind)]
            for request in self._requests(visit, beginning, depth=0):
                yield request
            self._finish(visit)

    def headers_received(self, headers: Any, request: Request, **_: Any) -> None:
        """Stop a download that can be no page, such as a video behind a link: its bytes are for the capture."""
        kind = (headers.get(b"Content-Type") or b"").decode("latin-1").strip().lower()
        if kind and not kind.startswith((*_READABLE, *_PACKED)) and "key" in request.meta:
            raise StopDownload(fail=False)

    async def read(self, response: Response) -> AsyncIterator[Request]:
        """Take in one document for every source that leads to it, then ask for those it leads to."""
        readings: list[tuple[Asked, Future[Read]]] = []
        waiting = self._pending.pop(response.meta["key"], [])
        with self._holding(response):
            for source_id, level, shown_on in waiting:
                visit = self._visits.get(source_id)
                if visit is None:
                    continue
                try:
                    reading = self._reading(_asked(response, level == 0, shown_on), response.body, readings)
                    follow = self._take(visit, response, level, shown_on, await asyncio.wrap_future(reading))
                    for number, request in enumerate(self._requests(visit, follow, level + 1)):
                        yield request
                        if number % _MANY == 0:
                            await asyncio.sleep(0)
                except Stopped:
                    continue
                except Unreadable as unreadable:
                    visit.miss(response.meta["key"][1], unreadable.words, unreadable.trouble)
                except Exception:
                    # The boundary between sources: a fault of ours on one stranger's page must not silence the others.
                    self.logger.exception("reading %s failed", printable(response.url))
                    visit.miss(response.meta["key"][1], "could not be read because of a fault in this program", Trouble.OTHER)
                visit.waiting -= 1
                self._finish(visit)

    def _reading(self, asked: Asked, body: bytes, begun: list[tuple[Asked, Future[Read]]]) -> Future[Read]:
        """What a document says is the same for all sources that stand to it alike: it is read once for them."""
        known = next((reading for other, reading in begun if replace(other, at=asked.at) == asked), None)
        if known is None:
            known = self._parser.submit(asked, body)
            begun.append((asked, known))
        return known

    @contextmanager
    def _holding(self, response: Response) -> Iterator[None]:
        """Ask nothing more of a host while a document of it is read: pages must not pile up behind one that takes long."""
        downloader: Any = self.crawler.engine.downloader
        slot = downloader.slots.get(downloader.get_slot_key(response.request))
        if slot is None:
            yield
            return
        self._held[slot] += 1
        slot.concurrency = 0
        try:
            yield
        finally:
            self._held[slot] -= 1
            if not self._held[slot]:
                del self._held[slot]
                slot.concurrency = 1
                downloader._process_queue(slot)

    def failed(self, failure: Failure) -> None:
        """Note a document that could not be fetched."""
        request = failure.request  # type: ignore[attr-defined]
        words, trouble = self._in_words(request, failure.value)
        for source_id, _, _ in self._pending.pop(request.meta["key"], []):
            visit = self._visits.get(source_id)
            if visit is not None:
                visit.miss(request.meta["key"][1], words, trouble)
                visit.waiting -= 1
                self._finish(visit)

    def closing(self) -> None:
        """Report the sources that were still being read when the time was over."""
        self._parser.close()
        for visit in list(self._visits.values()):
            self._report(visit)

    def _take(self, visit: SourceVisit, response: Response, level: int, shown_on: Discovery | None, read: Read) -> list[Follow]:
        kind, asked = SourceKind(response.meta["key"][0]), response.meta["key"][1]
        if not read.answered and read.verdict is not None:
            _note_unanswered(visit, asked, *read.verdict, guessed=response.meta["guessed"])
            return []
        if level == 0:
            visit.hosts.add(site_of(response.url))
        parsed = read.parsed
        if "download_stopped" in response.flags and not parsed.discoveries:
            _note_no_document(visit, asked, response, expected=level == 0 or kind is not SourceKind.PAGE)
            return []
        self._show(visit, parsed, kind, canonical_url(response.url))
        if self._is_another(visit, read, asked, kind, level, blank=not response.body.strip()):
            return []
        _note_errors(visit, asked, response.url, parsed)
        visit.took(asked, parsed, kind)
        visit.unchanged += "cached" in response.flags
        # What a player's page links to is not what it plays.
        return [] if shown_on is not None else visit.belonging(kind, level, parsed, self._options.max_depth)

    def _is_another(self, visit: SourceVisit, read: Read, asked: str, kind: SourceKind, level: int, *, blank: bool) -> bool:
        """Whether an answer is not the document that was asked for, which is noted."""
        if kind is SourceKind.PAGE and level > 0 and is_login(asked):
            visit.aside += 1
            return True
        said, parsed = read.verdict, read.parsed
        if read.remark is not None:
            visit.note(read.remark, asked)
        if said is None and is_empty(parsed) and (kind is not SourceKind.PAGE or blank):
            said = f"could not be read: {' '.join(parsed.errors[:3]).rstrip('.')}", Trouble.DOCUMENT
        if said is not None:
            visit.miss(asked, *said)
        return said is not None

    def _show(self, visit: SourceVisit, parsed: Parsed, kind: SourceKind, url: str) -> None:
        for discovery in parsed.discoveries:
            visit.videos.add(discovery.media_url)
            own = kind is SourceKind.PAGE and discovery.page_url == url
            self._emit(Line(discovery=replace(discovery, source_id=visit.spec.id, said_by=kind, own=own)))

    def _requests(self, visit: SourceVisit, follow: list[Follow], depth: int) -> Iterator[Request]:
        for link in follow:
            try:
                url = canonical_url(link.url)
                check_url(url, self._policy)
            except Refused as refused:
                visit.refuse(link.url, f"{refused.what} {refused.remedy}", refused.trouble)
                continue
            # A player that two articles embed is read for the page of each.
            reading = url if link.shown_on is None else f"{url} {link.shown_on.page_url}"
            if reading in visit.seen:
                continue
            visit.seen.add(reading)
            if visit.asked >= self._options.max_pages:
                visit.leave_out(url, self._options.max_pages)
                continue
            visit.asked += 1
            visit.waiting += 1
            key = (link.kind.value, url)
            # A page that two sources lead to is fetched once and read for each.
            if key in self._pending:
                self._pending[key].append((visit.spec.id, depth, link.shown_on))
            else:
                self._pending[key] = [(visit.spec.id, depth, link.shown_on)]
                yield self._request(key, link)

    def _request(self, key: tuple[str, str], link: Follow) -> Request:
        meta: dict[str, Any] = {"key": key, "guessed": link.guessed}
        headers = {}
        if link.changed_at is not None:
            meta["changed_at"] = link.changed_at.timestamp()
        if link.kind is SourceKind.YOUTUBE and self._options.youtube_key:
            meta["key_for"] = read_url(key[1]).authority
            headers[KEY_HEADER] = self._options.youtube_key
        return Request(key[1], callback=self.read, errback=self.failed, dont_filter=True, meta=meta, headers=headers)

    def _in_words(self, request: Request, error: BaseException | None) -> tuple[str, Trouble]:
        """As the end of a sentence that begins with the address."""
        if isinstance(error, NotAllowed):
            return f"was not read: {error}", error.trouble
        if type(error).__name__ == "DownloadCancelledError":
            return f"is larger than {self._options.max_page_bytes:,} bytes", Trouble.LIMIT
        return failure_in_words(request, error)

    def _finish(self, visit: SourceVisit) -> None:
        if visit.waiting == 0:
            self._report(visit)

    def _report(self, visit: SourceVisit) -> None:
        if self._visits.pop(visit.spec.id, None) is not None:
            self._emit(Line(report=visit.report()))


def _asked(response: Response, seed: bool, shown_on: Discovery | None) -> Asked:
    kind, asked = SourceKind(response.meta["key"][0]), response.meta["key"][1]
    final = response.url if response.meta.get("redirect_urls") else asked
    headers = {name.decode("latin-1").lower(): b", ".join(all_).decode("latin-1") for name, all_ in response.headers.items()}
    return Asked(kind, asked, final, response.url, response.status, headers, seed, datetime.now(UTC), shown_on)


def _note_unanswered(visit: SourceVisit, asked: str, words: str, trouble: Trouble, *, guessed: bool) -> None:
    """A document that was not given. guessed: nothing says that there is one at all."""
    if guessed and trouble is Trouble.GONE:
        visit.ended()
    else:
        visit.miss(asked, words, trouble)


def _note_no_document(visit: SourceVisit, asked: str, response: Response, *, expected: bool) -> None:
    """A picture or an archive. expected: a document should have been there, and not merely be behind a page's link."""
    if expected:
        declared = (response.headers.get("Content-Type") or b"").decode("latin-1")
        visit.miss(asked, f"is of the type {printable(declared)}, which is no page, feed or sitemap", Trouble.DOCUMENT)
    else:
        visit.aside += 1


def _note_errors(visit: SourceVisit, asked: str, url: str, parsed: Parsed) -> None:
    for error in parsed.errors:
        visit.error(error, Trouble.DOCUMENT)
        visit.note(f"read in part: {error.rstrip('.')}", asked)
    if not parsed.discoveries and visit.spec.kind is SourceKind.INBOX:
        visit.error(f"{printable(url)} shows no video that could be found.", Trouble.DOCUMENT)


def main() -> None:
    """Read the job from standard input, crawl, end."""
    line = sys.stdin.buffer.readline()
    job = job_from_bytes(line)
    die_with(job.parent)
    logging.basicConfig(level=logging.ERROR)
    emit = line_printer()
    send_refusals(emit)
    process = CrawlerProcess(settings(job.policy, job.options))
    # Scrapy has just opened its loggers for everything; a line for each page costs time, and nobody reads it.
    logging.getLogger("scrapy").setLevel(logging.ERROR)
    process.crawl(SourceSpider, job=job, emit=emit)
    process.start(install_signal_handlers=False)


if __name__ == "__main__":
    main()
