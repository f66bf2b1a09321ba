"""What every vault does with the digests that objects are named by."""

import hashlib
import re
from collections.abc import Iterable, Iterator

from registry.errors import Damaged, NotFound
from registry.vault.base import Stored

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Measured:
    """Passes chunks on, and knows their digest and size once they are through."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks, self._digest, self._size = chunks, hashlib.sha256(), 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._digest.update(chunk)
            self._size += len(chunk)
            yield chunk

    def stored(self) -> Stored:
        """Of what went through so far."""
        return Stored(self._digest.hexdigest(), self._size)


def checked(sha256: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks, and at their end Damaged where they are not those of the object."""
    measured = Measured(chunks)
    yield from measured
    if measured.stored().sha256 != sha256:
        raise Damaged(f"The vault's object {sha256} has other bytes now.", "Restore it from a backup; do not use it as evidence.")


def is_digest(sha256: object) -> bool:
    """Whether something is a SHA-256 as objects are named: 64 lower-case hex digits."""
    return isinstance(sha256, str) and _DIGEST.fullmatch(sha256) is not None


def inside(sha256: str) -> str:
    """Where an object lies in the folder of its kind."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def not_found(sha256: str) -> NotFound:
    """What is said of an object that is not there."""
    return NotFound(f"The vault holds no object {sha256[:64]!r}.", "Capture or enrol it again, or restore the vault's backup.")
