"""Writing so that it is on the disk, and what is said where that fails."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.causes import of_system
from registry.errors import ExitCode, RegistryError


class VaultUnusable(RegistryError):
    """The vault's folder refuses what was asked of it."""

    exit_code = ExitCode.OUTSIDE_CAUSE


def write_all(descriptor: int, chunk: bytes | memoryview) -> None:
    """All of it, however little the system takes at a time."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file_system(folder: Path) -> None:
    """Have everything on the disk that lies in the folder's file system. Raises VaultUnusable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with mapped("write"):
            if ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(descriptor)


@contextmanager
def mapped(doing: str) -> Iterator[None]:
    """What the system refuses, as an error that says what the vault could not do: doing is its verb."""
    try:
        yield
    except OSError as error:
        cause = of_system(error)
        raise VaultUnusable(f"The vault could not {doing}: {cause.why}.", cause.remedy) from error
