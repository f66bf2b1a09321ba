"""Where a roster's photos lie: a folder or a zip. A name in a cell reaches nothing outside it."""

import os
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence, Set
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cached_property
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Protocol

from matcher.errors import MediaUnreadable
from monitor.roster.photo_names import PhotoNames
from registry.actions import Action
from registry.references import LARGEST

BLOCK = 1 << 20
SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif"))
MOST_UNASKED = 20
MOST_ENTRIES, MOST_REFUSED = 100_000, 20
"""Entries of an archive that is read, and how many of those that are refused are named; the others are counted."""
APPLE_DOUBLES = "__MACOSX"
"""The folder in which a Mac puts a second file, which is no picture, beside each."""


class Photos(Protocol):
    refused: tuple[str, ...]
    """What is not looked at, in words."""

    def find(self, named: str) -> str | None:
        """The photo that a cell names, for opened(); None when there is none."""

    def of_member(self, word: str) -> list[str]:
        """The photos in a folder called by that word, or else the files called by it, at most MOST_UNASKED."""

    def opened(self, photo: str) -> AbstractContextManager[Path]:
        """A file with the photo's bytes, for as long as the context lasts. Raises MediaUnreadable."""


def open_photos(place: Path) -> "FolderPhotos | ZipPhotos":
    """Raises MediaUnreadable for what is neither a folder nor a zip, and for a zip of more than MOST_ENTRIES."""
    if place.is_dir():
        return FolderPhotos(place)
    try:
        return ZipPhotos(place)
    except (OSError, zipfile.BadZipFile) as error:
        raise MediaUnreadable(f"{place} is neither a folder nor a zip of photos.", Action.NAME_PHOTOS) from error


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
        if parts and self._file(Path(*parts)) is not None:
            return str(Path(*parts))
        found = self._names.find(named)
        return found if found and self._file(Path(found)) is not None else None

    @cached_property
    def _names(self) -> PhotoNames:
        """All photos, looked for once a name does not fit as it stands."""
        found = (Path(folder, name).relative_to(self._root) for folder, _, names in os.walk(self._root) for name in names)
        return PhotoNames(path.as_posix() for path in found if is_photo(path.name))

    def of_member(self, word: str) -> list[str]:
        parts = plain_parts(word)
        if parts is None or len(parts) != 1:
            return []
        if (folder := self._root / parts[0]).is_dir():
            names = (f"{parts[0]}/{name}" for name in sorted(inside.name for inside in folder.iterdir()))
        else:
            names = (f"{parts[0]}{suffix}" for suffix in sorted(SUFFIXES))
        plainly = [name for name in names if is_photo(name) and self._file(Path(name)) is not None]
        return (plainly or [name for name in self._names.of_member(word) if self._file(Path(name)) is not None])[:MOST_UNASKED]

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
    """Entries are read one at a time into memory and never unpacked to a disk; of a path out of the archive nothing is read.

    Zipping a folder puts its name before every entry: what lies in an only folder counts as lying in the archive itself.
    """

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path)
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._by_file: dict[str, list[str]] = {}
        self._by_folder: dict[tuple[str, ...], list[str]] = {}
        self._by_stem: dict[tuple[str, ...], list[str]] = {}
        if (count := len(self._archive.infolist())) > MOST_ENTRIES:
            raise MediaUnreadable(
                f"{path.name} holds {count:,} entries; at most {MOST_ENTRIES:,} are read.", "Zip the photos alone, in parts."
            )
        refused: list[str] = []
        outermost: Set[tuple[str, ...]] | None = None
        for entry in self._archive.infolist():
            named = [plain_parts(name) for name in _names(entry)]
            if None in named:
                refused.append(entry.filename[:200])
            elif paths := _paths_in(entry, named):
                self._enter_all(paths, entry)
                first = {parts[:1] for parts in paths if len(parts) > 1}
                outermost = first if outermost is None else outermost & first
        self.refused = _refused_in_words(refused)
        self._roots = ((), *sorted(outermost or ()))

    def _enter_all(self, paths: Sequence[tuple[str, ...]], entry: zipfile.ZipInfo) -> None:
        for parts in paths:
            self._enter(parts, entry)

    def _enter(self, parts: tuple[str, ...], entry: zipfile.ZipInfo) -> None:
        name = "/".join(parts)
        self._entries.setdefault(name, entry)
        self._by_file.setdefault(parts[-1], []).append(name)
        if is_photo(name):
            self._by_folder.setdefault(parts[:-1], []).append(name)
            self._by_stem.setdefault((*parts[:-1], PurePosixPath(name).stem), []).append(name)

    def find(self, named: str) -> str | None:
        parts = plain_parts(_composed(named))
        if parts is not None:
            wanted = "/".join(parts)
            if wanted in self._entries:
                return wanted
            ends = [name for name in self._by_file.get(parts[-1], []) if name.endswith("/" + wanted)]
            if ends:
                return ends[0] if len(ends) == 1 else None
        return next((f"{before}{found}" for before, names in self._names if (found := names.find(named))), None)

    @cached_property
    def _names(self) -> list[tuple[str, PhotoNames]]:
        """All photos as each of the roots has them, looked for once a name does not fit as it stands."""
        roots = ["".join(f"{part}/" for part in root) for root in self._roots]
        photos = [name for name in self._entries if is_photo(name)]
        return [(before, PhotoNames(name.removeprefix(before) for name in photos if name.startswith(before))) for before in roots]

    def of_member(self, word: str) -> list[str]:
        parts = plain_parts(_composed(word))
        if parts is None or len(parts) != 1:
            return []
        places = [(*root, *parts) for root in self._roots]
        plainly = (held[place] for held in (self._by_folder, self._by_stem) for place in places if place in held)
        anyhow = ([f"{before}{name}" for name in names.of_member(word)] for before, names in self._names)
        return sorted(next(filter(None, chain(plainly, anyhow)), ()))[:MOST_UNASKED]

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


def _paths_in(entry: zipfile.ZipInfo, named: Sequence[tuple[str, ...] | None]) -> list[tuple[str, ...]]:
    """Under which names an entry is found; none for a folder, and for what macOS puts beside a file."""
    return [] if entry.is_dir() else [parts for parts in named if parts and parts[0] != APPLE_DOUBLES]


def _refused_in_words(names: list[str]) -> tuple[str, ...]:
    said = [f"{name}: refused, its path leads out of the archive" for name in names[:MOST_REFUSED]]
    if more := len(names) - len(said):
        said.append(f"{more:,} more are refused, for the same reason")
    return tuple(said)


def _names(entry: zipfile.ZipInfo) -> list[str]:
    """An entry's name, and as a Chinese Windows wrote it where the archive does not say that it is UTF-8."""
    names = [_composed(entry.filename)]
    if not (entry.flag_bits & 0x800 or entry.filename.isascii()):
        with suppress(UnicodeError):
            names.append(entry.filename.encode("cp437").decode("gb18030"))
    return names


def _composed(name: str) -> str:
    """A Mac takes letters and their accents apart; rosters hold them together."""
    return unicodedata.normalize("NFC", name)


def is_photo(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES
