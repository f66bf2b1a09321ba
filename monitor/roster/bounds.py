"""How much a table may cost that is read: more for one's own file, by the command, than for one that was sent to a server."""

import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from monitor.roster.columns import RosterUnreadable

BLOCK = 1 << 20


@dataclass(frozen=True)
class Bounds:
    """unpacked: bytes of a workbook's parts together. tags: beginnings and ends of elements in them, 0 for any number. rows: of
    a table, 0 for any number. seconds: for opening it, and for each reading of its rows, 0 for any time."""

    unpacked: int = 1 << 30
    tags: int = 0
    rows: int = 0
    seconds: float = 0.0

    def check_book(self, source: Path | BinaryIO, name: str) -> None:
        """Raise RosterUnreadable for a workbook of that name that is larger. Tags are counted before anything is parsed: each
        makes an object, and the strings that cells share are all read before the first row is."""
        with zipfile.ZipFile(source) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > self.unpacked:
                raise _too_large(name, f"unpacks to more than {self.unpacked >> 20:,} MiB")
            tags = 0
            for entry in archive.infolist() if self.tags else ():
                with archive.open(entry) as stream:
                    while block := stream.read(BLOCK):
                        tags += block.count(b"<")
                        if tags > self.tags:
                            raise _too_large(name, f"holds more than {self.tags:,} tags")

    def until(self) -> float:
        """When what begins now is to be done, by the monotonic clock."""
        return time.monotonic() + self.seconds if self.seconds else float("inf")

    def check_row(self, path: Path, number: int, until: float) -> None:
        """Raise RosterUnreadable for a row beyond them, or one that comes too late."""
        if self.rows and number > self.rows:
            raise _too_large(path.name, f"has more than {self.rows:,} rows")
        if time.monotonic() > until:
            raise _too_large(path.name, f"is not read within {self.seconds:g} s")


@dataclass(frozen=True)
class Origin:
    """Whence a table comes. bounds: how much it may cost. confined: whether a workbook is opened in a confined process alone."""

    bounds: Bounds = Bounds()
    confined: bool = False


OWN = Origin()
SENT = Origin(Bounds(unpacked=128 << 20, tags=12_000_000, rows=200_000, seconds=120.0), confined=True)
"""A union of 160,000 members with six columns has about 6,000,000 tags."""


def _too_large(name: str, what: str) -> RosterUnreadable:
    return RosterUnreadable(f"{name} {what}.", "Save the one sheet as CSV in UTF-8, or send it in parts.")
