"""Whether a subject may be acted for: what its mandates, a person's own consent and a guardian's come to at a moment."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from registry.alike import Named, who_stands_alike
from registry.kinds import covers
from registry.mandates import Basis, Mandate, guardian_must_consent, mandates_for, mandates_of
from registry.parties import Party
from registry.subjects import Subject
from registry.territory import lies_within, shared, together
from registry.types import Modality, SubjectKind
from registry.validity import valid_at, why_none


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
    covering = _covering(authority, at, modality, territory)
    if not covering:
        return Standing(False, None, _why_not(authority, at, "mandate"))
    reach: tuple[str, ...] | None = together(mandate.territory for mandate in covering)
    if consent_needed or consents:
        speaking = [mandate for mandate in consents if guardians is None or bool(mandate.guardian) is guardians]
        agreed = _covering(speaking, at, modality, territory)
        if not agreed:
            return Standing(False, None, _why_not(speaking, at, _CONSENT_OF[guardians]))
        reach = shared(reach or (), together(mandate.territory for mandate in agreed))
    if reach is None:
        return Standing(False, None, "mandate and consent share no territory")
    best = max(covering, key=lambda mandate: (mandate.subject_id is not None, mandate.ends_at is None, mandate.ends_at or at))
    return Standing(True, best.id, f"{best.basis.value}, verified by {best.verified_by}", reach)


def _covering(mandates: Iterable[Mandate], at: datetime, modality: Modality | None, territory: str | None) -> list[Mandate]:
    """Those that are valid at that moment and cover what is asked."""
    return [mandate for mandate in mandates if valid_at(mandate, at) and _covers(mandate, modality, territory)]


_CONSENT_OF = {
    None: "consent",
    True: "consent of a guardian, which a minor needs",
    False: "consent of their own since they are of age",
}


def _covers(mandate: Mandate, modality: Modality | None, territory: str | None) -> bool:
    in_scope = modality is None or covers(mandate.scope, modality)
    return in_scope and (territory is None or lies_within(territory, mandate.territory))


def _why_not(mandates: list[Mandate], at: datetime, what: str) -> str:
    if not mandates:
        return f"there is no {what}"
    if any(valid_at(mandate, at) for mandate in mandates):
        return f"no valid {what} covers this modality and territory"
    return f"no {what} is valid ({why_none(mandates, at)})"


def standing_of(
    session: Session, subject: Subject, at: datetime, modality: Modality | None = None, *, territory: str | None = None
) -> Standing:
    """Whether the subject may be acted for at that moment, as the registry now stands; see standing."""
    return judged(session.get_one(Party, subject.party_id), subject, mandates_for(session, subject), at, modality, territory)


def standings_of(
    session: Session, subjects: Collection[Subject], at: datetime, modality: Modality | None = None
) -> dict[str, Standing]:
    """As standing_of, of many subjects by their ids, in a few statements for all."""
    held = mandates_of(session, subjects)
    parties = {party.id: party for party in session.exec(select(Party))}
    return {subject.id: judged(parties[subject.party_id], subject, held[subject.id], at, modality, None) for subject in subjects}


def matchable_subjects(session: Session, at: datetime, modality: Modality | None = None) -> Mapping[str, Named]:
    """The subjects that may be looked for at that moment, by id: in that modality, or in any."""
    found = matchable_in(session, at, () if modality is None else (modality,))
    return found.every if modality is None else found.by_modality[modality]


def matchable_in(session: Session, at: datetime, modalities: Collection[Modality]) -> "Matchable":
    """Who may be looked for at that moment in each modality, of all subjects and mandates, which are read once."""
    subjects, alike = who_stands_alike(session, at)
    reach, ways, agreed = dict[str, str](), dict[str, Collection[Modality]](), set[str]()
    for those in alike:
        found = judged(those.party, those.one, those.mandates, at, None, None)
        if found.allowed:
            may = [way for way in modalities if judged(those.party, those.one, those.mandates, at, way, None).allowed]
            reach.update(dict.fromkeys(those.every, found.reach))
            ways.update(dict.fromkeys(those.every, may))
            if any(mandate.basis is Basis.CONSENT for mandate in those.mandates):
                agreed.update(those.every)
    every = {subject.id: subject for subject in subjects if subject.id in reach}
    return Matchable(
        {way: {key: subject for key, subject in every.items() if way in ways[key]} for way in modalities},
        every,
        {subject.id: subject for subject in subjects if subject.id not in reach},
        agreed,
        tuple(f"{subject.name}: {reach[key]}" for key, subject in every.items() if reach[key]),
    )


@dataclass(frozen=True)
class Matchable:
    """by_modality, every: the subjects that may be looked for in a modality, and in any, by id; others: those that may not.
    agreed: those of every whose own consent is on record. reaches: in words, which of every may not be acted for everywhere."""

    by_modality: Mapping[Modality, Mapping[str, Named]]
    every: Mapping[str, Named]
    others: Mapping[str, Named]
    agreed: Collection[str]
    reaches: tuple[str, ...]


def judged(
    party: Party,
    subject: Subject,
    held: Iterable[Mandate],
    at: datetime,
    modality: Modality | None = None,
    territory: str | None = None,
) -> Standing:
    """As standing_of, by mandates that were read already: those that a decision about the subject rests on. Pure."""
    if subject.kind is not SubjectKind.PERSON:
        return standing(held, at, modality, territory=territory)
    guardians = guardian_must_consent(subject, at)
    left = subject.left_at is not None and subject.left_at <= at
    needed = party.consent_needed or left or guardians is True
    found = standing(held, at, modality, territory=territory, consent_needed=needed, guardians=guardians)
    if left and not found.allowed and subject.left_at is not None:
        return Standing(False, None, f"they left on {subject.left_at:%Y-%m-%d}, and {found.reason}")
    return found
