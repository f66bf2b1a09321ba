"""Mandates: a party's proof that it may act for a subject, and the consent of the person it is about."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import JSON, ColumnElement, Index, or_
from sqlalchemy import select as sql_select
from sqlmodel import Field, Session, SQLModel, col, select

from registry.db import UtcDateTime, new_id, now
from registry.errors import NotFound
from registry.paging import Listed, Part, listed
from registry.parties import Party
from registry.proofs import MandateRefused as MandateRefused
from registry.proofs import check_proof
from registry.subjects import AT_ONCE, Subject, list_subjects
from registry.territory import clean_territories, lies_within, shared, together
from registry.types import Modality, PartyKind, SubjectKind
from registry.validity import end_now, valid_at, why_none
from registry.vault.base import Vault


class Basis(StrEnum):
    """What a document proves: that the party was authorised, that the person consented, or that the work is the party's own."""

    AUTHORITY = "authority"
    CONSENT = "consent"
    OWN = "own"


class Mandate(SQLModel, table=True):
    """document_sha256 names the proof in the vault. A subject is matched only while a mandate for it is valid.

    subject_id: None for all subjects of the party, also future ones. scope: the modalities it covers, territory: where, by ISO
    3166; empty covers all. verified_by, how: who verified the document, and in what way. compensation: its terms, as text.
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


_AS_RECORDED = (col(Mandate.created_at), col(Mandate.id))


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
        raise MandateRefused("A person is nobody's own work.", "Add the person's signed authorisation: semblance mandate add")
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
        raise MandateRefused("A guardian consents, and gives no party authority.", "Give the guardian with --consent.")
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
    mandate = session.get(Mandate, mandate_id)
    if mandate is None:
        raise NotFound(f"There is no mandate {mandate_id!r}.", "Type `semblance mandate list` to see the ids.")
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
    searched = (Subject.name_key, Party.name_key, Mandate.verified_by)
    found = listed(session, query, (col(Mandate.created_at), col(Mandate.id)), part, searched)
    return Listed(((MandateLine(*row), cursor) for row, cursor in found.rows), found.more)


def _about(subject: Subject) -> ColumnElement[bool]:
    whole_party = (col(Mandate.subject_id).is_(None)) & (col(Mandate.party_id) == subject.party_id)
    return or_(col(Mandate.subject_id) == subject.id, whole_party)


def mandates_for(session: Session, subject: Subject) -> list[Mandate]:
    """The mandates that a decision about the subject rests on: its own and those for all subjects of its party."""
    query = select(Mandate).where(_about(subject))
    return list(session.exec(query.order_by(col(Mandate.created_at), col(Mandate.id))))


@dataclass(frozen=True)
class Standing:
    """Whether a subject may be acted for, by which mandate, why or why not in words, and where; no territory is everywhere."""

    allowed: bool
    mandate_id: str | None
    reason: str
    territory: tuple[str, ...] = ()

    @property
    def reach(self) -> str:
        """Where the subject may be acted for, in words; nothing where that is everywhere."""
        return f"the mandate covers {', '.join(self.territory)} only" if self.territory else ""


def standing(
    mandates: Iterable[Mandate],
    at: datetime,
    modality: Modality | None = None,
    *,
    territory: str | None = None,
    consent_needed: bool = False,
    guardians: bool | None = None,
) -> Standing:
    """Judge one subject's mandates at a moment: a valid authority must cover the modality (None: any of them).

    Consent stands beside authority: where it is needed, or was ever recorded, a valid one must cover the modality, too.
    guardians: whether it must be a guardian's, or must not be one; None where either will do.
    territory: where the party wants to act, if that matters to the question. What is on the web is seen everywhere, so that
    finding and confirming ask nothing of it; a letter does.
    """
    held = list(mandates)
    authority = [mandate for mandate in held if mandate.basis is not Basis.CONSENT]
    consents = [mandate for mandate in held if mandate.basis is Basis.CONSENT]
    covering = [mandate for mandate in authority if valid_at(mandate, at) and _covers(mandate, modality, territory)]
    if not covering:
        return Standing(False, None, _why_not(authority, at, "mandate"))
    reach: tuple[str, ...] | None = together(mandate.territory for mandate in covering)
    if consent_needed or consents:
        speaking = [mandate for mandate in consents if guardians is None or bool(mandate.guardian) is guardians]
        agreed = [mandate for mandate in speaking if valid_at(mandate, at) and _covers(mandate, modality, territory)]
        if not agreed:
            return Standing(False, None, _why_not(speaking, at, _CONSENT_OF[guardians]))
        reach = shared(reach or (), together(mandate.territory for mandate in agreed))
    if reach is None:
        return Standing(False, None, "mandate and consent share no territory")
    best = max(covering, key=lambda mandate: (mandate.subject_id is not None, mandate.ends_at is None, mandate.ends_at or at))
    return Standing(True, best.id, f"{best.basis.value}, verified by {best.verified_by}", reach)


_CONSENT_OF = {
    None: "consent",
    True: "consent of a guardian, which a minor needs",
    False: "consent of their own since they are of age",
}


def _covers(mandate: Mandate, modality: Modality | None, territory: str | None) -> bool:
    in_scope = modality is None or not mandate.scope or modality.value in mandate.scope
    return in_scope and (territory is None or lies_within(territory, mandate.territory))


def _why_not(mandates: list[Mandate], at: datetime, what: str) -> str:
    if not mandates:
        return f"there is no {what}"
    if any(valid_at(mandate, at) for mandate in mandates):
        return f"no valid {what} covers this modality and territory"
    return f"no {what} is valid ({why_none(mandates, at)})"


def may_be_matched(mandates: Iterable[Mandate], at: datetime, modality: Modality | None = None) -> bool:
    """Whether one subject's mandates let it be looked for; see standing."""
    return standing(mandates, at, modality).allowed


def standing_of(
    session: Session, subject: Subject, at: datetime, modality: Modality | None = None, *, territory: str | None = None
) -> Standing:
    """Whether the subject may be acted for at that moment, as the registry now stands; see standing."""
    return _judged(session.get_one(Party, subject.party_id), subject, mandates_for(session, subject), at, modality, territory)


def standings_of(
    session: Session, subjects: Collection[Subject], at: datetime, modality: Modality | None = None
) -> dict[str, Standing]:
    """As standing_of, of many subjects by their ids, in a few statements for all."""
    parties = {party.id: party for party in session.exec(select(Party))}
    whole = session.exec(select(Mandate).where(col(Mandate.subject_id).is_(None)).order_by(*_AS_RECORDED)).all()
    held: dict[str, list[Mandate]] = {}
    wanted = sorted(subject.id for subject in subjects)
    for first in range(0, len(wanted), AT_ONCE):
        own = select(Mandate).where(col(Mandate.subject_id).in_(wanted[first : first + AT_ONCE])).order_by(*_AS_RECORDED)
        for mandate in session.exec(own):
            held.setdefault(mandate.subject_id or "", []).append(mandate)
    found = {}
    for subject in subjects:
        mandates = [*held.get(subject.id, ()), *(mandate for mandate in whole if mandate.party_id == subject.party_id)]
        found[subject.id] = _judged(parties[subject.party_id], subject, mandates, at, modality, None)
    return found


def matchable_subjects(session: Session, at: datetime, modality: Modality | None = None) -> dict[str, Subject]:
    """The subjects that may be looked for at that moment, by id: in that modality, or in any."""
    return {subject.id: subject for subject, found in standings(session, at, modality) if found.allowed}


def matchable_in(session: Session, at: datetime, modalities: Collection[Modality]) -> "Matchable":
    """Who may be looked for at that moment in each modality, of all subjects and mandates, which are read once."""
    held = list(_held_by_all(session))
    named: dict[Modality, dict[str, Subject]] = {modality: {} for modality in modalities}
    every: dict[str, Subject] = {}
    reaches: list[str] = []
    for party, subject, mandates in held:
        found = _judged(party, subject, mandates, at, None, None)
        if not found.allowed:
            continue
        every[subject.id] = subject
        if found.reach:
            reaches.append(f"{subject.name}: {found.reach}")
        for modality in modalities:
            if _judged(party, subject, mandates, at, modality, None).allowed:
                named[modality][subject.id] = subject
    return Matchable(named, every, tuple(reaches))


@dataclass(frozen=True)
class Matchable:
    """by_modality, every: the subjects that may be looked for in a modality, and in any, by id. reaches: in words, which of them
    may not be acted for everywhere."""

    by_modality: Mapping[Modality, Mapping[str, Subject]]
    every: Mapping[str, Subject]
    reaches: tuple[str, ...]


def standings(session: Session, at: datetime, modality: Modality | None = None) -> Iterator[tuple[Subject, Standing]]:
    """Every subject and whether it may be acted for at that moment; see standing."""
    for party, subject, held in _held_by_all(session):
        yield subject, _judged(party, subject, held, at, modality, None)


def _held_by_all(session: Session) -> Iterator[tuple[Party, Subject, list[Mandate]]]:
    """Every subject with its party and the mandates that a decision about it rests on."""
    parties = {party.id: party for party in session.exec(select(Party))}
    of_subject: dict[str, list[Mandate]] = {}
    of_party: dict[str, list[Mandate]] = {}
    for mandate in list_mandates(session):
        if mandate.subject_id is None:
            of_party.setdefault(mandate.party_id, []).append(mandate)
        else:
            of_subject.setdefault(mandate.subject_id, []).append(mandate)
    for subject in list_subjects(session):
        held = [*of_subject.get(subject.id, ()), *of_party.get(subject.party_id, ())]
        yield parties[subject.party_id], subject, held


def _judged(
    party: Party, subject: Subject, held: Iterable[Mandate], at: datetime, modality: Modality | None, territory: str | None
) -> Standing:
    if subject.kind is not SubjectKind.PERSON:
        return standing(held, at, modality, territory=territory)
    minor = subject.minor_until is not None and at < subject.minor_until
    left = subject.left_at is not None and subject.left_at <= at
    guardians = None if subject.minor_until is None else minor
    needed = party.consent_needed or left or minor
    found = standing(held, at, modality, territory=territory, consent_needed=needed, guardians=guardians)
    if left and not found.allowed and subject.left_at is not None:
        return Standing(False, None, f"they left on {subject.left_at:%Y-%m-%d}, and {found.reason}")
    return found
