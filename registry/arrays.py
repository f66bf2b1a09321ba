"""Named arrays of numbers as one npz document, and read from one."""

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from registry.errors import Damaged

LARGEST = 64 << 20
# What zipfile and numpy raise for damaged archives; RuntimeError is a flipped bit that says "encrypted".
UNREADABLE = (ValueError, OSError, EOFError, KeyError, RuntimeError, SyntaxError, MemoryError, zipfile.BadZipFile, zlib.error)

_LOCAL = struct.Struct("<4s5H3I2H")
"""A local file header: signature, version, flags, method, time, date, CRC-32, both sizes, lengths of name and extra field
(PKWARE's APPNOTE 6.3.10, 4.3.7)."""
_ZIP64 = struct.Struct("<2H2Q")
"""The extra field that numpy has written: its id and length, then both sizes (APPNOTE 4.5.3)."""
_LENGTHS = 28
"""Where a directory's header has the lengths of name, extra field and comment (APPNOTE 4.3.12)."""
_END = struct.Struct("<4s4H2IH")
_ELSEWHERE = 0xFFFFFFFF


def to_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Named arrays of numbers as one npz document."""
    stream = io.BytesIO()
    plain = {name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)}
    np.savez(stream, allow_pickle=False, **plain)
    return stream.getvalue()


def from_bytes(payload: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of an npz document of at most 64 MiB. Raises Damaged for anything else."""
    try:
        entries = _as_written(payload)
        return {_name(name): _array(content) for name, content in (_by_zipfile(payload) if entries is None else entries).items()}
    except UNREADABLE as error:
        raise Damaged("A template cannot be read.", "Enrol its reference again.") from error


def _by_zipfile(payload: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
            raise Damaged("A template claims to be larger than 64 MiB.", "Enrol its reference again.")
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def _as_written(payload: bytes) -> dict[str, bytes] | None:
    """The entries of a document as to_bytes writes it, by their names; None for any other, which zipfile reads or refuses.

    A gallery has a document for each reference, and zipfile takes ten times as long over what is around the numbers.
    """
    found, at = dict[str, bytes](), 0
    try:
        while payload.startswith(b"PK\x03\x04", at):
            _, _, flags, method, _, _, crc, size, whole, name_length, extra_length = _LOCAL.unpack_from(payload, at)
            named = at + _LOCAL.size
            starts = named + name_length + extra_length
            if size == whole == _ELSEWHERE:
                kind, length, whole, size = _ZIP64.unpack_from(payload, named + name_length)
                if (kind, length, extra_length) != (1, _ZIP64.size - 4, _ZIP64.size):
                    return None
            content = payload[starts : starts + size]
            if flags or method or size != whole or len(content) != size or zlib.crc32(content) != crc:
                return None
            found[payload[named : named + name_length].decode("ascii")] = content
            at = starts + size
        signature, *_, entries, _, begins, _ = _END.unpack_from(payload, len(payload) - _END.size)
        whole_document = (signature, entries, begins) == (b"PK\x05\x06", len(found), at)
        return found if whole_document and _listed(payload, at) == list(found) and len(payload) <= LARGEST else None
    except (struct.error, UnicodeDecodeError):
        return None


def _listed(payload: bytes, at: int) -> list[str]:
    """The names in the directory that begins there: those before the entries have no sum that would tell damage."""
    names = []
    while payload.startswith(b"PK\x01\x02", at):
        lengths = struct.unpack_from("<3H", payload, at + _LENGTHS)
        named = at + _LENGTHS + 18
        names.append(payload[named : named + lengths[0]].decode("ascii"))
        at = named + sum(lengths)
    return names


def _name(file_name: str) -> str:
    name, suffix = file_name[:-4], file_name[-4:]
    if suffix != ".npy":
        raise ValueError("an entry of a template is no array")
    return name


def _array(content: bytes) -> NDArray[Any]:
    """An npy document. Most templates of a gallery have few shapes, and numpy takes longer over a header than over numbers."""
    if content[:8] == b"\x93NUMPY\x01\x00":
        starts = 10 + int.from_bytes(content[8:10], "little")
        shape, fortran_order, dtype = _described(content[:starts])
        size = math.prod(shape)
        if size > 0 and not fortran_order and not dtype.hasobject:
            return np.frombuffer(content, dtype, size, starts).reshape(shape).copy()
    read: NDArray[Any] = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    return read


@lru_cache(256)
def _described(header: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether columns go first, and kind of the numbers, by the first bytes of an npy document of version 1.0."""
    stream = io.BytesIO(header)
    np.lib.format.read_magic(stream)
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(stream)
    return shape, fortran_order, dtype
