"""Templates as rows: their arrays put in, sealed, and taken out."""

import hashlib
import io
import math
import zipfile
import zlib
from collections.abc import Collection, Container, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session, col, select

from registry.crypto import is_sealed, sealed_by
from registry.errors import Damaged
from registry.keys import Keys, keys_of
from registry.references import Reference
from registry.standing import matchable_subjects
from registry.template_rows import TemplateRow as TemplateRow
from registry.types import Template

LARGEST = 64 << 20
# What zipfile and numpy raise for damaged archives; RuntimeError is a flipped bit that says "encrypted".
UNREADABLE = (ValueError, OSError, EOFError, KeyError, RuntimeError, SyntaxError, MemoryError, zipfile.BadZipFile, zlib.error)


def to_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Named arrays of numbers as one npz document."""
    stream = io.BytesIO()
    plain = {name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)}
    np.savez(stream, allow_pickle=False, **plain)
    return stream.getvalue()


def from_bytes(payload: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of an npz document of at most 64 MiB. Raises Damaged for anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                raise Damaged("A template claims to be larger than 64 MiB.", "Enrol its reference again.")
            return {_name(entry.filename): _array(archive.read(entry)) for entry in archive.infolist()}
    except UNREADABLE as error:
        raise Damaged("A template cannot be read.", "Enrol its reference again.") from error


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


def store_template(session: Session, template: Template) -> TemplateRow:
    """Keep a template in place of an earlier one of the same reference and encoder; flushed, not committed."""
    row = session.exec(
        select(TemplateRow).where(TemplateRow.reference_id == template.reference_id, TemplateRow.encoder == template.encoder)
    ).first()
    made = sealed_row(keys_of(session), template)
    if row is None:
        row = made
    row.arrays = made.arrays
    session.add(row)
    session.flush()
    return row


def sealed_row(keys: Keys, template: Template) -> TemplateRow:
    """The row of a template of a reference that is new; not added to any session."""
    payload = keys.sealing().seal(to_bytes(template.arrays), _context(template.reference_id, template.encoder))
    return TemplateRow(reference_id=template.reference_id, encoder=template.encoder, arrays=payload)


def arrays_of(row: TemplateRow, keys: Keys) -> dict[str, NDArray[Any]]:
    """A row's arrays. Raises KeyAbsent or Damaged. What the first version kept in the clear is read as it is."""
    if not is_sealed(row.arrays):
        return from_bytes(row.arrays)
    return from_bytes(keys.ring().open(row.arrays, _context(row.reference_id, row.encoder)))


def renew_seals(session: Session) -> int:
    """Seal anew, with the newest key, every template that another key sealed or none; says how many. Commits in between."""
    keys, renewed = keys_of(session), 0
    for key in session.exec(select(TemplateRow.id)).all():
        row = session.get_one(TemplateRow, key)
        if not is_sealed(row.arrays) or sealed_by(row.arrays) != keys.sealing().current:
            plain = to_bytes(arrays_of(row, keys))
            row.arrays = keys.sealing().seal(plain, _context(row.reference_id, row.encoder))
            session.add(row)
            renewed += 1
        if renewed % 500 == 499:
            session.commit()
        else:
            session.flush()
    session.commit()
    return renewed


def _context(reference_id: str, encoder: str) -> bytes:
    return f"template\n{reference_id}\n{encoder}".encode()


def load_gallery_templates(
    session: Session, encoders: Collection[str], at: datetime, allowed: Container[str] | None = None
) -> list[Template]:
    """The templates of the encoders for all subjects that may be matched at that moment, in a fixed order.

    It may be while a mandate for it is valid, in whatever modality; see registry.standing.standing. allowed: who may, where the
    caller knows it already.
    """
    rows = session.exec(
        select(TemplateRow, Reference)
        .where(TemplateRow.reference_id == Reference.id, col(TemplateRow.encoder).in_(list(encoders)))
        .order_by(col(Reference.subject_id), col(Reference.id), col(TemplateRow.encoder))
    )
    keys = keys_of(session)
    may: Container[str] = matchable_subjects(session, at) if allowed is None else allowed
    return [
        Template(reference.subject_id, reference.id, row.encoder, arrays_of(row, keys))
        for row, reference in rows
        if reference.subject_id in may
    ]


def gallery_digest(templates: Iterable[Template]) -> str:
    """One digest for what is looked for: the same templates in any order give the same, any other gallery another."""
    parts = sorted(
        "\x00".join((template.subject_id, template.reference_id, template.encoder, _arrays_digest(template.arrays)))
        for template in templates
    )
    return hashlib.sha256("\x01".join(parts).encode()).hexdigest()


def _arrays_digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name}|{array.dtype.str}|{array.shape}|".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
