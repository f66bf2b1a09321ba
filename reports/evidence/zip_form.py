"""The one form of the zip files of this room: what stands in them follows from their files alone, to the last byte.

Every file is stored as it is, in order of the names, one right after the other, without times, comments or attributes of a
system; Zip64 is used where sizes or places ask for it, and nowhere else (APPNOTE 6.3.10). So whoever has the files knows the zip:
a changed byte between them is seen, and nothing can be hidden there.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

MOST_FILES = 20_000
"""Files in one zip; a bundle of a thousand matches has some seven thousand."""

MOST_ENDING = 4 << 20
"""Bytes of the directory of a zip, which is read whole."""

_LOCAL, _CENTRAL, _END, _END_64, _FINDS_64 = (b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\6\7")
_FOUR, _TWO = 0xFFFFFFFF, 0xFFFF
_PLAIN_VERSION, _ZIP64_VERSION = 20, 45
_UNIX = 3 << 8
_MODE = 0o100600 << 16
"""A regular file, for its owner's eyes alone until it is handed on."""

_DAY = 1 << 5 | 1
"""1 January 1980, the first day that a zip can name: when the files were made stands in them."""

END_SIZE = 22 + 20 + 56
"""Bytes of what stands behind the directory, at most."""


@dataclass(frozen=True)
class Entry:
    """A file in a zip. crc: CRC-32 of its bytes. offset: where its header begins."""

    name: bytes
    size: int
    crc: int
    offset: int


def local_header(entry: Entry) -> bytes:
    """What stands before a file's bytes."""
    large = entry.size >= _FOUR
    size = _FOUR if large else entry.size
    extra = struct.pack("<HHQQ", 1, 16, entry.size, entry.size) if large else b""
    version = _ZIP64_VERSION if large else _PLAIN_VERSION
    fields = (version, 0, 0, 0, _DAY, entry.crc, size, size, len(entry.name), len(extra))
    return _LOCAL + struct.pack("<5H3I2H", *fields) + entry.name + extra


def _central_header(entry: Entry) -> bytes:
    size, offset = min(entry.size, _FOUR), min(entry.offset, _FOUR)
    large = [entry.size, entry.size] if size == _FOUR else []
    large += [entry.offset] if offset == _FOUR else []
    extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    version = _ZIP64_VERSION if large else _PLAIN_VERSION
    fields = (_UNIX | version, version, 0, 0, 0, _DAY, entry.crc, size, size, len(entry.name), len(extra), 0, 0, 0)
    return _CENTRAL + struct.pack("<6H3I5H", *fields) + struct.pack("<II", _MODE, offset) + entry.name + extra


def ending(entries: Sequence[Entry], at: int) -> bytes:
    """What stands behind the last file: the directory of all, and where it begins. at: in bytes from the zip's beginning."""
    directory = b"".join(map(_central_header, entries))
    number, size = len(entries), len(directory)
    more = b""
    if number >= _TWO or at >= _FOUR:
        more = _END_64 + struct.pack("<QHHIIQQQQ", 44, _UNIX | _ZIP64_VERSION, _ZIP64_VERSION, 0, 0, number, number, size, at)
        more += _FINDS_64 + struct.pack("<IQI", 0, at + size, 1)
    number, at = min(number, _TWO), min(at, _FOUR)
    return directory + more + _END + struct.pack("<4H2IH", 0, 0, number, number, size, at, 0)


def directory_size(last: bytes) -> int | None:
    """How many bytes the directory of a zip has, by the file's last END_SIZE bytes; None where they are no zip's end. Of two
    sizes the larger one, so that a second record behind the first hides nothing."""
    end = last[-22:]
    if not end.startswith(_END) or not end.endswith(b"\0\0"):
        return None
    size = int.from_bytes(end[12:16], "little")
    return max(size, int.from_bytes(last[40:48], "little")) if last[56:60] == _FINDS_64 else size
