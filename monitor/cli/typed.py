"""When the command that runs was typed: what others did after that, nobody who typed it knew."""

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer

_STAT = Path("/proc/self/stat")
_STARTED = 19
"""The place of starttime among what follows the command's name, see proc_pid_stat(5): ticks since the machine was started."""


@dataclass(frozen=True)
class Typed:
    """at: an aware UTC moment."""

    at: datetime


def typed_now() -> Typed:
    """For the entry point: when this process was started, which on a busy machine is seconds before it reads its first line.

    Where the system does not tell, now.
    """
    now = datetime.now(UTC)
    try:
        ticks = int(_STAT.read_text("utf-8").rpartition(")")[2].split()[_STARTED])
    except (OSError, ValueError, IndexError):
        return Typed(now)
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return Typed(now - timedelta(seconds=max(0.0, age)))


def typed_at(context: typer.Context) -> datetime:
    """When the command of this context was typed; now, where it was called from within a process that does other things too."""
    typed = context.find_root().obj
    return typed.at if isinstance(typed, Typed) else datetime.now(UTC)
