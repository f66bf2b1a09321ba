"""Packs: the small objects of a vault, many in one plain tar file.

A folder and a file for each is what a backup would spend its time on, and so would whoever copies one elsewhere or removes it. A
pack is called by the SHA-256 of its bytes and never changed: the next backup has it whole, by a link, or takes anew all that lies
in it, so that none holds what nobody has any more.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from monitor.backup.files import inside
from monitor.backup.layout import PACKS, PRIVATE, Backup, Held, Pack
from registry.crypto import HEADER, sealed_by
from registry.private import make_folder, opener

SMALL, FULL = 64 << 10, 4 << 20
"""Bytes of the largest file that goes into a pack, and of a pack that takes no more: so many are read anew where one is gone."""
_UNIT = 512
_ENDING = ".tar"


def file_of(pack: str) -> str:
    """What the file of a pack is called."""
    return f"{pack}{_ENDING}"


class Packing:
    """Puts small files into packs in a folder, each written through the file beside."""

    def __init__(self, folder: Path, beside: Path) -> None:
        self._folder, self._beside = folder, beside
        self._begin()

    def _begin(self) -> None:
        self._parts, self._files, self._size, self._keys = list[bytes](), list[Held](), 0, set[str]()

    def add(self, file: Held, content: bytes) -> list[Held | Pack]:
        """The pack that is full by it, and what lies there; nothing while it is not. Raises OSError."""
        padding = -len(content) % _UNIT
        self._parts += (_header(file.path, len(content)), content, bytes(padding))
        self._files.append(file._replace(begins=self._size + _UNIT))
        self._size += _UNIT + len(content) + padding
        if file.path.startswith(PRIVATE):
            self._keys.add(sealed_by(content).hex())
        return self.end() if self._size >= FULL else []

    def end(self) -> list[Held | Pack]:
        """The last pack, and what lies there. Raises OSError."""
        if not self._files:
            return []
        content = b"".join((*self._parts, bytes(2 * _UNIT)))
        pack = Pack(hashlib.sha256(content).hexdigest(), len(content), len(self._files), tuple(sorted(self._keys)))
        make_folder(self._folder)
        with open(self._beside, "wb", opener=opener) as out:
            out.write(content)
        self._beside.replace(self._folder / file_of(pack.sha256))
        files = [file._replace(pack=pack.sha256) for file in self._files]
        self._begin()
        return [pack, *files]


def _header(path: str, size: int) -> bytes:
    """Of a file for its owner alone, of no moment and nobody: as tar has had it since 1988 (POSIX ustar)."""
    begin = path.encode().ljust(100, b"\0") + b"0000400\0" + 2 * b"0000000\0" + b"%011o\0" % size + 11 * b"0" + b"\0"
    end = b"0" + bytes(100) + b"ustar\00000"
    total = sum(begin) + sum(end) + 8 * ord(" ")
    return (begin + b"%06o\0 " % total + end).ljust(_UNIT, b"\0")


def packs_in(folder: Path) -> Iterator[tuple[Path, Pack | None, list[Held]]]:
    """The packs that lie in a folder, and what is in each, all of it read; None for what is no whole pack. Raises OSError."""
    for place in inside(folder):
        content = place.read_bytes()
        name = hashlib.sha256(content).hexdigest()
        if place.name != file_of(name):
            yield place, None, []
            continue
        files = [
            Held(path, len(held), hashlib.sha256(held).hexdigest(), name, begins) for path, begins, held in _members(content)
        ]
        keys = {sealed_by(content[one.begins : one.begins + HEADER]).hex() for one in files if one.path.startswith(PRIVATE)}
        yield place, Pack(name, len(content), len(files), tuple(sorted(keys))), files


def _members(content: bytes) -> Iterator[tuple[str, int, bytes]]:
    """path, begin and bytes of each file in a pack that is as it was written."""
    at = 0
    while content[at : at + 1].strip(b"\0"):
        name, size = content[at : at + 100].rstrip(b"\0").decode(), int(content[at + 124 : at + 135], 8)
        begins = at + _UNIT
        yield name, begins, content[begins : begins + size]
        at = begins + size + -size % _UNIT


def contents(backup: Backup, wrong: list[str]) -> Iterator[tuple[Held, memoryview | None]]:
    """Each file of a backup, with its bytes as they were packed, or None for one that lies by itself.

    wrong: is told in words of each pack that is not as it was made; what lies there does not come. Raises BackupDamaged for a
    list that was changed.
    """
    content = memoryview(b"")
    for line in backup.listed():
        if isinstance(line, Pack):
            content = _read(backup, line, wrong)
        elif not line.pack:
            yield line, None
        elif content:
            yield line, content[line.begins : line.begins + line.size]


def _read(backup: Backup, pack: Pack, wrong: list[str]) -> memoryview:
    """Nothing where it is not whole."""
    name = f"{PACKS}/{file_of(pack.sha256)}"
    try:
        content = (backup.place / name).read_bytes()
    except FileNotFoundError:
        wrong.append(f"{name} is absent")
        return memoryview(b"")
    if len(content) != pack.size or hashlib.sha256(content).hexdigest() != pack.sha256:
        wrong.append(f"{name} has other bytes")
        return memoryview(b"")
    return memoryview(content)
