"""One published file, taken whole and checked while it comes; what broke off goes on where it stopped, in this pull or a later.

What is here of a file lies beside its name's digest, so that the bytes of another version are never gone on with.
"""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from matcher.packs.pull.recipe import RemoteFile
from matcher.packs.pull.seam import NotReached, Opened, Origin, OtherBytes

TRIES = 5
_PAUSE = 0.5
_CHUNK = 1 << 20

Progress = Callable[[RemoteFile, int], None]
"""Told the file and how many of its bytes are here."""


@dataclass(frozen=True)
class _Part:
    """bytes: what is here. validator: what the server called it, so that it can be asked for the rest of the same."""

    bytes: Path
    validator: Path

    @classmethod
    def of(cls, parts: Path, file: RemoteFile) -> "_Part":
        return cls(parts / f"{file.sha256}.part", parts / f"{file.sha256}.etag")

    def size(self) -> int:
        return self.bytes.stat().st_size if self.bytes.is_file() else 0

    def said(self) -> str:
        return self.validator.read_text("utf-8") if self.validator.is_file() else ""

    def drop(self) -> None:
        for path in (self.bytes, self.validator):
            path.unlink(missing_ok=True)


def take(file: RemoteFile, origin: Origin, parts: Path, progress: Progress) -> Path:
    """The whole file, in the folder of parts, with the size and digest of its recipe.

    Raises NotReached when it could not be had to its end, what came being kept, and OtherBytes when it is another file, of
    which nothing is kept; and OSError.
    """
    part, tries, anew = _Part.of(parts, file), 0, False
    while True:
        begun = part.size()
        try:
            if begun != file.size:
                begun = _go_on(file, origin, part, progress)
            _check(file, part)
        except OtherBytes:
            part.drop()
            if not begun or anew:
                raise
            # What was here before may be to blame; from the beginning it is the server's alone.
            anew = True
        except NotReached as failed:
            # Whoever gives some bytes each time is asked until all are here.
            tries = tries + 1 if part.size() <= begun else 1
            if not failed.retryable or tries == TRIES:
                raise
            time.sleep(_PAUSE * 2 ** (tries - 1))
        else:
            progress(file, file.size)
            return part.bytes


def _go_on(file: RemoteFile, origin: Origin, part: _Part, progress: Progress) -> int:
    """Add the rest to what is here. Gives how much of that was used."""
    begun, validator = part.size(), part.said()
    if begun > file.size or not validator:
        part.drop()
        begun = 0
    with origin.open(file, begun, validator) as opened:
        if opened.start != begun:
            part.drop()
        part.validator.write_text(opened.validator, "utf-8")
        _write(file, opened, part, progress)
        return opened.start


def _write(file: RemoteFile, opened: Opened, part: _Part, progress: Progress) -> None:
    done = opened.start
    with part.bytes.open("ab") as stream:
        try:
            for chunk in opened.chunks:
                done += len(chunk)
                if done > file.size:
                    raise _other(file, f"more than {file.size:,} bytes")
                stream.write(chunk)
                progress(file, done)
        finally:
            stream.flush()
        os.fsync(stream.fileno())
    if done < file.size:
        raise _other(file, f"{done:,} bytes instead of {file.size:,}")


def _check(file: RemoteFile, part: _Part) -> None:
    with part.bytes.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != file.sha256:
        raise _other(file, f"the SHA-256 {found[:12]}... instead of {file.sha256[:12]}...")


def _other(file: RemoteFile, found: str) -> OtherBytes:
    return OtherBytes(
        f"{file.name} is not the file that the recipe promises: it has {found}. Nothing of it was kept.",
        f"Try another mirror; the file is published at {file.address}.",
    )
