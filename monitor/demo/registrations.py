"""Who and what the demonstration protects, and for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlmodel import Session

from matcher.types import Recogniser
from monitor.demo.site import LICENSED_CHANNEL
from monitor.enrolment import enrol_file
from monitor.workspace import Workspace
from registry.db import now
from registry.licences import add_licence
from registry.mandates import add_mandate
from registry.parties import add_party
from registry.subjects import add_subject
from registry.types import Life, PartyKind, SubjectKind

REVIEWER = "R. Eviewer (demonstration)"

STUDIO, UNION, ESTATE = "Emberfox Pictures", "Performers' Union of the Demonstration", "Estate of the Actor"
PARTIES = {STUDIO: PartyKind.STUDIO, UNION: PartyKind.UNION, ESTATE: PartyKind.ESTATE}


@dataclass(frozen=True)
class CastMember:
    name: str
    kind: SubjectKind
    party: str
    licensed: bool = False
    life: Life = Life.UNKNOWN


CAST: Mapping[str, CastMember] = {
    "astronaut": CastMember("The Astronaut", SubjectKind.PERSON, UNION, life=Life.LIVING),
    "actor": CastMember("The Actor", SubjectKind.PERSON, ESTATE, life=Life.DECEASED),
    "ember": CastMember("Ember the fox", SubjectKind.CHARACTER, STUDIO, licensed=True),
    "seal": CastMember("Emberfox seal", SubjectKind.MARK, STUDIO, licensed=True),
}
"""By the name of the reference picture's file."""


def register(workspace: Workspace, session: Session, recognisers: Sequence[Recogniser], references: Mapping[str, Path]) -> None:
    """Enter the parties, their subjects with mandates and references, and the studio's licence; the caller commits."""
    parties = {
        name: add_party(
            session,
            name,
            kind,
            postal_address="1 Example Street, Example City",
            email="rights@example.invalid",
            signatory="A. Counsel (demonstration)",
        )
        for name, kind in PARTIES.items()
    }
    begin = now() - timedelta(days=365)
    for key, role in CAST.items():
        subject = add_subject(session, parties[role.party], role.name, role.kind)
        proof = f"Demonstration: {role.party} may act for {role.name}.\n".encode()
        add_mandate(session, workspace.vault, subject, proof, verified_by=REVIEWER, starts_at=begin)
        subject.life = role.life
        enrol_file(workspace, session, recognisers, subject, references[key])
        if role.licensed:
            add_licence(session, subject, LICENSED_CHANNEL, begin, uploader=LICENSED_CHANNEL)
