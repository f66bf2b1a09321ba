"""A vault in a folder of one file system."""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from registry.errors import Damaged, ExitCode, NotFound, RegistryError
from registry.vault.base import Stored

DIGEST = re.compile(r"[0-9a-f]{64}")
BLOCK = 1 << 20


class VaultUnusable(RegistryError):
    """The vault's folder refuses what was asked of it."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class LocalVault:
    """Objects lie at sha256/ab/cd/<digest> under root.

    An object is written to a file under root/incoming that its writer keeps locked, synchronised, and renamed. A writer
    that was killed loses its lock, and its file goes when the next vault is opened.
    """

    def __init__(self, root: Path, *, read_only: bool = False) -> None:
        self._objects = root / "sha256"
        self._incoming = root / "incoming"
        self._read_only = read_only
        if not read_only:
            with _mapped("open"):
                self._objects.mkdir(parents=True, exist_ok=True)
                self._incoming.mkdir(exist_ok=True)
                self.sweep()

    def put(self, chunks: Iterable[bytes]) -> Stored:
        self._refuse_if_read_only()
        with self._incoming_file() as (descriptor, temporary):
            digest, size = hashlib.sha256(), 0
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                with _mapped("write"):
                    _write_all(descriptor, chunk)
            stored = Stored(digest.hexdigest(), size)
            with _mapped("write"):
                os.fchmod(descriptor, 0o444)
                os.fsync(descriptor)
                self._move_in(temporary, self._place(stored.sha256))
        return stored

    def path(self, sha256: str) -> Path:
        if sha256 not in self:
            raise NotFound(
                f"The vault holds no object {sha256[:64]!r}.", "Capture or enrol it again, or restore the vault's backup."
            )
        return self._place(sha256)

    def verify(self, sha256: str) -> None:
        digest = hashlib.sha256()
        with self.path(sha256).open("rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
        if digest.hexdigest() != sha256:
            raise Damaged(
                f"The vault's object {sha256} has other bytes now.", "Restore it from a backup; do not use it as evidence."
            )

    def delete(self, sha256: str) -> None:
        self._refuse_if_read_only()
        if sha256 not in self:
            return
        place = self._place(sha256)
        with _mapped("delete"):
            place.unlink(missing_ok=True)
            _sync_folder(place.parent)

    def __contains__(self, sha256: object) -> bool:
        return isinstance(sha256, str) and DIGEST.fullmatch(sha256) is not None and self._place(sha256).is_file()

    def sweep(self) -> int:
        """Remove the files that killed writers left; a file that is still being written is locked and stays."""
        removed = 0
        for leftover in self._incoming.iterdir():
            try:
                descriptor = os.open(leftover, os.O_RDWR | os.O_NOFOLLOW)
            except FileNotFoundError:
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                leftover.unlink(missing_ok=True)
                removed += 1
            except BlockingIOError:
                continue
            finally:
                os.close(descriptor)
        return removed

    def _place(self, sha256: str) -> Path:
        return self._objects / sha256[:2] / sha256[2:4] / sha256

    def _refuse_if_read_only(self) -> None:
        if self._read_only:
            raise VaultUnusable("The vault was opened for reading only.", "Run the command on the workspace that owns the vault.")

    @contextmanager
    def _incoming_file(self) -> Iterator[tuple[int, Path]]:
        with _mapped("write"):
            descriptor, temporary = self._create_locked()
        try:
            yield descriptor, temporary
        finally:
            temporary.unlink(missing_ok=True)
            os.close(descriptor)

    def _create_locked(self) -> tuple[int, Path]:
        while True:
            temporary = self._incoming / uuid4().hex
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # A sweep may have found the file in the instant before it was locked, and removed it.
            if os.fstat(descriptor).st_nlink:
                return descriptor, temporary
            os.close(descriptor)

    def _move_in(self, temporary: Path, place: Path) -> None:
        for folder in (place.parent.parent, place.parent):
            if not folder.is_dir():
                folder.mkdir(exist_ok=True)
                _sync_folder(folder.parent)
        # An object that is there already is replaced all the same: that heals one whose bytes have rotted.
        temporary.replace(place)
        _sync_folder(place.parent)


def _write_all(descriptor: int, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _mapped(doing: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise VaultUnusable(
            f"The vault could not {doing}: {error.strerror}.", "Check free space and permissions of the workspace's vault folder."
        ) from error
