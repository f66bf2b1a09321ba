"""Named texts in the metadata of MP4 and Matroska files. The files come from strangers: every size and depth is checked."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MAX_VALUE = 1024 * 1024
MAX_ELEMENTS = 200_000
MAX_DEPTH = 8

_SEGMENT, _TAGS, _TAG, _SIMPLE_TAG = 0x18538067, 0x1254C367, 0x7373, 0x67C8
_TAG_NAME, _TAG_STRING = 0x45A3, 0x4487
_XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


class Unreadable(Exception):
    """The container is broken, cut off or of another kind: whether it holds a name cannot be told."""


def texts_named(path: Path, media_type: str, name: str) -> Iterator[bytes]:
    """The values under name in the file's metadata, as they are met. Raises Unreadable where it cannot go on."""
    with path.open("rb") as file:
        size = path.stat().st_size
        if media_type in ("video/mp4", "video/quicktime"):
            yield from _Mp4(file, name.encode()).values(size)
        elif media_type in ("video/x-matroska", "video/webm"):
            yield from _Matroska(file, name.encode()).values(size)
        else:
            raise Unreadable(f"labels are read from MP4 and Matroska files, this one is {media_type}")


def mp4_xmp(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The XMP packets of an MP4 or QuickTime file: in a box of XMP's own, or in the user data. Raises Unreadable."""
    return _Mp4(file, b"").xmp(size)


class _Walk:
    def __init__(self, file: BinaryIO, name: bytes) -> None:
        self._file = file
        self._name = name
        self._left = MAX_ELEMENTS

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Unreadable(f"it has more than {MAX_ELEMENTS:,} elements")

    def _read(self, at: int, size: int) -> bytes:
        if size > MAX_VALUE:
            raise Unreadable(f"a piece of metadata claims {size:,} bytes")
        self._file.seek(at)
        data = self._file.read(size)
        if len(data) != size:
            raise Unreadable("it is cut off")
        return data


class _Mp4(_Walk):
    """moov/meta and moov/udta/meta: ``keys`` numbers the names, ``ilst`` holds a ``data`` box per number."""

    def values(self, size: int) -> Iterator[bytes]:
        movies = 0
        for kind, start, end in self._boxes(0, size):
            if kind == b"moov":
                movies += 1
                yield from self._metas(start, end, 0)
        if not movies:
            raise Unreadable("it has no moov box")

    def xmp(self, size: int) -> Iterator[bytes]:
        for kind, start, end in self._boxes(0, size):
            if kind == b"uuid" and end - start >= 16 and self._read(start, 16) == _XMP_BOX:
                yield self._read(start + 16, end - start - 16)
            elif kind == b"moov":
                for inner, at, stop in self._boxes(start, end):
                    if inner == b"udta":
                        yield from (self._read(a, b - a) for name, a, b in self._boxes(at, stop) if name == b"XMP_")

    def _boxes(self, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        while at < end:
            self._count()
            # Eight bytes of padding or less end a QuickTime list.
            if end - at < 8:
                return
            size, kind = struct.unpack(">I4s", self._read(at, 8))
            header = 8
            if size == 1:
                size, header = struct.unpack(">Q", self._read(at + 8, 8))[0], 16
            elif size == 0:
                size = end - at
            if size < header or at + size > end:
                raise Unreadable(f"its box {kind!r} claims an impossible size")
            yield kind, at + header, at + size
            at += size

    def _metas(self, start: int, end: int, depth: int) -> Iterator[bytes]:
        for kind, inner, stop in self._boxes(start, end):
            if kind == b"udta" and depth < MAX_DEPTH:
                yield from self._metas(inner, stop, depth + 1)
            elif kind == b"meta":
                yield from self._meta(inner, stop)

    def _meta(self, start: int, end: int) -> Iterator[bytes]:
        # ISO's meta begins with a version, QuickTime's with its first box.
        if end - start >= 8 and self._read(start + 4, 4) != b"hdlr":
            start += 4
        wanted: set[int] = set()
        for kind, inner, stop in self._boxes(start, end):
            if kind == b"keys":
                wanted = self._numbers(self._read(inner, stop - inner))
            elif kind == b"ilst":
                for number, item, item_end in self._boxes(inner, stop):
                    if int.from_bytes(number, "big") in wanted:
                        yield from self._data(item, item_end)

    def _numbers(self, keys: bytes) -> set[int]:
        at, number, found = 8, 0, set()
        while at + 8 <= len(keys):
            size = int.from_bytes(keys[at : at + 4], "big")
            if size < 8:
                raise Unreadable("its list of metadata keys is broken")
            number += 1
            if keys[at + 8 : at + size] == self._name:
                found.add(number)
            at += size
        return found

    def _data(self, start: int, end: int) -> Iterator[bytes]:
        for kind, inner, stop in self._boxes(start, end):
            if kind == b"data" and stop - inner >= 8:
                yield self._read(inner + 8, stop - inner - 8)


class _Matroska(_Walk):
    """Segment/Tags/Tag/SimpleTag: TagName beside TagString."""

    def values(self, size: int) -> Iterator[bytes]:
        segments = 0
        for identity, start, end in self._elements(0, size):
            if identity == _SEGMENT:
                segments += 1
                yield from self._tags(start, end, 0)
        if not segments:
            raise Unreadable("it has no segment")

    def _tags(self, start: int, end: int, depth: int) -> Iterator[bytes]:
        if depth > MAX_DEPTH:
            raise Unreadable("its tags are nested too deep")
        name, value = b"", None
        for identity, inner, stop in self._elements(start, end):
            if identity in (_TAGS, _TAG, _SIMPLE_TAG):
                yield from self._tags(inner, stop, depth + 1)
            elif identity == _TAG_NAME:
                name = self._read(inner, stop - inner).rstrip(b"\0")
            elif identity == _TAG_STRING:
                value = self._read(inner, stop - inner)
        if name == self._name and value is not None:
            yield value

    def _elements(self, at: int, end: int) -> Iterator[tuple[int, int, int]]:
        while at < end:
            self._count()
            identity, id_length = self._number(at, end, keep_marker=True)
            size, size_length = self._number(at + id_length, end, keep_marker=False)
            start = at + id_length + size_length
            stop = start + size
            if size == (1 << 7 * size_length) - 1:
                # Unknown size: a live segment reaches to the end; the children of anything else are met as siblings.
                stop = end if identity == _SEGMENT else start
            if stop > end:
                raise Unreadable("one of its elements is cut off")
            yield identity, start, stop
            at = stop

    def _number(self, at: int, end: int, *, keep_marker: bool) -> tuple[int, int]:
        data = self._read(at, min(8, end - at))
        length = 9 - data[0].bit_length() if data else 9
        if length > len(data):
            raise Unreadable("one of its numbers is broken")
        value = int.from_bytes(data[:length], "big")
        return (value if keep_marker else value & ((1 << 7 * length) - 1)), length
