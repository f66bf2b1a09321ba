"""The ends of a PDF's streams, so that no reader can miscount them."""

import re
import zlib
from collections.abc import Iterator

_STREAM = re.compile(rb"/Length (\d+)[^>]{0,200}>>\s*stream\r?\n")
_LEVELS = (9, 8, 7, 6, 5)


def settled(content: bytes) -> bytes:
    """The document, byte for byte as long, in which no compressed stream ends in a carriage return.

    What follows a stream is a line feed: after a carriage return some checkers of PDF/A take both for the end of a line, and the
    stream for one byte shorter than it says. Such a stream is compressed anew, a little tighter, and filled up with zeros behind
    its end, where no reader looks. One that cannot be had tighter stays as it is.
    """
    made = bytearray(content)
    for start, end in _doubtful(content):
        if (packed := _tighter(content[start:end])) is not None:
            made[start:end] = packed.ljust(end - start, b"\0")
    return bytes(made)


def _doubtful(content: bytes) -> Iterator[tuple[int, int]]:
    """From where to where they reach. The length that each states says where to look on: one may look as if it held another."""
    place = 0
    while found := _STREAM.search(content, place):
        start, end = found.end(), found.end() + int(found[1])
        place = end
        if content[end - 1 : end + 1] == b"\r\n" and b"/FlateDecode" in found[0]:
            yield start, end


def _tighter(packed: bytes) -> bytes | None:
    try:
        plain = zlib.decompress(packed)
    except zlib.error:
        return None
    made = (zlib.compress(plain, level) for level in _LEVELS)
    return next((one for one in made if len(one) < len(packed)), None)
