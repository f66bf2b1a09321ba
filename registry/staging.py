"""Staging: where documents are made before they get their place. One folder of the workspace, for its owner's eyes alone.

Each document has a folder of its own in it that its maker keeps locked. A maker that was killed loses its lock, and the
folder goes when the workspace is next opened.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from registry.causes import of_system
from registry.errors import ExitCode, RegistryError
from registry.private import FOLDER as FOLDER_MODE
from registry.private import make_folder

FOLDER = "staging"
_TRIES = 100


class StagingUnusable(RegistryError):
    """A workspace in whose folder nothing can be made."""

    exit_code = ExitCode.OUTSIDE_CAUSE


@contextmanager
def staging(root: Path) -> Iterator[Path]:
    """An empty folder in the workspace's staging, gone at the end with what is still in it. Raises StagingUnusable."""
    home = root / FOLDER
    try:
        make_folder(home)
        home.chmod(FOLDER_MODE)
        folder, descriptor = _locked_folder(home)
    except OSError as error:
        cause = of_system(error)
        raise StagingUnusable(f"Nothing can be written in {home}: {cause.why}.", cause.remedy) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _locked_folder(home: Path) -> tuple[Path, int]:
    for _ in range(_TRIES):
        folder = home / uuid4().hex
        make_folder(folder)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # A sweep may have found the folder in the instant before it was locked, and removed it.
        if folder.is_dir():
            return folder, descriptor
        os.close(descriptor)
    raise OSError(None, "it is emptied again and again")


@contextmanager
def abandoned(root: Path, name: str) -> Iterator[Path | None]:
    """The folder of a maker that was killed, held; None where it is gone or its maker is at work."""
    folder = root / FOLDER / name
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield None
        return
    try:
        yield folder if _is_held(descriptor) else None
    finally:
        os.close(descriptor)


def sweep(root: Path) -> set[str]:
    """Remove what killed makers left; the names of the folders in which documents are being made now."""
    home, alive = root / FOLDER, set()
    for left in home.iterdir() if home.is_dir() else ():
        if left.is_symlink() or not left.is_dir():
            left.unlink(missing_ok=True)
        elif not _removed(left):
            alive.add(left.name)
    return alive


def _removed(folder: Path) -> bool:
    """Whether nobody held the folder, so that it is gone now."""
    with abandoned(folder.parents[1], folder.name) as left:
        if left is not None:
            shutil.rmtree(left, ignore_errors=True)
            return True
        return not folder.exists()


def _is_held(descriptor: int) -> bool:
    """Whether the lock is ours now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
