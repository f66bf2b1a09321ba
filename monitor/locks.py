"""Locks of a workspace that only one process holds at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from registry.errors import ExitCode, SemblanceError
from registry.private import opener


class WorkspaceError(SemblanceError):
    """A folder that is no workspace, or one that another command is using."""


class WorkspaceBusy(WorkspaceError):
    """Another process does the same there."""

    exit_code = ExitCode.OUTSIDE_CAUSE


@contextmanager
def held_alone(path: Path, busy: str, remedy: str, *, how: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Hold the lock of that file, which goes with the process, however it ends. Raises WorkspaceBusy with these words."""
    descriptor = opener(str(path), os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise WorkspaceBusy(busy, remedy, retryable=True) from error
    try:
        yield
    finally:
        os.close(descriptor)


def held_beside_others(path: Path, busy: str, remedy: str) -> AbstractContextManager[None]:
    """The same beside others who hold it so; it is refused while one holds it alone, and keeps everybody from that."""
    return held_alone(path, busy, remedy, how=fcntl.LOCK_SH)


class Shared:
    """A folder that any number of processes use at once, until one of them wants it alone."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @contextmanager
    def alone(self, busy: str, remedy: str) -> Iterator[None]:
        """Have it alone for a while, and with others again then. Raises WorkspaceBusy with these words where another uses it."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            # What was held is gone by now.
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)
            raise WorkspaceBusy(busy, remedy, retryable=True) from error
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)


@contextmanager
def held_with_others(folder: Path, busy: str, remedy: str) -> Iterator[Shared]:
    """Use the folder, which ends with the process at the latest. Raises WorkspaceBusy with these words where one has it alone."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkspaceBusy(busy, remedy, retryable=True) from error
        yield Shared(descriptor)
    finally:
        os.close(descriptor)
