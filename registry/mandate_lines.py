"""Mandates as they are shown, entered for whoever is named and ended now. Nothing here commits."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from registry import mandates
from registry.db import now
from registry.legal import find_release, note_release
from registry.mandates import Basis, Mandate, Terms, find_mandate
from registry.paging import Listed, Part
from registry.parties import Party, find_party
from registry.proofs import read_proof
from registry.standing import standing_of
from registry.subjects import Subject, find_subject
from registry.validity import status_at
from registry.vault.base import Vault
from registry.views import view_of


@dataclass(frozen=True)
class MandateView:
    """about: the subject by its name, or the party whose subjects it covers all. scope: modalities, territory: ISO 3166; empty
    covers all. release_version: of the text that was shown at release_shown_at."""

    id: str
    about: str
    party_id: str
    subject_id: str | None
    basis: Basis
    document_sha256: str
    scope: list[str]
    territory: list[str]
    compensation: str
    verified_by: str
    how: str
    status: str
    starts_at: datetime
    ends_at: datetime | None
    revoked_at: datetime | None
    guardian: str
    release_version: str | None
    release_shown_at: datetime | None


@dataclass(frozen=True)
class Reading:
    """Who verified a document, and from when until when it holds: from now on, and open, where that is None."""

    verified_by: str
    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True)
class ShownText:
    """The text that whoever consents was shown before. version: its first digits; at: when, if not when the consent begins."""

    version: str
    at: datetime | None


def prove(
    session: Session, vault: Vault, subject: str, document: Path, read: Reading, terms: Terms, text: ShownText | None
) -> MandateView:
    """Record a document about a subject, by name or id. Raises what read_proof, add_mandate and find_release raise."""
    proof, found, begins = read_proof(document), find_subject(session, subject), read.starts_at or now()
    made = mandates.add_mandate(
        session, vault, found, proof, verified_by=read.verified_by, starts_at=begins, ends_at=read.ends_at, terms=terms
    )
    if text is not None:
        note_release(session, made, find_release(session, found.party_id, text.version), text.at or begins)
    return _view(session, made)


def why_not_looked_for(session: Session, subject_id: str, at: datetime) -> str:
    """Why a subject is not looked for, whatever was just put on record, in a sentence; "" of one who is."""
    subject = session.get_one(Subject, subject_id)
    found = standing_of(session, subject, at)
    return "" if found.allowed else f"{subject.name} is not looked for: {found.reason}."


def prove_for_all(session: Session, vault: Vault, party: str, document: Path, read: Reading, terms: Terms) -> MandateView:
    """Record a document about all subjects of a party, by name or id. Raises what read_proof and add_party_mandate raise."""
    proof, found, begins = read_proof(document), find_party(session, party), read.starts_at or now()
    made = mandates.add_party_mandate(
        session, vault, found, proof, verified_by=read.verified_by, starts_at=begins, ends_at=read.ends_at, terms=terms
    )
    return _view(session, made)


def declare(session: Session, vault: Vault, subject: str, read: Reading) -> MandateView:
    """Record a party's declaration that a subject, by name or id, is its own. Raises what declare_own raises."""
    found, begins = find_subject(session, subject), read.starts_at or now()
    made = mandates.declare_own(session, vault, found, verified_by=read.verified_by, starts_at=begins, ends_at=read.ends_at)
    return _view(session, made)


def end_mandate(session: Session, mandate_id: str) -> MandateView:
    """End a mandate now. Raises NotFound."""
    return _view(session, mandates.revoke_mandate(session, mandate_id, now()))


def mandate_view(session: Session, mandate_id: str) -> MandateView:
    return _view(session, find_mandate(session, mandate_id))


def mandate_views(session: Session, part: Part, subject: str | None = None) -> Listed[MandateView]:
    """All mandates, or those that a decision about a subject rests on; see registry.mandates.listed_mandates."""
    found, at = mandates.listed_mandates(session, part, find_subject(session, subject) if subject else None), now()
    return Listed(((_about(row.subject, row.party, row.mandate, at), cursor) for row, cursor in found.rows), found.more)


def _view(session: Session, row: Mandate) -> MandateView:
    subject = session.get(Subject, row.subject_id) if row.subject_id else None
    return _about(subject.name if subject else None, session.get_one(Party, row.party_id).name, row, now())


def _about(subject: str | None, party: str, row: Mandate, at: datetime) -> MandateView:
    return view_of(MandateView, row, about=subject or f"all of {party}", status=status_at(row, at))
