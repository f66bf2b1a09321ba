"""A vault in a folder of one file system."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from itertools import islice
from pathlib import Path

from registry.crypto import HEADER, sealed_by
from registry.keys import Keys, beside
from registry.private import make_folder
from registry.vault.announced import Announcements
from registry.vault.base import Sealed, Stored
from registry.vault.digests import Measured, checked, inside, is_digest, not_found
from registry.vault.files import VaultUnusable, mapped, sync_file_system, sync_folder, write_all
from registry.vault.incoming import Incoming
from registry.vault.memory import in_memory

BLOCK = 1 << 20
AT_ONCE = 256
"""Objects that are sealed anew together: each has a file open meanwhile, of the thousand or so that a process may."""
SIDE_BY_SIDE = 4
"""Of those: while one is read or written, another is sealed."""


class LocalVault:
    """Objects lie at sha256/ab/cd/<digest> under root, private ones sealed at private/ab/cd/<digest>.

    keys: for private objects; those in the folder keys beside root where none are given.

    An object is written to a file under root/incoming that its writer keeps locked, synchronised, and renamed. A writer
    that was killed loses its lock, and its file goes when the next vault is opened. announced tells which private
    objects may have no row.
    """

    def __init__(self, root: Path, keys: Keys | None = None, *, read_only: bool = False) -> None:
        self._objects, self._private = root / "sha256", root / "private"
        self.keys = keys or beside(root)
        self._incoming, self.announced = Incoming(root / "incoming"), Announcements(root / "announced")
        self._read_only, self._deferred = read_only, False
        if not read_only:
            with mapped("open"):
                for folder in (self._objects, self._private):
                    make_folder(folder)
                make_folder(root / "incoming")
                self.sweep()

    def put(self, chunks: Iterable[bytes], *, private: bool = False) -> Stored:
        """See Vault.put. Raises VaultUnusable where the folder refuses, and KeyAbsent for private bytes without a key."""
        self._refuse_if_read_only()
        measured = Measured(chunks)
        written = self.keys.sealing().seal_chunks(measured) if private else measured
        with self._incoming.file() as (descriptor, temporary):
            for chunk in written:
                with mapped("write"):
                    write_all(descriptor, chunk)
            stored = measured.stored()
            with mapped("write"):
                os.fchmod(descriptor, 0o400)
                if not self._deferred:
                    os.fsync(descriptor)
                with self.announced.announcing(stored.sha256) if private else nullcontext():
                    self._move_in(temporary, self._place(stored.sha256, private=private))
        return stored

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is put within is on the disk at the end, by one synchronisation of the file system instead of two for each object.

        After a power cut before that, an object may lie there damaged; whoever puts it again heals it. So rows that name the
        objects are committed afterwards.
        """
        if self._deferred:
            yield
            return
        self._deferred = True
        try:
            yield
        finally:
            self._deferred = False
            sync_file_system(self._objects)

    @property
    def readable(self) -> tuple[Path, ...]:
        return (self._objects,)

    @contextmanager
    def as_file(self, sha256: str) -> Iterator[Path]:
        """The file of an object in the clear. Raises Sealed for a private one, NotFound for none."""
        if self._is_clear(sha256):
            yield self._place(sha256)
            return
        if sha256 in self:
            raise Sealed(f"The object {sha256} is private and lies sealed.", "Read it with the vault's opened() or chunks().")
        raise not_found(sha256)

    @contextmanager
    def opened(self, sha256: str) -> Iterator[Path]:
        """A path to the bytes, private ones decrypted in memory, until the context ends. Raises NotFound or Damaged."""
        if self._is_clear(sha256):
            yield self._place(sha256)
            return
        if sha256 not in self:
            raise not_found(sha256)
        with in_memory(self._checked(sha256, private=True)) as path:
            yield path

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """The bytes from the first on, private ones decrypted. Raises NotFound."""
        if sha256 not in self:
            raise not_found(sha256)
        return self._read(sha256, private=not self._is_clear(sha256))

    def _read(self, sha256: str, *, private: bool) -> Iterator[bytes]:
        with self._place(sha256, private=private).open("rb") as stream:
            yield from self.keys.ring().open_chunks(stream) if private else iter(lambda: stream.read(BLOCK), b"")

    def verify(self, sha256: str) -> None:
        """Read the object, private or not, through. Raises NotFound, or Damaged for other bytes than were put."""
        if sha256 not in self:
            raise not_found(sha256)
        for private in (False, True):
            if self._place(sha256, private=private).is_file():
                for _ in self._checked(sha256, private=private):
                    pass

    def _checked(self, sha256: str, *, private: bool) -> Iterator[bytes]:
        return checked(sha256, self._read(sha256, private=private))

    def renew(self) -> int:
        self._refuse_if_read_only()
        current = self.keys.sealing().current
        old = (sha256 for sha256 in sorted(self.sealed()) if self._sealed_by(sha256) not in (current, None))
        renewed = 0
        while some := list(islice(old, AT_ONCE)):
            renewed += self._renew(some)
        with mapped("write"):
            # Before whoever asked drops the older key: what took its place could be what lies there after a power cut.
            sync_file_system(self._private)
        return renewed

    def _sealed_by(self, sha256: str) -> bytes | None:
        """None where it is not there any more."""
        try:
            with self._place(sha256, private=True).open("rb") as stream:
                return sealed_by(stream.read(HEADER))
        except FileNotFoundError:
            return None

    def _renew(self, digests: list[str]) -> int:
        """Seal objects anew, all that are there still; says how many. All are on the disk before one takes its place, or a power
        cut could leave neither old nor new."""
        with ExitStack() as held, ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            files = [(sha256, *held.enter_context(self._incoming.file())) for sha256 in digests]
            there = threads.map(lambda each: self._seal_anew(each[0], each[1]), files)
            written = [(sha256, temporary) for (sha256, _, temporary), is_there in zip(files, there, strict=True) if is_there]
            with mapped("write"):
                sync_file_system(self._private)
                with self.announced.announcing(*(sha256 for sha256, _ in written)):
                    for sha256, temporary in written:
                        # One that was erased meanwhile stays away.
                        if (place := self._place(sha256, private=True)).is_file():
                            temporary.replace(place)
            return len(written)

    def _seal_anew(self, sha256: str, descriptor: int) -> bool:
        """Whether the object is there still."""
        try:
            for chunk in self.keys.sealing().seal_chunks(self._checked(sha256, private=True)):
                with mapped("write"):
                    write_all(descriptor, chunk)
        except FileNotFoundError:
            return False
        os.fchmod(descriptor, 0o400)
        return True

    def make_private(self, sha256: str) -> bool:
        # As vaults of the first version kept references.
        if not self._is_clear(sha256):
            return False
        self.put(self._checked(sha256, private=False), private=True)
        self._unlink(self._place(sha256))
        return True

    def announce(self, sha256: str) -> None:
        """Say that a private object may soon be without a row, so that a kill leaves none behind."""
        with mapped("write"), self.announced.announcing(sha256):
            pass

    def check_writable(self) -> None:
        """Write a file and remove it. Raises VaultUnusable."""
        self._refuse_if_read_only()
        with self._incoming.file() as (descriptor, _), mapped("write"):
            write_all(descriptor, b"\0")
            os.fsync(descriptor)

    def delete(self, sha256: str, *, private: bool) -> None:
        """Remove an object, private or in the clear; nothing where there is none. Raises VaultUnusable."""
        self._refuse_if_read_only()
        if is_digest(sha256):
            self._unlink(self._place(sha256, private=private))
            if private:
                with mapped("delete"):
                    self.announced.strike(sha256)

    def public(self) -> Iterator[str]:
        return _digests(self._objects)

    def sealed(self) -> Iterator[str]:
        return _digests(self._private)

    def kept(self, sha256: str, *, private: bool) -> Iterator[bytes]:
        place = self._place(sha256, private=private)
        if not is_digest(sha256) or not place.is_file():
            raise not_found(sha256)
        return _blocks(place)

    def lock(self, sha256: str) -> None:
        """Nothing is locked here: whoever runs the machine may do with its files what they like."""

    def address(self, sha256: str, media_type: str) -> str | None:  # noqa: ARG002
        """None: a folder has no address."""
        return None

    def _unlink(self, place: Path) -> None:
        with mapped("delete"):
            if place.is_file():
                place.unlink(missing_ok=True)
                sync_folder(place.parent)

    def __contains__(self, sha256: object) -> bool:
        if not is_digest(sha256):
            return False
        # Asked of every object there is: making paths takes four times as long as looking.
        place = inside(str(sha256))
        return os.path.isfile(f"{self._private}/{place}") or os.path.isfile(f"{self._objects}/{place}")  # noqa: PTH113

    def _is_clear(self, sha256: object) -> bool:
        return is_digest(sha256) and self._place(str(sha256)).is_file()

    def sweep(self) -> int:
        """Remove the files that killed writers left; a file that is still being written is locked and stays."""
        return self._incoming.sweep()

    def _place(self, sha256: str, *, private: bool = False) -> Path:
        return (self._private if private else self._objects) / inside(sha256)

    def _refuse_if_read_only(self) -> None:
        if self._read_only:
            raise VaultUnusable("The vault was opened for reading only.", "Run the command on the workspace that owns the vault.")

    def _move_in(self, temporary: Path, place: Path) -> None:
        for folder in (place.parent.parent, place.parent):
            if not folder.is_dir():
                make_folder(folder)
                self._sync(folder.parent)
        # An object that is there already is replaced all the same: that heals one whose bytes have rotted.
        temporary.replace(place)
        self._sync(place.parent)

    def _sync(self, folder: Path) -> None:
        if not self._deferred:
            sync_folder(folder)


def _blocks(place: Path) -> Iterator[bytes]:
    with place.open("rb") as stream:
        while block := stream.read(BLOCK):
            yield block


def _digests(root: Path) -> Iterator[str]:
    """The digests by which the files at ab/cd under root are called. Making a path of each takes four times as long."""
    deep = len(str(root)) + len("/ab/cd")
    return (name for folder, _, names in os.walk(root) if len(folder) == deep for name in names if is_digest(name))
