"""The confined process itself: confines itself, imports what it is to do, and answers jobs until nobody asks any more.

Started by `isolation.worker` as ``python -m isolation.child DESCRIPTOR PARENT``.
"""

import ctypes
import importlib
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from isolation.channel import Closed, Kind, receive, send
from isolation.confine import confine
from isolation.limits import Confinement

Answer = Callable[[bytes], bytes]
"""Answers one job. What it raises is a fault of ours."""
Entry = Callable[[bytes], Answer]
"""Makes, of the bytes that all jobs share, what answers them. Runs confined."""

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve on the socket whose descriptor is named, for as long as the parent lives."""
    parent = int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        try:
            _serve(channel)
        except (Closed, OSError):
            return


def _serve(channel: socket.socket) -> None:
    order = json.loads(receive(channel)[1])
    confinement = Confinement(tuple(map(Path, order["readable"])), order["memory"], order["nice"])
    layers = confine(confinement, receive(channel)[1])
    shared = receive(channel)[1]
    try:
        module, _, name = str(order["entry"]).partition(":")
        entry: Entry = getattr(importlib.import_module(module), name)
        answer = entry(shared)
    except Exception:
        send(channel, Kind.BROKE, traceback.format_exc().encode("utf-8", "replace"))
        return
    del shared
    send(channel, Kind.READY, json.dumps(sorted(layers)).encode())
    while True:
        kind, said = _answered(answer, receive(channel)[1])
        send(channel, kind, said)


def _answered(answer: Answer, job: bytes) -> tuple[Kind, bytes]:
    try:
        return Kind.ANSWER, answer(job)
    except MemoryError:
        return Kind.MEMORY, b""
    except Exception as error:
        # The words of an exception may hold what a stranger wrote: where it was raised is what helps.
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
        return Kind.BROKE, f"{type(error).__name__} in {where}".encode("utf-8", "replace")


if __name__ == "__main__":
    main()
