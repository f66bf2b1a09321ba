"""Mandates for rows that tests put in by hand."""

from datetime import UTC, datetime

from sqlmodel import Session, select

from registry.kinds import Modality
from registry.mandates import Basis, Mandate
from registry.subjects import Subject

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)


def a_mandate(subject_id: str, party_id: str, *scope: Modality, document: str = "0" * 64) -> Mandate:
    """Without an end, as a party's own declaration; its document is in no vault unless its digest is given."""
    return Mandate(
        party_id=party_id,
        subject_id=subject_id,
        basis=Basis.OWN,
        document_sha256=document,
        verified_by="A. Clerk",
        how="read it",
        starts_at=BEGIN,
        scope=[modality.value for modality in scope],
    )


def mandate_all(session: Session, *scope: Modality, document: str = "0" * 64) -> None:
    """One for every subject, flushed."""
    session.flush()
    subjects = session.exec(select(Subject)).all()
    session.add_all(a_mandate(subject.id, subject.party_id, *scope, document=document) for subject in subjects)
    session.flush()
