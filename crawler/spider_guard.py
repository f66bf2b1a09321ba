"""The guard and robots.txt, as Scrapy asks for them. Part of the crawling process."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.resolver import CachingHostnameResolver
from twisted.internet.interfaces import IAddress, IHostResolution, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.errors import Refused
from crawler.fetch.pace import MAX_DELAY
from crawler.fetch.robots import MAX_BYTES, TOO_INTRICATE, is_too_intricate, unreadable
from crawler.guard import GuardPolicy, check_address, check_url, read_url
from crawler.types import Trouble
from crawler.urls import location_of
from crawler.user_agent import ROBOTS_NAME

KEY_HEADER = b"X-Goog-Api-Key"


_FAILURES: Mapping[str, tuple[str, Trouble]] = {
    "DownloadTimeoutError": ("did not answer in time", Trouble.TIMEOUT),
    "CannotResolveHostError": ("names a host that does not exist", Trouble.UNREACHABLE),
    "DownloadConnectionRefusedError": ("refuses connections", Trouble.UNREACHABLE),
    "ResponseDataLossError": ("broke off in the middle", Trouble.UNREACHABLE),
    "DownloadFailedError": ("broke the connection off", Trouble.UNREACHABLE),
}


def failure_in_words(request: Request, error: BaseException | None) -> tuple[str, Trouble]:
    """What went wrong with a request, as the end of a sentence that begins with its address."""
    host = urlsplit(request.url).hostname or ""
    if host in GuardedResolver.refusals:
        return f"was refused: {GuardedResolver.refusals[host].rstrip('.')}", Trouble.REFUSED
    if isinstance(error, IgnoreRequest):
        bounded = Trouble.LIMIT if "DOWNLOAD_MAXSIZE" in str(error) else Trouble.OTHER
        return f"was not read: {error}", getattr(error, "trouble", bounded)
    if "certificate" in f"{error} {getattr(error, '__cause__', None)}".lower():
        return "has no valid certificate", Trouble.CERTIFICATE
    return _FAILURES.get(type(error).__name__, (f"could not be fetched ({type(error).__name__})", Trouble.OTHER))


class NotAllowed(IgnoreRequest):
    """A request that is not made. trouble: why."""

    def __init__(self, words: str, trouble: Trouble) -> None:
        super().__init__(words)
        self.trouble = trouble


class GuardMiddleware:
    """Every request passes here, also those for robots.txt and after redirects."""

    def __init__(self, policy: GuardPolicy) -> None:
        self._policy = policy

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "GuardMiddleware":
        return cls(crawler.settings["GUARD_POLICY"])

    def process_request(self, request: Request) -> None:
        """Raises NotAllowed for an address that the guard refuses; takes a key from what goes to another host."""
        try:
            target = check_url(request.url, self._policy)
        except Refused as refused:
            raise NotAllowed(f"{refused.what} {refused.remedy}".rstrip("."), Trouble.REFUSED) from refused
        # A redirect must not carry the key to another host.
        if KEY_HEADER in request.headers and target.authority != request.meta.get("key_for"):
            del request.headers[KEY_HEADER]


class LocationMiddleware:
    """Scrapy would read the host that a redirect names by IDNA 2003, and so go elsewhere than a browser."""

    def process_response(self, request: Request, response: Response) -> Response:
        """Read a redirect's address as browsers do, before Scrapy does."""
        location = response.headers.get("Location")
        if location is not None:
            with suppress(Refused, ValueError):
                response.headers["Location"] = read_url(urljoin(request.url, location_of(location))).url
        return response


class RobotsMiddleware(RobotsTxtMiddleware):
    """Where robots.txt cannot be read, nothing is fetched, as in `crawler.fetch.robots`: Scrapy itself would fetch all."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._unreadable: dict[str, tuple[str, Trouble]] = {}

    async def robot_parser(self, request: Request) -> Any:
        """Scrapy lets all requests to a host wait for one Deferred, which gives only the first of them what robots.txt says, and
        the others None, as if everything were allowed."""
        await super().robot_parser(request)
        return self._parsers[request.url.split("/", 3)[2]]

    def process_request_2(self, rp: Any, request: Request) -> None:
        """Raises NotAllowed for what robots.txt forbids, and where it cannot be read; keeps to its delay."""
        origin = request.url.split("/", 3)[2]
        if origin in self._unreadable:
            words, trouble = self._unreadable[origin]
            raise NotAllowed(f"its site's robots.txt {words}", trouble)
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest as forbidden:
            raise NotAllowed("its site's robots.txt forbids it", Trouble.ROBOTS) from forbidden
        if rp is not None and (wanted := rp.crawl_delay(ROBOTS_NAME)):
            self._slow(request, min(wanted, MAX_DELAY))

    def _slow(self, request: Request, seconds: float) -> None:
        """Ask the request's host no faster than its robots.txt wants, in the slot it has now and in those it gets later."""
        downloader = self.crawler.engine.downloader
        key, usual = downloader.get_slot_key(request), self.crawler.settings.getfloat("DOWNLOAD_DELAY")
        if seconds <= usual:
            return
        downloader.per_slot_settings[key] = {"delay": seconds}
        if (slot := downloader.slots.get(key)) is not None:
            slot.delay = max(slot.delay, seconds)
        # It would go back to the usual delay where the host is quick.
        request.meta["autothrottle_dont_adjust_delay"] = True

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if (words := unreadable(response.status)) is not None:
            self._unreadable[netloc] = (words, Trouble.ROBOTS)
        body = response.body[:MAX_BYTES] if response.status == 200 else b""
        if is_too_intricate(body.decode("utf-8", "replace")):
            self._unreadable[netloc] = (TOO_INTRICATE, Trouble.ROBOTS)
            body = b""
        response = response.replace(body=body)
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        self._unreadable[netloc] = failure_in_words(Request(f"http://{netloc}/"), exc)
        super()._robots_error(exc, netloc)


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
        """Let only addresses through that the guard lets through."""
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
