"""What the fuzzing process and the one that watches it share: the input that is being looked at, and how many there were."""

import mmap
import struct
from pathlib import Path

LARGEST = 1 << 20
_HEAD = struct.Struct("<QQI")


class Progress:
    """A file in memory that both have open. A process that dies leaves there what it died of."""

    def __init__(self, path: Path, *, make: bool = False) -> None:
        if make:
            path.write_bytes(b"\0" * (_HEAD.size + LARGEST))
        with path.open("r+b") as stream:
            self._shared = mmap.mmap(stream.fileno(), _HEAD.size + LARGEST)

    def begin(self, data: bytes) -> None:
        """An input is about to be looked at."""
        inputs, findings, _ = self.read()
        self._shared[_HEAD.size : _HEAD.size + len(data)] = data
        _HEAD.pack_into(self._shared, 0, inputs + 1, findings, len(data))

    def found(self) -> None:
        """It is a finding."""
        inputs, findings, length = self.read()
        _HEAD.pack_into(self._shared, 0, inputs, findings + 1, length)

    def read(self) -> tuple[int, int, int]:
        """How many inputs and findings, and the length of the last input."""
        return _HEAD.unpack_from(self._shared, 0)

    def last(self) -> bytes:
        length = self.read()[2]
        return self._shared[_HEAD.size : _HEAD.size + length]
