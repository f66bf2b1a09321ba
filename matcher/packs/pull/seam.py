"""The seam for reaching published files; whoever wires it has the network's rules."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from matcher.errors import PackDamaged, PackError
from matcher.packs.pull.recipe import RemoteFile

_CHUNK = 1 << 20


class NotReached(PackError):
    """A file that could not be had, or broke off; retryable says whether a later try may succeed."""


class OtherBytes(PackDamaged):
    """What was given is not the file that the recipe promises."""


@dataclass(frozen=True)
class Opened:
    """start: at which byte of the file the chunks begin: 0, or as many as were said to be here. validator: what names these
    bytes exactly for who goes on later; "" where nothing does."""

    start: int
    validator: str
    chunks: Iterator[bytes]


class Origin(Protocol):
    """Where the files of recipes are had from."""

    def open(self, file: RemoteFile, begun: int, validator: str) -> AbstractContextManager[Opened]:
        """Open a file after its first begun bytes, which had that validator, or from its beginning where that cannot be.

        Opening it and reading its chunks raise NotReached, or OtherBytes where more is announced than the file has.
        """


class Folder:
    """A folder that holds the published files under their own names, for machines that reach nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def open(self, file: RemoteFile, begun: int, validator: str) -> Iterator[Opened]:  # noqa: ARG002
        """See Origin; always from the beginning."""
        path = self._folder / file.name
        try:
            with path.open("rb") as stream:
                yield Opened(0, "", iter(lambda: stream.read(_CHUNK), b""))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError) as error:
            if error.filename != str(path):
                raise
            raise NotReached(
                f"{path} cannot be read: {error.strerror}.", f"Put {file.name} there, from {file.address}."
            ) from error
