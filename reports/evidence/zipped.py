"""A folder as one zip file, and such a zip as it is read again: without unpacking it, and only in the form that it was given."""

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import IO

from reports.errors import BundleFailed
from reports.evidence.seal import DEEPEST, PLAIN, Contents, alike, walk
from reports.evidence.zip_form import END_SIZE, MOST_ENDING, MOST_FILES, Entry, directory_size, ending, local_header

SUFFIX = ".zip"
UNZIPPED = (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OverflowError, struct.error)
"""What reading a zip of an unexpected shape can end in."""

_PIECE = 1 << 20
_ENCRYPTED = 1


def write_zip(folder: Path, target: Path, base: str = "") -> None:
    """All files of a folder as one zip. base: the folder that they unpack to; none for the place where it is unpacked.

    In constant memory, and on the disk when it returns. Raises BundleFailed and OSError.
    """
    names = walk(folder).files
    with target.open("xb") as out:
        entries = [_put(out, folder / name, f"{base}/{name}" if base else name) for name in names]
        end = ending(entries, out.tell())
        if len(names) > MOST_FILES or len(end) > MOST_ENDING:
            raise BundleFailed(f"The bundle has {len(names)} files: too many for one zip.", "Export it as a folder.")
        out.write(end)
        out.flush()
        os.fsync(out.fileno())


def _put(out: IO[bytes], file: Path, name: str) -> Entry:
    """The checksum stands before the bytes, and is known behind them: the header is written twice."""
    offset, size, crc = out.tell(), file.stat().st_size, 0
    out.write(local_header(Entry(name.encode(), size, 0, offset)))
    begins = out.tell()
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            crc = zlib.crc32(piece, crc)
            out.write(piece)
    if out.tell() - begins != size:
        raise BundleFailed(f"The bundle's {file.name} changed while it was written.", "Export it again.")
    entry = Entry(name.encode(), size, crc, offset)
    out.seek(offset)
    out.write(local_header(entry))
    out.seek(0, os.SEEK_END)
    return entry


@dataclass(frozen=True)
class Opened:
    """A zip that is open. root: its folder, in which files are looked for; contents: what lies in it, and what is wrong with the
    zip itself, in which case nothing of it is to be read."""

    root: Traversable
    contents: Contents


@contextmanager
def opened_zip(file: Traversable, *, in_folder: bool) -> Iterator[Opened | str]:
    """A zip as write_zip makes it, or why it is none. in_folder: whether all must lie in one folder, which is then the root.

    Raises OSError where the file cannot be read.
    """
    with file.open("rb") as stream:
        if problem := _no_zip(stream):
            yield problem
            return
        try:
            archive = zipfile.ZipFile(stream)
        except UNZIPPED as error:
            yield f"cannot be read as a zip: {error}"
            return
        with archive:
            yield _opened(archive, stream, file.name, in_folder=in_folder)


def _no_zip(stream: IO[bytes]) -> str:
    """Why a file is no zip whose directory can be read whole; nothing where it may be."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - END_SIZE))
    length = directory_size(stream.read())
    if length is None:
        return "is no zip, or has something behind its end"
    return "has a directory that is larger than any bundle's" if length > MOST_ENDING else ""


def _opened(archive: zipfile.ZipFile, stream: IO[bytes], called: str, *, in_folder: bool) -> Opened | str:
    listed = archive.infolist()
    if not 0 < len(listed) <= MOST_FILES:
        return "has no files" if not listed else "has more files than any bundle"
    base = listed[0].orig_filename.partition("/")[0] if in_folder else ""
    if in_folder and not PLAIN.fullmatch(base):
        return "has no folder with a bundle in it"
    names = {info.orig_filename: _within(info.orig_filename, base) for info in listed}
    strange = [(names[info.orig_filename], why) for info in listed if (why := _strange(info, base))]
    seen: set[str] = set()
    for info in listed:
        name = names[info.orig_filename]
        strange += [(name, "is in the zip twice")] if name in seen else []
        seen.add(name)
    strange += alike(seen)
    if not strange:
        strange = _out_of_form(listed, names, stream, called)
    root = zipfile.Path(archive, f"{base}/" if base else "")
    return Opened(root, Contents(tuple(sorted(seen)), tuple(sorted(dict.fromkeys(strange)))))


def _within(name: str, base: str) -> str:
    return name.removeprefix(f"{base}/") if base else name


def _strange(info: zipfile.ZipInfo, base: str) -> str:
    """Why something has no place in the zip; nothing where it has."""
    name = info.orig_filename
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link, not a file"
    if name.endswith("/"):
        return "is a folder by itself, which no bundle's zip has"
    parts = name.split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        return "leads out of the bundle"
    if not all(map(PLAIN.fullmatch, parts)) or len(parts) > DEEPEST + 1:
        return "has a name that no file of a bundle has"
    if base and not name.startswith(f"{base}/"):
        return f"lies outside the bundle's folder {base}"
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        return "is compressed: a bundle's files are stored as they are"
    return ""


def _out_of_form(
    listed: Sequence[zipfile.ZipInfo], names: dict[str, str], stream: IO[bytes], called: str
) -> list[tuple[str, str]]:
    """Where a zip is another than follows from its files. Their bytes are not looked at. called: the zip."""
    made: list[Entry] = []
    place = 0
    for info in listed:
        entry = Entry(info.orig_filename.encode(), info.file_size, info.CRC, place)
        header = local_header(entry)
        stream.seek(place)
        if info.header_offset != place:
            return [(names[info.orig_filename], "the zip has something before or between its files")]
        if stream.read(len(header)) != header:
            return [(names[info.orig_filename], "its header was changed")]
        made.append(entry)
        place += len(header) + info.file_size
    stream.seek(place)
    wanted = ending(made, place)
    if stream.read(len(wanted) + 1) != wanted or made != sorted(made, key=lambda entry: entry.name):
        return [(called, "has a directory that is not as it was written")]
    return []
