"""Forks of a process that has loaded everything: a job begins where its work does, and loads nothing that one before it did."""

import gc
import importlib
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress

from sqlalchemy.orm import configure_mappers


def forked(job: Callable[[], int], started: Callable[[int], None] | None = None) -> int:
    """A job's exit code, in a fork of this process; negative where a signal killed it.

    What a job loads that comes to its end, this process loads after it: commands load their parts late, and a fork would load
    them each time anew. started: is told the fork's id.
    """
    known = set(sys.modules)
    ear, mouth = os.pipe()
    gc.freeze()
    pid = os.fork()
    if not pid:
        code = job()
        os.write(mouth, "\n".join(name for name in [*sys.modules] if name not in known).encode())
        os._exit(code)
    os.close(mouth)
    if started is not None:
        started(pid)
    with os.fdopen(ear) as heard:
        loaded = heard.read().split()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    _load(loaded)
    return code


def _load(names: Iterable[str]) -> None:
    # Whoever imported another stands behind it: what a room sets before it loads a library is set before this does, too.
    for name in reversed(list(names)):
        # Some give themselves names that cannot be imported; who needs those loads them by another.
        with suppress(ImportError):
            importlib.import_module(name)
    configure_mappers()
