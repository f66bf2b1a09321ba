"""Changing the key for data at rest, and sealing what the first version kept in the clear."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.blinding import BlindingSecret, renew_secret
from registry.crypto import KEY_ID, MAGIC, is_sealed, sealed_by
from registry.held_objects import is_needed
from registry.keys import KeyFile
from registry.mandates import Mandate
from registry.references import Reference
from registry.second_factors import Totp, renew_factor_seals
from registry.storage.scrub import scrub
from registry.template_rows import TemplateRow
from registry.template_rows import clear_templates as clear_templates
from registry.templates import renew_seals
from registry.tenancy import refuse_accounts
from registry.vault.base import Vault


@dataclass(frozen=True)
class Rotation:
    """How many templates and objects were sealed anew, and how many objects lay in the clear before.

    finished: whether nothing is left under an older key, in any file.
    """

    templates: int
    objects: int
    were_clear: int
    finished: bool


def rotate(session: Session, vault: Vault, *, new_key: bool) -> Rotation:
    """Seal everything with the newest key; with new_key, and where a file holds the keys, make that one first.

    It may be interrupted at any moment and begun again, then without new_key: each object is under the one key or the other,
    and both are kept until all is done. Older keys leave a key file at the end; from a text or a command whoever sets it drops
    them.
    """
    refuse_accounts(session, "Changing the key")
    keys = vault.keys
    keys.sealing()
    if new_key and isinstance(keys.source, KeyFile):
        keys.source.add_key()
    keys.forget()
    renew_secret(session)
    renew_factor_seals(session)
    session.commit()
    templates = renew_seals(session)
    were_clear = _seal_the_clear(session, vault)
    objects = vault.renew()
    # What this session read holds its tables on a server until the transaction ends, and they could not be rewritten.
    session.commit()
    finished = scrub(session.get_bind())
    if finished and isinstance(keys.source, KeyFile):
        keys.source.keep_newest()
        keys.forget()
    return Rotation(templates, objects, were_clear, finished)


def _seal_the_clear(session: Session, vault: Vault) -> int:
    """Bytes that a capture names too are public and stay as they are; a reference of the same bytes is read from them."""
    private = {*session.exec(select(Reference.sha256)), *session.exec(select(Mandate.document_sha256))}
    # Few of many: every table is asked about each.
    clear = private.intersection(vault.public())
    public = {sha256 for sha256 in clear if is_needed(session, sha256, private=False)}
    return sum(vault.make_private(sha256) for sha256 in sorted(clear - public))


def sealing_keys(session: Session) -> set[bytes]:
    """The ids of the keys that what lies sealed in the database needs: templates, the secret of keyed digests, and those of
    authenticators."""
    begins = func.substr(col(TemplateRow.arrays), 1, len(MAGIC) + KEY_ID)
    others = (BlindingSecret.sealed, Totp.sealed)
    sealed = [*session.exec(select(begins).distinct()), *(each for column in others for each in session.exec(select(column)))]
    return {sealed_by(payload) for payload in map(bytes, sealed) if is_sealed(payload)}
