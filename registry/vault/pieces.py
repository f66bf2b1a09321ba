"""Chunks read like a file."""

from collections.abc import Iterator
from io import BufferedReader, RawIOBase


class _Pieces(RawIOBase):
    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            if (following := next(self._chunks, None)) is None:
                return 0
            self._rest = following
        taken = min(len(buffer), len(self._rest))
        buffer[:taken], self._rest = self._rest[:taken], self._rest[taken:]
        return taken


def as_stream(chunks: Iterator[bytes]) -> BufferedReader:
    """A file of the joined chunks, read once from the first byte on."""
    return BufferedReader(_Pieces(chunks))
