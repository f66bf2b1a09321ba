"""On what a person's data are held: the ground, its evidence, the text that the person was shown, and who speaks for a child."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from sqlmodel import Field, Session, SQLModel, col, select

from registry.actions import Action
from registry.alike import who_stands_alike
from registry.db import UtcDateTime, new_id, now
from registry.errors import NotFound, RegistryError
from registry.kinds import SubjectKind
from registry.mandates import Basis, Mandate, guardian_must_consent, mandates_for, mandates_of
from registry.parties import Party
from registry.prefixes import begins_with
from registry.storage.lock import hold
from registry.subjects import Subject, subjects_of
from registry.validity import end_now, valid_at

OF_AGE = 18


class BasisRefused(RegistryError):
    """A ground without evidence, or for what needs none."""


class Ground(StrEnum):
    """Why a person's data may be held: GDPR Art. 6(1), and for templates of a face Art. 9(2), which each of them must name."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal obligation"
    PUBLIC_TASK = "public task"
    LEGITIMATE_INTEREST = "legitimate interest"

    @property
    def article(self) -> str:
        """The article of the GDPR that the ground rests on, as it is cited."""
        return _ARTICLES[self]


_ARTICLES = {
    Ground.CONSENT: "GDPR Art. 6(1)(a), 9(2)(a)",
    Ground.CONTRACT: "GDPR Art. 6(1)(b)",
    Ground.LEGAL_OBLIGATION: "GDPR Art. 6(1)(c)",
    Ground.PUBLIC_TASK: "GDPR Art. 6(1)(e)",
    Ground.LEGITIMATE_INTEREST: "GDPR Art. 6(1)(f)",
}


class LegalBasis(SQLModel, table=True):
    """One ground for one person. evidence: in words, or a mandate's id. special: the condition of Art. 9(2)
    for their templates."""

    __tablename__ = "legal_basis"

    id: str = Field(default_factory=new_id, primary_key=True)
    subject_id: str = Field(foreign_key="subject.id", index=True)
    ground: Ground
    special: str = ""
    evidence: str
    noted_by: str
    starts_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


@dataclass(frozen=True)
class Held:
    """On what a person is held now. ground: in words, with its article. evidence: what shows it."""

    ground: str
    evidence: str


def note_basis(session: Session, subject: Subject, ground: Ground, *, special: str, evidence: str, noted_by: str) -> LegalBasis:
    """Put a person's ground on record, in place of an earlier one; flushed. Raises BasisRefused."""
    if subject.kind is not SubjectKind.PERSON:
        raise BasisRefused(f"{subject.name} is no person.", "Works need no ground for their data.")
    if ground is Ground.CONSENT:
        raise BasisRefused("A consent is shown by its document.", "It is added as a mandate of that kind.", Action.ADD_MANDATE)
    if not evidence.strip() or not noted_by.strip():
        raise BasisRefused("A ground needs its evidence and the name of whoever judged it.", Action.SHOW_GROUND)
    if not special.strip():
        raise BasisRefused(
            f"A face's template needs a condition of GDPR Art. 9(2) beside the {ground.value}.",
            Action.NAME_CONDITION,
        )
    for earlier in bases_of(session, subject):
        end_now(session, earlier, now())
    made = LegalBasis(
        subject_id=subject.id, ground=ground, special=special.strip(), evidence=evidence.strip(), noted_by=noted_by.strip()
    )
    session.add(made)
    session.flush()
    return made


def bases_of(session: Session, subject: Subject) -> list[LegalBasis]:
    """A subject's grounds in law by when they begin, ended ones too."""
    query = select(LegalBasis).where(LegalBasis.subject_id == subject.id)
    return list(session.exec(query.order_by(col(LegalBasis.starts_at), col(LegalBasis.id))))


def held_on(session: Session, subject: Subject, at: datetime) -> Held:
    """A person's own consent first, then the ground on record, then the mandate of the party; none of them in words, too."""
    return _held(subject, mandates_for(session, subject), bases_of(session, subject), at)


def grounds_of_all(session: Session, at: datetime) -> dict[str, str]:
    """The ground in words that held_on gives, of every subject by its id, in a few statements for all."""
    _, alike = who_stands_alike(session, at)
    found = {
        key: ground for those in alike for ground in (_held(those.one, those.mandates, (), at).ground,) for key in those.every
    }
    bases: dict[str, list[LegalBasis]] = {}
    for basis in session.exec(select(LegalBasis).order_by(col(LegalBasis.starts_at), col(LegalBasis.id))):
        bases.setdefault(basis.subject_id, []).append(basis)
    noted = [subject for subject in subjects_of(session, bases).values() if subject.id in found]
    mandates = mandates_of(session, noted)
    return found | {subject.id: _held(subject, mandates[subject.id], bases[subject.id], at).ground for subject in noted}


def _held(subject: Subject, every: Iterable[Mandate], bases: Iterable[LegalBasis], at: datetime) -> Held:
    mandates = sorted((row for row in every if valid_at(row, at)), key=lambda row: (row.created_at, row.id))
    guardians = guardian_must_consent(subject, at)
    for mandate in mandates:
        # A child's own consent is none, and a guardian's ends with the childhood.
        if mandate.basis is Basis.CONSENT and guardians in (None, bool(mandate.guardian)):
            by = f", given by {mandate.guardian} as guardian" if mandate.guardian else ""
            return Held(f"consent ({Ground.CONSENT.article}; BIPA 15(b))", f"mandate {mandate.id}{by}")
    for basis in bases:
        if valid_at(basis, at):
            return Held(f"{basis.ground.value} ({basis.ground.article}; {basis.special})", basis.evidence)
    if authority := next((row for row in mandates if row.basis is not Basis.CONSENT), None):
        return Held("the party's mandate alone: no ground of the person's own is on record", f"mandate {authority.id}")
    return Held("none: the person is not looked for", "")


def note_minor(session: Session, subject: Subject, born: date | None) -> None:
    """From now until the person is 18 a guardian's consent is needed; born: None says that the person is of age. Flushed.

    Kept is the day on which the person comes of age, and nothing else. Raises BasisRefused.
    """
    if subject.kind is not SubjectKind.PERSON:
        raise BasisRefused(f"{subject.name} is no person.", "Only people come of age.")
    if born is not None and not date(1900, 1, 1) <= born <= now().date():
        raise BasisRefused(f"Nobody to be enrolled was born on {born}.", "Write the day of birth as 2012-05-31.")
    subject.minor_until = None if born is None else _comes_of_age(born)
    subject.minor_noted_at = None if born is None else now()
    session.add(subject)
    session.flush()


def _comes_of_age(born: date) -> datetime:
    year = born.year + OF_AGE
    try:
        day = born.replace(year=year)
    except ValueError:  # 29 February
        day = date(year, 3, 1)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


EARLY = timedelta(days=90)
"""So long before somebody comes of age it is said that a guardian's consent will not do any more."""


def coming_of_age(session: Session, at: datetime) -> list[Subject]:
    """Who is of age within EARLY, or since, and has no consent of their own that holds from then on; the first one first."""
    living = select(Subject).where(col(Subject.erased_at).is_(None), col(Subject.left_at).is_(None))
    soon = living.where(col(Subject.minor_until).is_not(None), col(Subject.minor_until) <= at + EARLY)
    found = session.exec(soon.order_by(col(Subject.minor_until), col(Subject.id))).all()
    return [subject for subject in found if not _consents_themselves(session, subject, at)]


def _consents_themselves(session: Session, subject: Subject, at: datetime) -> bool:
    then = max(at, subject.minor_until or at)
    own = (row for row in mandates_for(session, subject) if row.basis is Basis.CONSENT and not row.guardian)
    return any(valid_at(row, then) for row in own)


def leave(session: Session, subject: Subject, at: datetime) -> int:
    """End a person's consents and take them out of what the party's mandate covers, and keep all that was found until its day
    in the retention policy; a consent given from then on takes them back. Flushed. How many consents ended."""
    if subject.kind is not SubjectKind.PERSON:
        raise BasisRefused(f"{subject.name} is no person.", Action.REVOKE_MANDATE)
    consents = [row for row in mandates_for(session, subject) if row.basis is Basis.CONSENT and row.revoked_at is None]
    for consent in consents:
        end_now(session, consent, at)
    subject.left_at = at
    session.add(subject)
    session.flush()
    return len(consents)


class Release(SQLModel, table=True):
    """A text that a party shows to whoever is enrolled, kept as it was shown. id: the SHA-256 of the text in UTF-8."""

    id: str = Field(primary_key=True)
    party_id: str = Field(foreign_key="party.id", primary_key=True, index=True)
    text: str
    made_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


_RELEASE = """Release for the use of your biometric identifiers
(740 ILCS 14/15(b), Illinois Biometric Information Privacy Act; GDPR Art. 9(2)(a), 13)

1. What is collected. {party} collects and stores photographs of you and, made from them, scans of your face geometry (numerical
   templates), which are biometric identifiers and biometric information. {storage}
2. Purpose. They are collected, stored and used for one specific purpose: {purpose}.
3. Length of term. They are collected, stored and used from the day of your signature until you end this consent, at the latest
   until its date of end, and are destroyed within {days} days after that.
4. Disclosure. They are not sold, leased or traded. They are disclosed to: {recipients}.
5. Your rights. You may end this consent at any time, without giving a reason; see and receive what is held of you; have it
   corrected or erased; and complain to a supervisory authority. Ask: {contact}.

Release. I have read the above. I consent to the collection, storage, use and disclosure of my biometric identifiers and biometric
information as it says.

Name: ____________________   Date: ____________   Signature: ____________________
(For a person under 18: name and signature of the parent or guardian.)
"""
PURPOSE = "finding videos on the public web that show your likeness without your permission, and acting against them"


def release_of(session: Session, party: Party, *, days: int) -> Release:
    """The text as the party's entries now make it, kept under its digest; flushed. days: by when templates go after the end."""
    text = _RELEASE.format(
        party=party.name,
        storage="They are encrypted where they are stored.",
        purpose=party.purposes or PURPOSE,
        days=days,
        recipients=party.recipients or "nobody beside those who work for us on that purpose",
        contact=party.officer or party.email or party.postal_address or party.name,
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = session.get(Release, (digest, party.id))
    if known is None:
        # Two who open their links at once both see it for the first time.
        hold(session)
        known = session.get(Release, (digest, party.id))
    if known is None:
        known = Release(id=digest, party_id=party.id, text=text)
        session.add(known)
        session.flush()
    return known


def find_release(session: Session, party_id: str, begin: str) -> Release:
    """The party's text whose digest begins so. Raises NotFound, also where several do."""
    rows = session.exec(select(Release).where(Release.party_id == party_id, begins_with(col(Release.id), begin))).all()
    if len(rows) != 1 or len(begin) < 8:
        raise NotFound(f"No release text of the party has the version {begin!r}.", Action.MAKE_RELEASE)
    return rows[0]


def note_release(session: Session, mandate: Mandate, release: Release, shown_at: datetime) -> None:
    """That whoever consented was shown that text at that moment, before the consent; flushed. Raises BasisRefused."""
    if mandate.basis is not Basis.CONSENT or mandate.subject_id is None:
        raise BasisRefused("A release is signed by the person it is about.", Action.PROVE_CONSENT)
    if shown_at > now():
        raise BasisRefused("The release would be shown in time to come.", "Give the day on which it was shown.")
    mandate.release_version, mandate.release_shown_at = release.id, shown_at
    session.add(mandate)
    session.flush()
