"""A compressed stream of a PDF that ends in a carriage return is packed anew in the same room; nothing else changes."""

import zlib
from itertools import count

from reports.render.pdf_streams import settled


def an_object(packed: bytes) -> bytes:
    return b"7 0 obj\n<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream\nendobj\n" % (len(packed), packed)


def packed_ending_in_a_return(level: int) -> tuple[bytes, bytes]:
    """A page's words, and how they are packed at that level."""
    for number in count():
        words = b"BT /F1 9 Tf (w) Tj ET\n" * 400 + b"%d" % number
        packed = zlib.compress(words, level)
        if packed.endswith(b"\r"):
            return words, packed
    raise AssertionError


def test_a_stream_that_ends_in_a_return_is_packed_tighter_and_filled_up() -> None:
    words, packed = packed_ending_in_a_return(1)
    document = b"%PDF-1.7\n" + an_object(packed) + an_object(zlib.compress(b"other")) + b"xref"
    made = settled(document)
    assert b"\r\nendstream" in document
    assert b"\r\nendstream" not in made
    assert len(made) == len(document)
    assert made.endswith(an_object(zlib.compress(b"other")) + b"xref")
    start = made.index(b"stream\n") + 7
    read = zlib.decompressobj()
    assert read.decompress(made[start : start + len(packed)]) == words
    assert read.unused_data.strip(b"\0") == b""


def test_what_cannot_be_had_tighter_and_what_is_no_stream_stay() -> None:
    _, packed = packed_ending_in_a_return(9)
    for document in (an_object(packed), an_object(b"no zlib\r"), b"/Length 5>>\nstream\n", b"", an_object(zlib.compress(b"w"))):
        assert settled(document) == document
