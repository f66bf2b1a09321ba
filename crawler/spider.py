"""The crawling process: Scrapy reads sources and the pages they lead to, and prints what they show, line by line.

Started by `crawler.crawl` as ``python -m crawler.spider``; not meant for people.
"""

import logging
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
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
from crawler.look import Look, is_empty, site_of
from crawler.manners import ROBOTS_NAME, user_agent
from crawler.sources.base import Follow, Page, Parsed
from crawler.sources.kinds import READERS
from crawler.spider_cache import PageCacheMiddleware, PageStorage, RevalidatingPolicy
from crawler.spider_guard import (
    KEY_HEADER,
    GuardedResolver,
    GuardMiddleware,
    LocationMiddleware,
    NotAllowed,
    RobotsMiddleware,
    failure_in_words,
)
from crawler.types import Discovery, SourceKind, Trouble
from crawler.urls import canonical_url
from crawler.verdict import Answer, of_answer, of_page, remark
from crawler.walls import REMEDIES, is_login, wall
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
        # Which sources wait for a document that is under way, how many steps from them it is, and what embeds it.
        self._pending: dict[tuple[str, str], list[tuple[str, int, Discovery | None]]] = {}

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
        for look_id, level, shown_on in self._pending.pop(response.meta["key"], []):
            look = self._looks.get(look_id)
            if look is None:
                continue
            try:
                yield from self._requests(look, self._take(look, response, level, shown_on), level + 1)
            except Exception:
                # The boundary between sources: a fault of ours on one stranger's page must not silence the others.
                self.logger.exception("reading %s failed", shown(response.url))
                look.miss(response.meta["key"][1], "could not be read because of a fault in this program", Trouble.OTHER)
            finally:
                look.waiting -= 1
                self._finish(look)

    def failed(self, failure: Failure) -> None:
        """Note a document that could not be fetched."""
        request = failure.request  # type: ignore[attr-defined]
        words, trouble = self._in_words(request, failure.value)
        for look_id, _, _ in self._pending.pop(request.meta["key"], []):
            look = self._looks.get(look_id)
            if look is not None:
                look.miss(request.meta["key"][1], words, trouble)
                look.waiting -= 1
                self._finish(look)

    def closing(self) -> None:
        """Report the sources that were still being read when the time was over."""
        for look in list(self._looks.values()):
            self._report(look)

    def _take(self, look: Look, response: Response, level: int, shown_on: Discovery | None) -> list[Follow]:
        kind, asked = SourceKind(response.meta["key"][0]), response.meta["key"][1]
        headers = {name.decode("latin-1").lower(): b", ".join(all_).decode("latin-1") for name, all_ in response.headers.items()}
        final = response.url if response.meta.get("redirect_urls") else asked
        answer = Answer(asked, final, response.status, headers, response.body)
        refusal = of_answer(answer)
        if refusal is not None:
            if response.meta["guessed"] and refusal[1] is Trouble.GONE:
                look.ended()
            else:
                look.miss(asked, *refusal)
            return []
        if level == 0:
            look.hosts.add(site_of(response.url))
        declared = headers.get("content-type", "")
        page = Page(response.url, declared, response.body, datetime.now(UTC), shown_on)
        parsed = READERS[kind](look.spec.id).parse(page)
        if "download_stopped" in response.flags and not parsed.discoveries:
            # A picture or an archive behind a page's link is nothing that should have been read.
            if level == 0 or kind is not SourceKind.PAGE:
                look.miss(asked, f"is of the type {shown(declared)}, which is no page, feed or sitemap", Trouble.DOCUMENT)
            else:
                look.aside += 1
            return []
        self._show(look, parsed, kind, canonical_url(response.url))
        if self._is_another(look, answer, kind, level, parsed):
            return []
        for error in parsed.errors:
            look.error(error, Trouble.DOCUMENT)
            look.note(f"read in part: {error.rstrip('.')}", asked)
        if not parsed.discoveries and look.spec.kind is SourceKind.INBOX:
            look.error(f"{shown(response.url)} shows no video that could be found.", Trouble.DOCUMENT)
        look.took(asked, parsed, kind)
        look.unchanged += "cached" in response.flags
        # What a player's page links to is not what it plays.
        return [] if shown_on is not None else look.belonging(kind, level, parsed, self._options.max_depth)

    def _is_another(self, look: Look, answer: Answer, kind: SourceKind, level: int, parsed: Parsed) -> bool:
        """Whether an answer is not the document that was asked for, which is noted."""
        shows_video, seed = bool(parsed.discoveries), level == 0
        if kind is SourceKind.PAGE:
            if not seed and is_login(answer.asked):
                look.aside += 1
                return True
            said = of_page(answer, seed=seed, shows_video=shows_video)
            words = remark(answer, seed=seed, shows_video=shows_video) if said is None else None
            if words is not None:
                look.note(words, answer.asked)
        else:
            behind = None if shows_video else wall(answer.url, 200, answer.headers, answer.body)
            said = (f"shows a wall in place of its content: {REMEDIES[behind]}", behind) if behind is not None else None
        if said is None and is_empty(parsed) and not (kind is SourceKind.PAGE and answer.body.strip()):
            said = f"could not be read: {' '.join(parsed.errors[:3]).rstrip('.')}", Trouble.DOCUMENT
        if said is not None:
            look.miss(answer.asked, *said)
        return said is not None

    def _show(self, look: Look, parsed: Parsed, kind: SourceKind, url: str) -> None:
        for discovery in parsed.discoveries:
            look.videos.add(discovery.media_url)
            own = kind is SourceKind.PAGE and discovery.page_url == url
            self._emit(Line(discovery=replace(discovery, said_by=kind, own=own)))

    def _requests(self, look: Look, follow: list[Follow], depth: int) -> Iterator[Request]:
        for link in follow:
            try:
                url = canonical_url(link.url)
                check_url(url, self._policy)
            except Refused as refused:
                look.refuse(link.url, f"{refused.what} {refused.remedy}", refused.trouble)
                continue
            # A player that two articles embed is read for the page of each.
            reading = url if link.shown_on is None else f"{url} {link.shown_on.page_url}"
            if reading in look.seen:
                continue
            look.seen.add(reading)
            if look.asked >= self._options.max_pages:
                look.leave_out(url, self._options.max_pages)
                continue
            look.asked += 1
            look.waiting += 1
            key = (link.kind.value, url)
            # A page that two sources lead to is fetched once and read for each.
            if key in self._pending:
                self._pending[key].append((look.spec.id, depth, link.shown_on))
            else:
                self._pending[key] = [(look.spec.id, depth, link.shown_on)]
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
            LocationMiddleware: 650,
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
