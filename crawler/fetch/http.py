"""HTTP behind the guard: every hop is checked, and the connection goes to an address that was checked."""

import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urljoin

import httpcore

from crawler.errors import FetchFailed, Refused
from crawler.fetch.answers import check_answer, conditions_of, too_large
from crawler.fetch.base import Exchange, Fetched, PartialBody, Validators
from crawler.fetch.connection import GuardedBackend
from crawler.fetch.names import Resolve, resolve
from crawler.fetch.pace import Pace
from crawler.fetch.robots import MAX_BYTES as ROBOTS_BYTES
from crawler.fetch.robots import RobotsRules
from crawler.guard import GuardPolicy, Target, check_url, printable
from crawler.types import Trouble
from crawler.urls import location_of
from crawler.user_agent import user_agent

MAX_REDIRECTS = 5
READ_SECONDS = 20.0
ROBOTS_SECONDS = 20.0
REDIRECTS = (301, 302, 303, 307, 308)


class HttpFetcher:
    """A Fetcher for http and https. One per run, for all its threads: it remembers each origin's robots.txt."""

    def __init__(
        self,
        policy: GuardPolicy,
        *,
        contact: str = "",
        obey_robots: bool = True,
        resolve: Resolve = resolve,
        authorities: Path | None = None,
        pace: Pace | None = None,
    ) -> None:
        """obey_robots: False only for files that the caller has leave to fetch. resolve: how names become addresses.
        authorities: a file of certificates that are trusted besides the usual ones, such as an intranet's own. pace: of the
        whole run; a pace of its own without a pause where none is given."""
        self._policy = policy
        self._resolve = resolve
        self._tls = httpcore.default_ssl_context()
        if authorities is not None:
            self._tls.load_verify_locations(authorities)
        # Encodings are declined so that the bytes kept are the bytes sent, and a small answer cannot unfold into a large one.
        self._headers = {"User-Agent": user_agent(contact), "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
        self._pace = pace or Pace()
        self._robots = RobotsRules(self._read_robots, self._slow) if obey_robots else None

    @contextmanager
    def fetch(
        self, url: str, *, max_bytes: int, max_seconds: float, part: PartialBody | None = None, unless: Validators | None = None
    ) -> Iterator[Fetched]:
        """See Fetcher. Waiting for a host's turn is not counted; raises Stopped, besides, when the run ends."""
        with self._follow(url, max_seconds, self._robots, conditions_of(part, unless)) as (response, exchange):
            start = check_answer(exchange, max_bytes, part, unless)
            yield Fetched(exchange, _bounded(self._chunks(response, exchange), exchange, max_bytes - start), start)

    def _read_robots(self, url: str) -> tuple[int, bytes]:
        with self._follow(url, ROBOTS_SECONDS, None) as (response, exchange):
            body = b""
            for chunk in self._chunks(response, exchange):
                body += chunk
                if len(body) > ROBOTS_BYTES:
                    break
            return exchange.status, body

    def _slow(self, target: Target, seconds: float) -> None:
        self._pace.slow(target.place, seconds)

    def _chunks(self, response: httpcore.Response, exchange: Exchange) -> Iterator[bytes]:
        with _foreign_errors(exchange.final_url):
            for chunk in response.iter_stream():
                self._pace.go_on()
                if chunk:
                    yield chunk

    @contextmanager
    def _follow(
        self, url: str, seconds: float, robots: RobotsRules | None, conditions: Mapping[str, str] = MappingProxyType({})
    ) -> Iterator[tuple[httpcore.Response, Exchange]]:
        asked = target = check_url(url, self._policy)
        hops: list[str] = []
        left = seconds
        while True:
            if robots is not None:
                robots.check(target)
            with ExitStack() as connection:
                connection.enter_context(self._pace.turn(target.place))
                began = time.monotonic()
                deadline = began + left
                # Only the opening is mapped: what goes wrong where the body is put is not the network's fault.
                with _foreign_errors(target.url):
                    response, address = connection.enter_context(self._open(target, deadline, conditions))
                headers = _headers(response.headers)
                location = headers.get("location") if response.status in REDIRECTS else None
                if location is None:
                    sent = {**self._request_headers(target), **conditions}
                    yield response, _exchange(asked.url, target.url, hops, address, sent, headers, response)
                    return
            left -= time.monotonic() - began
            target = self._next(target, location, hops)
            hops.append(target.url)

    def _next(self, target: Target, location: str, hops: list[str]) -> Target:
        if len(hops) == MAX_REDIRECTS:
            raise FetchFailed(f"{printable(target.url)} redirects more than {MAX_REDIRECTS} times.", "Give the final address.")
        try:
            return check_url(urljoin(target.url, location_of(location.encode("latin-1"))), self._policy)
        except (Refused, ValueError) as error:
            why = error.what if isinstance(error, Refused) else "That is not a valid URL."
            remedy = error.remedy if isinstance(error, Refused) else "Give the final address."
            raise Refused(f"{printable(target.url)} redirects to {printable(location)}. {why}", remedy) from error

    @contextmanager
    def _open(self, target: Target, deadline: float, conditions: Mapping[str, str]) -> Iterator[tuple[httpcore.Response, str]]:
        backend = GuardedBackend(self._policy, self._resolve, deadline)
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        headers = list({**self._request_headers(target), **conditions}.items())
        limits = dict.fromkeys(("connect", "read", "write", "pool"), READ_SECONDS)
        with (
            httpcore.ConnectionPool(ssl_context=self._tls, network_backend=backend, max_connections=1) as pool,
            pool.stream("GET", url, headers=headers, extensions={"timeout": limits}) as response,
        ):
            yield response, backend.connected_to

    def _request_headers(self, target: Target) -> dict[str, str]:
        return {"Host": target.authority, **self._headers}


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    policy: GuardPolicy,
    *,
    max_seconds: float,
    contact: str = "",
    resolve: Resolve = resolve,
) -> int:
    """Send bytes to an address that the guard lets through, and give the status of the answer, which is not read. A redirect is
    an answer like any other. Raises Refused and FetchFailed."""
    with _asked("POST", url, body, headers, policy, max_seconds, contact, resolve) as response:
        return response.status


def ask(
    url: str,
    policy: GuardPolicy,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
    max_bytes: int,
    max_seconds: float,
    contact: str = "",
    resolve: Resolve = resolve,
) -> tuple[int, bytes]:
    """Ask a service that the settings name, and give the status and the bytes of its answer; with a body it is sent that. A
    redirect is an answer like any other. Raises Refused, and FetchFailed also for an answer that is longer than max_bytes."""
    with _asked("GET" if body is None else "POST", url, body or b"", headers, policy, max_seconds, contact, resolve) as response:
        got = b""
        for chunk in response.iter_stream():
            got += chunk
            if len(got) > max_bytes:
                raise FetchFailed(f"{printable(url)} answers with more than {max_bytes} bytes.", "Check the address.")
        return response.status, got


@contextmanager
def _asked(
    method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    policy: GuardPolicy,
    max_seconds: float,
    contact: str,
    resolve: Resolve,
) -> Iterator[httpcore.Response]:
    target = check_url(url, policy)
    backend = GuardedBackend(policy, resolve, time.monotonic() + max_seconds)
    sent = {"Host": target.authority, "User-Agent": user_agent(contact), "Connection": "close", **headers}
    limits = dict.fromkeys(("connect", "read", "write", "pool"), max_seconds)
    asked = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
    with (
        _foreign_errors(target.url),
        httpcore.ConnectionPool(network_backend=backend, max_connections=1) as pool,
        pool.stream(method, asked, headers=list(sent.items()), content=body, extensions={"timeout": limits}) as response,
    ):
        yield response


@contextmanager
def _foreign_errors(url: str) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise _again(f"{printable(url)} took too long.", Trouble.TIMEOUT) from error
    except httpcore.RemoteProtocolError as error:
        raise _again(f"{printable(url)} broke off or broke the rules of HTTP ({error}).", Trouble.UNREACHABLE) from error
    except (httpcore.NetworkError, OSError) as error:
        if isinstance(error.__cause__, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(error):
            words = f"{printable(url)} has no valid certificate."
            raise FetchFailed(words, "Tell the site's owner.", trouble=Trouble.CERTIFICATE) from error
        raise _again(f"{printable(url)} cannot be reached ({error}).", Trouble.UNREACHABLE) from error
    except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol) as error:
        raise FetchFailed(f"{printable(url)} cannot be asked for ({error}).", "Check the address.") from error


def _again(words: str, trouble: Trouble) -> FetchFailed:
    return FetchFailed(words, "It is tried again.", retryable=True, trouble=trouble)


def _exchange(
    asked: str,
    final: str,
    hops: list[str],
    address: str,
    sent: Mapping[str, str],
    headers: Mapping[str, str],
    response: httpcore.Response,
) -> Exchange:
    stream = response.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream is not None else None
    return Exchange(
        requested_url=asked,
        final_url=final,
        redirects=tuple(hops),
        remote_address=address,
        status=response.status,
        request_headers=sent,
        headers=headers,
        http_version=response.extensions.get("http_version", b"HTTP/1.1").decode("latin-1"),
        reason=response.extensions.get("reason_phrase", b"").decode("latin-1"),
        raw_headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers),
        certificate=None if tls is None else tls.getpeercert(True),
    )


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _bounded(chunks: Iterator[bytes], exchange: Exchange, max_bytes: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise too_large(printable(exchange.final_url), max_bytes)
        yield chunk
