"""A dynamic index in a folder: written so that a kill leaves the old one or the new one, loaded by memory map."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from matcher.errors import MatcherError
from matcher.index.dynamic import LONGEST_ID, DynamicIndex
from matcher.index.faiss import BLOCK, CodeScan
from matcher.index.recall import RecallPromise
from matcher.index.segment import Arrays, Segment
from registry.errors import ExitCode

MANIFEST = "manifest.json"
LARGEST_MANIFEST = 1 << 20


class IndexDamaged(MatcherError):
    """A saved index whose files are not what its manifest says."""

    exit_code = ExitCode.DAMAGED


class Part(BaseModel):
    """One file: its name is made of its digest, so a new index never writes over the files of an older one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    file: str = Field(pattern=r"^[a-z]+-[0-9a-f]{16}\.bin$")
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1]
    dimension: int = Field(ge=1, le=65_536)
    count: int = Field(ge=0)
    width: int = Field(ge=1, le=LONGEST_ID)
    promise: RecallPromise | None
    turn: Part
    steps: Part
    scales: Part
    keys: Part
    names: Part
    codes: Part

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.turn, self.steps, self.scales, self.keys, self.names, self.codes


def save(index: DynamicIndex, folder: Path) -> Manifest:
    """Write the index into folder, in place of one that is there; the manifest last. Measures the promise if that is due."""
    index.check_if_due()
    folder.mkdir(parents=True, exist_ok=True)
    segments = index.segments
    width = max([1, *(s.arrays.names.dtype.itemsize for s in segments)])
    manifest = Manifest(
        format=1,
        dimension=index.dimension,
        count=len(index),
        width=width,
        promise=index.promise,
        turn=_written(folder, "turn", [index.turn]),
        steps=_written(folder, "steps", (_whole(s, s.arrays.steps) for s in segments)),
        scales=_written(folder, "scales", (_whole(s, s.arrays.scales) for s in segments)),
        keys=_written(folder, "keys", (_whole(s, s.arrays.keys) for s in segments)),
        names=_written(folder, "names", (_whole(s, s.arrays.names).astype(f"S{width}") for s in segments)),
        codes=_written(folder, "codes", (s.codes.codes for s in segments)),
    )
    _put(folder / MANIFEST, manifest.model_dump_json(indent=2).encode())
    for stale in folder.glob("*.bin"):
        if stale.name not in {part.file for part in manifest.parts}:
            stale.unlink()
    return manifest


def _whole(segment: Segment, rows: NDArray[Any]) -> NDArray[Any]:
    """The rows in use, and zeros up to a whole block."""
    used = rows[: len(segment)]
    return np.concatenate([used, np.zeros((-len(used) % BLOCK, *rows.shape[1:]), rows.dtype)]) if len(used) % BLOCK else used


def _written(folder: Path, what: str, pieces: Iterable[NDArray[Any]]) -> Part:
    digest, size, partial = hashlib.sha256(), 0, folder / f"{what}.partial"
    with partial.open("wb") as file:
        for piece in pieces:
            data = np.ascontiguousarray(piece).reshape(-1).view(np.uint8).data
            digest.update(data)
            size += file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part = Part(file=f"{what}-{digest.hexdigest()[:16]}.bin", size=size, sha256=digest.hexdigest())
    partial.replace(folder / part.file)
    return part


def _put(path: Path, data: bytes) -> None:
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def load(folder: Path, *, check_digests: bool = True) -> DynamicIndex:
    """The index in folder, its vectors mapped from the file: what changes is copied to memory, the file stays as it is.

    With check_digests every byte is read once first. Without, only sizes are compared: for a folder that nobody else
    writes. Raises IndexDamaged.
    """
    manifest = _manifest(folder)
    for part in manifest.parts:
        _check(folder, part, check_digests)
    turn = np.fromfile(folder / manifest.turn.file, np.float32)
    rows, d = -(-manifest.count // BLOCK) * BLOCK, manifest.dimension
    codes = CodeScan(d)
    found = codes.restored_size(manifest.count)
    sizes = (4 * d * d, 2 * rows * d, 4 * rows, 4 * rows, manifest.width * rows, found)
    if tuple(part.size for part in manifest.parts) != sizes:
        raise _damaged(folder, "its files do not fit one another")
    if not manifest.count:
        return DynamicIndex.restored(turn.reshape(d, d), [], manifest.promise)
    codes.restore(np.fromfile(folder / manifest.codes.file, np.uint8), manifest.count)
    arrays = Arrays(
        _mapped(folder, manifest.steps, "int16", (rows, d)),
        _mapped(folder, manifest.scales, "float32", (rows,)),
        _mapped(folder, manifest.keys, "uint32", (rows,)),
        _mapped(folder, manifest.names, f"S{manifest.width}", (rows,)),
    )
    return DynamicIndex.restored(turn.reshape(d, d), [Segment(arrays, codes)], manifest.promise)


def _manifest(folder: Path) -> Manifest:
    try:
        with (folder / MANIFEST).open("rb") as file:
            return Manifest.model_validate_json(file.read(LARGEST_MANIFEST))
    except (OSError, ValidationError) as error:
        raise _damaged(folder, "its manifest is missing or unreadable") from error


def _check(folder: Path, part: Part, check_digests: bool) -> None:
    try:
        with (folder / part.file).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            digest = hashlib.file_digest(file, "sha256").hexdigest() if check_digests else part.sha256
    except OSError as error:
        raise _damaged(folder, f"{part.file} is missing") from error
    if size != part.size or digest != part.sha256:
        raise _damaged(folder, f"{part.file} has other bytes than its manifest says")


def _mapped(folder: Path, part: Part, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    return np.memmap(folder / part.file, dtype=dtype, mode="c", shape=shape).view(np.ndarray)


def _damaged(folder: Path, why: str) -> IndexDamaged:
    return IndexDamaged(f"The saved index {folder.name!r} cannot be used: {why}.", "Build the index again from the templates.")
