"""Names become addresses, in bounded time: the system's resolver may take minutes over a name that a stranger chose."""

import socket
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

SECONDS = 10.0

Resolve = Callable[[str, int], list[str]]
"""The addresses of a host; raises OSError when it has none."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, each once, in the system's order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def resolve_within(resolve: Resolve, host: str, port: int, seconds: float) -> list[str]:
    """The addresses of a host. Raises OSError when it has none, TimeoutError when they take longer than seconds."""
    answers: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(host, port))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    # The system's call cannot be interrupted: a thread that still waits for it is left to its own end.
    threading.Thread(target=ask, daemon=True, name="resolver").start()
    try:
        answer = answers.get(timeout=max(0.0, min(seconds, SECONDS)))
    except Empty:
        raise TimeoutError(f"the name {host} was not resolved in time") from None
    if isinstance(answer, Exception):
        raise answer
    return answer
