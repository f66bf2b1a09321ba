"""Files that are being written: their writer keeps each locked, so that those of a writer who was killed are told."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from registry.vault.files import mapped


class Incoming:
    """A folder of files that have no place yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def file(self) -> Iterator[tuple[int, Path]]:
        """A new file, locked, and its descriptor; it is gone at the end, unless it was moved. Raises VaultUnusable."""
        with mapped("write"):
            descriptor, temporary = self._create_locked()
        try:
            yield descriptor, temporary
        finally:
            temporary.unlink(missing_ok=True)
            os.close(descriptor)

    def sweep(self, forget: Callable[[str], bool] = lambda _: True) -> int:
        """Remove the files that killed writers left, and say how many; one that is still being written is locked and stays.

        forget: is told the name of each before it goes, and whether it may is what it answers.
        """
        removed = 0
        for leftover in self._folder.iterdir():
            try:
                descriptor = os.open(leftover, os.O_RDWR | os.O_NOFOLLOW)
            except FileNotFoundError:
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if not os.fstat(descriptor).st_nlink:
                    # Another sweep was here since it was opened.
                    continue
                if forget(leftover.name):
                    leftover.unlink(missing_ok=True)
                    removed += 1
            except BlockingIOError:
                continue
            finally:
                os.close(descriptor)
        return removed

    def _create_locked(self) -> tuple[int, Path]:
        while True:
            temporary = self._folder / uuid4().hex
            descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # A sweep may have found the file in the instant before it was locked, and removed it.
            if os.fstat(descriptor).st_nlink:
                return descriptor, temporary
            os.close(descriptor)


def is_written(file: Path) -> bool:
    """Whether its writer lives, or somebody else sweeps it."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
