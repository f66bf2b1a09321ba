"""How the two sides of a confined process talk: a kind, a length and so many bytes, over a socket pair.

What comes out of a confined process is read as bytes and nothing else: whoever asked reads them with a parser that builds plain
values only, never with pickle.
"""

import socket
import struct
import time
from enum import IntEnum

from isolation.limits import MAX_ANSWER

_HEAD = struct.Struct("!BQ")


class Kind(IntEnum):
    """What a message is."""

    START = 1
    READY = 2
    JOB = 3
    ANSWER = 4
    BROKE = 5
    MEMORY = 6


class Closed(Exception):
    """The other side is gone, or does not keep to the protocol."""


def send(channel: socket.socket, kind: Kind, data: bytes) -> None:
    """Raises OSError where the other side is gone or does not listen in the socket's time."""
    channel.sendall(_HEAD.pack(kind, len(data)))
    channel.sendall(data)


def receive(channel: socket.socket, most: int = MAX_ANSWER, deadline: float | None = None) -> tuple[Kind, bytes]:
    """One message, whole. deadline: by `time.monotonic`. Raises Closed, and TimeoutError after the deadline."""
    kind, size = _HEAD.unpack(_exactly(channel, _HEAD.size, deadline))
    if size > most or kind not in Kind.__members__.values():
        raise Closed
    return Kind(kind), bytes(_exactly(channel, size, deadline))


def _exactly(channel: socket.socket, size: int, deadline: float | None) -> bytearray:
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        if deadline is not None:
            channel.settimeout(max(1e-3, deadline - time.monotonic()))
        try:
            read = channel.recv_into(view[got:])
        except ConnectionError as error:
            raise Closed from error
        if read == 0:
            raise Closed
        got += read
    return data
