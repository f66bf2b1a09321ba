"""Media that is in memory, under a path's name: nothing of it is written anywhere to be read."""

import io
import os
from pathlib import Path, PosixPath
from typing import BinaryIO, Self


class GivenMedia(PosixPath):
    """A file's bytes. It can be opened as often as one that lies on a disk, and has its size; nothing else of a path is meant."""

    _data: bytes

    def __new__(cls, name: str, data: bytes) -> Self:
        made = super().__new__(cls, name)
        made._data = data
        return made

    def is_file(self) -> bool:
        return True

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:  # noqa: ARG002
        """Its size alone."""
        return os.stat_result((0, 0, 0, 0, 0, 0, len(self._data), 0, 0, 0))

    def opened(self) -> BinaryIO:
        """A stream of its own, from the beginning."""
        return io.BytesIO(self._data)


def to_open(path: Path) -> str | BinaryIO:
    """What a library opens: the file's place, or a stream of what is in memory."""
    return path.opened() if isinstance(path, GivenMedia) else str(path.absolute())
