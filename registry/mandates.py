"""Mandates: a party's proof that it may act for a subject, and the consent of the person it is about."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import JSON, ColumnElement, Index, or_
from sqlalchemy import select as sql_select
from sqlmodel import Field, Session, SQLModel, col, func, select

from registry.actions import Action
from registry.db import UtcDateTime, new_id, now
from registry.errors import NotFound
from registry.paging import Listed, Part, listed
from registry.parties import Party
from registry.proofs import MandateRefused as MandateRefused
from registry.proofs import check_proof
from registry.subjects import AT_ONCE, NAMES, Subject
from registry.territory import clean_territories
from registry.types import Modality, PartyKind, SubjectKind
from registry.validity import end_now
from registry.vault.base import Vault


class Basis(StrEnum):
    """What a document proves: that the party was authorised, that the person consented, or that the work is the party's own."""

    AUTHORITY = "authority"
    CONSENT = "consent"
    OWN = "own"


class Mandate(SQLModel, table=True):
    """document_sha256 names the proof in the vault. A subject is matched only while a mandate for it is valid.

    subject_id: None for all subjects of the party, also future ones. scope: the modalities it covers, empty for all but those of
    `registry.kinds.BY_NAME_ALONE`; territory: where, by ISO 3166, empty for everywhere. verified_by, how: who verified the
    document, and in what way. compensation: its terms, as text.
    """

    __table_args__ = (Index("ix_mandate_created_at_id", "created_at", "id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    party_id: str = Field(foreign_key="party.id", index=True)
    subject_id: str | None = Field(default=None, foreign_key="subject.id", index=True)
    basis: Basis = Basis.AUTHORITY
    document_sha256: str
    scope: list[str] = Field(default_factory=list, sa_type=JSON)
    territory: list[str] = Field(default_factory=list, sa_type=JSON)
    compensation: str = ""
    verified_by: str
    how: str = ""
    guardian: str = ""
    release_version: str | None = None
    release_shown_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


AS_RECORDED = (col(Mandate.created_at), col(Mandate.id))


class MandateLine(NamedTuple):
    """A mandate in a list, with the names of whom it is about: no subject where it is about all of the party."""

    mandate: Mandate
    subject: str | None
    party: str


@dataclass(frozen=True)
class Terms:
    """What a mandate says beside its dates; see Mandate."""

    basis: Basis = Basis.AUTHORITY
    scope: Collection[Modality] = ()
    territory: Collection[str] = ()
    compensation: str = ""
    how: str = "read the document"
    guardian: str = ""


PLAIN_AUTHORITY = Terms()


def add_mandate(
    session: Session,
    vault: Vault,
    subject: Subject,
    document: bytes,
    *,
    verified_by: str,
    starts_at: datetime,
    ends_at: datetime | None = None,
    terms: Terms = PLAIN_AUTHORITY,
) -> Mandate:
    """Keep the proof's bytes and record it; flushed, not committed. Raises MandateRefused and TerritoryRefused."""
    party = session.get_one(Party, subject.party_id)
    return _add(session, vault, party, subject, document, verified_by, starts_at, ends_at, terms)


def add_party_mandate(
    session: Session,
    vault: Vault,
    party: Party,
    document: bytes,
    *,
    verified_by: str,
    starts_at: datetime,
    ends_at: datetime | None = None,
    terms: Terms = PLAIN_AUTHORITY,
) -> Mandate:
    """As add_mandate, for all subjects of a party: what a union's members authorised by joining. Nobody consents for others."""
    if terms.basis is not Basis.AUTHORITY:
        raise MandateRefused(f"The basis {terms.basis.value} is about one subject.", "Add it for each subject.")
    return _add(session, vault, party, None, document, verified_by, starts_at, ends_at, terms)


def declare_own(
    session: Session, vault: Vault, subject: Subject, *, verified_by: str, starts_at: datetime, ends_at: datetime | None = None
) -> Mandate:
    """A party's own declaration that the subject is its work, as a mandate. Raises MandateRefused for a person, unless a
    performer declares it.
    """
    party = session.get_one(Party, subject.party_id)
    if subject.kind is SubjectKind.PERSON and party.kind is not PartyKind.PERFORMER:
        raise MandateRefused("A person is nobody's own work.", "It takes the person's signed authorisation.", Action.ADD_MANDATE)
    what = "likeness" if subject.kind is SubjectKind.PERSON else f"own {subject.kind.value}"
    text = (
        f"{party.name} declares that {subject.name} is its {what}, from {starts_at.isoformat()} on.\nVerified by {verified_by}.\n"
    )
    terms = Terms(Basis.OWN, how="took the party's declaration")
    return _add(session, vault, party, subject, text.encode(), verified_by, starts_at, ends_at, terms)


def _add(
    session: Session,
    vault: Vault,
    party: Party,
    subject: Subject | None,
    document: bytes,
    verified_by: str,
    starts_at: datetime,
    ends_at: datetime | None,
    terms: Terms,
) -> Mandate:
    check_proof(document)
    if not verified_by.strip():
        raise MandateRefused("Nobody verified the mandate.", "Name the person who read and verified the document.")
    if not terms.how.strip():
        raise MandateRefused("It is not said how the mandate was verified.", "Say how, such as: compared the signature.")
    if ends_at is not None and ends_at <= starts_at:
        raise MandateRefused("The mandate would end before it begins.", "Give an end after the start.")
    if terms.guardian.strip() and terms.basis is not Basis.CONSENT:
        raise MandateRefused("A guardian consents, and gives no party authority.", Action.PROVE_CONSENT)
    mandate = Mandate(
        party_id=party.id,
        subject_id=subject.id if subject else None,
        basis=terms.basis,
        document_sha256=vault.put([document], private=True).sha256,
        scope=sorted({modality.value for modality in terms.scope}),
        territory=clean_territories(terms.territory),
        compensation=terms.compensation.strip(),
        verified_by=verified_by.strip(),
        how=terms.how.strip(),
        guardian=terms.guardian.strip(),
        starts_at=starts_at,
        ends_at=ends_at,
    )
    session.add(mandate)
    session.flush()
    return mandate


def find_mandate(session: Session, mandate_id: str) -> Mandate:
    """The mandate with that id. Raises NotFound."""
    mandate = session.get(Mandate, mandate_id)
    if mandate is None:
        raise NotFound(f"There is no mandate {mandate_id!r}.", Action.SEE_MANDATES)
    return mandate


def revoke_mandate(session: Session, mandate_id: str, at: datetime) -> Mandate:
    """End the mandate at that moment; revoking it again changes nothing."""
    mandate = find_mandate(session, mandate_id)
    end_now(session, mandate, at)
    return mandate


def list_mandates(session: Session, subject: Subject | None = None) -> list[Mandate]:
    """All mandates, or those about one subject alone; see mandates_for."""
    query = select(Mandate).order_by(col(Mandate.created_at), col(Mandate.id))
    return list(session.exec(query if subject is None else query.where(Mandate.subject_id == subject.id)))


def listed_mandates(session: Session, part: Part, subject: Subject | None = None) -> Listed[MandateLine]:
    """Mandates as they were recorded: all, or those that a decision about the subject rests on; see registry.paging."""
    columns: tuple[Any, ...] = (Mandate, Subject.name, Party.name)
    query = sql_select(*columns).join(Party, col(Party.id) == Mandate.party_id)
    query = query.outerjoin(Subject, col(Subject.id) == Mandate.subject_id)
    if subject is not None:
        query = query.where(_about(subject))
    searched = (*NAMES, Party.name_key, Mandate.verified_by)
    found = listed(session, query, (col(Mandate.created_at), col(Mandate.id)), part, searched)
    return Listed(((MandateLine(*row), cursor) for row, cursor in found.rows), found.more)


def _about(subject: Subject) -> ColumnElement[bool]:
    # Found by what has no subject, of which there are few: by the party, all that its subjects have would be looked at.
    whole_party = (col(Mandate.subject_id).is_(None)) & (func.coalesce(col(Mandate.party_id), "") == subject.party_id)
    return or_(col(Mandate.subject_id) == subject.id, whole_party)


def guardian_must_consent(subject: Subject, at: datetime) -> bool | None:
    """Whether a consent must be a guardian's at that moment, or must not be one; None where no age is on record."""
    return None if subject.minor_until is None else at < subject.minor_until


def mandates_for(session: Session, subject: Subject) -> list[Mandate]:
    """The mandates that a decision about the subject rests on: its own and those for all subjects of its party."""
    # A few: asked for in their order, all mandates there are would be gone through in it.
    return sorted(session.exec(select(Mandate).where(_about(subject))), key=lambda mandate: (mandate.created_at, mandate.id))


def mandates_of(session: Session, subjects: Iterable[Subject]) -> dict[str, list[Mandate]]:
    """As mandates_for, of many subjects by their ids, in a few statements for all; a subject's own come first."""
    held: dict[str, list[Mandate]] = {}
    wanted = {subject.id: subject.party_id for subject in subjects}
    keys = sorted(wanted)
    for first in range(0, len(keys), AT_ONCE):
        own = select(Mandate).where(col(Mandate.subject_id).in_(keys[first : first + AT_ONCE])).order_by(*AS_RECORDED)
        for mandate in session.exec(own):
            held.setdefault(mandate.subject_id or "", []).append(mandate)
    whole = session.exec(select(Mandate).where(col(Mandate.subject_id).is_(None)).order_by(*AS_RECORDED)).all()
    return {key: [*held.get(key, ()), *(row for row in whole if row.party_id == party)] for key, party in wanted.items()}
