"""Where a backup takes files from: the workspace's folder, or the bucket that has its vault."""

import errno
import os
import stat
import time
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple, Protocol

from monitor.backup.files import read_through
from monitor.backup.layout import BLOCK, PUBLIC, Held
from monitor.backup.packs import SMALL
from registry.errors import NotFound
from registry.vault.base import Vault

_SETTLED = 3_000_000_000
"""Nanoseconds after its last change from which on a file that is changed again shows it by its times: no file system counts in
larger steps than two seconds."""
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class Came(NamedTuple):
    """A file that is read. chunks: its bytes, the first of them more than SMALL unless that is all. seen: see Held."""

    chunks: Iterable[bytes]
    seen: tuple[int, ...]


class Source(Protocol):
    """Has files by their paths in a workspace. Raises OSError, or VaultUnusable."""

    def same(self, known: Held, *, read: bool) -> Held | None:
        """What is known of a file, where it is so now, with how it was seen now; None where it is not, and for no file.

        read: whether its bytes are read and compared, however it is seen; not those of a public object, which its digest names.
        """

    def read(self, path: str) -> Came | None:
        """The bytes of a file; None where it is not there (any more)."""


class FolderSource:
    """A workspace's folder; links in it are not followed.

    A file whose number, size, and times of change in the file system are those that it had when it was read has the bytes that
    it had then, as for rsync, restic and borg. What was changed just before it was read is seen as nothing: it could be changed
    again within one step of the clock.
    """

    def __init__(self, root: Path) -> None:
        self._root = str(root)

    def same(self, known: Held, *, read: bool) -> Held | None:
        try:
            found = os.stat(f"{self._root}/{known.path}", follow_symlinks=False)  # noqa: PTH116 (asked of every object there is)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if found.st_size != known.size or not stat.S_ISREG(found.st_mode):
            return None
        if known.path.startswith(PUBLIC):
            return known if known.path.endswith(known.sha256) else None
        seen = _seen(found)
        if seen and seen == known.seen and not read:
            return known
        now = read_through(Path(self._root, known.path), known.path)
        return known._replace(seen=seen) if now is not None and now.sha256 == known.sha256 else None

    def read(self, path: str) -> Came | None:
        try:
            descriptor = os.open(f"{self._root}/{path}", _READ)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                return None
            raise
        try:
            found = os.fstat(descriptor)
            first = _first(descriptor) if stat.S_ISREG(found.st_mode) else None
            if first is not None and len(first) > SMALL:
                return Came(chain([first], _rest(os.dup(descriptor))), _seen(found))
        finally:
            os.close(descriptor)
        return None if first is None else Came((first,), _seen(found))


def _first(descriptor: int) -> bytes:
    """SMALL + 1 bytes, or all that there are: one read may give fewer on a network's file system, before the end as well."""
    first = bytearray()
    while len(first) <= SMALL and (more := os.read(descriptor, SMALL + 1 - len(first))):
        first += more
    return bytes(first)


def _seen(found: os.stat_result) -> tuple[int, ...]:
    changed = max(found.st_mtime_ns, found.st_ctime_ns)
    return (found.st_ino, found.st_mtime_ns, found.st_ctime_ns) if time.time_ns() - changed > _SETTLED else ()


def _rest(descriptor: int) -> Iterator[bytes]:
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        while block := stream.read(BLOCK):
            yield block


class BucketSource:
    """The objects that a vault gives out, by the paths that they would have in a folder's."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def same(self, known: Held, *, read: bool) -> Held | None:  # noqa: ARG002 (what is private is never known)
        # A private one is small, and sealed otherwise after a rotation: each is taken anew.
        return known if known.path.startswith(PUBLIC) and known.path.endswith(known.sha256) else None

    def read(self, path: str) -> Came | None:
        try:
            chunks = iter(self._vault.kept(path.rpartition("/")[2], private=not path.startswith(PUBLIC)))
            first = bytearray()
            for chunk in chunks:
                first += chunk
                if len(first) > SMALL:
                    break
        except NotFound:
            return None
        return Came(chain([bytes(first)], chunks), ())
