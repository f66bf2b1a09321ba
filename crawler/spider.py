"""The crawling process: Scrapy reads sources and the pages they lead to, and prints what they show, line by line.

Started by `crawler.crawl` as ``python -m crawler.spider``; not meant for people.
"""

import logging
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.exceptions import IgnoreRequest, StopDownload
from scrapy.http import Request, Response
from scrapy.resolver import CachingHostnameResolver
from twisted.internet.interfaces import IAddress, IHostResolution, IResolutionReceiver
from twisted.python.failure import Failure
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.errors import Refused
from crawler.fetch.http import MAX_REDIRECTS
from crawler.guard import GuardPolicy, check_address, check_url, shown
from crawler.lifeline import Emit, die_with, line_printer
from crawler.look import Look, site_of
from crawler.manners import ROBOTS_NAME, user_agent
from crawler.sources.base import Follow, Page, Parsed
from crawler.sources.kinds import READERS
from crawler.types import SourceKind
from crawler.urls import canonical_url
from crawler.wire import CrawlOptions, Job, Line, job_from_bytes

_READABLE = ("text/", "application/xml", "application/xhtml", "application/rss", "application/atom", "application/rdf")
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

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "SourceSpider":
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.headers_received, signal=signals.headers_received)
        crawler.signals.connect(spider.closing, signal=signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        for look in list(self._looks.values()):
            for request in self._requests(look, [Follow(look.spec.url, look.spec.kind)], depth=0):
                yield request
            self._finish(look)

    def headers_received(self, headers: Any, request: Request, **_: Any) -> None:
        """Stop a download that can be no page, such as a video behind a link: its bytes are for the capture."""
        kind = (headers.get(b"Content-Type") or b"").decode("latin-1").strip().lower()
        if kind and not kind.startswith((*_READABLE, *_PACKED)) and request.meta.get("look"):
            raise StopDownload(fail=False)

    def read(self, response: Response) -> Iterator[Request]:
        """Take in one document, then ask for those it leads to."""
        look = self._looks[response.meta["look"]]
        try:
            yield from self._requests(look, self._take(look, response), response.meta["level"] + 1)
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
        look = self._looks[request.meta["look"]]
        look.error(self._in_words(request, failure.value))
        look.waiting -= 1
        self._finish(look)

    def closing(self) -> None:
        """Report the sources that were still being read when the time was over."""
        for look in list(self._looks.values()):
            self._report(look)

    def _take(self, look: Look, response: Response) -> list[Follow]:
        kind, level = SourceKind(response.meta["kind"]), response.meta["level"]
        if response.status != 200:
            look.error(f"{shown(response.url)} answered {response.status}.")
            return []
        if level == 0:
            look.hosts.add(site_of(response.url))
        declared = (response.headers.get(b"Content-Type") or b"").decode("latin-1")
        parsed = READERS[kind](look.spec.id).parse(Page(response.url, declared, response.body))
        if "download_stopped" in response.flags and not parsed.discoveries:
            # A picture or an archive behind a page's link is nothing that should have been read.
            if level == 0 or kind is not SourceKind.PAGE:
                look.error(f"{shown(response.url)} is of the type {shown(declared)}, which is no page, feed or sitemap.")
            return []
        look.pages += 1
        self._show(look, parsed)
        return look.belonging(kind, level, parsed, self._options.max_depth)

    def _show(self, look: Look, parsed: Parsed) -> None:
        for error in parsed.errors:
            look.error(error)
        for discovery in parsed.discoveries:
            look.videos.add(discovery.media_url)
            self._emit(Line(discovery=discovery))

    def _requests(self, look: Look, follow: list[Follow], depth: int) -> Iterator[Request]:
        for link in follow:
            try:
                url = canonical_url(link.url)
                check_url(url, self._policy)
            except Refused as refused:
                look.error(f"{refused.what} {refused.remedy}")
                continue
            if url in look.seen:
                continue
            look.seen.add(url)
            if look.asked >= self._options.max_pages:
                look.left_out += 1
                continue
            look.asked += 1
            look.waiting += 1
            meta = {"look": look.spec.id, "kind": link.kind.value, "level": depth}
            # Each source keeps its own list of what it has seen: two sources may show the same page.
            yield Request(url, callback=self.read, errback=self.failed, dont_filter=True, meta=meta)

    def _in_words(self, request: Request, error: BaseException | None) -> str:
        url = shown(request.url)
        host = urlsplit(request.url).hostname or ""
        if host in GuardedResolver.refusals:
            return f"{url}: {GuardedResolver.refusals[host]}"
        if isinstance(error, IgnoreRequest):
            return f"{url} was not read: {error}."
        if "certificate" in f"{error} {getattr(error, '__cause__', None)}".lower():
            return f"{url} has no valid certificate."
        known = {
            "DownloadTimeoutError": "did not answer in time",
            "CannotResolveHostError": "names a host that does not exist",
            "DownloadConnectionRefusedError": "refuses connections",
            "ResponseDataLossError": "broke off in the middle",
            "DownloadFailedError": "broke the connection off",
            "DownloadCancelledError": f"is larger than {self._options.max_page_bytes:,} bytes",
        }
        return f"{url} {known.get(type(error).__name__, f'could not be fetched ({type(error).__name__})')}."

    def _finish(self, look: Look) -> None:
        if look.waiting == 0:
            self._report(look)

    def _report(self, look: Look) -> None:
        if self._looks.pop(look.spec.id, None) is not None:
            self._emit(Line(report=look.report()))


class GuardMiddleware:
    """Every request passes here, also those for robots.txt and after redirects."""

    def __init__(self, policy: GuardPolicy) -> None:
        self._policy = policy

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "GuardMiddleware":
        return cls(crawler.settings["GUARD_POLICY"])

    def process_request(self, request: Request) -> None:
        try:
            check_url(request.url, self._policy)
        except Refused as refused:
            raise IgnoreRequest(f"{refused.what} {refused.remedy}".rstrip(".")) from refused


class GuardedResolver(CachingHostnameResolver):
    """Lets only addresses through that the guard allows. The reactor connects to the very addresses it is given here, so this
    is the check that counts. refusals: why a host has no address left."""

    refusals: dict[str, str] = {}  # noqa: RUF012
    policy: GuardPolicy

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> "GuardedResolver":
        resolver = super().from_crawler(crawler, reactor)
        resolver.policy = crawler.settings["GUARD_POLICY"]
        return resolver

    def resolveHostName(self, resolutionReceiver: Any, hostName: str, *args: Any, **kwargs: Any) -> Any:  # noqa: N802, N803
        receiver: Any = _CheckedAddresses(resolutionReceiver, hostName, self.policy)
        return super().resolveHostName(receiver, hostName, *args, **kwargs)


@implementer(IResolutionReceiver)
class _CheckedAddresses:
    def __init__(self, receiver: Any, host: str, policy: GuardPolicy) -> None:
        self._receiver = receiver
        self._host = host
        self._policy = policy
        self._allowed = False
        self._refusal = ""

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802
        try:
            check_address(getattr(address, "host", ""), self._policy)
        except Refused as refused:
            self._refusal = str(refused)
        else:
            self._allowed = True
            self._receiver.addressResolved(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        if self._refusal and not self._allowed:
            GuardedResolver.refusals[self._host] = self._refusal
        self._receiver.resolutionComplete()


def settings(policy: GuardPolicy, options: CrawlOptions) -> dict[str, Any]:
    """Scrapy's settings: polite, bounded, and with every way out closed but guarded HTTP."""
    return {
        "GUARD_POLICY": policy,
        "DOWNLOADER_MIDDLEWARES": {GuardMiddleware: 1},
        "TWISTED_DNS_RESOLVER": GuardedResolver,
        "DOWNLOAD_HANDLERS": dict.fromkeys(("data", "file", "ftp", "s3")),
        "HTTPPROXY_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "REDIRECT_MAX_TIMES": MAX_REDIRECTS,
        "HTTPERROR_ALLOW_ALL": True,
        "USER_AGENT": user_agent(options.contact),
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": ROBOTS_NAME,
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": options.delay,
        "AUTOTHROTTLE_MAX_DELAY": max(60.0, options.delay),
        "CONCURRENT_REQUESTS_PER_DOMAIN": 2,
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
    process = CrawlerProcess(settings(job.policy, job.options))
    process.crawl(SourceSpider, job=job, emit=line_printer())
    process.start(install_signal_handlers=False)


if __name__ == "__main__":
    main()
