"""Copying files so that what has its name is whole, and telling plainly what hinders it."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from monitor.backup.layout import BLOCK, Held
from registry.causes import OutsideCause, cause_of
from registry.private import FOLDER, make_folder, opener
from registry.vault.files import write_all


def copied(source: Path, place: Path, beside: Path, path: str) -> Held:
    """Copy a file, through the file beside, to place; links are not followed. path: what it is called in the backup's list.

    Raises OSError; FileNotFoundError where there is no such source.
    """
    with _read(source) as came:
        return written(iter(lambda: came.read(BLOCK), b""), place, beside, path)


def written(chunks: Iterable[bytes], place: Path, beside: Path, path: str) -> Held:
    """Write the chunks, through the file beside, to place. Raises OSError, and what chunks raises."""
    digest, size = hashlib.sha256(), 0
    make_folder(place.parent)
    with open(beside, "wb", opener=opener) as out:
        for block in chunks:
            digest.update(block)
            out.write(block)
            size += len(block)
    beside.replace(place)
    return Held(path, size, digest.hexdigest())


class Writing:
    """Writes small files into a folder that nobody looks into before all of them are there, for their owner to read alone."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._made = str(folder), set[str]()

    def write(self, path: str, content: memoryview) -> Held:
        """Raises OSError."""
        parent = path.rpartition("/")[0]
        if parent not in self._made:
            self._make(parent)
            self._made.add(parent)
        descriptor = os.open(f"{self._folder}/{path}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
        try:
            write_all(descriptor, content)
        finally:
            os.close(descriptor)
        return Held(path, len(content), hashlib.sha256(content).hexdigest())

    def _make(self, parent: str) -> None:
        # A vault has nearly as many folders as objects.
        try:
            os.mkdir(f"{self._folder}/{parent}", FOLDER)  # noqa: PTH102
        except (FileNotFoundError, FileExistsError):
            make_folder(Path(self._folder, parent))


def read_through(file: Path, path: str) -> Held | None:
    """What lies there; None for nothing, and for what is no file. Raises OSError."""
    if file.is_symlink() or not file.is_file():
        return None
    with _read(file) as stream:
        return Held(path, os.fstat(stream.fileno()).st_size, hashlib.file_digest(stream, "sha256").hexdigest())


def _read(file: Path) -> BufferedReader:
    return os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")


def inside(folder: Path) -> Iterator[Path]:
    """Every file at any depth, links left out, always in the same order."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (path for name in sorted(names) if (path := Path(parent) / name).is_file() and not path.is_symlink())


@contextmanager
def told_of(place: Path, doing: str, after: str) -> Iterator[None]:
    """What the disk refuses, in plain words. doing: such as "The backup could not be written to". after: what becomes of what is
    half done. Raises OutsideCause."""
    try:
        yield
    except (OSError, DatabaseError) as error:
        cause = cause_of(error, place if place.exists() else place.parent)
        if cause is None:
            raise
        raise OutsideCause(f"{doing} {place}: {cause.why}.", f"{cause.remedy} {after}", retryable=cause.passes) from error
