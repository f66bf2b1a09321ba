"""Giving up the power to start programs, for a child process that works on what strangers made and keeps its network."""

import errno
import os
import sys
from typing import Any

_STARTS = frozenset(
    (
        "subprocess.Popen",
        "os.exec",
        "os.posix_spawn",
        "os.spawn",
        "os.system",
        "os.fork",
        "os.forkpty",
        "pty.spawn",
        "os.startfile",
    )
)


def refuse_programs() -> list[str]:
    """From now on Python's own ways to start a program raise PermissionError, as if it might not be run. The list that is given
    back gains what was asked for."""
    wanted: list[str] = []

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _STARTS:
            program = arguments[0] if arguments else b""
            if isinstance(program, str | bytes | os.PathLike):
                wanted.append(os.fsdecode(program))
            raise PermissionError(errno.EACCES, "no program is started here", event)

    sys.addaudithook(refuse)
    return wanted
