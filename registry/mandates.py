"""Mandates: a party's proof that it may act for a subject."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from registry.db import UtcDateTime, new_id, now
from registry.errors import NotFound, RegistryError
from registry.subjects import Subject, list_subjects
from registry.vault.base import Vault


class MandateRefused(RegistryError):
    """A proof of authority that proves nothing."""


class Mandate(SQLModel, table=True):
    """document_sha256 names the proof in the vault. Once a subject has a mandate, it is matched only while one is valid."""

    id: str = Field(default_factory=new_id, primary_key=True)
    subject_id: str = Field(foreign_key="subject.id", index=True)
    document_sha256: str
    verified_by: str
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


def add_mandate(
    session: Session,
    vault: Vault,
    subject: Subject,
    document: bytes,
    *,
    verified_by: str,
    starts_at: datetime,
    ends_at: datetime | None = None,
) -> Mandate:
    """Keep the proof's bytes and record it; flushed, not committed. Raises MandateRefused."""
    if not document:
        raise MandateRefused("The mandate's document is empty.", "Give the signed authorisation, for example as a PDF.")
    if not verified_by.strip():
        raise MandateRefused("Nobody verified the mandate.", "Name the person who read and verified the document.")
    if ends_at is not None and ends_at <= starts_at:
        raise MandateRefused("The mandate would end before it begins.", "Give an end after the start.")
    mandate = Mandate(
        subject_id=subject.id,
        document_sha256=vault.put([document], private=True).sha256,
        verified_by=verified_by.strip(),
        starts_at=starts_at,
        ends_at=ends_at,
    )
    session.add(mandate)
    session.flush()
    return mandate


def find_mandate(session: Session, mandate_id: str) -> Mandate:
    mandate = session.get(Mandate, mandate_id)
    if mandate is None:
        raise NotFound(f"There is no mandate {mandate_id!r}.", "Type `semblance mandate list` to see the ids.")
    return mandate


def revoke_mandate(session: Session, mandate_id: str, at: datetime) -> Mandate:
    """End the mandate at that moment; revoking it again changes nothing."""
    mandate = find_mandate(session, mandate_id)
    if mandate.revoked_at is None:
        mandate.revoked_at = at
        session.add(mandate)
        session.flush()
    return mandate


def list_mandates(session: Session, subject: Subject | None = None) -> list[Mandate]:
    query = select(Mandate).order_by(col(Mandate.created_at), col(Mandate.id))
    return list(session.exec(query if subject is None else query.where(Mandate.subject_id == subject.id)))


def valid_at(mandate: Mandate, at: datetime) -> bool:
    """The start is included; the end and the moment of revocation are not."""
    ended = mandate.ends_at is not None and mandate.ends_at <= at
    revoked = mandate.revoked_at is not None and mandate.revoked_at <= at
    return mandate.starts_at <= at and not ended and not revoked


def may_be_matched(mandates: Iterable[Mandate], at: datetime) -> bool:
    """Whether one subject's mandates let it be looked for: none at all does, otherwise one must be valid."""
    of_subject = list(mandates)
    return not of_subject or any(valid_at(mandate, at) for mandate in of_subject)


def matchable_subjects(session: Session, at: datetime) -> dict[str, Subject]:
    """The subjects that may be looked for at that moment, by id."""
    by_subject: dict[str, list[Mandate]] = {}
    for mandate in list_mandates(session):
        by_subject.setdefault(mandate.subject_id, []).append(mandate)
    return {subject.id: subject for subject in list_subjects(session) if may_be_matched(by_subject.get(subject.id, ()), at)}
