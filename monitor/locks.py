"""Locks of a workspace that only one process holds at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.errors import ExitCode, SemblanceError
from registry.private import opener


class WorkspaceError(SemblanceError):
    """A folder that is no workspace, or one that another command is using."""


class WorkspaceBusy(WorkspaceError):
    """Another process does the same there."""

    exit_code = ExitCode.OUTSIDE_CAUSE


@contextmanager
def held_alone(path: Path, busy: str, remedy: str) -> Iterator[None]:
    """Hold the lock of that file, which goes with the process, however it ends. Raises WorkspaceBusy with these words."""
    descriptor = opener(str(path), os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise WorkspaceBusy(busy, remedy, retryable=True) from error
    try:
        yield
    finally:
        os.close(descriptor)
