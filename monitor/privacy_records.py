"""The record of processing activities: who answers for people's data, what for, and who gets them."""

from collections import Counter
from datetime import datetime

from sqlmodel import Session, col, select

from monitor.settings import RetentionSettings
from registry.counting import counted
from registry.kinds import SubjectKind
from registry.legal import grounds_of_all
from registry.parties import list_parties
from registry.subjects import Subject

HELD = "names, photos, recordings, templates of faces and voices (GDPR Art. 9), mandates, matches in public videos"


def processing(session: Session, policy: RetentionSettings, at: datetime) -> list[dict[str, object]]:
    """The record of each party's processing (GDPR Art. 30(1)); missing: what the party has not said, and where to say it."""
    rows, grounds = [], grounds_of_all(session, at)
    for placed in list_parties(session):
        party = placed.party
        ours = (Subject.party_id == party.id, Subject.kind == SubjectKind.PERSON, col(Subject.erased_at).is_(None))
        people = session.exec(select(Subject.id, Subject.minor_until).where(*ours)).all()
        said = {
            "controller": party.name,
            "address": party.postal_address,
            "contact": ", ".join(filter(None, (party.email, party.phone))),
            "data_protection_officer": party.officer,
            "purposes": party.purposes,
            "recipients": party.recipients,
            "transfers": party.transfers,
        }
        minors = sum(minor_until is not None for _, minor_until in people)
        held_on = Counter(grounds[key] for key, _ in people)
        rows.append(
            {
                **{name: value or "not filled in" for name, value in said.items()},
                "categories_of_people": f"{counted(len(people), 'person', 'people')}, {counted(minors, 'minor')} among them",
                "categories_of_data": HELD,
                "legal_bases": [f"{counted(count, 'person', 'people')}: {ground}" for ground, count in sorted(held_on.items())],
                "consent_needed": party.consent_needed,
                "kept": f"until {policy.after_mandate_days} days after the mandate or consent has ended",
                "security": "photos, documents and templates sealed (AES-256-GCM), access by role, every write in the audit log",
                "missing": [name for name, value in said.items() if not value],
            }
        )
    return rows
