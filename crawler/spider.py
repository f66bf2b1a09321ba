"""The crawling process: Scrapy reads sources and the pages they lead to, and prints what they show, line by line.

Started by `crawler.crawl` as ``python -m crawler.spider``; not meant for people.
"""

import logging
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.exceptions import StopDownload
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawler.errors import Refused
from crawler.fetch.http import MAX_REDIRECTS
from crawler.fetch.names import SECONDS as DNS_SECONDS
from crawler.guard import GuardPolicy, check_url, read_url, shown
from crawler.lifeline import Emit, die_with, line_printer, send_refusals
from crawler.look import Look, site_of
from crawler.manners import ROBOTS_NAME, user_agent
from crawler.sources.base import Follow, Page, Parsed
from crawler.sources.kinds import READERS
from crawler.spider_cache import PageCacheMiddleware, PageStorage, RevalidatingPolicy
from crawler.spider_guard import (
    KEY_HEADER,
    GuardedResolver,
    GuardMiddleware,
    NotAllowed,
    RobotsMiddleware,
    failure_in_words,
)
from crawler.types import SourceKind, Trouble
from crawler.urls import canonical_url
from crawler.walls import REMEDIES, of_status, wall
from crawler.wire import CrawlOptions, Job, Line, job_from_bytes

_READABLE = (
    *("text/", "application/xml", "application/xhtml", "application/rss", "application/atom", "application/rdf"),
    *("application/json", "application/activity+json", "application/ld+json"),
)
_PACKED = ("application/gzip", "application/x-gzip")


class SourceSpider(scrapy.Spider):
    """Reads every source of a job. What goes wrong with one is in its own report."""

    name = "sources"

    def __init__(self, job: Job, emit: Emit, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._options = job.options
        self._policy = job.policy
        self._emit = emit
        self._looks = {spec.id: Look(spec, datetime.now(UTC)) for spec in job.specs}
        # Which sources, and how many steps from them, wait for a document that is under way.
        self._pending: dict[tuple[str, str], list[tuple[str, int]]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "SourceSpider":
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.headers_received, signal=signals.headers_received)
        crawler.signals.connect(spider.closing, signal=signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        for look in list(self._looks.values()):
            beginning = [Follow(seed, SourceKind.PAGE) for seed in look.spec.seeds] or [Follow(look.spec.url, look.spec.kind)]
            for request in self._requests(look, beginning, depth=0):
                yield request
            self._finish(look)

    def headers_received(self, headers: Any, request: Request, **_: Any) -> None:
        """Stop a download that can be no page, such as a video behind a link: its bytes are for the capture."""
        kind = (headers.get(b"Content-Type") or b"").decode("latin-1").strip().lower()
        if kind and not kind.startswith((*_READABLE, *_PACKED)) and "key" in request.meta:
            raise StopDownload(fail=False)

    def read(self, response: Response) -> Iterator[Request]:
        """Take in one document for every source that leads to it, then ask for those it leads to."""
        for look_id, level in self._pending.pop(response.meta["key"], []):
            look = self._looks.get(look_id)
            if look is None:
                continue
            try:
                yield from self._requests(look, self._take(look, response, level), level + 1)
            except Exception:
                # The boundary between sources: a fault of ours on one stranger's page must not silence the others.
                self.logger.exception("reading %s failed", shown(response.url))
                look.error(f"{shown(response.url)} could not be read because of a fault in this program.")
            finally:
                look.waiting -= 1
                self._finish(look)

    def failed(self, failure: Failure) -> None:
        """Note a document that could not be fetched."""
        request = failure.request  # type: ignore[attr-defined]
        words, trouble = self._in_words(request, failure.value)
        for look_id, _ in self._pending.pop(request.meta["key"], []):
            look = self._looks.get(look_id)
            if look is not None:
                look.error(words, trouble)
                look.waiting -= 1
                self._finish(look)

    def closing(self) -> None:
        """Report the sources that were still being read when the time was over."""
        for look in list(self._looks.values()):
            self._report(look)

    def _take(self, look: Look, response: Response, level: int) -> list[Follow]:
        kind = SourceKind(response.meta["key"][0])
        headers = {name.decode("latin-1").lower(): b", ".join(all_).decode("latin-1") for name, all_ in response.headers.items()}
        if response.status != 200:
            trouble = wall(response.url, response.status, headers, response.body) or of_status(response.status)
            reason = f": {REMEDIES[trouble]}" if trouble in REMEDIES else ""
            look.error(f"{shown(response.url)} answered {response.status}{reason}.", trouble)
            return []
        if level == 0:
            look.hosts.add(site_of(response.url))
        declared = headers.get("content-type", "")
        parsed = READERS[kind](look.spec.id).parse(Page(response.url, declared, response.body))
        if "download_stopped" in response.flags and not parsed.discoveries:
            # A picture or an archive behind a page's link is nothing that should have been read.
            if level == 0 or kind is not SourceKind.PAGE:
                words = f"{shown(response.url)} is of the type {shown(declared)}, which is no page, feed or sitemap."
                look.error(words, Trouble.DOCUMENT)
            return []
        behind = None if parsed.discoveries else wall(response.url, 200, headers, response.body)
        if behind is not None:
            look.error(f"{shown(response.url)} shows a wall in place of its content: {REMEDIES[behind]}.", behind)
            return []
        if not parsed.discoveries and look.spec.kind is SourceKind.INBOX:
            look.error(f"{shown(response.url)} shows no video that could be found.", Trouble.DOCUMENT)
        look.pages += 1
        look.unchanged += "cached" in response.flags
        self._show(look, parsed)
        return look.belonging(kind, level, parsed, self._options.max_depth)

    def _show(self, look: Look, parsed: Parsed) -> None:
        for error in parsed.errors:
            look.error(error, Trouble.DOCUMENT)
        for discovery in parsed.discoveries:
            look.videos.add(discovery.media_url)
            self._emit(Line(discovery=discovery))

    def _requests(self, look: Look, follow: list[Follow], depth: int) -> Iterator[Request]:
        for link in follow:
            try:
                url = canonical_url(link.url)
                check_url(url, self._policy)
            except Refused as refused:
                look.error(f"{refused.what} {refused.remedy}", refused.trouble)
                continue
            if url in look.seen:
                continue
            look.seen.add(url)
            if look.asked >= self._options.max_pages:
                look.left_out += 1
                continue
            look.asked += 1
            look.waiting += 1
            key = (link.kind.value, url)
            # A page that two sources lead to is fetched once and read for each.
            if key in self._pending:
                self._pending[key].append((look.spec.id, depth))
            else:
                self._pending[key] = [(look.spec.id, depth)]
                yield self._request(key, link)

    def _request(self, key: tuple[str, str], link: Follow) -> Request:
        meta: dict[str, Any] = {"key": key}
        headers = {}
        if link.changed_at is not None:
            meta["changed_at"] = link.changed_at.timestamp()
        if link.kind is SourceKind.YOUTUBE and self._options.youtube_key:
            meta["key_for"] = read_url(key[1]).authority
            headers[KEY_HEADER] = self._options.youtube_key
        return Request(key[1], callback=self.read, errback=self.failed, dont_filter=True, meta=meta, headers=headers)

    def _in_words(self, request: Request, error: BaseException | None) -> tuple[str, Trouble]:
        url = shown(request.url)
        if isinstance(error, NotAllowed):
            return f"{url} was not read: {error}.", error.trouble
        if type(error).__name__ == "DownloadCancelledError":
            return f"{url} is larger than {self._options.max_page_bytes:,} bytes.", Trouble.LIMIT
        words, trouble = failure_in_words(request, error)
        return f"{url} {words}.", trouble

    def _finish(self, look: Look) -> None:
        if look.waiting == 0:
            self._report(look)

    def _report(self, look: Look) -> None:
        if self._looks.pop(look.spec.id, None) is not None:
            self._emit(Line(report=look.report()))


def settings(policy: GuardPolicy, options: CrawlOptions) -> dict[str, Any]:
    """Scrapy's settings: polite, bounded, and with every way out closed but guarded HTTP."""
    return {
        "GUARD_POLICY": policy,
        "DOWNLOADER_MIDDLEWARES": {
            GuardMiddleware: 1,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            RobotsMiddleware: 100,
            "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
            PageCacheMiddleware: 900,
        },
        "HTTPCACHE_ENABLED": True,
        "HTTPCACHE_POLICY": RevalidatingPolicy,
        "HTTPCACHE_STORAGE": PageStorage,
        "PAGE_CACHE": options.cache,
        "TWISTED_DNS_RESOLVER": GuardedResolver,
        "DOWNLOAD_HANDLERS": dict.fromkeys(("data", "file", "ftp", "s3")),
        "HTTPPROXY_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "REDIRECT_MAX_TIMES": MAX_REDIRECTS,
        "HTTPERROR_ALLOW_ALL": True,
        "USER_AGENT": user_agent(options.contact),
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": ROBOTS_NAME,
        # One request at a time to a host, and never sooner than the delay after the last; slower where the host is slow.
        "DOWNLOAD_DELAY": options.delay,
        "RANDOMIZE_DOWNLOAD_DELAY": False,
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": options.delay,
        "AUTOTHROTTLE_MAX_DELAY": max(60.0, options.delay),
        "CONCURRENT_REQUESTS": 32,
        # Scrapy starts that many tasks for every page to handle its items, and there are none.
        "CONCURRENT_ITEMS": 1,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DNS_TIMEOUT": DNS_SECONDS,
        "DOWNLOAD_MAXSIZE": options.max_page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": options.page_seconds,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "RETRY_TIMES": 1,
        "CLOSESPIDER_TIMEOUT": options.max_seconds,
        # Cookies would tie visits together and make Scrapy load the list of public suffixes.
        "COOKIES_ENABLED": False,
        "REFERRER_POLICY": "no-referrer",
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "MEMUSAGE_ENABLED": False,
        "LOG_ENABLED": False,
    }


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
