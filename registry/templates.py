"""Templates as rows: their arrays put in, sealed, and taken out."""

import hashlib
from collections.abc import Collection, Container, Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session, col, select

from registry.arrays import from_bytes, to_bytes
from registry.crypto import is_sealed, sealed_by
from registry.keys import Keys, keys_of
from registry.references import Reference
from registry.standing import matchable_subjects
from registry.storage.lock import hold
from registry.template_rows import TemplateRow as TemplateRow
from registry.types import Template

AT_ONCE = 500
"""Templates that are sealed anew in one transaction."""


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
    ids = session.exec(select(TemplateRow.id)).all()
    for start in range(0, len(ids), AT_ONCE):
        # What is stored or erased meanwhile comes before these are read, or after they are written.
        hold(session)
        some = session.exec(select(TemplateRow).where(col(TemplateRow.id).in_(ids[start : start + AT_ONCE]))).all()
        for row in some:
            sealed = is_sealed(row.arrays)
            if sealed and sealed_by(row.arrays) == keys.sealing().current:
                continue
            context = _context(row.reference_id, row.encoder)
            row.arrays = keys.sealing().seal(keys.ring().open(row.arrays, context) if sealed else row.arrays, context)
            session.add(row)
            renewed += 1
        session.commit()
        session.expunge_all()
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
