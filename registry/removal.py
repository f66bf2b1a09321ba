"""Removing references: their rows and templates, and bytes that no row needs any more."""

from collections.abc import Sequence
from contextlib import suppress

from sqlmodel import Session, select

from registry.held_objects import is_needed
from registry.references import Reference
from registry.template_rows import TemplateRow
from registry.vault.base import Locked, Vault


def forget_bytes(session: Session, vault: Vault, sha256: str) -> None:
    """Remove the sealed bytes of a reference or a mandate that no row needs; bytes in the clear, as the first version kept
    them, where no capture has the same.
    """
    if is_needed(session, sha256, private=True):
        return
    vault.delete(sha256, private=True)
    if not is_needed(session, sha256, private=False):
        # A reference's own bytes are never locked; these are a bundle's, and go by the policy once the store lets them.
        with suppress(Locked):
            vault.delete(sha256, private=False)


def remove_reference(session: Session, vault: Vault, reference: Reference) -> None:
    """Remove a reference with its templates, and its bytes where no other row needs them. Commits."""
    remove_references(session, vault, [reference])


def remove_references(session: Session, vault: Vault, references: Sequence[Reference]) -> None:
    """Remove references with their templates, and their bytes where no other row needs them. Commits all of it at once, with
    what the caller changed before.

    The rows go first: bytes without a row are waste, a row without bytes would be damage.
    """
    digests = sorted({reference.sha256 for reference in references})
    for reference in references:
        remove_rows(session, reference)
    for sha256 in digests:
        vault.announce(sha256)
    session.commit()
    for sha256 in digests:
        forget_bytes(session, vault, sha256)


def remove_rows(session: Session, reference: Reference) -> int:
    """Delete a reference and its templates, flushed; says how many templates there were."""
    templates = session.exec(select(TemplateRow).where(TemplateRow.reference_id == reference.id)).all()
    for template in templates:
        session.delete(template)
    session.flush()
    session.delete(reference)
    session.flush()
    return len(templates)
