"""XMP packets in JPEG, PNG, WebP and MP4 files, and single properties in them. Files and packets come from strangers."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from crawler.provenance.containers import MAX_VALUE, Unreadable, mp4_xmp
from crawler.sources.markup import read_xml

_JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_PNG_XMP = b"XML:com.adobe.xmp\0"
_MAX_PARTS = 100_000
# Markers without a length: temporary, and the restarts.
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_START_OF_SCAN, _END_OF_IMAGE, _APP1 = 0xDA, 0xD9, 0xE1


def xmp_packets(path: Path, media_type: str) -> Iterator[bytes]:
    """The XMP packets of a file, as they are met. Raises Unreadable where it cannot go on, or for a type it does not know."""
    with path.open("rb") as file:
        size = path.stat().st_size
        if media_type in ("video/mp4", "video/quicktime", "image/avif", "image/heic"):
            yield from mp4_xmp(file, size)
        elif media_type == "image/jpeg":
            yield from _jpeg(file)
        elif media_type == "image/png":
            yield from _png(file)
        elif media_type == "image/webp":
            yield from _webp(file, size)
        else:
            raise Unreadable(f"XMP is read from MP4, JPEG, PNG and WebP files, this one is {media_type}")


def property_values(packet: bytes, name: str) -> list[str]:
    """The values of a property by its local name in lower case: as attribute, text, or rdf:resource. Raises Unreadable."""
    root, broken = read_xml(packet.strip(b"\0 \t\r\n"))
    if root is None:
        raise Unreadable(f"its XMP cannot be read: {broken}")
    found = [value for each in root.every("description") if (value := each.get(name))]
    for element in root.every(name):
        found += [text for part in (element, *element.every("li")) if (text := part.get("resource") or part.text.strip())]
    return list(dict.fromkeys(found))


def _take(file: BinaryIO, size: int) -> bytes:
    if size > MAX_VALUE:
        raise Unreadable(f"a piece of metadata claims {size:,} bytes")
    data = file.read(size)
    if len(data) != size:
        raise Unreadable("it is cut off")
    return data


def _jpeg(file: BinaryIO) -> Iterator[bytes]:
    if file.read(2) != b"\xff\xd8":
        raise Unreadable("it does not begin as a JPEG")
    for _ in range(_MAX_PARTS):
        mark = _take(file, 2)
        if mark[0] != 0xFF:
            raise Unreadable("its segments are broken")
        # Any number of fill bytes may stand before a marker.
        while mark[1] == 0xFF:
            mark = b"\xff" + _take(file, 1)
        if mark[1] in (_START_OF_SCAN, _END_OF_IMAGE):
            return
        if mark[1] in _BARE:
            continue
        length = int.from_bytes(_take(file, 2), "big")
        if length < 2:
            raise Unreadable("a segment claims an impossible size")
        body = _take(file, length - 2)
        if mark[1] == _APP1 and body.startswith(_JPEG_XMP):
            yield body[len(_JPEG_XMP) :]
    raise Unreadable(f"it has more than {_MAX_PARTS:,} segments")


def _png(file: BinaryIO) -> Iterator[bytes]:
    if file.read(8) != b"\x89PNG\r\n\x1a\n":
        raise Unreadable("it does not begin as a PNG")
    for _ in range(_MAX_PARTS):
        size, kind = struct.unpack(">I4s", _take(file, 8))
        if kind == b"IEND":
            return
        if kind != b"iTXt":
            file.seek(size + 4, 1)
            continue
        body = _take(file, size)
        _take(file, 4)
        if body.startswith(_PNG_XMP):
            yield _png_text(body[len(_PNG_XMP) :])
    raise Unreadable(f"it has more than {_MAX_PARTS:,} chunks")


def _png_text(body: bytes) -> bytes:
    """The text of an iTXt chunk after its keyword: flag, method, language and translated keyword, each ended by a zero."""
    packed = body[:1] == b"\x01"
    text = body[2:].split(b"\0", 2)[-1]
    if not packed:
        return text
    try:
        return zlib.decompressobj().decompress(text, MAX_VALUE)
    except zlib.error as error:
        raise Unreadable("its compressed XMP is broken") from error


def _webp(file: BinaryIO, size: int) -> Iterator[bytes]:
    head = _take(file, 12)
    if head[:4] != b"RIFF" or head[8:] != b"WEBP":
        raise Unreadable("it does not begin as a WebP")
    for _ in range(_MAX_PARTS):
        if size - file.tell() < 8:
            return
        kind, length = struct.unpack("<4sI", _take(file, 8))
        padded = length + (length & 1)
        if kind == b"XMP ":
            yield _take(file, length)
            file.seek(padded - length, 1)
        elif file.tell() + length > size:
            raise Unreadable("it is cut off")
        else:
            file.seek(padded, 1)
    raise Unreadable(f"it has more than {_MAX_PARTS:,} chunks")
