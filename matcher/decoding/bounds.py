"""How much one picture or video may cost."""

from dataclasses import dataclass

MOST_PIXELS = 7680 * 4320
"""What one picture is handed over with at most: all of 8K. A larger one comes scaled down."""

LARGEST_GIVEN = 64 << 20
"""Bytes of a picture's file up to which they are handed to the decoding process, which then opens no file at all."""


GRACE_SECONDS = 15.0
"""So much longer than its time a file is waited for: whoever looks at it stops by itself before that."""


@dataclass(frozen=True)
class Bounds:
    """picture_seconds: for one still picture. media_seconds: for one file that frames are taken of. memory: bytes that a decoding
    process may hold; a photo of 100 megapixels takes about half of the default."""

    picture_seconds: float = 60.0
    media_seconds: float = 1800.0
    memory: int = 1 << 30
