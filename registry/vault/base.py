"""The seam for keeping bytes."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from registry.errors import ExitCode, RegistryError

if TYPE_CHECKING:
    from registry.keys import Keys
    from registry.vault.announced import Announcements


@dataclass(frozen=True)
class Stored:
    """What lies in the vault: the SHA-256 of its bytes in 64 hex digits, and how many they are."""

    sha256: str
    size: int


class Sealed(RegistryError):
    """A private object was asked for as a file on the disk, which it never is."""


class Locked(RegistryError):
    """An object that the store keeps until a day, whoever asks for its end."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class Vault(Protocol):
    """Keeps bytes under their SHA-256 (64 lower-case hex digits). An object is there whole or not at all.

    A private object (a reference, a mandate's document) is sealed at rest. What was captured from the public web is not:
    it is public already, and media of any size is decoded from its file in place. The same bytes may be both: two objects
    of one name, of which each comes and goes without the other.

    keys: for private objects. announced: which private objects may have no row. Whatever is asked of it may raise VaultUnusable,
    which says whether trying again may help.
    """

    keys: "Keys"
    announced: "Announcements"

    def put(self, chunks: Iterable[bytes], *, private: bool = False) -> Stored:
        """Keep the joined chunks, hashing while writing; when chunks raises, nothing is kept and the error goes on.

        Raises KeyAbsent when a private object cannot be sealed.
        """

    def as_file(self, sha256: str) -> AbstractContextManager[Path]:
        """A local file with the bytes of an object that is not private, for as long as the context lasts.

        Processes that this one confines may be let read it, too. Raises NotFound or Sealed.
        """

    def opened(self, sha256: str) -> AbstractContextManager[Path]:
        """A local file with the bytes of any object, private ones in memory only, for as long as the context lasts.

        This process alone can open it. Raises NotFound, KeyAbsent or Damaged.
        """

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """The bytes of any object, in constant memory. Raises NotFound, KeyAbsent or Damaged."""

    def verify(self, sha256: str) -> None:
        """Read the object back, and both of them where the same bytes are private and public.

        Raises NotFound, KeyAbsent, or Damaged when its bytes have another digest.
        """

    def announce(self, sha256: str) -> None:
        """Note that the private object may soon be named by no row; as each that is put may, until its row is written.

        Where its owner is killed before it is deleted, whoever opens the vault next sees to that.
        """

    def together(self) -> AbstractContextManager[None]:
        """What is put within is kept for good at its end, and not before: rows that name it are committed afterwards."""

    def public(self) -> Iterator[str]:
        """The digests of all objects that are not private."""

    def sealed(self) -> Iterator[str]:
        """The digests of all private objects."""

    def kept(self, sha256: str, *, private: bool) -> Iterator[bytes]:
        """The bytes of one of the two as they lie there, sealed where it is private, for a backup. Raises NotFound."""

    def lock(self, sha256: str) -> None:
        """Have the store refuse the end of an object that is not private, for as long as it was told to lock evidence.

        Nothing where it cannot lock, was not told to, or holds no such object. Never asked for what a person may want erased.
        """

    def address(self, sha256: str, media_type: str) -> str | None:
        """Where a browser reads an object that is not private from the store itself for some minutes, as that media type; None
        where it does not, and whoever asks streams it."""

    def check_writable(self) -> None:
        """Write something, and remove it."""

    def make_private(self, sha256: str) -> bool:
        """Seal an object that is not private. Says whether there was one. Raises KeyAbsent."""

    def renew(self) -> int:
        """Seal anew, with the newest key, every private object that another key sealed; says how many. May be interrupted."""

    @property
    def readable(self) -> tuple[Path, ...]:
        """The folders in which files of as_file may lie: confined processes may be let read them, and nothing else is there."""

    def delete(self, sha256: str, *, private: bool) -> None:
        """Remove the private object, or the one that is not; silent when it is not there. Raises Locked."""

    def __contains__(self, sha256: object) -> bool: ...
