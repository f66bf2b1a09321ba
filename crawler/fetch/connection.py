"""Connections that go only where the guard allows, and end in time."""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from crawler.errors import Refused
from crawler.fetch.names import Resolve, resolve_within
from crawler.guard import GuardPolicy, check_address


class GuardedBackend(httpcore.NetworkBackend):
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
        """Connect to an address that the guard lets through, the first that answers. Raises Refused, and httpcore's errors."""
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
