"""A vault in a bucket of an S3-compatible store."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from io import BytesIO
from pathlib import Path
from threading import Lock
from uuid import uuid4

from registry.crypto import HEADER, sealed_by
from registry.keys import Keys
from registry.private import make_folder
from registry.vault.announced import Announcements
from registry.vault.base import Sealed, Stored
from registry.vault.bucket import PART, Bucket
from registry.vault.bucket_place import Place
from registry.vault.cached import Cached
from registry.vault.claim import claim
from registry.vault.digests import Measured, checked, inside, is_digest, not_found
from registry.vault.files import VaultUnusable, mapped, write_all
from registry.vault.incoming import Incoming, is_written
from registry.vault.memory import in_memory
from registry.vault.pieces import as_stream

PUBLIC, PRIVATE = "sha256", "private"
ADDRESS_SECONDS = 300
"""For so long an address works that a browser is given: a player asks anew for each part."""

TRIES = 5
"""To seal an object anew that others put again meanwhile."""


class S3Vault:
    """Objects lie at sha256/ab/cd/<digest> in the bucket's place, private ones sealed at private/ab/cd/<digest>.

    root: the folder on this disk for what is on its way (incoming), for copies of public objects (cached, up to cache_bytes), for
    announcements, and for the id by which the place is this workspace's. lock_days: for how long the store keeps what evidence
    was made of; 0 for not at all. direct: whether browsers may be given addresses of the store.

    An object is written to a file first, so that its digest is known before anything is sent, and read back once it is there:
    what the store says of its own bytes is not believed. The bytes of a private one are on this disk sealed at most.
    """

    def __init__(
        self, root: Path, place: Place, keys: Keys, *, cache_bytes: int = 20 << 30, lock_days: int = 0, direct: bool = False
    ) -> None:
        self.keys, self.announced = keys, Announcements(root / "announced")
        self._root, self._asked, self._lock_days, self._direct = root, Bucket(place), lock_days, direct
        self._incoming, self._cached = Incoming(root / "incoming"), Cached(root / "cached", cache_bytes)
        self._claimed, self._claiming = False, Lock()
        with mapped("open"):
            make_folder(root / "incoming")
            make_folder(self._cached.folder)
            self.sweep()

    def put(self, chunks: Iterable[bytes], *, private: bool = False) -> Stored:
        """See Vault.put. Raises VaultUnusable where disk or store refuses, and KeyAbsent for private bytes without a key."""
        return self._put(chunks, None, private=private)

    def _put(self, chunks: Iterable[bytes], over: str | None, *, private: bool) -> Stored:
        """over: what alone it may take the place of; where that is not there any more nothing is put. See Bucket.version."""
        plain = Measured(chunks)
        kept = Measured(self.keys.sealing().seal_chunks(plain)) if private else plain
        with self._incoming.file() as (descriptor, temporary):
            for chunk in kept:
                with mapped("write"):
                    write_all(descriptor, chunk)
            stored = plain.stored()
            # By its name a sweep knows what may be half there.
            named = temporary.with_name(f"{temporary.name}.{PRIVATE if private else PUBLIC}.{stored.sha256}")
            temporary.rename(named)
            begun = set[str]()
            try:
                with self.announced.announcing(stored.sha256) if private else nullcontext():
                    self._send(_key(stored.sha256, private=private), named, kept.stored(), begun, over, private=private)
                if not private:
                    self._keep_copy(named, stored.sha256)
            finally:
                # Parts that did not come away are told by it to whoever opens the vault next.
                if not begun:
                    named.unlink(missing_ok=True)
        return stored

    def _send(self, key: str, file: Path, kept: Stored, begun: set[str], over: str | None, *, private: bool) -> None:
        with file.open("rb") as stream:
            new = self._bucket.put(key, stream, kept.size, only_new=over is None, begun=begun, over=over)
            if not new:
                # Public ones that are whole are left where they are; the same private bytes seal otherwise each time.
                if over is not None or (not private and self._digest_there(key) == kept.sha256):
                    return
                stream.seek(0)
                self._bucket.put(key, stream, kept.size, only_new=False, begun=begun)
        if self._digest_there(key) != kept.sha256:
            self._bucket.delete(key)
            raise VaultUnusable(
                f"The S3 store gave other bytes back than it was given ({key.rpartition('/')[2]}).", "Try again.", retryable=True
            )
        if private and not (new and over is None and self._bucket.knows_conditions):
            # Of a bucket with versions the earlier one would outlive its key, and an erasure.
            self._bucket.delete(key, all_but_newest=True)

    def _digest_there(self, key: str) -> str:
        measured = Measured(self._bucket.read(key) or ())
        for _ in measured:
            pass
        return measured.stored().sha256

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is put within is in the store by then: each put ends once it is there."""
        yield

    @property
    def readable(self) -> tuple[Path, ...]:
        return (self._cached.folder,)

    @contextmanager
    def as_file(self, sha256: str) -> Iterator[Path]:
        """A copy of an object in the clear on this disk. Raises Sealed for a private one, NotFound for none, or Damaged."""
        if not is_digest(sha256):
            raise not_found(sha256)
        while True:
            with self._cached.held(sha256) as copy:
                if copy is not None:
                    yield copy
                    return
            # Whoever makes room may remove it before it is held here: then it is fetched again.
            self._fetch(sha256)

    def _fetch(self, sha256: str) -> None:
        chunks = self._stream(sha256, private=False)
        if chunks is None:
            if self._bucket.has(_key(sha256, private=True)):
                raise Sealed(f"The object {sha256} is private and lies sealed.", "Read it with the vault's opened() or chunks().")
            raise not_found(sha256)
        with self._incoming.file() as (descriptor, temporary):
            for chunk in checked(sha256, chunks):
                with mapped("write"):
                    write_all(descriptor, chunk)
            self._keep_copy(temporary, sha256)

    def _keep_copy(self, temporary: Path, sha256: str) -> None:
        with mapped("write"):
            self._cached.keep(temporary, sha256)
        there = False
        try:
            # Whoever deleted it meanwhile may have looked for a copy before this one was kept.
            there = self._bucket.has(_key(sha256, private=False))
        finally:
            if not there:
                with mapped("delete"):
                    self._cached.forget(sha256)

    @contextmanager
    def opened(self, sha256: str) -> Iterator[Path]:
        """A path to the bytes, private ones decrypted in memory, until the context ends. Raises NotFound or Damaged."""
        with ExitStack() as held:
            try:
                path = held.enter_context(self.as_file(sha256))
            except Sealed:
                path = held.enter_context(in_memory(checked(sha256, self._stream(sha256, private=True) or ())))
            yield path

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """The bytes from the first on, private ones decrypted, and Damaged where they end as others. Raises NotFound."""
        if is_digest(sha256):
            for private in (False, True):
                if (found := self._stream(sha256, private=private)) is not None:
                    return checked(sha256, found)
        raise not_found(sha256)

    def _stream(self, sha256: str, *, private: bool) -> Iterator[bytes] | None:
        pieces = self._bucket.read(_key(sha256, private=private))
        return self.keys.ring().open_chunks(as_stream(pieces)) if pieces is not None and private else pieces

    def kept(self, sha256: str, *, private: bool) -> Iterator[bytes]:
        found = self._bucket.read(_key(sha256, private=private)) if is_digest(sha256) else None
        if found is None:
            raise not_found(sha256)
        return found

    def verify(self, sha256: str) -> None:
        """Read the object, private or not, back from the store. Raises NotFound, or Damaged for other bytes than were put."""
        there = [self._stream(sha256, private=private) for private in (False, True)] if is_digest(sha256) else []
        if not any(there):
            raise not_found(sha256)
        for chunks in there:
            for _ in checked(sha256, chunks) if chunks is not None else ():
                pass

    def renew(self) -> int:
        return sum(self._renew(sha256) for sha256 in self.sealed())

    def _renew(self, sha256: str) -> bool:
        """Whether it was sealed by an older key. One that was erased meanwhile stays away."""
        for tried in range(TRIES):
            # Asked before it is read, so that the bytes that are read are of this version, or take the place of none.
            version = self._bucket.version(_key(sha256, private=True))
            header = b"".join(self._bucket.read(_key(sha256, private=True), HEADER) or ())
            if not version or not header or sealed_by(header) == self.keys.sealing().current:
                return tried > 0
            stream = self._stream(sha256, private=True)
            if stream is not None:
                self._put(checked(sha256, stream), version, private=True)
        raise VaultUnusable(
            f"An object was replaced each time that it was to be sealed anew ({sha256}).",
            "Wait until nobody enrols any more, and try again.",
            retryable=True,
        )

    def make_private(self, sha256: str) -> bool:
        chunks = self._stream(sha256, private=False) if is_digest(sha256) else None
        if chunks is None:
            return False
        self.put(checked(sha256, chunks), private=True)
        self.delete(sha256, private=False)
        return True

    def announce(self, sha256: str) -> None:
        """Say that a private object may soon be without a row, so that a kill leaves none behind."""
        with mapped("write"), self.announced.announcing(sha256):
            pass

    def check_writable(self) -> None:
        """Put an object into the store, and remove it. Raises VaultUnusable."""
        key = f"check/{uuid4().hex}"
        self._bucket.put(key, BytesIO(b"\0"), 1, only_new=True)
        self._bucket.delete(key)

    def lock(self, sha256: str) -> None:
        if self._lock_days and is_digest(sha256):
            self._bucket.lock(_key(sha256, private=False), self._lock_days)

    def address(self, sha256: str, media_type: str) -> str | None:
        return self._asked.address(_key(sha256, private=False), media_type, ADDRESS_SECONDS) if self._direct else None

    def delete(self, sha256: str, *, private: bool) -> None:
        """Remove an object with all its versions, private or in the clear; nothing where there is none. Raises Locked or
        VaultUnusable."""
        if not is_digest(sha256):
            return
        self._bucket.delete(_key(sha256, private=private))
        with mapped("delete"):
            if private:
                self.announced.strike(sha256)
            else:
                self._cached.forget(sha256)

    def public(self) -> Iterator[str]:
        return self._listed(PUBLIC)

    def sealed(self) -> Iterator[str]:
        return self._listed(PRIVATE)

    def _listed(self, kind: str) -> Iterator[str]:
        names = (key.rpartition("/")[2] for key in self._bucket.keys(f"{kind}/"))
        return (name for name in names if is_digest(name))

    def __contains__(self, sha256: object) -> bool:
        return is_digest(sha256) and any(self._bucket.has(_key(str(sha256), private=private)) for private in (False, True))

    def sweep(self) -> int:
        """Remove the files that killed writers left, and the parts that they put into the store; a file that is still being
        written is locked and stays."""
        return self._incoming.sweep(self._forget_parts)

    def _forget_parts(self, name: str) -> bool:
        folder, (_, _, place) = self._root / "incoming", name.partition(".")
        kind, _, sha256 = place.partition(".")
        if not is_digest(sha256) or (folder / name).stat().st_size <= PART:
            return True
        if any(other.name != name and other.name.endswith(place) and is_written(other) for other in folder.iterdir()):
            # Somebody may be putting the same object: whoever opens the vault next looks again.
            return False
        try:
            self._bucket.abort(f"{kind}/{inside(sha256)}")
        except VaultUnusable:
            return False
        return True

    @property
    def _bucket(self) -> Bucket:
        """The store, once it is known that its place is this workspace's."""
        with self._claiming:
            if not self._claimed:
                claim(self._asked, self._root / "bucket-id")
                self._claimed = True
        return self._asked


def _key(sha256: str, *, private: bool) -> str:
    return f"{PRIVATE if private else PUBLIC}/{inside(sha256)}"
