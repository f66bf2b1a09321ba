"""A bundle that is open to be read, in whichever of its two forms: a folder, or one zip file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from reports.evidence import seal
from reports.evidence.zipped import opened_zip


@dataclass(frozen=True)
class Bundle:
    """root: its folder, in which a file is found by its path in the bundle. contents: see seal.Contents; of a zip with anything
    strange no file is to be read."""

    root: Traversable
    layout: seal.Layout
    contents: seal.Contents
    is_zip: bool = False

    def read(self, name: str) -> bytes:
        """All bytes of a file; none where there is no such file, or where it is none of the bundle's."""
        return (self.root / name).read_bytes() if name in self.contents.files else b""


@contextmanager
def opened_bundle(path: Path) -> Iterator[Bundle | str]:
    """The bundle at path while it is read, or why there is none. Unpacks nothing. Raises OSError where a zip cannot be read."""
    if path.is_dir():
        yield Bundle(path, seal.layout_of(path), seal.walk(path))
    elif path.is_file():
        with opened_zip(path, in_folder=True) as found:
            yield found if isinstance(found, str) else Bundle(found.root, seal.BAG, found.contents, is_zip=True)
    else:
        yield "is neither a folder with a bundle nor a zip of one"
