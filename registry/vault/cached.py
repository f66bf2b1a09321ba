"""Copies on this disk of objects that lie elsewhere: so many bytes of those that were used last."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Cached:
    """A folder of files that are named by their digests. Whoever reads one holds a lock on it, and it stays meanwhile.

    most: bytes that stay of files that nobody holds; those that are held may be more.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self.folder, self._most = folder, most

    @contextmanager
    def held(self, sha256: str) -> Iterator[Path | None]:
        """The copy of an object for as long as the context lasts; None where there is none."""
        place = self.folder / sha256
        try:
            descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            yield None
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            # It may have gone in the instant before it was locked.
            if not os.fstat(descriptor).st_nlink:
                yield None
                return
            os.utime(descriptor)
            yield place
        finally:
            os.close(descriptor)

    def keep(self, temporary: Path, sha256: str) -> None:
        """Take in a file that its writer holds locked; one that is there already stays, since others may be reading it."""
        temporary.chmod(0o400)
        try:
            os.link(temporary, self.folder / sha256)
        except FileExistsError:
            return
        self._make_room()

    def forget(self, sha256: str) -> None:
        """Remove the copy; whoever has opened it reads on."""
        (self.folder / sha256).unlink(missing_ok=True)

    def _make_room(self) -> None:
        files = sorted(
            ((found.stat(), Path(found.path)) for found in _entries(self.folder)), key=lambda each: each[0].st_mtime_ns
        )
        over = sum(told.st_size for told, _ in files) - self._most
        for told, path in files:
            if over <= 0:
                return
            if _removed(path):
                over -= told.st_size


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        yield from (entry for entry in found if entry.is_file(follow_symlinks=False))


def _removed(path: Path) -> bool:
    """Remove a file that nobody holds; says whether."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
