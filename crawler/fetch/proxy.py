"""A proxy on loopback through which other programs (yt-dlp, Chromium) reach the web: each of their requests passes the guard.

Encrypted connections stay so from end to end: the proxy learns the host alone, and connects to an address that it has checked.
"""

import logging
import select
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from crawler.errors import FetchFailed, Refused
from crawler.fetch.names import Resolve, resolve, resolve_within
from crawler.guard import GuardPolicy, Target, check_address, check_url, printable

MAX_HEAD = 65_536
CONNECT_SECONDS = 20.0
IDLE_SECONDS = 60.0
_BLOCK = 65_536

_log = logging.getLogger(__name__)


@dataclass
class ProxyLimits:
    """What one use of the proxy may take, over all of its connections. max_bytes: received; max_seconds: from its start."""

    max_bytes: int
    max_seconds: float


@dataclass
class GuardedProxy:
    """url: where it listens. refusals: what it did not let through, in words; unreached: the addresses that it answered for in
    their place, as messages show them. received: bytes so far."""

    url: str = ""
    received: int = 0
    refusals: list[str] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, policy: GuardPolicy, limits: ProxyLimits, resolve: Resolve, listener: socket.socket) -> None:
        super().__init__(listener.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.policy = policy
        self.limits = limits
        self.resolve = resolve
        self.deadline = time.monotonic() + limits.max_seconds
        self.lock = threading.Lock()
        self.state = GuardedProxy(f"http://127.0.0.1:{self.server_address[1]}")

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        _log.debug("a connection through the proxy broke down", exc_info=True)

    def count(self, size: int) -> bool:
        """Add to what was received; whether it is still within the limit."""
        with self.lock:
            self.state.received += size
            return self.state.received <= self.limits.max_bytes


@contextmanager
def guarded_proxy(
    policy: GuardPolicy, limits: ProxyLimits, *, resolve: Resolve = resolve, listener: socket.socket | None = None
) -> Iterator[GuardedProxy]:
    """A proxy that lives while the context lasts. listener: where it listens, such as in another network of this machine, closed
    at the end; a free port of loopback if none is given."""
    server = _Server(policy, limits, resolve, listener or socket.create_server(("127.0.0.1", 0), backlog=128))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True, name="proxy")
    thread.start()
    try:
        yield server.state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(socketserver.BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        self.request.settimeout(IDLE_SECONDS)
        head, rest = self._head()
        if not head:
            return
        method, _, remainder = head.partition(b"\r\n")[0].partition(b" ")
        address = remainder.rpartition(b" ")[0].decode("latin-1")
        try:
            target = check_url(f"https://{address}/" if method == b"CONNECT" else address, self.server.policy)
            upstream = self._connect(target)
        except (Refused, FetchFailed) as error:
            self._answer(error, address)
            return
        with upstream:
            if method == b"CONNECT":
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                upstream.sendall(rest)
            else:
                upstream.sendall(_origin_form(method, target, head) + rest)
            self._pump(upstream)

    def _head(self) -> tuple[bytes, bytes]:
        data = b""
        while b"\r\n\r\n" not in data:
            if len(data) > MAX_HEAD or not (block := self.request.recv(_BLOCK)):
                return b"", b""
            data += block
        head, _, rest = data.partition(b"\r\n\r\n")
        return head, rest

    def _connect(self, target: Target) -> socket.socket:
        try:
            addresses = resolve_within(self.server.resolve, target.host, target.port, CONNECT_SECONDS)
        except (OSError, UnicodeError) as error:
            raise FetchFailed(f"The name {printable(target.host)} cannot be resolved.", "Check the address.") from error
        failure: FetchFailed | Refused = FetchFailed(f"{printable(target.url)} has no address.", "Check the address.")
        for address in addresses:
            try:
                check_address(address, self.server.policy)
                return socket.create_connection((address, target.port), timeout=CONNECT_SECONDS)
            except Refused as refused:
                failure = refused
            except OSError as error:
                failure = FetchFailed(f"{printable(target.url)} cannot be reached ({error}).", "It is tried again.")
        raise failure

    def _answer(self, error: Refused | FetchFailed, address: str) -> None:
        refused = isinstance(error, Refused)
        self.server.state.unreached.append(printable(address))
        if refused:
            self.server.state.refusals.append(f"{printable(address)}: {error.what}")
        body = error.what.encode("utf-8", "replace")
        line = b"HTTP/1.1 403 Refused by the guard" if refused else b"HTTP/1.1 502 Not reached"
        head = line + b"\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
        with suppress(OSError):
            self.request.sendall(head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def _pump(self, upstream: socket.socket) -> None:
        """Pass bytes both ways until one side ends, nothing comes any more, or a limit is reached."""
        ends = {self.request: upstream, upstream: self.request}
        while (left := self.server.deadline - time.monotonic()) > 0:
            readable, _, _ = select.select(list(ends), [], [], min(left, IDLE_SECONDS))
            if not readable:
                return
            for end in readable:
                block = end.recv(_BLOCK)
                if not block:
                    return
                if end is upstream and not self.server.count(len(block)):
                    return
                ends[end].sendall(block)


def _origin_form(method: bytes, target: Target, head: bytes) -> bytes:
    """The request as the server wants it: its path alone, and one request per connection, so that each passes the guard."""
    lines = head.split(b"\r\n")[1:]
    kept = [line for line in lines if line.partition(b":")[0].strip().lower() not in _HOP and not line.startswith((b" ", b"\t"))]
    first = method + b" " + target.path.encode() + b" HTTP/1.1"
    return b"\r\n".join([first, b"Host: " + target.authority.encode(), *kept, b"Connection: close"]) + b"\r\n\r\n"


_HOP = (b"host", b"connection", b"proxy-connection", b"proxy-authorization", b"keep-alive", b"upgrade")
