"""What permits a use, entered and ended: licences and the groups and roles they reach. The matches follow at once.

Nothing here commits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from registry import groups, licences, portrayals
from registry.db import now
from registry.groups import SubjectGroup, find_group
from registry.licences import Licence, covered, find_licence, licences_about, list_licences
from registry.parties import Party, find_party
from registry.references import find_reference
from registry.subjects import Subject, find_subject
from registry.types import Modality
from registry.validity import status_at
from registry.views import view_of
from reports.character_claims import claim_played
from reports.matches import apply_licences


@dataclass(frozen=True)
class LicenceLine:
    """A licence as it is shown. about: the subject, or the group, by its name; None once it is gone. territory: ISO 3166."""

    id: str
    about: str | None
    subject_id: str | None
    group_id: str | None
    licensee: str
    modality: Modality | None
    host: str | None
    uploader: str | None
    generator: str | None
    territory: list[str]
    project: str | None
    status: str
    starts_at: datetime
    ends_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class LicenceTerms:
    """What is permitted beside the dates; see registry.licences.Licence. What is None or empty asks nothing."""

    licensee: str
    modality: Modality | None = None
    host: str | None = None
    uploader: str | None = None
    generator: str | None = None
    territory: Sequence[str] = ()
    project: str | None = None


def grant(
    session: Session, subject: str | None, group: str | None, terms: LicenceTerms, starts_at: datetime, ends_at: datetime | None
) -> tuple[LicenceLine, int]:
    """Record a licence of a subject, or of a group, by name or id; and how many matches changed. See registry.licences."""
    licensed = find_group(session, group) if group else find_subject(session, subject or "")
    added = licences.add_licence(
        session,
        licensed,
        terms.licensee,
        starts_at,
        ends_at=ends_at,
        modality=terms.modality,
        host=terms.host,
        uploader=terms.uploader,
        generator=terms.generator,
        territory=terms.territory,
        project=terms.project,
    )
    return _followed(session, added)


def end_licence(session: Session, licence_id: str) -> tuple[LicenceLine, int]:
    """End a licence now; and how many matches changed. Raises NotFound."""
    return _followed(session, licences.revoke_licence(session, licence_id, now()))


def _followed(session: Session, row: Licence) -> tuple[LicenceLine, int]:
    changed = apply_licences(session, now(), subjects=covered(session, row))
    return _line(session, row, now()), changed


def licence_lines(session: Session, subject: str | None = None) -> Iterable[LicenceLine]:
    """All licences, or those of a subject and of its groups, as they were recorded. Raises NotFound."""
    held = licences_about(session, find_subject(session, subject).id) if subject else list_licences(session)
    return lines_of_licences(session, held)


def lines_of_licences(session: Session, held: Iterable[Licence]) -> Iterable[LicenceLine]:
    """The lines of licences, in their order."""
    at = now()
    return (_line(session, row, at) for row in held)


def licence_line(session: Session, licence_id: str) -> LicenceLine:
    return _line(session, find_licence(session, licence_id), now())


def _line(session: Session, row: Licence, at: datetime) -> LicenceLine:
    subject = session.get(Subject, row.subject_id) if row.subject_id else None
    group = session.get(SubjectGroup, row.group_id) if row.group_id else None
    about = subject.name if subject else f"group {group.name}" if group else None
    return view_of(LicenceLine, row, about=about, status=status_at(row, at))


@dataclass(frozen=True)
class NewGroup:
    """A group that was just added. subjects: how many are in it."""

    id: str
    name: str
    party: str
    subjects: int


@dataclass(frozen=True)
class GroupLine:
    """A group with the names of its party and of who is in it."""

    id: str
    name: str
    party: str
    subjects: list[str]


def new_group(session: Session, name: str, party: str, subjects: Sequence[str]) -> NewGroup:
    """A group of a party with subjects of that party, all by name or id. Raises Conflict and NotFound."""
    holder = find_party(session, party)
    added = groups.add_group(session, holder, name)
    groups.put_in(session, added, [find_subject(session, one, party=holder) for one in subjects])
    return NewGroup(added.id, added.name, holder.name, len(subjects))


def put_in_group(session: Session, name: str, subjects: Sequence[str]) -> None:
    """Put subjects in a group: its licences cover them from now on. Raises Conflict and NotFound."""
    found, chosen = find_group(session, name), [find_subject(session, one) for one in subjects]
    groups.put_in(session, found, chosen)
    apply_licences(session, now(), subjects=[subject.id for subject in chosen])


def take_from_group(session: Session, name: str, subject: str) -> None:
    """Take a subject out of a group: what its licences covered of it is open again. Raises NotFound."""
    taken = find_subject(session, subject)
    groups.take_out(session, find_group(session, name), taken)
    apply_licences(session, now(), subjects=[taken.id])


def group_lines(session: Session) -> list[GroupLine]:
    return [
        GroupLine(
            row.id,
            row.name,
            session.get_one(Party, row.party_id).name,
            [subject.name for subject in groups.members_of(session, row)],
        )
        for row in groups.list_groups(session)
    ]


@dataclass(frozen=True)
class NewPortrayal:
    """Who plays whom, in which picture; reference_id is None where any likeness is the role."""

    id: str
    character_id: str
    person_id: str
    reference_id: str | None


@dataclass(frozen=True)
class PortrayalLine:
    """Who plays whom, by name, or by id where a subject is gone."""

    character: str
    person: str
    reference_id: str | None
    id: str


def cast(session: Session, character: str, person: str, reference_id: str | None) -> tuple[NewPortrayal, int]:
    """Record who plays a character; and how many matches of the person now are claims of the character, too.

    Raises NotFound, Conflict, PortrayalRefused.
    """
    chosen = find_reference(session, reference_id) if reference_id else None
    added = portrayals.add_portrayal(session, find_subject(session, character), find_subject(session, person), chosen)
    claimed = claim_played(session, now())
    apply_licences(session, now(), subjects=[added.character_id])
    return NewPortrayal(added.id, added.character_id, added.person_id, added.reference_id), claimed


def portrayal_lines(session: Session) -> list[PortrayalLine]:
    return [
        PortrayalLine(_name(session, row.character_id), _name(session, row.person_id), row.reference_id, row.id)
        for row in portrayals.list_portrayals(session)
    ]


def _name(session: Session, subject_id: str) -> str:
    subject = session.get(Subject, subject_id)
    return subject.name if subject else subject_id
