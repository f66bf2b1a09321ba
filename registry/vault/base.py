"""The seam for keeping bytes."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Stored:
    sha256: str
    size: int


class Vault(Protocol):
    """Keeps bytes under their SHA-256 (64 lower-case hex digits). An object is there whole or not at all."""

    def put(self, chunks: Iterable[bytes]) -> Stored:
        """Keep the joined chunks, hashing while writing; when chunks raises, nothing is kept and the error goes on."""

    def path(self, sha256: str) -> Path:
        """A local file with the object's bytes, to be read only. Raises NotFound."""

    def verify(self, sha256: str) -> None:
        """Read the object back. Raises NotFound, or Damaged when its bytes have another digest."""

    def delete(self, sha256: str) -> None:
        """Remove the object; silent when it is not there."""

    def __contains__(self, sha256: object) -> bool: ...
