"""Files that were sent to a server: in memory alone, under the names that they were sent with, for services that take paths."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

LONGEST = 120
"""Bytes of a file's name in UTF-8; its ending stays."""


@dataclass(frozen=True)
class SentFile:
    """name: as it was sent, of whatever system it was named on."""

    name: str
    content: bytes

    @property
    def plain_name(self) -> str:
        """The name without folders, which a file here may have."""
        last = "".join(sign for sign in PureWindowsPath(self.name).name if sign.isprintable()).strip()
        place = PureWindowsPath(last)
        ending = place.suffix[:12].encode("utf-8", "replace")
        kept = (_cut(place.stem, LONGEST - len(ending)) + ending).decode()
        return "file" if kept in ("", ".", "..") else kept


def _cut(text: str, most: int) -> bytes:
    """The first signs of it that take no more bytes."""
    return text.encode("utf-8", "replace")[:most].decode("utf-8", "ignore").encode()


@contextmanager
def at_paths(sent: Sequence[SentFile]) -> Iterator[list[Path]]:
    """Paths under which the files can be read until the context ends; their bytes are nowhere but in memory."""
    with ExitStack() as held:
        folder, paths = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="sent-"))), []
        for number, file in enumerate(sent):
            descriptor = os.memfd_create("sent", os.MFD_CLOEXEC)
            held.callback(os.close, descriptor)
            with os.fdopen(os.dup(descriptor), "wb") as writing:
                writing.write(file.content)
            # What lies on the disk is a name alone, which leads to this process's memory.
            place = folder / str(number) / file.plain_name
            place.parent.mkdir()
            place.symlink_to(f"/proc/{os.getpid()}/fd/{descriptor}")
            paths.append(place)
        yield paths
