"""What ties the crawling process to the one that started it."""

import ctypes
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable

from crawler.protocol import Line, line_to_bytes

Emit = Callable[[Line], None]

_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """End this process when the parent ends: by a signal where the system has one, and anywhere when standard input closes."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have ended before the signal was asked for.
    if os.getppid() != parent:
        os._exit(1)
    threading.Thread(target=_wait_for_end, daemon=True).start()


def line_printer() -> Emit:
    """Prints lines on what was standard output; anything else that prints goes to standard error from now on."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def emit(line: Line) -> None:
        try:
            out.write(line_to_bytes(line))
            out.flush()
        except BrokenPipeError:
            os._exit(1)

    return emit


class _RefusalHandler(logging.Handler):
    def __init__(self, emit: Emit) -> None:
        super().__init__(logging.WARNING)
        self._emit = emit

    def emit(self, record: logging.LogRecord) -> None:
        self._emit(Line(refused=record.getMessage()))


def send_refusals(emit: Emit) -> None:
    """Pass on what the guard logs in this process, so that it stands in the log of the one that started it."""
    logger = logging.getLogger("crawler.guard")
    logger.addHandler(_RefusalHandler(emit))
    logger.propagate = False


def _wait_for_end() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)
