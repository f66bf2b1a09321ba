"""What is known of a pack that can be pulled: its files, each by digest, its licence, and how the files become a pack."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from matcher.packs.spec import Licence, PackSpec

NOT_SEEN = "not yet seen by us"
"""What is said of files that were never downloaded here, so that nothing of them was tried."""


@dataclass(frozen=True)
class RemoteFile:
    """A file as its publisher has it.

    said_by: where size and digest were read, as repository, path and commit. licence_at: the address of the licence's text.
    """

    name: str
    address: str
    size: int
    sha256: str
    said_by: str
    licence: str
    licence_at: str


Make = Callable[[Mapping[str, Path], Path], PackSpec]
"""Writes a pack's model files into a folder, from the published files by name, and gives its manifest. Raises PackError."""


@dataclass(frozen=True)
class PullRecipe:
    """A pack made of published files. seen: whether all of them were once downloaded and tried by us. note: what to know."""

    id: str
    title: str
    licence: Licence
    files: tuple[RemoteFile, ...]
    make: Make
    seen: bool = False
    note: str = ""

    @property
    def size(self) -> int:
        """Bytes to be taken."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class InsightfacePackage:
    """A pack that insightface's own downloader fetches. Its publisher states no digests: they are taken when it arrives."""

    id: str
    title: str
    licence: Licence
    note: str = ""
    seen: bool = False


@dataclass(frozen=True)
class Unstated:
    """A pack for which no recipe can be stated yet, and why."""

    id: str
    title: str
    licence: Licence
    why: str
    seen: bool = False
    note: str = ""


Known = PullRecipe | InsightfacePackage | Unstated
