"""What is for its owner's eyes alone: every file 0600 and every folder 0700, whatever the umask says.

A command closes its umask at its beginning, for itself and for every process it starts. What is made here has its mode all
the same, for whoever uses the rooms without the command.
"""

import fcntl
import os
import re
import resource
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

MASK = 0o077
FILE, FOLDER = 0o600, 0o700
_OTHERS = 0o077
_BESIDE = re.compile(r"[0-9a-f]{32}|[0-9a-f]{16}|[0-9]{1,10}")
"""How a file ends that is about to take its place; the shorter ones are those of earlier versions."""


def close_process() -> None:
    """From now on this process, and each that it starts, makes files for its owner alone and leaves no core dump: one would
    hold keys and opened pictures."""
    os.umask(MASK)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def make_folder(path: Path) -> None:
    """Make the folder and those on the way to it; one that is there keeps its mode. Raises OSError."""
    # One look for each folder that is there: whole vaults are made by it.
    if os.path.exists(path):  # noqa: PTH110
        return
    try:
        path.mkdir(mode=FOLDER, exist_ok=True)
    except FileNotFoundError:
        make_folder(path.parent)
        path.mkdir(mode=FOLDER, exist_ok=True)
    path.chmod(FOLDER)


def opener(path: str, flags: int) -> int:
    """Opens a file to write it, which is its owner's alone from its first byte on. Raises OSError."""
    descriptor = os.open(path, flags | os.O_CLOEXEC, FILE)
    os.fchmod(descriptor, FILE)
    return descriptor


def make_file(path: Path) -> None:
    """Make the file where it is not there yet, and take others' rights to it. Raises OSError."""
    os.close(opener(str(path), os.O_WRONLY | os.O_CREAT))


def put(path: Path, content: bytes, *, replace: bool) -> None:
    """Write a file whole, or not at all, and synchronise it. Without replace, one that is there already stays. Raises OSError."""
    sweep(path)
    descriptor, beside = _create_locked(path)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
        if replace:
            beside.replace(path)
        else:
            # A link, unlike a rename, leaves what another process made meanwhile where it is.
            with suppress(FileExistsError):
                os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)
        os.close(descriptor)


def _create_locked(path: Path) -> tuple[int, Path]:
    while True:
        beside = path.with_name(f".{path.name}.{uuid4().hex}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, FILE)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.fchmod(descriptor, FILE)
        # A sweep may have found the file in the instant before it was locked, and removed it.
        if os.fstat(descriptor).st_nlink:
            return descriptor, beside
        os.close(descriptor)


def sweep(path: Path) -> None:
    """Remove what killed writers of that file left beside it."""
    begin = f".{path.name}."
    for left in path.parent.iterdir() if path.parent.is_dir() else ():
        if not (left.name.startswith(begin) and _BESIDE.fullmatch(left.name.removeprefix(begin))):
            continue
        with suppress(OSError):
            descriptor = os.open(left, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink(missing_ok=True)
            finally:
                os.close(descriptor)


def is_open(path: Path) -> bool:
    """Whether others may do anything with the file or folder; links are not followed."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return not stat.S_ISLNK(found.st_mode) and bool(found.st_mode & _OTHERS)


def tighten(place: Path) -> int:
    """Take everybody else's rights to what is there, at any depth; says of how many files and folders. Raises OSError."""
    changed = 0
    for path in (*_inside(place), place):
        if is_open(path):
            path.chmod(path.lstat().st_mode & ~_OTHERS & 0o7777)
            changed += 1
    return changed


def _inside(place: Path) -> Iterator[Path]:
    """Everything in a folder, what lies deepest first: after a kill the outermost that is still open tells that more is."""
    if place.is_symlink() or not place.is_dir():
        return
    for parent, folders, files in os.walk(place, topdown=False):
        yield from (Path(parent) / name for name in (*files, *folders))
