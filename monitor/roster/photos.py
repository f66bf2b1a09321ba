"""Where a roster's photos lie: a folder or a zip. A name in a cell reaches nothing outside it."""

import os
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

from matcher.errors import MediaUnreadable
from registry.references import LARGEST

BLOCK = 1 << 20
SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif"))
MOST_UNASKED = 20


class Photos(Protocol):
    refused: tuple[str, ...]
    """What is not looked at, in words."""

    def find(self, named: str) -> str | None:
        """The photo that a cell names, for opened(); None when there is none."""

    def of_member(self, word: str) -> list[str]:
        """The photos in a folder called by that word, or in files called by it, at most MOST_UNASKED."""

    def opened(self, photo: str) -> AbstractContextManager[Path]:
        """A file with the photo's bytes, for as long as the context lasts. Raises MediaUnreadable."""


def open_photos(place: Path) -> "FolderPhotos | ZipPhotos":
    """Raises MediaUnreadable for what is neither a folder nor a zip."""
    if place.is_dir():
        return FolderPhotos(place)
    try:
        return ZipPhotos(place)
    except (OSError, zipfile.BadZipFile) as error:
        raise MediaUnreadable(f"{place} is neither a folder nor a zip of photos.", "Give --photos the folder.") from error


def plain_parts(named: str) -> tuple[str, ...] | None:
    """The parts of a relative path within the photos; None for one that leads out of them."""
    parts = PurePosixPath(named.replace("\\", "/")).parts
    leads_out = not parts or parts[0] == "/" or ".." in parts or ":" in parts[0] or "\x00" in named
    return None if leads_out else parts


class FolderPhotos:
    refused: tuple[str, ...] = ()

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def find(self, named: str) -> str | None:
        parts = plain_parts(named)
        return str(Path(*parts)) if parts and self._file(Path(*parts)) is not None else None

    def of_member(self, word: str) -> list[str]:
        parts = plain_parts(word)
        if parts is None or len(parts) != 1:
            return []
        if (folder := self._root / parts[0]).is_dir():
            names = (f"{parts[0]}/{name}" for name in sorted(inside.name for inside in folder.iterdir()))
        else:
            names = (f"{parts[0]}{suffix}" for suffix in sorted(SUFFIXES))
        return [name for name in names if is_photo(name) and self.find(name)][:MOST_UNASKED]

    @contextmanager
    def opened(self, photo: str) -> Iterator[Path]:
        found = self._file(Path(photo))
        if found is None:
            raise MediaUnreadable(f"There is no photo {photo}.", "Check its name.")
        yield found

    def _file(self, relative: Path) -> Path | None:
        try:
            found = (self._root / relative).resolve()
            return found if found.is_relative_to(self._root) and found.is_file() else None
        except (OSError, ValueError):
            return None


class ZipPhotos:
    """Entries are read one at a time into memory and never unpacked to a disk; of a path out of the archive nothing is read."""

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path)
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._by_file: dict[str, list[str]] = {}
        self._by_word: dict[str, list[str]] = {}
        refused = []
        for entry in self._archive.infolist():
            if entry.is_dir():
                continue
            for name in _names(entry):
                parts = plain_parts(name)
                if parts is None:
                    refused.append(f"{name[:200]}: refused, its path leads out of the archive")
                    break
                self._enter("/".join(parts), parts, entry)
        self.refused = tuple(refused)

    def _enter(self, name: str, parts: tuple[str, ...], entry: zipfile.ZipInfo) -> None:
        self._entries.setdefault(name, entry)
        self._by_file.setdefault(parts[-1], []).append(name)
        if is_photo(name):
            for word in {*parts[:-1], PurePosixPath(parts[-1]).stem}:
                self._by_word.setdefault(word, []).append(name)

    def find(self, named: str) -> str | None:
        parts = plain_parts(named)
        if parts is None:
            return None
        wanted = "/".join(parts)
        if wanted in self._entries:
            return wanted
        # Zipping a folder puts its name before every entry.
        ends = [name for name in self._by_file.get(parts[-1], []) if name.endswith("/" + wanted)]
        return ends[0] if len(ends) == 1 else None

    def of_member(self, word: str) -> list[str]:
        return sorted(self._by_word.get(word, []))[:MOST_UNASKED]

    @contextmanager
    def opened(self, photo: str) -> Iterator[Path]:
        descriptor = os.memfd_create("photo", os.MFD_CLOEXEC)
        try:
            self._unpack(photo, descriptor)
            yield Path(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)

    def _unpack(self, photo: str, descriptor: int) -> None:
        size = 0
        try:
            with self._archive.open(self._entries[photo]) as stream, os.fdopen(descriptor, "wb", closefd=False) as copy:
                while block := stream.read(BLOCK):
                    size += len(block)
                    if size > LARGEST:
                        raise MediaUnreadable(f"{photo} unpacks to more than 64 MiB.", "Give a photo of ordinary size.")
                    copy.write(block)
        except (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile, EOFError, ValueError) as error:
            raise MediaUnreadable(f"{photo} cannot be unpacked ({error}).", "Zip the photos anew, without a password.") from error


def _names(entry: zipfile.ZipInfo) -> list[str]:
    """An entry's name, and as a Chinese Windows wrote it where the archive does not say that it is UTF-8."""
    if entry.flag_bits & 0x800 or entry.filename.isascii():
        return [entry.filename]
    try:
        return [entry.filename, entry.filename.encode("cp437").decode("gb18030")]
    except UnicodeError:
        return [entry.filename]


def is_photo(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES
