"""HTTP behind the guard: every hop is checked, and the connection goes to an address that was checked."""

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urljoin

import httpcore

from crawler.errors import FetchFailed, Refused
from crawler.fetch.base import Exchange, Fetched
from crawler.fetch.names import Resolve, resolve, resolve_within
from crawler.fetch.robots import MAX_BYTES as ROBOTS_BYTES
from crawler.fetch.robots import RobotsRules
from crawler.guard import GuardPolicy, Target, check_address, check_url, shown
from crawler.manners import user_agent

MAX_REDIRECTS = 5
READ_SECONDS = 20.0
ROBOTS_SECONDS = 20.0
GONE = (404, 410, 451)
REDIRECTS = (301, 302, 303, 307, 308)
RETRYABLE = (408, 425, 429)


class HttpFetcher:
    """A Fetcher for http and https. One per run and thread: it remembers each origin's robots.txt."""

    def __init__(self, policy: GuardPolicy, *, contact: str = "", obey_robots: bool = True, resolve: Resolve = resolve) -> None:
        """obey_robots: False only for files that the caller has leave to fetch. resolve: how names become addresses."""
        self._policy = policy
        self._resolve = resolve
        self._tls = httpcore.default_ssl_context()
        # Encodings are declined so that the bytes kept are the bytes sent, and a small answer cannot unfold into a large one.
        self._headers = {"User-Agent": user_agent(contact), "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
        self._robots = RobotsRules(self._read_robots) if obey_robots else None

    @contextmanager
    def fetch(self, url: str, *, max_bytes: int, max_seconds: float) -> Iterator[Fetched]:
        """See Fetcher."""
        with self._follow(url, time.monotonic() + max_seconds, self._robots) as (response, exchange):
            _check_answer(exchange, max_bytes)
            yield Fetched(exchange, _bounded(_chunks(response, exchange), exchange, max_bytes))

    def _read_robots(self, url: str) -> tuple[int, bytes]:
        with self._follow(url, time.monotonic() + ROBOTS_SECONDS, None) as (response, exchange):
            body = b""
            for chunk in _chunks(response, exchange):
                body += chunk
                if len(body) > ROBOTS_BYTES:
                    break
            return exchange.status, body

    @contextmanager
    def _follow(self, url: str, deadline: float, robots: RobotsRules | None) -> Iterator[tuple[httpcore.Response, Exchange]]:
        asked = target = check_url(url, self._policy)
        hops: list[str] = []
        while True:
            if robots is not None:
                robots.check(target)
            with ExitStack() as connection:
                # Only the opening is mapped: what goes wrong where the body is put is not the network's fault.
                with _foreign_errors(target.url):
                    response, address = connection.enter_context(self._open(target, deadline))
                headers = _headers(response.headers)
                location = headers.get("location") if response.status in REDIRECTS else None
                if location is None:
                    sent = self._request_headers(target)
                    yield response, Exchange(asked.url, target.url, tuple(hops), address, response.status, sent, headers)
                    return
            target = self._next(target, location, hops)
            hops.append(target.url)

    def _next(self, target: Target, location: str, hops: list[str]) -> Target:
        if len(hops) == MAX_REDIRECTS:
            raise FetchFailed(f"{shown(target.url)} redirects more than {MAX_REDIRECTS} times.", "Give the final address.")
        try:
            return check_url(urljoin(target.url, location), self._policy)
        except (Refused, ValueError) as error:
            why = error.what if isinstance(error, Refused) else "That is not a valid URL."
            remedy = error.remedy if isinstance(error, Refused) else "Give the final address."
            raise Refused(f"{shown(target.url)} redirects to {shown(location)}. {why}", remedy) from error

    @contextmanager
    def _open(self, target: Target, deadline: float) -> Iterator[tuple[httpcore.Response, str]]:
        backend = _GuardedBackend(self._policy, self._resolve, deadline)
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        headers = list(self._request_headers(target).items())
        limits = dict.fromkeys(("connect", "read", "write", "pool"), READ_SECONDS)
        with (
            httpcore.ConnectionPool(ssl_context=self._tls, network_backend=backend, max_connections=1) as pool,
            pool.stream("GET", url, headers=headers, extensions={"timeout": limits}) as response,
        ):
            yield response, backend.connected_to

    def _request_headers(self, target: Target) -> dict[str, str]:
        return {"Host": target.authority, **self._headers}


class _GuardedBackend(httpcore.NetworkBackend):
    """Resolves once and connects to an address that passed the guard: a name that changes its mind gains nothing.

    deadline: on the monotonic clock; no operation on the connection lasts beyond it, however slowly bytes drip.
    """

    def __init__(self, policy: GuardPolicy, resolve: Resolve, deadline: float) -> None:
        self._policy = policy
        self._resolve = resolve
        self._deadline = deadline
        self._plain = httpcore.SyncBackend()
        self.connected_to = ""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = resolve_within(self._resolve, host, port, _left(self._deadline, timeout, httpcore.ConnectTimeout))
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name {host} cannot be resolved") from error
        failure: Exception = httpcore.ConnectError(f"the name {host} has no address")
        for address in addresses:
            try:
                check_address(address, self._policy)
                left = _left(self._deadline, timeout, httpcore.ConnectTimeout)
                stream = self._plain.connect_tcp(address, port, left, local_address, socket_options)
            except (Refused, httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                self.connected_to = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
                return _TimedStream(stream, self._deadline)
        raise failure


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every operation ends by the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline, timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self._deadline, timeout, httpcore.ConnectTimeout)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float, timeout: float | None, over: type[Exception]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise over("the time for the whole answer is over")
    return left if timeout is None else min(left, timeout)


@contextmanager
def _foreign_errors(url: str) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise FetchFailed(f"{shown(url)} took too long.", "It is tried again.", retryable=True) from error
    except httpcore.RemoteProtocolError as error:
        raise FetchFailed(
            f"{shown(url)} broke off or broke the rules of HTTP ({error}).", "It is tried again.", retryable=True
        ) from error
    except (httpcore.NetworkError, OSError) as error:
        if isinstance(error.__cause__, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(error):
            raise FetchFailed(f"{shown(url)} has no valid certificate.", "Tell the site's owner.") from error
        raise FetchFailed(f"{shown(url)} cannot be reached ({error}).", "It is tried again.", retryable=True) from error
    except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol) as error:
        raise FetchFailed(f"{shown(url)} cannot be asked for ({error}).", "Check the address.") from error


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _check_answer(exchange: Exchange, max_bytes: int) -> None:
    url, status = shown(exchange.final_url), exchange.status
    if status in GONE:
        raise FetchFailed(f"{url} answered {status}: there is nothing at this address.", "It may have been removed; look again.")
    if status >= 500 or status in RETRYABLE:
        raise FetchFailed(f"{url} answered {status}.", "It is tried again.", retryable=True)
    if status in (401, 403):
        raise FetchFailed(f"{url} answered {status}: it wants a login or does not let us in.", "Capture it by hand if you may.")
    if status != 200:
        raise FetchFailed(f"{url} answered {status}.", "Open the address in a browser to see why.")
    encoding = exchange.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        raise FetchFailed(f"{url} answered with the encoding {shown(encoding)}, unasked.", "Capture it by hand.")
    length = exchange.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > max_bytes:
        raise _too_large(url, max_bytes)


def _too_large(url: str, max_bytes: int) -> FetchFailed:
    return FetchFailed(f"{url} is larger than {max_bytes:,} bytes.", "Raise the limit for captured files, or capture it by hand.")


def _chunks(response: httpcore.Response, exchange: Exchange) -> Iterator[bytes]:
    with _foreign_errors(exchange.final_url):
        for chunk in response.iter_stream():
            if chunk:
                yield chunk


def _bounded(chunks: Iterator[bytes], exchange: Exchange, max_bytes: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(shown(exchange.final_url), max_bytes)
        yield chunk
