"""The retention policy: what is due to go, since when and why. monitor.disposing lets it go."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from monitor.settings import RetentionSettings
from registry.kinds import SubjectKind
from registry.mandates import Basis, Mandate, mandates_of
from registry.parties import Party
from registry.standing import Matchable, matchable_in, standing_of
from registry.subjects import Subject, subjects_of
from reports.matches import unmatched_captures


@dataclass(frozen=True)
class Due:
    """what: "subject" or "capture", id: its row's. due_at: from when on it is to go. why: the rule, in words, naming nobody."""

    what: str
    id: str
    due_at: datetime
    why: str


def schedule(session: Session, policy: RetentionSettings, at: datetime, who: Matchable | None = None) -> list[Due]:
    """Everything that has a date on which it goes as things stand, the earliest first.

    who: may be looked for then, where the caller knows it already.
    """
    others = (matchable_in(session, at, ()) if who is None else who).others
    waiting = [key for key, subject in others.items() if subject.kind is SubjectKind.PERSON]
    found = [*_people(session, policy, at, waiting), *_captures(session, policy)]
    return sorted(found, key=lambda due: (due.due_at, due.id))


def due_of(session: Session, policy: RetentionSettings, subject: Subject, at: datetime) -> list[Due]:
    """As schedule, of one subject alone, whoever else is on record."""
    if subject.erased_at is not None or subject.kind is not SubjectKind.PERSON or standing_of(session, subject, at).allowed:
        return []
    return list(_people(session, policy, at, (subject.id,)))


def _people(session: Session, policy: RetentionSettings, at: datetime, waiting: Collection[str]) -> Iterator[Due]:
    subjects = subjects_of(session, waiting)
    held = mandates_of(session, subjects.values())
    parties = {party.id: party for party in session.exec(select(Party))}
    for subject in subjects.values():
        mandates = held[subject.id]
        if any(mandate.starts_at > at for mandate in mandates):
            continue
        if not mandates:
            why, since, days = "no mandate came", subject.created_at, policy.without_mandate_days
        elif (ended := _ended(subject, mandates, at)) < at:
            why, since, days = "no mandate or consent is valid since then", ended, policy.after_mandate_days
        else:
            why, since, days = (
                "a mandate or consent that is needed never came",
                _waiting_since(parties[subject.party_id], subject, mandates, at),
                policy.without_mandate_days,
            )
        yield Due("subject", subject.id, since + timedelta(days=days), f"{why}, and {days} days are over")


def _ended(subject: Subject, mandates: Sequence[Mandate], at: datetime) -> datetime:
    """Since when nobody may look for the subject: authority, consent where one was given, and staying are each needed.

    at where none of them has ended.
    """
    consents = [mandate for mandate in mandates if mandate.basis is Basis.CONSENT]
    needed = [[mandate for mandate in mandates if mandate.basis is not Basis.CONSENT], consents]
    ended = [max(_end(mandate, at) for mandate in held) for held in needed if held]
    return min(*ended, _left(subject, consents, at))


def _left(subject: Subject, consents: Sequence[Mandate], at: datetime) -> datetime:
    """When the subject left, unless a consent of its own holds beyond that; at where it did not."""
    if subject.left_at is None or any(_end(row, at) > subject.left_at for row in consents):
        return at
    return subject.left_at


def _waiting_since(party: Party, subject: Subject, mandates: Sequence[Mandate], at: datetime) -> datetime:
    """Since when something that is needed is missing, at the latest: when the last was put on record that asks for it."""
    recorded = [subject.created_at, *(max(mandate.created_at, mandate.starts_at) for mandate in mandates)]
    came = [moment for moment in (party.consent_needed_at, subject.minor_noted_at, subject.minor_until) if moment is not None]
    return max((moment for moment in (*recorded, *came) if moment <= at), default=at)


def _end(mandate: Mandate, at: datetime) -> datetime:
    """When it ended or was revoked; at for one that is valid."""
    return min(end for end in (mandate.ends_at, mandate.revoked_at, at) if end is not None)


def _captures(session: Session, policy: RetentionSettings) -> Iterator[Due]:
    why = f"nothing was matched in it for {policy.unmatched_capture_days} days"
    for capture in unmatched_captures(session):
        yield Due("capture", capture.id, capture.captured_at + timedelta(days=policy.unmatched_capture_days), why)
